"""UI macros on the form: what is filled in, what is escaped, and what a broken macro shows."""

from __future__ import annotations

from typing import Any

import pytest
import requests

HEAD = '<j:jelly xmlns:j="jelly:core" xmlns:g="glide" xmlns:g2="null">'


@pytest.fixture
def shown(account: Any, maker: Any) -> Any:
    """The form's rows as the agent screen shows them for a macro's inside."""

    def showing(inside: str, table: str = "incident") -> str:
        macro = {"name": "u_panel", "active": "true", "xml": f"{HEAD}<tr><td>{inside}</td></tr></j:jelly>"}
        maker.add("sys_ui_macro", "panel", macro)
        formatter = {"name": "Panel", "formatter": "u_panel.xml", "table": table, "type": "formatter", "active": "true"}
        maker.add("sys_ui_formatter", "panel", formatter)
        account.sim.install_app(maker.package(), {})
        page = requests.get(f"{account.base}/agent/tickets/{account.id('Open')}", timeout=10).text
        return page.partition("<tr><td>")[2].partition("</td></tr>")[0]

    return showing


@pytest.mark.parametrize(
    ("inside", "html"),
    [
        ("${current.number} &amp; $[current.state]", "INC0010003 &amp; 2"),
        ("${'&lt;b&gt;'}", "&lt;b&gt;"),
        ("<g:no_escape>${'&lt;b&gt;x&lt;/b&gt;'}</g:no_escape>", "<b>x</b>"),
        ("<g:no_escape>${HTML:'&lt;b&gt;'}</g:no_escape>", "&lt;b&gt;"),
        (
            '<a href="x?n=${current.number}" title="${\'&quot;\'}">go</a>',
            '<a href="x?n=INC0010003" title="&quot;">go</a>',
        ),
        ("<br/><p></p>", "<br><p></p>"),
        ('<g2:evaluate var="jvar_n">var n = 1 + 1; n;</g2:evaluate>$[jvar_n]', "2"),
        ("<g:evaluate expression=\"var m = 'hi'\"/>${m}", "hi"),
        ('<j:set var="jvar_a" value="${current.state}!"/>${jvar_a}', "2!"),
        ('<j:if test="${current.state == 2}">yes</j:if><j:if test="${false}">no</j:if>', "yes"),
        ('<j:choose><j:when test="${false}">a</j:when><j:otherwise>b</j:otherwise></j:choose>', "b"),
        ('<j:forEach items="${[3, 4]}" var="jvar_x" indexVar="jvar_i">${jvar_i}:${jvar_x} </j:forEach>', "0:3 1:4 "),
        ('<g:evaluate>var k = 0;</g:evaluate><j:while test="${k++ &lt; 2}">x</j:while>', "xx"),
        ("${gs.hasRole('itil')}", "true"),
        ("${null}${undefined}", ""),
    ],
)
def test_what_a_macro_renders(shown: Any, inside: str, html: str) -> None:
    assert shown(inside) == html


def test_records_can_be_walked_through(shown: Any) -> None:
    html = shown(
        """<g:evaluate>var rows = new GlideRecord('sys_user_group'); rows.orderBy('name'); rows.query();</g:evaluate>
        <ul><j:while test="${rows.next()}"><li>${rows.name}</li></j:while></ul>"""
    )
    assert "<ul><li>Network</li><li>Network / Wifi</li><li>Service Desk</li></ul>" in html


def test_a_formatter_of_another_table_is_not_shown(shown: Any) -> None:
    assert shown("x", table="sc_req_item") == ""


def test_a_formatter_of_a_parent_table_is_shown(shown: Any) -> None:
    assert shown("x", table="task") == "x"


def test_a_macro_that_fails_says_so(account: Any, shown: Any) -> None:
    shown("${nothing.here}")
    page = requests.get(f"{account.base}/agent/tickets/{account.id('Open')}", timeout=10)
    assert page.status_code == 200
    assert "u_panel: ReferenceError" in page.text
