"""The sidebar app beside a ticket and a contact, in the simulator's agent screen, by the documented client."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from fixtures.browser import assert_accessible

pytestmark = pytest.mark.browser


def test_beside_a_ticket_it_shows_the_customers_last_feedback(agent_screen: Any) -> None:
    key = agent_screen.ticket("Printer on fire")
    heading = agent_screen.app.get_by_role("heading", name="Last feedback from Ada Lovelace")
    expect(heading).to_be_visible()
    expect(agent_screen.app.locator(".word")).to_have_text("Promoter")
    expect(agent_screen.app.get_by_text("by Freshdesk message")).to_be_visible()
    (asked,) = agent_screen.asked
    assert asked.path == "/panel/k1"
    assert asked.args["ticket"] == key
    assert asked.args["email"] == "ada@example.com"
    assert asked.args["customer"].isdecimal()


def test_the_key_is_put_in_by_the_platform_and_never_reaches_the_browser(agent_screen: Any) -> None:
    agent_screen.ticket("Printer on fire")
    expect(agent_screen.app.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()
    (asked,) = agent_screen.asked
    key = asked.headers["Authorization"].removeprefix("Bearer ")
    assert key.startswith("pk-")
    everything = "".join(frame.content() for frame in agent_screen.page.frames)
    assert key not in everything


def test_beside_a_contact_it_asks_about_the_contact_alone(agent_screen: Any) -> None:
    agent_screen.ticket("Printer on fire")
    agent_screen.page.get_by_role("link", name="Ada Lovelace").first.click()
    expect(agent_screen.app.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()
    asked = agent_screen.asked[-1]
    assert (asked.args["ticket"], asked.args["email"]) == ("", "ada@example.com")


def test_a_customer_without_an_address_is_known_by_id(agent_screen: Any) -> None:
    agent_screen.ticket("A call")
    expect(agent_screen.app.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()
    (asked,) = agent_screen.asked
    assert asked.args["email"] == ""
    assert asked.args["customer"]


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (401, "DeskPulse did not accept this app's key"),
        (404, "DeskPulse does not know this connection"),
        (500, "DeskPulse cannot be reached"),
    ],
)
def test_what_is_wrong_is_said_and_can_be_tried_again(agent_screen: Any, status: int, title: str) -> None:
    agent_screen.status = status
    agent_screen.ticket("Printer on fire")
    expect(agent_screen.app.get_by_role("heading", name=title)).to_be_visible()
    agent_screen.status = 200
    agent_screen.app.get_by_role("button", name="Try again").click()
    expect(agent_screen.app.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()


def test_an_answer_that_is_not_the_panels_counts_as_unreachable(agent_screen: Any) -> None:
    agent_screen.answer = None
    agent_screen.ticket("Printer on fire")
    expect(agent_screen.app.get_by_text("Your work in Freshdesk is not affected.")).to_be_visible()


def test_what_a_customer_wrote_stays_text(agent_screen: Any, full: dict[str, Any]) -> None:
    attack = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
    full["customer"]["name"] = full["last"]["comment"] = attack
    agent_screen.ticket("Printer on fire")
    expect(agent_screen.app.locator("blockquote")).to_have_text(attack)
    expect(agent_screen.app.locator("main img, main script")).to_have_count(0)


def test_a_solved_ticket_is_asked_about_again_without_a_reload(agent_screen: Any, full: dict[str, Any]) -> None:
    agent_screen.ticket("Printer on fire")
    expect(agent_screen.app.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()
    full["last"]["comment"] = "A newer comment."
    agent_screen.page.get_by_role("button", name="Solve").click()
    expect(agent_screen.app.get_by_text("A newer comment.")).to_be_visible()


def test_nothing_bars_the_way(agent_screen: Any) -> None:
    agent_screen.ticket("Printer on fire")
    expect(agent_screen.app.get_by_role("heading", name="Last feedback from Ada Lovelace")).to_be_visible()
    assert_accessible(agent_screen.page)


def test_opened_outside_freshdesk_it_says_so(agent_screen: Any) -> None:
    agent_screen.page.goto(f"{agent_screen.url}/_sim/app/index.html")
    expect(agent_screen.page.get_by_role("heading", name="This panel works inside Freshdesk")).to_be_visible()
