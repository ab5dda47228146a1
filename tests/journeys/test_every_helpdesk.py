"""The same loop in every helpdesk: solved on its agent screen, asked, answered, and seen there again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from journeys.running import Demo, Person, plain
from kit.accounts import bundled

KINDS = {one.point.name: one.kind for one in bundled()}
WORDS = "Solved at once, and with a smile."
FOUND = re.compile(r"nps.*score|score.*nps", re.IGNORECASE)


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, demo: Demo) -> Demo:
    """One of the demo's helpdesks."""
    return demo.at(request.param)


def open_ticket(page: Page, desk: Demo, ticket: dict[str, Any]) -> None:
    """Find a ticket in the agent screen's list as an agent does."""
    page.goto(desk.simulator)
    page.get_by_role("searchbox").fill(ticket["requester"])
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("link", name=re.compile(re.escape(ticket["subject"]))).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(ticket["subject"])


def panel_of(page: Page) -> Locator | FrameLocator:
    """Where the customer's last feedback is shown: an app in a frame, or a row of the form itself."""
    frame = page.get_by_role("complementary", name="Apps").locator("iframe:not([hidden])")
    return frame.content_frame if frame.count() else page.get_by_role("region", name="Customer feedback")


@pytest.mark.browser
def test_from_the_solved_ticket_to_the_score_beside_it(desk: Demo, new_page: Callable[..., Page]) -> None:
    ticket = desk.fresh_ticket()
    agent = new_page()
    open_ticket(agent, desk, ticket)
    agent.get_by_role("button", name="Solve").click()
    mail = desk.mail(ticket)
    assert ticket["number"] in mail["subject"]

    phone = new_page(width=390, height=844, is_mobile=True, has_touch=True)
    phone.goto(f"{desk.mailbox}/?to={ticket['requester']}")
    phone.get_by_role("link", name=re.compile(re.escape(f"({ticket['number']})"))).click()
    with phone.context.expect_page() as opened:
        phone.frame_locator("iframe").get_by_role("link", name="9 of 10", exact=True).click()
    survey = opened.value
    survey.wait_for_load_state()
    survey.get_by_label("Anything you would like to add?").fill(WORDS)
    survey.get_by_role("button", name="Send my answer").click()
    expect(survey.get_by_role("heading", level=1)).to_have_text("Thank you")

    expect(agent.locator(".comment.private", has_text=WORDS)).to_be_visible()
    expect(agent.locator(".comment:not(.private)", has_text=WORDS)).to_have_count(0)
    for field in agent.locator("dl div", has=agent.locator("dt", has_text=FOUND)).all():
        expect(field.locator("dd")).to_have_text("9")
    assert agent.locator("dl div", has=agent.locator("dt", has_text=FOUND)).count() >= 1
    agent.reload()
    expect(panel_of(agent).get_by_text(WORDS)).to_be_visible()
    expect(panel_of(agent).get_by_text("Promoter").first).to_be_visible()


@pytest.mark.browser
def test_reopened_on_the_agent_screen(desk: Demo, new_page: Callable[..., Page]) -> None:
    """The invite is withdrawn; solved again, the same person is not asked twice a day."""
    ticket, agent = desk.fresh_ticket(), new_page()
    open_ticket(agent, desk, ticket)
    agent.get_by_role("button", name="Solve").click()
    desk.mail(ticket)
    agent.get_by_role("button", name="Reopen").click()
    agent.get_by_role("button", name="Solve").click()
    newest, first = desk.decided(ticket, 2)
    assert "not asked: asked recently" in newest
    assert "asked The customer was asked." in first
    assert "withdrawn" in first
    assert len(desk.mails(ticket["requester"])) == 1


def test_a_changed_answer_is_a_second_note(desk: Demo, person: Callable[[], Person]) -> None:
    ticket, customer = desk.fresh_ticket(), person()
    link = desk.asked(ticket)
    customer.answer(link, 3, comment="Slow")
    desk.noted(ticket)
    customer.answer(link, 8, comment="Better now")
    first, second = desk.noted(ticket, 2)
    assert "Slow" in first
    assert "Better now" in second


def test_all_are_side_by_side(demo: Demo) -> None:
    assert {one["kind"] for one in demo.facts["connections"]} == KINDS.keys()
    page = plain(demo.internal("/status"))
    assert all(kind.label in page for kind in KINDS.values())
