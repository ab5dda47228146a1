"""The Forge app as an agent meets it: installed in the simulator, beside an issue, asking a real panel address."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page, expect
from werkzeug import Request, Response

from deskpulse.testing.serving import serve
from deskpulse_jira_sm import plugin

pytestmark = pytest.mark.browser

KEY = "key-of-the-panel"
FULL: dict[str, Any] = {
    "customer": {"name": "Ada Lovelace", "known": True},
    "last": {
        "score": 9,
        "band": "promoter",
        "answered_at": "2026-11-20T09:00:00Z",
        "comment": "Fast and <b>friendly</b>.",
        "contact_wanted": True,
        "ticket": {"number": "SD-7", "subject": "Printer on fire", "url": "https://acme.atlassian.net/browse/SD-7"},
    },
    "trend": [
        {"score": 6, "band": "detractor", "answered_at": "2026-03-10T09:00:00Z", "ticket_number": "SD-3"},
        {"score": 9, "band": "promoter", "answered_at": "2026-11-20T09:00:00Z", "ticket_number": "SD-7"},
    ],
    "ticket": {
        "state": "not_asked",
        "explanation": "Not asked: this customer was asked 12 days ago about another ticket.",
        "score": None,
        "band": None,
        "channel": None,
        "sent_at": None,
        "expires_at": None,
        "answered_at": None,
    },
    "as_of": "2026-11-22T10:00:00Z",
}


@dataclass
class Panel:
    """DeskPulse's side: what it answers, and what it was asked."""

    url: str = ""
    status: int = 200
    body: Any = None
    asked: list[Request] = field(default_factory=list)


@pytest.fixture
def panel() -> Iterator[Panel]:
    found = Panel(body=deepcopy(FULL))

    @Request.application
    def answer(request: Request) -> Response:
        found.asked.append(request)
        return Response(json.dumps(found.body), status=found.status, content_type="application/json")

    with serve(answer) as url:
        found.url = f"{url}/panel/k1"
        yield found


@pytest.fixture
def shown(site: Any, panel: Panel, new_page: Callable[..., Page]) -> Callable[..., FrameLocator]:
    """Open the printer ticket with the app installed; gives the app's frame."""

    def open_it(*, key: str = KEY, **options: Any) -> FrameLocator:
        bundle = plugin.deskpulse_panel_bundle(replace(site.connection(), panel_url=panel.url))
        site.simulator.install_app(bundle.content, {"DESKPULSE_PANEL_KEY": key} if key else {})
        page = new_page(**options)
        page.goto(f"{site.url}/browse/{site.find(site.ticket('Printer')).ref.number}")
        return page.frame_locator("[data-app] iframe").first

    return open_it


