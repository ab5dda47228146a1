"""Every page, for a customer and for a lead, on a desk and on a phone, light and dark: readable, quiet, all our own.

``new_page`` fails a test on any error in the console, any broken policy, and any request to another host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixtures.browser import assert_accessible, assert_fits
from journeys.running import Demo, Person

pytestmark = pytest.mark.browser

SCREENS = [(1280, False), (1280, True), (390, False), (390, True)]
NAMES = ["desk-light", "desk-dark", "phone-light", "phone-dark"]


@dataclass
class Told:
    """A ticket's story so far, for pages that have something to show."""

    open_link: str
    answered_link: str
    withdrawn_link: str
    ticket: dict[str, Any]
    response: str


@pytest.fixture(scope="module")
def told(demo: Demo) -> Iterator[Told]:
    people = [Person() for _ in range(3)]
    tickets = [demo.fresh_ticket() for _ in range(3)]
    open_link, answered_link, withdrawn_link = [demo.asked(ticket) for ticket in tickets]
    scanner, customer, reader = people
    scanner.open(f"{open_link}?score=0")
    scanner.send(0, gesture=False)
    customer.answer(answered_link, 4, comment="Three days without any update.", contact="1", factor=["speed"])
    reader.open(f"{demo.url}/?tc=ts&cpc={demo.facts['organisation']['code']}&tid=GONE-1&rgid=Nobody&score=2")
    reader.send(2, comment="Which group was that?")
    reader.open(
        f"{demo.url}/?tc=ts&cpc={demo.facts['organisation']['code']}&tid={tickets[1]['id']}&rgid=Network&score=10"
    )
    reader.send(10, comment="No, it was great!")
    demo.reopen(tickets[2])
    demo.in_state(tickets[2], "withdrawn")
    note = demo.noted(tickets[1])[0]
    response = next(word for word in note.split() if "/responses/" in word).removeprefix(demo.url)
    yield Told(open_link, answered_link, withdrawn_link, tickets[1], response)
    for one in people:
        one.session.close()


@pytest.fixture(params=SCREENS, ids=NAMES)
def screen(request: pytest.FixtureRequest, new_page: Callable[..., Page]) -> Callable[..., Page]:
    width, dark = request.param
    return lambda **more: new_page(width=width, height=844 if width < 500 else 800, dark=dark, **more)


def check(page: Page, **axe: Any) -> None:
    """The page, once it has its style sheets, is accessible and fits."""
    page.wait_for_load_state()
    assert_accessible(page, **axe)
    assert_fits(page)


def look_at(page: Page, url: str, heading: str | re.Pattern[str]) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    check(page)


def sign_in(page: Page, demo: Demo) -> None:
    page.context.add_cookies(
        [{"name": cookie.name, "value": str(cookie.value), "url": demo.url} for cookie in demo.portal.cookies]
    )


def test_internal_pages(demo: Demo, told: Told, screen: Callable[..., Page]) -> None:
    demo.internal("/overview")
    page = screen()
    look_at(page, f"{demo.url}/sign-in", "Sign in")
    sign_in(page, demo)
    look_at(page, f"{demo.url}/overview", demo.facts["organisation"]["name"])
    look_at(page, f"{demo.url}{told.response}", f"4 detractor about {told.ticket['number']}")
    look_at(page, f"{demo.url}/review", "Answers that do not count")
    expect(page.get_by_text("Which group was that?").or_(page.get_by_text("Nobody", exact=False)).first).to_be_visible()
    look_at(page, f"{demo.url}/status", "Status")
    look_at(page, f"{demo.url}/status?ticket={told.ticket['number']}", "Status")


def test_error_pages(demo: Demo, screen: Callable[..., Page]) -> None:
    demo.internal("/overview")
    page = screen(allow=["404"])
    look_at(page, f"{demo.url}/no-such-page", "Page not found")
    sign_in(page, demo)
    look_at(page, f"{demo.url}/responses/999999999", "Page not found")


def test_customer_pages(demo: Demo, told: Told, screen: Callable[..., Page]) -> None:
    page = screen(allow=["404", "410"])
    question = re.compile("How satisfied")
    look_at(page, f"{told.open_link}?score=7", question)
    look_at(page, f"{told.open_link}/opt-out", "Do you want us to stop asking?")
    look_at(page, told.answered_link, "Already answered")
    look_at(page, told.withdrawn_link, "We are not done yet")
    look_at(page, f"{demo.url}/s/nobody-knows-it", "We do not know this link")


def test_the_pages_after_the_question(demo: Demo, screen: Callable[..., Page]) -> None:
    page = screen()
    link = demo.asked(demo.fresh_ticket())
    page.goto(f"{link}?score=9")
    page.evaluate("document.querySelector('form').requestSubmit()")
    expect(page.get_by_role("heading", level=1)).to_have_text("One more press, please")
    check(page)
    page.get_by_role("button", name="Yes, send my answer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    check(page)


def test_an_empty_installation_says_what_to_do_next(empty_demo: Demo, screen: Callable[..., Page]) -> None:
    empty_demo.internal("/overview")
    page = screen()
    sign_in(page, empty_demo)
    for path in ("/overview", "/review", "/status"):
        page.goto(f"{empty_demo.url}{path}")
        check(page)


def test_the_mailbox_and_the_agent_screen(demo: Demo, told: Told, screen: Callable[..., Page]) -> None:
    page = screen()
    page.goto(f"{demo.mailbox}/?to={told.ticket['requester']}")
    check(page)
    page.goto(f"{demo.simulator}/agent/tickets/{told.ticket['id']}")
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_contain_text("Last feedback")
    check(page, skip=["region"])
