"""The response funnel and the factor drivers in a real browser: on a desk and a phone, light and dark, for everyone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.surveys import rules
from fixtures.answers import Answers
from fixtures.browser import assert_accessible, assert_fits
from fixtures.cohort import Cohort

pytestmark = pytest.mark.browser
PAGES = (
    ("/dashboard?dashid=RATE&people=y", 2),
    ("/dashboard?dashid=RATE&stage=resolved", 0),
    ("/dashboard?dashid=FACTORS", 1),
)


@pytest.fixture
def world(desk: Desk, organisation: Organisation, group: Callable[..., int], answer: Answers) -> None:
    cohort = Cohort(desk, organisation)
    team = group("network", group("a-department-with-a-rather-long-name-to-fit"))
    person = {"person": "somebody.with.a.rather.long.name@northwind.example"}
    cohort.resolve(rules.OPTED_OUT, group_id=team, **person)
    cohort.resolve(rules.ASKED_RECENTLY, **person)
    cohort.look(cohort.asked(channel="helpdesk", **person), score=7)
    cohort.answer(cohort.asked(group_id=team, **person), 9, "Thank you")
    answer(*[10] * 30, factors=["skill", "courtesy", "ownership"])
    answer(*[0] * 8, 7, 8, factors=["speed", "result"])


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_they_are_accessible_and_fit(signed_in: Callable[..., Page], world: None, width: int, dark: bool) -> None:
    for address, charts in PAGES:
        page = signed_in(address, width=width, dark=dark)
        expect(page.locator(".chart-drawing svg")).to_have_count(charts)
        for table in page.locator(".chart-table").all():
            if table.get_attribute("open") is None:
                table.locator("summary").press("Enter")
        assert_accessible(page)
        assert_fits(page)


def test_a_bar_leads_to_its_rows_and_back(signed_in: Callable[..., Page], world: None) -> None:
    page = signed_in("/dashboard?dashid=RATE")
    bar = page.locator("[data-chart=data-stages] .mark-rect path").nth(3)
    bar.hover()
    expect(page.locator("#vg-tooltip-element.visible")).to_contain_text("Delivered")
    bar.click()
    expect(page.get_by_role("heading", name="Delivered")).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(2)
    page.get_by_role("link", name="The whole funnel").first.click()
    expect(page.get_by_role("heading", name="Response funnel")).to_be_visible()
