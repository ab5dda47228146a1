"""The frame of every dashboard: tabs, period, filters, chips, lists of choices, pictures, and the chart script."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from flask.testing import FlaskClient

from deskpulse.desk import Desk
from deskpulse.reports.charts import bundle as charts_bundle
from deskpulse_web.dashboards import DASHBOARDS
from fixtures.answers import Answers


class Elements(HTMLParser):
    """The elements of a page, each as its tag and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, tag: str, **having: str) -> list[dict[str, str | None]]:
        return [its for one, its in self.found if one == tag and having.items() <= its.items()]


def fields(html: str) -> list[tuple[str, str]]:
    """What the question's form would send, as a browser without scripts does."""
    page = Elements(html)
    sent = [*page.named("input", type="hidden"), *page.named("input", type="search")]
    sent += [one for one in page.named("input", type="checkbox") if "checked" in one]
    names = {(one.get("name"), one.get("value")) for one in sent if one.get("name") != "csrf_token"}
    return sorted((name, value) for name, value in names if name and value)


def test_the_overview_comes_first_and_by_its_code(client: FlaskClient) -> None:
    pages = [client.get(path) for path in ("/overview", "/dashboard", "/dashboard?dashid=overview")]
    assert [page.status_code for page in pages] == [200] * 3
    for page in pages:
        here = Elements(page.text).named("a", **{"aria-current": "page"})
        assert {"/overview", "/dashboard?dashid=OVERVIEW"} >= {one["href"] for one in here} > set()


def test_every_dashboard_opens_about_any_question(client: FlaskClient, answer: Answers) -> None:
    answer(10, 7, 0, priority="high", comment="Slow, but kind")
    for code in DASHBOARDS:
        for query in ("", "&month=2026-01", "&from=2026-02-01&to=2026-02-03", "&priority=high&band=passive"):
            page = client.get(f"/dashboard?dashid={code}{query}")
            assert page.status_code == 200, (code, query)


def test_an_unknown_dashboard_is_not_found(client: FlaskClient) -> None:
    page = client.get("/dashboard?dashid=NOPE")
    assert page.status_code == 404
    assert "Page not found" in page.text or "NOPE" in page.text


@pytest.mark.parametrize("query", ["rgid=nobody", "month=2026-13", "from=2026-02-30", "hour=25"])
def test_a_question_that_cannot_be_read_says_why_and_how_to_go_on(client: FlaskClient, query: str) -> None:
    name, _, _ = query.partition("=")
    page = client.get(f"/dashboard?dashid=OVERVIEW&{query}")
    assert page.status_code == 400
    assert f"<p>{name}" in page.text
    assert Elements(page.text).named("a", href="/dashboard?dashid=OVERVIEW")


def test_tabs_and_form_keep_the_question(client: FlaskClient, group: Callable[..., int]) -> None:
    group("network")
    page = client.get("/dashboard?dashid=OVERVIEW&rgid=network&combine=n&month=2026-01&priority=a%26b&tid=7&x=y").text
    tab = Elements(page).named("a", **{"aria-current": "page"})[-1]["href"]
    assert tab is not None
    assert client.get(tab).status_code == 200
    for part in ("rgid=network", "combine=n", "month=2026-01", "priority=a%26b", "tid=7"):
        assert part in tab
    assert fields(page) == [
        ("combine", "n"), ("dashid", "OVERVIEW"), ("priority", "a&b"), ("rgid", "network"), ("tid", "7"),
    ]  # fmt: skip
    assert {"value": "2026-01", "selected": None} in Elements(page).named("option")


def test_the_lists_of_filters_come_when_they_are_asked_for(
    client: FlaskClient, group: Callable[..., int], agent: Callable[[str], int], answer: Answers
) -> None:
    answer(9, group_id=group("network", group("infra")), agent_id=agent("Bo"), priority="high", fields={"site": "B 2"})
    closed = client.get("/dashboard?priority=high").text
    assert 'type="checkbox"' not in closed
    part = client.get("/dashboard/choices?priority=high").text
    whole = client.get("/dashboard?priority=high&filters=open").text
    for html in (part, whole):
        boxes = {(one["name"], one["value"]) for one in Elements(html).named("input", type="checkbox")}
        assert {("rgid", "infra"), ("rgid", "network"), ("priority", "high"), ("field:site", "B 2")} <= boxes
        assert {("combine", "n"), ("band", "promoter"), ("weekday", "0"), ("hour", "23")} <= boxes
    sent = [("dashid", "OVERVIEW"), ("priority", "high")]
    assert fields(closed) == fields(whole) == sent


def test_each_chip_takes_one_value_away_and_reset_takes_all(client: FlaskClient, group: Callable[..., int]) -> None:
    group("network")
    page = client.get("/dashboard?rgid=network&q=slow&month=2026-01").text
    links = [unescape(one["href"] or "") for one in Elements(page).named("a")]
    assert "/dashboard?dashid=OVERVIEW&month=2026-01&q=slow" in links
    assert "/dashboard?dashid=OVERVIEW&month=2026-01&rgid=network" in links
    assert "/dashboard?dashid=OVERVIEW" in links


def test_what_a_dashboard_chose_itself_stays_when_period_and_filters_change(client: FlaskClient) -> None:
    page = client.get("/dashboard?dashid=SRES&sort=2&priority=high").text
    assert ("sort", "2") in fields(page)
    links = [unescape(one["href"] or "") for one in Elements(page).named("a")]
    assert "/dashboard?dashid=SRES&sort=2" in links
    assert "/dashboard?dashid=SRES&priority=high&month=2026-02&sort=2" in links
    assert "/dashboard?dashid=OVERVIEW&priority=high" in links


def test_it_says_when_its_numbers_were_read(client: FlaskClient, desk: Desk) -> None:
    assert f'As of <time datetime="{desk.now().isoformat()}"' in client.get("/overview").text


def test_what_stands_in_an_address_is_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/dashboard?priority=%3Cscript%3Ealert(1)%3C/script%3E&filters=open").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_chart_script_is_kept_by_browsers_until_it_changes(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charts_bundle, "MAKE", "print('window.vegaEmbed = 1;', end='')")
    monkeypatch.setattr(charts_bundle, "_made", {})
    path = f"/dashboard/charts-{charts_bundle.VERSION}.js"
    small = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert "immutable" in small.headers["Cache-Control"]
    assert (small.mimetype, small.headers["Content-Encoding"]) == ("text/javascript", "gzip")
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert gzip.decompress(small.data) == plain.data == b"window.vegaEmbed = 1;"
    assert client.get("/dashboard/charts-0.js").status_code == 404


def test_pages_without_scripts_get_the_same_charts_as_pictures(client: FlaskClient, answer: Answers) -> None:
    answer(10, 10, 8, 3)
    page = client.get("/overview").text
    pictures: list[Any] = [one["src"] for one in Elements(page).named("img") if "charts" in (one["src"] or "")]
    assert len(pictures) == 3
    drawn = client.get(unescape(pictures[0]))
    assert (drawn.status_code, drawn.mimetype) == (200, "image/svg+xml")
    assert drawn.text.startswith("<svg")
    assert client.get("/dashboard/charts/nothing.svg").status_code == 404
