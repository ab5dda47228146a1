"""What agents see on the form: our macro, rendered by the simulator beside the ticket."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from deskpulse.plugin_api import ReceiptState, TicketRef
from deskpulse_servicenow import plugin
from fixtures.browser import assert_accessible, assert_fits

RITA = "rita@example.com"
AT = datetime(2026, 3, 5, 23, 30, tzinfo=UTC)


def page(desk: Any, key: str) -> str:
    answer = requests.get(f"{desk.url}/agent/tickets/{key}", timeout=10)
    assert answer.ok, answer.text
    return answer.text


def panel(desk: Any, key: str) -> str:
    found = page(desk, key)
    assert '<section class="deskpulse"' in found
    return found.partition('<section class="deskpulse"')[2].partition("</section>")[0]


@pytest.fixture
def rita(desk: Any) -> str:
    return str(desk.rows("sys_user", f"email={RITA}")[0]["sys_id"])


def answered(desk: Any, result: Any, rita: str, subject: str, score: int, days: int = 0, **more: Any) -> None:
    fields = {"key": f"{subject}.{more.get('revision', 1)}", "customer_id": rita, "answered_at": AT + timedelta(days)}
    receipt = plugin.deskpulse_write_back(
        desk.connection(), TicketRef(desk.ticket(subject)), result(score, **{**fields, **more})
    )
    assert receipt.state in (ReceiptState.DONE, ReceiptState.PARTLY)


def test_a_customer_without_an_answer_has_none_yet(desk: Any) -> None:
    assert "No feedback from this customer yet." in panel(desk, desk.ticket("Printer"))


def test_the_last_answer_comes_first_and_earlier_ones_follow(desk: Any, rita: str, result: Any) -> None:
    answered(desk, result, rita, "Mouse", 3, comment="Slow.", contact_wanted=True)
    answered(desk, result, rita, "Printer", 10, 1, comment="Fine now.", factors=())
    shown = panel(desk, desk.ticket("Mouse"))
    first, _, earlier = shown.partition("<h5>Earlier</h5>")
    assert "Promoter" in first
    assert "10 of 10" in first
    assert "Fine now." in first
    assert "Detractor" in earlier
    assert "Slow." not in earlier
    assert 'href="https://nps.example.com/survey-responses?id=7"' in first


def test_a_changed_answer_takes_the_former_ones_place(desk: Any, rita: str, result: Any) -> None:
    answered(desk, result, rita, "Mouse", 2)
    answered(desk, result, rita, "Mouse", 9, revision=2, contact_wanted=True)
    shown = panel(desk, desk.ticket("Printer"))
    assert "9 of 10" in shown
    assert "The customer asks to be contacted." in shown
    assert "Earlier" not in shown


def test_nothing_that_a_customer_wrote_becomes_html(desk: Any, rita: str, result: Any) -> None:
    words = "<script>alert(1)</script> <img src=x onerror=alert(2)> \"'&amp; ${gs.getProperty('x')} $[1+1]"
    answered(desk, result, rita, "Mouse", 0, comment=words, factors=("<b>x</b>",), link="javascript:alert(3)")
    shown = panel(desk, desk.ticket("Printer"))
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<b>" not in shown
    assert "href" not in shown, "a link leads to DeskPulse or nowhere"
    assert "&lt;script&gt;" in shown


def test_an_items_form_has_it_too_and_plain_columns_are_beside_it(desk: Any, rita: str, result: Any) -> None:
    answered(desk, result, rita, "Printer", 9)
    assert "9 of 10" in panel(desk, desk.item())
    assert "NPS score" in page(desk, desk.ticket("Printer"))


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_form_can_be_read_by_everybody(
    desk: Any, rita: str, result: Any, new_page: Callable[..., Page], width: int, dark: bool
) -> None:
    item = desk.item()
    desk.api("PATCH", f"sc_req_item/{item}", {"short_description": "Chair"})
    for days, (subject, score) in enumerate((("Mouse", 3), ("Chair", 8), ("Printer", 9))):
        answered(desk, result, rita, subject, score, days, comment="Thank you! " + "x" * 90, contact_wanted=True)
    page = new_page(width=width, dark=dark)
    page.goto(f"{desk.url}/agent/tickets/{desk.ticket('Printer')}")
    bands = page.locator("section.deskpulse .label")
    expect(bands).to_have_text(["\u25b2 Promoter", "\u25cf Passive", "\u25bc Detractor"])
    colours = [band.evaluate("band => getComputedStyle(band).color") for band in bands.all()]
    assert len(set(colours)) == 3
    assert_accessible(page)
    assert_fits(page)
