"""The sidebar app as an agent meets it."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
Panel = dict[str, Any]


def nothing_yet(full: Panel) -> Panel:
    return full | {"last": None, "trend": [], "ticket": None}


def test_shows_the_last_score_first_with_band_time_ticket_and_comment(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full)
    last = screen.panel.locator("section").first
    expect(last.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()
    expect(last.get_by_text("9 out of 10")).to_be_attached()
    expect(last.locator(".word")).to_have_text("Promoter")
    expect(last.locator(".word svg.band-promoter")).to_be_visible()
    expect(last.get_by_text("2 days ago")).to_have_attribute("title", "Fri, 20 Nov 2026, 10:00 CET")
    link = last.get_by_role("link", name="#35436 (opens in a new tab)")
    expect(link).to_have_attribute("href", "https://acme.zendesk.test/agent/tickets/35436")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(last.get_by_text("Printer on fire")).to_be_visible()
    expect(last.get_by_text("Fast and friendly.")).to_be_visible()


def test_sends_one_request_through_the_proxy_with_the_key_as_placeholder(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full)
    screen.wait_until_read()
    [request] = screen.requests
    url = urlsplit(request["url"])
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://feedback.example.com/panel/k1"
    assert parse_qs(url.query) == {"ticket": ["35436"], "customer": ["77"], "email": ["ada@example.com"]}
    assert request["type"] == "GET"
    assert request["secure"] is True
    assert request["headers"]["Authorization"] == "Bearer {{setting.panel_key}}"


def test_coming_back_to_the_tab_asks_again_only_after_thirty_seconds(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full)
    screen.wait_until_read()
    screen.panel.get_by_role("link").focus()
    for _ in range(3):
        screen.fire("app.activated", {"firstLoad": False})
    screen.page.clock.run_for(29_000)
    screen.fire("app.activated", {"firstLoad": False})
    screen.page.clock.run_for(100)
    assert len(screen.requests) == 1
    expect(screen.panel.get_by_role("link")).to_be_focused()
    newer = deepcopy(full)
    newer["last"]["comment"] = "A newer comment."
    screen.answer(newer)
    screen.page.clock.run_for(2_000)
    screen.fire("app.activated", {"firstLoad": False})
    expect(screen.panel.get_by_text("A newer comment.")).to_be_visible()
    assert len(screen.requests) == 2


def test_being_activated_while_loading_does_not_ask_twice(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full, delay=500)
    screen.panel.wait_for_selector(".skeleton")
    screen.fire("app.activated", {"firstLoad": True})
    screen.page.clock.run_for(1_000)
    screen.wait_until_read()
    assert len(screen.requests) == 1


def test_a_slow_answer_about_an_earlier_requester_is_not_shown(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full, delay=3_000)
    screen.panel.wait_for_selector(".skeleton")
    screen.page.wait_for_function("window.host.requests.length === 1")
    grace = deepcopy(full)
    grace["customer"]["name"] = "Grace Hopper"
    screen.answer(grace)
    screen.change(ticket__requester={"id": 78, "name": "Grace Hopper", "email": None})
    screen.fire("ticket.requester.id.changed", 78)
    expect(screen.panel.get_by_role("heading", name="Grace Hopper")).to_be_visible()
    screen.page.clock.run_for(5_000)
    expect(screen.panel.get_by_role("heading", name="Grace Hopper")).to_be_visible()
    assert len(screen.requests) == 2


def test_a_ticket_without_requester_is_asked_about_by_its_number(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full, values={"ticket.id": 35436})
    screen.wait_until_read()
    assert parse_qs(urlsplit(screen.requests[0]["url"]).query) == {"ticket": ["35436"]}


def test_the_user_page_asks_about_the_user(agent_screen: Open, full: Panel) -> None:
    values = {"user.id": 77, "user.email": "ada+1@example.com"}
    screen = agent_screen(full | {"ticket": None}, location="user_sidebar", values=values)
    screen.wait_until_read()
    asked = parse_qs(urlsplit(screen.requests[0]["url"]).query)
    assert asked == {"customer": ["77"], "email": ["ada+1@example.com"]}
    expect(screen.panel.get_by_role("heading", name="This ticket")).to_have_count(0)


def test_a_new_ticket_waits_for_its_requester(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full | {"ticket": None}, location="new_ticket_sidebar", values={"ticket.requester": None})
    expect(screen.panel.get_by_role("heading", name="No requester yet")).to_be_visible()
    assert screen.requests == []
    screen.change(ticket__requester={"id": 77, "name": "Ada Lovelace", "email": "ada@example.com"})
    screen.fire("ticket.requester.id.changed", 77)
    expect(screen.panel.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()


def test_a_customer_without_feedback_gets_an_explanation(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(nothing_yet(full))
    expect(screen.panel.get_by_role("heading", name="No feedback from this customer yet")).to_be_visible()
    expect(screen.panel.get_by_text("The answer appears here.")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (401, "DeskPulse did not accept this app's key"),
        (403, "DeskPulse did not accept this app's key"),
        (404, "DeskPulse does not know this connection"),
        (502, "DeskPulse cannot be reached"),
        (0, "DeskPulse cannot be reached"),
    ],
)
def test_an_error_says_what_is_wrong_and_can_be_retried(
    agent_screen: Open, full: Panel, status: int, title: str
) -> None:
    screen = agent_screen({"error": "x", "message": "y"}, status=status)
    expect(screen.panel.get_by_role("heading", name=title)).to_be_visible()
    expect(screen.panel.get_by_role("status")).to_have_text(title)
    again = screen.panel.get_by_role("button", name="Try again")
    again.press("Enter")
    screen.page.wait_for_function("window.host.requests.length === 2")
    expect(again).to_be_focused()
    screen.answer(full)
    again.press("Enter")
    expect(screen.panel.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_focused()
    assert len(screen.requests) == 3


def test_no_answer_within_fifteen_seconds_counts_as_unreachable(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full, delay=None)
    screen.page.wait_for_function("window.host.requests.length === 1")
    screen.page.clock.run_for(16_000)
    expect(screen.panel.get_by_role("heading", name="DeskPulse cannot be reached")).to_be_visible()


@pytest.mark.parametrize("body", ["<html>a proxy's page</html>", {"unexpected": 1}, None, []])
def test_an_answer_that_is_not_the_panels_counts_as_unreachable(agent_screen: Open, body: object) -> None:
    screen = agent_screen(body)
    expect(screen.panel.get_by_role("heading", name="DeskPulse cannot be reached")).to_be_visible()


def test_a_missing_address_is_named(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full, settings={})
    expect(screen.panel.get_by_role("heading", name="The panel address is missing")).to_be_visible()
    assert screen.requests == []


@pytest.mark.parametrize(
    ("state", "extra", "texts"),
    [
        ("answered", {"score": 4, "band": "detractor"}, ["Answered", "4/10 Detractor"]),
        (
            "invited",
            {"channel": "email", "sent_at": "2026-11-22T07:00:00Z", "expires_at": "2026-12-06T07:00:00Z"},
            ["Invite sent", "3 hours ago by e-mail", "6 Dec 2026"],
        ),
        ("waiting", {}, ["Invite waiting"]),
        ("bounced", {}, ["Invite not delivered"]),
        ("refused", {}, ["Invite refused"]),
        ("cancelled", {}, ["Invite cancelled"]),
        ("withdrawn", {}, ["Invite withdrawn"]),
        ("expired", {}, ["Invite expired"]),
        ("not_asked", {"explanation": "Not asked: on holiday."}, ["Not asked", "On holiday."]),
        ("not_resolved", {}, ["Not solved yet"]),
        ("unknown", {}, ["Not known yet"]),
        ("a state of a later version", {"explanation": "It says so itself."}, ["It says so itself."]),
    ],
)
def test_this_ticket_says_where_its_invite_stands(
    agent_screen: Open, full: Panel, state: str, extra: Panel, texts: list[str]
) -> None:
    ticket = full["ticket"] | {"state": state, "explanation": ""} | extra
    screen = agent_screen(full | {"ticket": ticket})
    section = screen.panel.locator("section.ticket")
    expect(section.get_by_role("heading", name="This ticket")).to_be_visible()
    for text in texts:
        expect(section).to_contain_text(text)
    facts = [name for name in ("sent_at", "expires_at", "answered_at") if ticket[name]]
    expect(section.locator("dt")).to_have_count(len(facts))


def test_what_a_customer_wrote_stays_text(agent_screen: Open, full: Panel) -> None:
    attack = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
    full["customer"]["name"] = attack
    full["last"]["comment"] = attack
    full["last"]["ticket"] = {"number": attack, "subject": attack, "url": "javascript:window.pwned=1"}
    full["ticket"] = full["ticket"] | {"explanation": attack, "channel": attack, "sent_at": attack}
    for point in full["trend"]:
        point.update(ticket_number=attack, band=attack, answered_at=attack)
    screen = agent_screen(full)
    screen.wait_until_read()
    expect(screen.panel.locator("blockquote")).to_have_text(attack)
    expect(screen.panel.locator(".last a, main img, main script")).to_have_count(0)
    assert screen.panel.evaluate("window.pwned") is None


def test_the_trend_is_read_and_walked_with_the_keyboard(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full)
    points = screen.panel.get_by_role("list").get_by_role("button")
    expect(points).to_have_count(5)
    expect(points.first).to_have_accessible_name("6, Detractor, 10 Mar 2026, ticket 35003")
    screen.panel.get_by_role("link").focus()
    screen.page.keyboard.press("Tab")
    expect(points.last).to_be_focused()
    screen.page.keyboard.press("ArrowLeft")
    expect(points.nth(3)).to_be_focused()
    expect(screen.panel.locator(".point-text")).to_have_text("7, Passive, 10 Jun 2026, ticket 35006")
    screen.page.keyboard.press("Home")
    screen.page.keyboard.press("ArrowLeft")
    expect(points.first).to_be_focused()


def test_a_single_score_draws_no_trend(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full | {"trend": full["trend"][-1:]})
    screen.wait_until_read()
    expect(screen.panel.locator(".trend")).to_have_count(0)


def test_the_frame_takes_the_height_of_its_content(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full)
    screen.wait_until_read()
    height = screen.panel.evaluate("document.body.getBoundingClientRect().height")
    screen.page.wait_for_function(
        "height => parseInt(window.host.resizes.at(-1).height) === Math.ceil(height)", arg=height
    )
    assert screen.resizes[-1]["width"] == "100%"


@pytest.mark.parametrize(
    ("prefers", "scheme", "dark"),
    [("light", None, False), ("dark", None, True), ("dark", "light", False), ("light", "dark", True)],
)
def test_the_workspaces_colour_scheme_comes_before_the_browsers(
    agent_screen: Open, full: Panel, prefers: str, scheme: str | None, dark: bool
) -> None:
    screen = agent_screen(full, prefers=prefers, scheme=scheme)
    screen.wait_until_read()
    assert is_dark(screen) is dark
    screen.fire("colorScheme.changed", "light" if dark else "dark")
    screen.panel.wait_for_selector("html[data-scheme=" + ("light]" if dark else "dark]"))
    assert is_dark(screen) is not dark


def is_dark(screen: Any) -> bool:
    return bool(screen.panel.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 26, 30)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["promoter", "passive", "detractor", "nothing", "error", "answered"])
def test_nothing_bars_the_way_in_any_state(agent_screen: Open, full: Panel, scheme: str, state: str) -> None:
    if state == "nothing":
        full = nothing_yet(full)
    elif state == "answered":
        full["ticket"] |= {"state": "answered", "score": 9, "band": "promoter", "answered_at": "2026-11-20T09:00:00Z"}
    elif state != "error":
        full["last"]["band"] = state
    screen = agent_screen(full, status=500 if state == "error" else 200, scheme=scheme)
    screen.wait_until_read()
    found = Axe().run(
        screen.panel, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [240, 320, 400])
def test_nothing_is_wider_than_the_sidebar(agent_screen: Open, full: Panel, width: int) -> None:
    full["trend"] = [full["trend"][0]] * 12
    full["last"]["ticket"]["subject"] = (
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
    )
    full["last"]["comment"] = "x" * 400
    screen = agent_screen(full, width=width)
    screen.wait_until_read()
    assert screen.panel.evaluate("document.documentElement.scrollWidth") <= width


def test_loads_nothing_but_itself_and_the_sdk(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full)
    screen.wait_until_read()
    assert screen.answers.asked == {"acme.zendesk.test", "apps.zdassets.test", "static.zdassets.com"}


def test_opened_outside_zendesk_it_says_so(agent_screen: Open, full: Panel) -> None:
    screen = agent_screen(full)
    screen.page.goto("https://apps.zdassets.test/assets/iframe.html")
    expect(screen.page.get_by_role("heading", name="This panel works inside Zendesk")).to_be_visible()
