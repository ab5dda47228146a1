"""The pictures of README.md, made anew from a running demo: ``python -m pytest tests/journeys -m screenshots``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fixtures.repository import HOUSE
from journeys.running import Demo, Person

pytestmark = pytest.mark.screenshots

FOLDER = HOUSE / "docs" / "screenshots"
LARGEST = 300_000
"""Bytes."""
WORDS = "Solved on the first call, and she explained what had gone wrong. Thank you!"


@pytest.fixture
def keep() -> Iterator[Callable[..., None]]:
    """Keep what the page shows as one of the pictures, and see that none is large."""
    made: list[Path] = []

    def shoot(page: Page, name: str, **options: Any) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        made.append(FOLDER / f"{name}.png")
        page.screenshot(path=made[-1], animations="disabled", **options)

    yield shoot
    assert {path.name: path.stat().st_size for path in made if path.stat().st_size > LARGEST} == {}


def with_history(demo: Demo) -> dict[str, Any]:
    """An open ticket of someone who has answered before, so that the panel has something to tell."""
    while True:
        ticket = demo.fresh_ticket()
        if len(demo.panel(ticket, email=ticket["requester"])["trend"]) >= 2:
            return ticket


def test_pictures(demo: Demo, new_page: Callable[..., Page], keep: Callable[..., None]) -> None:
    ticket = with_history(demo)
    link = demo.asked(ticket)

    mailbox = new_page(width=1160, height=660)
    mailbox.goto(f"{demo.mailbox}/?to={ticket['requester']}")
    mailbox.locator("nav a").first.click()
    expect(mailbox.frame_locator("iframe").get_by_role("link", name="9 of 10", exact=True)).to_be_visible()
    keep(mailbox, "mail")

    phone = new_page(width=390, height=844, is_mobile=True, has_touch=True, device_scale_factor=2)
    phone.goto(f"{link}?score=9")
    phone.locator(".factors input").nth(0).check()
    phone.get_by_label("Anything you would like to add?").fill(WORDS)
    phone.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    keep(phone, "survey-phone")
    phone.get_by_role("button", name="Send my answer").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    demo.noted(ticket)

    agent = new_page(width=1120, height=720)
    agent.goto(f"{demo.simulator}/agent/tickets/{ticket['id']}")
    panel = agent.frame_locator("iframe")
    expect(panel.locator(".ticket .state")).to_contain_text("Answered")
    keep(agent, "panel")

    unhappy = Person()
    unhappy.answer(demo.asked(demo.fresh_ticket()), 3, comment="Closed without asking whether it works.", contact="1")
    unhappy.session.close()
    reopened = demo.fresh_ticket()
    demo.asked(reopened)
    demo.reopen(reopened)
    demo.in_state(reopened, "withdrawn")
    demo.solve(reopened)
    demo.decided(reopened, 2)
    lead = new_page(width=1200, height=1080)
    lead.context.add_cookies(
        [{"name": cookie.name, "value": str(cookie.value), "url": demo.url} for cookie in demo.portal.cookies]
    )
    for name in ("overview", "status"):
        lead.goto(f"{demo.url}/{name}")
        for drawing in lead.locator(".chart-drawing").all():
            expect(drawing.locator("svg")).to_be_visible()
        keep(lead, name)
