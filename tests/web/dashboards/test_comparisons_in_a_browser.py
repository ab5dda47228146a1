"""Agents, segments and fields in a real browser, on a desk and a phone, light and dark."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from deskpulse.desk import Desk
from deskpulse.directory.models import Segment
from deskpulse.organisation.models import Organisation
from deskpulse.reports import roll_ups
from fixtures.answers import Answers
from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser
NAMES = ("Amina Rashid", "Björn Ek", "Chidi Okafor", "Dana Weissenberger-Hohenstein", "Eve", "Farid", "Giulia", "Hana")
SITES, FUNCTIONS = ("Berlin", "Lagos", "Osaka", "Porto", ""), ("Finance", "Logistics", "Sales")


@pytest.fixture
def answered(
    desk: Desk, organisation: Organisation, group: Callable[..., int], agent: Callable[[str], int], answer: Answers
) -> None:
    chance = random.Random(7)
    places = [(1, site) for site in SITES if site] + [(2, function) for function in FUNCTIONS]
    with desk.db.write() as session:
        for position, name in places:
            session.add(Segment(organisation_id=organisation.id, position=position, code=name.lower(), name=name))
    groups = [group("workplace"), group("business-applications")]
    agents = [agent(name) for name in NAMES]
    for number in range(420):
        who = min(int(chance.expovariate(0.4)), len(agents) - 1)
        good = 0.9 - 0.09 * who
        answer(
            chance.choice([9, 10, 10, 8] if chance.random() < good else [7, 6, 4, 2]),
            answered_at=desk.now() - timedelta(hours=3.3 * number),
            agent_id=agents[who],
            group_id=groups[who % 2],
            segment1=chance.choice(SITES).lower() or None,
            segment2=chance.choice(FUNCTIONS).lower(),
            comment="Thank you" if chance.random() < 0.4 else "",
            priority=chance.choice(["low", "normal", "high"]),
            fields={"product": chance.choice(["Mail", "VPN", "Printing and scanning", "SAP"])},
        )
    roll_ups.fold_all(desk)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_they_are_accessible_and_fit(signed_in: Callable[..., Page], answered: None, width: int, dark: bool) -> None:
    page = signed_in("/dashboard?dashid=AGENTS", width=width, dark=dark)
    queries = ("AGENTS", "SEGMENTS", "SEGMENTS&by=department", "FIELDS&rows=field:product&columns=hour")
    for query, drawings in zip(queries, (1, 2, 0, 1), strict=True):
        page.goto(page.url.split("?")[0] + f"?dashid={query}")
        expect(page.locator(".chart-drawing svg")).to_have_count(drawings)
        assert_fits(page)
        assert_accessible(page)


def test_the_table_can_be_sorted_and_a_number_followed(signed_in: Callable[..., Page], answered: None) -> None:
    page = signed_in("/dashboard?dashid=AGENTS", allow=["answered 404"])
    page.get_by_role("link", name="Agent", exact=True).click()
    expect(page.get_by_role("columnheader", name="Agent")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tbody th").first).to_have_text("Amina Rashid")
    page.goto(page.url.replace("AGENTS", "FIELDS"))
    page.get_by_label("Rows", exact=True).select_option(label="product")
    page.get_by_label("Columns", exact=True).select_option(label="Weekday")
    page.get_by_role("button", name="Count").click()
    expect(page.locator(".grid thead th").nth(2)).to_have_text("Monday")
    assert "dashid=FIELDS" in page.url
