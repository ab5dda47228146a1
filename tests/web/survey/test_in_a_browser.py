"""The pages in a real browser: with pointer, keys and without scripts, on a phone, in light and dark, for everyone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from deskpulse.desk import Desk
from deskpulse.surveys.models import Response
from deskpulse.testing.serving import serve
from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser
BUDGET = 60 * 1024


@pytest.fixture
def survey(app: Any, ask: Any) -> Iterator[str]:
    with serve(app) as url:
        yield f"{url}/s/{ask(subject='Printer on the third floor prints only blank pages since Monday')}"


def counted(desk: Desk) -> list[tuple[int, int]]:
    with desk.db.read() as session:
        return [(row.score, row.revision) for row in session.scalars(select(Response)) if row.current]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True), (320, False)])
def test_every_page_is_accessible(
    survey: str, new_page: Callable[..., Page], desk: Desk, width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark, allow=["404", "410", "422"])

    def check() -> None:
        assert_accessible(page)
        assert_fits(page)

    page.goto(f"{survey}?score=4")
    expect(page.get_by_text("What let you down?")).to_be_visible()
    expect(page.get_by_text("Nobody should follow this link")).to_be_hidden()
    check()
    page.get_by_role("radio", name="9 of 10", exact=True).check()
    expect(page.get_by_text("What went well?")).to_be_visible()
    expect(page.get_by_text("What let you down?")).to_be_hidden()
    page.get_by_label("Solved quickly").check()
    page.get_by_label("Please contact me about this").check()
    check()
    page.get_by_role("button", name="Send my answer").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    check()
    page.get_by_role("link", name="Change my answer").click()
    expect(page.get_by_role("radio", name="9 of 10")).to_be_checked()
    check()
    page.context.clear_cookies()
    page.goto(survey)
    expect(page.get_by_role("heading", name="Already answered")).to_be_visible()
    check()
    page.goto(f"{survey}/opt-out")
    check()
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="We will not ask you again")).to_be_visible()
    check()
    page.goto(f"{survey}x")
    check()
    assert counted(desk) == [(9, 1)]


def test_with_keys_alone(survey: str, page: Page, desk: Desk) -> None:
    page.goto(survey)
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="3 of 10")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert counted(desk) == [(3, 1)]


def test_a_script_cannot_answer(survey: str, page: Page, desk: Desk) -> None:
    page.goto(f"{survey}?score=0")
    page.evaluate("document.querySelector('button').click()")
    expect(page.get_by_role("heading", name="One more press, please")).to_be_visible()
    assert_accessible(page)
    page.evaluate("document.querySelector('button').click()")
    page.wait_for_timeout(300)
    expect(page.get_by_role("heading", name="One more press, please")).to_be_visible()
    assert counted(desk) == []
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert counted(desk) == [(0, 1)]


def test_without_scripts(survey: str, new_page: Callable[..., Page], desk: Desk, clock: Any) -> None:
    page = new_page(scripts=False)
    page.goto(survey)
    page.get_by_role("radio", name="6 of 10", exact=True).check()
    expect(page.get_by_text("What let you down?")).to_be_visible()
    clock.advance(seconds=3)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert counted(desk) == [(6, 1)]


def test_a_first_visit_is_light(survey: str, page: Page) -> None:
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(len(response.body()) + len(str(response.headers))))
    page.goto(survey, wait_until="networkidle")
    assert len(sizes) == 4
    assert sum(sizes) < BUDGET / 2


def test_targets_and_rows_on_a_phone(survey: str, new_page: Callable[..., Page]) -> None:
    page = new_page(width=320, height=640)
    page.goto(survey)
    boxes = [page.get_by_role("radio", name=f"{score} of 10", exact=True).bounding_box() for score in range(11)]
    assert all(box and box["width"] >= 44 and box["height"] >= 44 for box in boxes)
    rows = [box["y"] for box in boxes if box]
    assert len(set(rows[:6])) == 1
    assert len(set(rows[6:])) == 1
    assert rows[6] > rows[5]
