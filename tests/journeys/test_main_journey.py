"""The whole loop as people see it: an agent at the helpdesk, a customer with a phone, a lead at the overview."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from journeys.running import Demo

pytestmark = pytest.mark.browser

WORDS = "Solved on the first call, and explained well."


def panel_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def value_of(agent: Page, title: str) -> Locator:
    """What a field on the agent screen says."""
    return agent.locator("dl div", has=agent.get_by_text(title, exact=True)).locator("dd")


def open_mail(phone: Page, demo: Demo, ticket: dict[str, Any]) -> FrameLocator:
    """Find the mail about this ticket in the mailbox, and open it."""
    phone.goto(f"{demo.mailbox}/?to={ticket['requester']}")
    phone.get_by_role("link", name=re.compile(re.escape(f"({ticket['number']})"))).click()
    return phone.frame_locator("iframe")


def follow(phone: Page, mail: FrameLocator, name: str) -> Page:
    """Click a link in the mail, which opens a page of its own."""
    with phone.context.expect_page() as opened:
        mail.get_by_role("link", name=name, exact=True).click()
    opened.value.wait_for_load_state()
    return opened.value


def sign_in(page: Page, demo: Demo, path: str) -> None:
    """Ask for an internal page, and sign in on the way."""
    page.goto(f"{demo.url}{path}")
    page.get_by_label("E-mail address").fill(demo.facts["portal"]["email"])
    page.get_by_label("Passphrase").fill(demo.facts["portal"]["password"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{demo.url}{path}")


def test_from_the_solved_ticket_to_the_score_beside_it(demo: Demo, new_page: Callable[..., Page]) -> None:
    ticket = demo.fresh_ticket()
    name = demo.ticket(ticket)["requester"]["name"]

    agent = new_page()
    agent.goto(f"{demo.simulator}/agent/?q={ticket['requester']}")
    agent.get_by_role("link", name=ticket["subject"], exact=True).first.click()
    expect(panel_of(agent).locator(".state")).to_have_text("Not solved yet")
    agent.get_by_role("button", name="Solve").click()
    expect(agent.locator(".status.solved")).to_be_visible()
    demo.mail(ticket)

    phone = new_page(width=390, height=844, is_mobile=True, has_touch=True)
    survey = follow(phone, open_mail(phone, demo, ticket), "9 of 10")
    expect(survey.get_by_role("radio", name="9 of 10")).to_be_checked()
    expect(survey.get_by_role("group", name="How satisfied are you with the way we handled this?")).to_be_visible()
    expect(survey.get_by_text(ticket["subject"])).to_be_visible()
    factors = survey.locator(".factors input")
    factors.nth(0).check()
    factors.nth(2).check()
    chosen = [survey.locator(".factors label").nth(at).locator("span:visible").inner_text() for at in (0, 2)]
    survey.get_by_label("Anything you would like to add?").fill(WORDS)
    survey.get_by_role("button", name="Send my answer").click()
    expect(survey.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(survey.get_by_text("You can close this page.")).to_be_visible()

    expect(agent.locator(".comment.private", has_text=WORDS)).to_be_visible()
    expect(agent.locator(".comment:not(.private)", has_text=WORDS)).to_have_count(0)
    expect(value_of(agent, "NPS score")).to_have_text("9")
    expect(agent.locator(".tag", has_text="nps_promoter")).to_be_visible()
    expect(value_of(agent, "Last NPS score")).to_have_text("9")
    expect(value_of(agent, "Last NPS category")).to_have_text("promoter")
    (note,) = demo.notes(ticket)
    assert all(label in note for label in chosen)
    agent.reload()
    panel = panel_of(agent)
    expect(panel.get_by_role("heading", level=1)).to_have_text(f"Last feedback from {name}")
    expect(panel.get_by_text("9 out of 10")).to_be_attached()
    expect(panel.locator(".when")).to_have_text(re.compile("now|second|minute"))
    expect(panel.locator(".about")).to_contain_text(f"#{ticket['number']}")
    expect(panel.locator(".about")).to_contain_text(ticket["subject"])
    expect(panel.get_by_text(WORDS)).to_be_visible()
    expect(panel.locator(".ticket .state")).to_contain_text("Answered")

    lead = new_page()
    sign_in(lead, demo, "/overview")
    entry = lead.locator("li", has_text=WORDS)
    expect(entry).to_contain_text("9")
    entry.get_by_role("link", name=ticket["number"]).click()
    expect(lead.get_by_text(WORDS)).to_be_visible()
    expect(lead.get_by_text(name)).to_be_visible()
    lead.get_by_role("link", name="Status").click()
    lead.get_by_label("Ticket number").fill(ticket["number"])
    lead.get_by_role("button", name="Find").click()
    row = lead.get_by_role("region", name="Decisions").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("The customer was asked.")
    expect(row).to_contain_text("answered")


def test_the_open_agent_screen_follows_by_itself(demo: Demo, new_page: Callable[..., Page]) -> None:
    """Who leaves the ticket open sees the panel go from 'not solved' over 'invited' to 'answered'."""
    ticket = demo.fresh_ticket()
    agent = new_page()
    agent.goto(f"{demo.simulator}/agent/tickets/{ticket['id']}")
    agent.get_by_role("button", name="Solve").click()
    demo.mail(ticket)
    phone = new_page(width=390, height=844, is_mobile=True, has_touch=True)
    survey = follow(phone, open_mail(phone, demo, ticket), "2 of 10")
    survey.get_by_role("button", name="Send my answer").click()
    expect(value_of(agent, "NPS score")).to_have_text("2")
    expect(panel_of(agent).locator(".ticket .state")).to_contain_text("Answered", timeout=6_000)


def test_opting_out_from_the_mail(demo: Demo, new_page: Callable[..., Page]) -> None:
    ticket = demo.fresh_ticket()
    demo.asked(ticket)
    phone = new_page(width=390, height=844, is_mobile=True, has_touch=True)
    page = follow(phone, open_mail(phone, demo, ticket), "Do not ask me again")
    expect(page.get_by_role("heading", level=1)).to_have_text("Do you want us to stop asking?")
    page.get_by_role("button", name="Do not ask me again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We will not ask you again")
    second = demo.write_ticket(ticket["requester"], "Something else")
    demo.solve(second)
    assert "not asked: opted out" in demo.decided(second)[0]
    page.get_by_role("button", name="You may ask me again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Do you want us to stop asking?")


def test_an_answer_without_scripts(demo: Demo, new_page: Callable[..., Page]) -> None:
    """Without scripts the page takes two seconds for a person's sign; who is faster presses once more."""
    ticket = demo.fresh_ticket()
    link = demo.asked(ticket)
    customer = new_page(scripts=False, width=390)
    customer.goto(f"{link}?score=8")
    expect(customer.get_by_role("radio", name="8 of 10")).to_be_checked()
    customer.get_by_role("radio", name="6 of 10").check(force=True)
    customer.locator(".factors input").first.check(force=True)
    customer.get_by_label("Anything you would like to add?").fill("Without scripts")
    customer.wait_for_timeout(2_100)
    customer.get_by_role("button", name="Send my answer").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text("Thank you")
    (note,) = demo.noted(ticket)
    assert note.startswith("Net Promoter score 6 of 10")
    assert "Without scripts" in note


def test_too_quick_without_scripts_presses_once_more(demo: Demo, new_page: Callable[..., Page]) -> None:
    ticket = demo.fresh_ticket()
    customer = new_page(scripts=False)
    customer.goto(f"{demo.asked(ticket)}?score=3")
    customer.get_by_role("button", name="Send my answer").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text("One more press, please")
    assert demo.notes(ticket) == []
    customer.wait_for_timeout(2_100)
    customer.get_by_role("button", name="Yes, send my answer").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert demo.noted(ticket)[0].startswith("Net Promoter score 3 of 10")
