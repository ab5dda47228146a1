"""Lists of responses in a real browser: on a desk and a phone, light and dark, for everyone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from fixtures.answers import Answers
from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture
def many(answers: Answers) -> None:
    """More than a page, with words of all kinds."""
    answers(9, comment="頁面很慢 " * 8, factors=["result", "courtesy"], segment1="EMEA-north-west", segment2="Finance")
    answers(4, comment="x" * 300, factors=["reply", "speed"], person="somebody.with.a.long.name@northwind.example")
    answers(*[8] * 50)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_report_and_dashboard_are_for_everyone(signed_in: Open, many: None, width: int, dark: bool) -> None:
    page = signed_in("/survey-responses?sort=3", width=width, dark=dark)
    expect(page.get_by_role("heading", name="Survey Responses Report")).to_be_visible()
    expect(page.get_by_text("Slow, wi-fi again")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("link", name="First page")).to_be_visible()
    page.get_by_label("Mail the PDF to").select_option("Ann@northwind.example")
    page.get_by_role("button", name="Mail…").click()
    expect(page.get_by_role("button", name="Mail it")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)

    page.goto(re.sub(r"/survey.*", "/dashboard?dashid=SRES&sort=4", page.url))
    expect(page.get_by_role("listitem").filter(has_text="頁面很慢")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("link", name="Lowest score first").click()
    expect(page.get_by_role("list", name="Responses").get_by_role("listitem").first).to_contain_text("detractor")
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_role("link", name="Response about 101")).to_be_visible()
    page.get_by_label("Words in comments").fill("nobody said this")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Choose a longer period")).to_be_visible()
    assert_accessible(page)