def test_the_last_score_with_band_date_request_and_comment(shown: Callable[..., FrameLocator]) -> None:
    app = shown()
    expect(app.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()
    expect(app.get_by_text("9/10", exact=True)).to_be_visible()
    expect(app.get_by_text("Promoter").first).to_be_visible()
    expect(app.get_by_text("on 20 Nov 2026", exact=True)).to_be_visible()
    expect(app.get_by_text("Asked to be contacted")).to_be_visible()
    expect(app.get_by_role("link", name="about SD-7 Printer on fire")).to_be_visible()
    expect(app.get_by_text("Fast and <b>friendly</b>.")).to_be_visible()


def test_the_trend_is_a_table_newest_first(shown: Callable[..., FrameLocator]) -> None:
    table = shown().get_by_role("table", name="Last 2 scores")
    expect(table.get_by_role("columnheader")).to_have_text(["Score", "Band", "Date", "Request"])
    expect(table.get_by_role("row").nth(1)).to_have_text(re.compile("9.*Promoter.*20 Nov 2026.*SD-7"))


def test_the_state_of_this_request(shown: Callable[..., FrameLocator]) -> None:
    app = shown()
    expect(app.get_by_role("heading", name="This request")).to_be_visible()
    expect(app.get_by_text("Not asked", exact=True)).to_be_visible()
    expect(app.get_by_text("This customer was asked 12 days ago about another ticket.")).to_be_visible()


@pytest.mark.parametrize(
    ("state", "explanation", "title"),
    [
        ("not_resolved", "Not solved yet, or DeskPulse has not seen it.", "Not resolved yet"),
        ("answered", "The customer answered.", "Answered"),
    ],
)
def test_what_the_title_says_is_not_said_again(
    shown: Callable[..., FrameLocator], panel: Panel, state: str, explanation: str, title: str
) -> None:
    panel.body["ticket"] |= {"state": state, "explanation": explanation}
    app = shown()
    expect(app.get_by_text(title, exact=True)).to_be_visible()
    expect(app.get_by_text(explanation)).to_have_count(0)


def test_the_request_is_signed_and_names_issue_and_reporter(
    shown: Callable[..., FrameLocator], panel: Panel, site: Any
) -> None:
    expect(shown().get_by_text("9/10", exact=True)).to_be_visible()
    (request,) = panel.asked
    stamp = request.headers["X-DeskPulse-Timestamp"]
    target = f"{request.path}?{request.query_string.decode()}"
    signed = hmac.new(KEY.encode(), f"{stamp}.GET.{target}".encode(), hashlib.sha256).hexdigest()
    assert request.headers["X-DeskPulse-Signature"] == f"v1={signed}"
    assert abs(int(stamp) - time.time()) < 60
    assert "Authorization" not in request.headers, "the key itself never travels"
    ticket = site.find(site.ticket("Printer"))
    assert parse_qs(request.query_string.decode()) == {"ticket": [ticket.ref.id], "customer": [ticket.customer.id]}


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (401, "DeskPulse did not accept this app's key"),
        (404, "DeskPulse does not know this connection"),
        (500, "DeskPulse cannot be reached"),
    ],
)
def test_errors_say_what_to_do_and_can_be_tried_again(
    shown: Callable[..., FrameLocator], panel: Panel, status: int, title: str
) -> None:
    panel.status = status
    app = shown()
    expect(app.get_by_text(title)).to_be_visible()
    panel.status = 200
    app.get_by_role("button", name="Try again").click()
    expect(app.get_by_text("9/10", exact=True)).to_be_visible()
    assert len(panel.asked) == 2


def test_an_answer_that_is_none_counts_as_unreachable(shown: Callable[..., FrameLocator], panel: Panel) -> None:
    panel.body = {"hello": "world"}
    expect(shown().get_by_text("DeskPulse cannot be reached")).to_be_visible()


def test_a_missing_key_is_told_and_nobody_is_asked(shown: Callable[..., FrameLocator], panel: Panel) -> None:
    expect(shown(key="").get_by_text("The panel key is missing")).to_be_visible()
    assert panel.asked == []


def test_a_customer_without_feedback(shown: Callable[..., FrameLocator], panel: Panel) -> None:
    panel.body |= {"last": None, "trend": [], "ticket": None}
    app = shown()
    expect(app.get_by_text("No feedback from this customer yet")).to_be_visible()
    expect(app.get_by_role("table")).to_have_count(0)


def test_a_link_that_is_no_web_address_stays_text(shown: Callable[..., FrameLocator], panel: Panel) -> None:
    panel.body["last"]["ticket"]["url"] = "javascript:alert(1)"
    app = shown()
    expect(app.get_by_text("about SD-7 Printer on fire")).to_be_visible()
    expect(app.get_by_role("link")).to_have_count(0)


def test_the_lozenge_tells_the_score_on_this_issue(
    shown: Callable[..., FrameLocator], site: Any, result: Callable[..., Any]
) -> None:
    site.provision()
    ticket = site.find(site.ticket("Printer"))
    plugin.deskpulse_write_back(site.connection(), ticket.ref, result(customer_id=ticket.customer.id, score=3))
    app = shown()
    expect(app.get_by_text("9/10", exact=True)).to_be_visible()
    expect(app.owner.page.get_by_text("NPS 3", exact=True)).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_at_phone_width_everything_is_readable(shown: Callable[..., FrameLocator], dark: bool) -> None:
    app = shown(width=390, dark=dark)
    expect(app.get_by_text("9/10", exact=True)).to_be_visible()
    results = Axe().run(app.owner.page)
    assert results.violations_count == 0, results.generate_report()
