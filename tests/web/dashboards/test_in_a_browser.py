"""The dashboards in a real browser: charts, filters and keys, on a desk and a phone, light and dark, for everyone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from deskpulse.desk import Desk
from fixtures.answers import Answers
from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser
CHARTS = 3
Open = Callable[..., Page]


@pytest.fixture
def answered(desk: Desk, group: Callable[..., int], agent: Callable[[str], int], answer: Answers) -> None:
    infra = group("infra")
    bo = agent("Bo")
    answer(*[10] * 30, 9, 8, 7, 3, 0, group_id=group("network", infra), agent_id=bo, comment="Thank you")
    answer(*[9] * 6, 5, group_id=infra, priority="high", fields={"site": "Berlin"})
    answer(10, 0, group_id=group("a-department-with-a-rather-long-name-to-fit"))
    for month in range(2, 30):
        answer(*[10] * (month % 4), 8, 3, answered_at=desk.now() - timedelta(days=30 * month), agent_id=bo)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_the_overview_is_accessible_and_its_charts_are_drawn(
    signed_in: Open, answered: None, width: int, dark: bool
) -> None:
    page = signed_in("/overview", width=width, dark=dark)
    drawings = page.locator(".chart-drawing svg")
    expect(drawings).to_have_count(CHARTS)
    for summary in page.locator("figure [role=img]").all():
        expect(summary).to_be_visible()
        assert len(summary.get_attribute("aria-label") or "") > 20
    for table in page.locator(".chart-table").all():
        if table.get_attribute("open") is None:
            table.locator("summary").press("Enter")
    expect(page.get_by_role("row", name="Mar 2026")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="Filters").click()
    expect(page.locator("summary", has_text="Support group")).to_be_visible()
    page.locator(".period summary").click()
    expect(page.get_by_label("First day")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)


def test_a_bar_tells_its_number_on_hover_and_leads_to_its_rows(signed_in: Open, answered: None) -> None:
    page = signed_in("/overview")
    bar = page.locator("[data-chart=data-scores] .mark-rect path").last
    expect(page.locator(".chart-drawing svg")).to_have_count(CHARTS)
    bar.hover()
    tooltip = page.locator("#vg-tooltip-element.visible")
    expect(tooltip).to_contain_text(re.compile("Score.*10.*promoters.*Answers", re.DOTALL))
    bar.click()
    page.wait_for_url(re.compile(r"dashid=SRES&min=10&max=10$"))


def test_filters_are_chosen_searched_and_taken_away(signed_in: Open, answered: None) -> None:
    page = signed_in("/overview")
    page.get_by_role("button", name="Filters").press("Enter")
    expect(page.get_by_role("button", name="Filters")).to_have_attribute("aria-expanded", "true")
    page.locator("summary", has_text="Hour of day").click()
    page.get_by_label("Find in Hour of day").fill("07")
    expect(page.get_by_role("checkbox", name="07:00")).to_be_visible()
    expect(page.get_by_role("checkbox", name="08:00")).to_be_hidden()
    page.locator("summary", has_text="Support group").press("Enter")
    page.get_by_role("checkbox", name="Network").check()
    page.locator("summary", has_text="Band").click()
    page.get_by_role("checkbox", name="detractor").check()
    page.get_by_role("checkbox", name="promoter").check()
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile(r"/dashboard\?dashid=OVERVIEW&rgid=network&band=promoter&band=detractor$"))
    expect(page.locator("#main")).to_contain_text("n = 33")
    page.get_by_role("link", name="Band: promoter remove").click()
    page.wait_for_url(re.compile(r"\?dashid=OVERVIEW&rgid=network&band=detractor$"))
    page.get_by_role("link", name="Reset").click()
    page.wait_for_url(re.compile(r"\?dashid=OVERVIEW$"))


def test_the_last_choice_of_a_period_counts(signed_in: Open, answered: None) -> None:
    page = signed_in("/dashboard?month=2026-01")
    page.locator(".period summary").click()
    page.get_by_label("First day").fill("2025-05-01")
    page.get_by_label("Last day").fill("2025-05-31")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile(r"dashid=OVERVIEW&from=2025-05-01&to=2025-05-31$"))
    expect(page.locator(".period summary")).to_contain_text("1 to 31 May 2025")
    page.locator(".period summary").click()
    page.get_by_role("link", name="Last 30 days").click()
    expect(page.locator(".period summary")).to_contain_text("31 January to 2 March 2026")


def test_without_scripts_there_are_pictures_lists_and_the_same_form(signed_in: Open, answered: None) -> None:
    page = signed_in("/overview", scripts=False, width=390)
    for picture in page.locator("figure img").all():
        picture.scroll_into_view_if_needed()
        expect(picture).to_be_visible()
        assert (picture.bounding_box() or {"height": 0})["height"] > 50
    page.get_by_role("button", name="Filters").click()
    page.locator("summary", has_text="Agent").click()
    page.get_by_role("checkbox", name="Bo").check()
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("link", name="Agent: Bo remove")).to_be_visible()
    assert_fits(page)
