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
    with page.expect_navigation():
        page.evaluate("document.querySelector('button').click()")
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


def test_each_band_has_its_own_question_about_reasons(survey: str, page: Page) -> None:
    asked = {"6": "What let you down?", "7": "What could have been better?", "8": "What could have been better?"}
    page.goto(survey)
    expect(page.get_by_text("What influenced your score?")).to_be_visible()
    for score, question in {**asked, "9": "What went well?", "0": "What let you down?"}.items():
        page.get_by_role("radio", name=f"{score} of 10", exact=True).check()
        assert page.locator("h2 > span:visible").all_inner_texts() == [question]


@pytest.mark.parametrize("dark", [False, True])
def test_chosen_and_focused_scores_show_in_forced_colours(
    survey: str, new_page: Callable[..., Page], dark: bool
) -> None:
    page = new_page(dark=dark, forced_colors="active")
    page.goto(f"{survey}?score=7")

    def colours(score: int) -> Any:
        style = "s => [getComputedStyle(s).backgroundColor, getComputedStyle(s).color]"
        return page.locator(f".score:has(input[value='{score}']) > span").evaluate(style)

    assert colours(7) != colours(6)
    assert colours(7)[0] != colours(7)[1]
    page.get_by_role("radio", name="7 of 10").focus()
    page.keyboard.press("ArrowRight")
    outline = "s => getComputedStyle(s).outlineStyle + getComputedStyle(s).outlineWidth"
    assert page.locator(".score:has(input[value='8']) > span").evaluate(outline) == "solid3px"


def test_text_may_be_spaced_and_twice_as_large(survey: str, new_page: Callable[..., Page]) -> None:
    """WCAG 1.4.4 and 1.4.12: the reader's own sizes and distances cut nothing off."""
    page = new_page(width=640)
    page.goto(f"{survey}?score=7")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert_fits(page)
    page.evaluate(
        """() => {
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; "
            + "word-spacing: .16em !important } p { margin-bottom: 2em !important }");
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    assert_fits(page)
    cut = "all => all.filter(one => one.scrollWidth > one.clientWidth + 1 && !one.matches('.hidden-text')).length"
    assert page.locator("label, button, h1, legend, p").evaluate_all(cut) == 0


def test_targets_and_rows_on_a_phone(survey: str, new_page: Callable[..., Page]) -> None:
    page = new_page(width=320, height=640)
    page.goto(survey)
    boxes = [page.get_by_role("radio", name=f"{score} of 10", exact=True).bounding_box() for score in range(11)]
    assert all(box and box["width"] >= 44 and box["height"] >= 44 for box in boxes)
    rows = [box["y"] for box in boxes if box]
    assert len(set(rows[:6])) == 1
    assert len(set(rows[6:])) == 1
    assert rows[6] > rows[5]
