"""Every display, dashboard and document of the demo as people meet it: filled, readable, quiet, and printable.

``new_page`` fails a test on any error in the console, any broken policy, and any request to another host.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from fixtures.browser import assert_accessible, assert_fits
from fixtures.printed import Printed
from journeys.running import Demo
from journeys.test_pages import sign_in

pytestmark = pytest.mark.browser
SCREENS = [(1280, False), (390, True)]
NAMES = ["desk-light", "phone-dark"]
DRAWN_WITHIN = 20_000
"""Milliseconds: the first chart waits for the script that draws them, which is made then."""
INK = 0.001
"""Share of a printed page that is not white, at least."""


@dataclass(frozen=True)
class Look:
    """A page, how many charts it draws, and what it shows at least so many of."""

    path: str
    charts: int
    shows: str
    least: int = 1


DASHBOARDS = (
    Look("/overview", 3, "main .list-group-item", 10),
    Look("/dashboard?dashid=SRES&rgid=service-desk", 0, "ol[aria-label=Responses] > li", 20),
    Look("/dashboard?dashid=AGENTS", 1, ".compared .nps", 8),
    Look("/dashboard?dashid=SEGMENTS", 2, ".compared .nps", 8),
    Look("/dashboard?dashid=SEGMENTS&by=department", 0, ".grid .cell-score", 20),
    Look("/dashboard?dashid=FACTORS", 1, "table.factors tbody tr", 8),
    Look("/dashboard?dashid=FIELDS&rows=field:product&columns=weekday", 1, ".grid .cell-score", 10),
    Look("/dashboard?dashid=RATE", 2, "section[aria-labelledby=held] tbody tr", 6),
    Look("/dashboard?dashid=RATE&stage=held", 0, "[data-row]", 10),
)
DOCUMENTS = (
    Look("/survey-responses", 0, ".report-rows tbody", 20),
    Look("/launchpad", 0, "main .nps-score"),
    Look("/launchpad?page=export-csv", 0, "main input[readonly]"),
    Look("/customer-satisfaction-report?sendto=admin@northwind.example", 0, "main button"),
)
DISPLAYS = (
    Look("/gauge?hold=1&cpc={}", 0, ".score"),
    Look("/gauge?hold=1&cpc={}&rgid=network&combine=n", 0, ".score, .none"),
    Look("/league-table?hold=1&cpc={}", 0, "tbody.ranked tr, tbody.indicative tr", 4),
    # Other journeys share this demo: their few answers name no segment, which may hide one more row.
    Look("/league-table?hold=1&cpc={}&segment=1", 0, "tbody.ranked tr, tbody.indicative tr", 3),
    Look("/feedback-slider?hold=1&cpc={}", 0, "blockquote, .comment, .words"),
)


@pytest.fixture(params=SCREENS, ids=NAMES)
def screen(request: pytest.FixtureRequest, new_page: Callable[..., Page]) -> Page:
    width, dark = request.param
    return new_page(width=width, height=844 if width < 500 else 800, dark=dark)


def look_at(page: Page, demo: Demo, look: Look) -> None:
    page.goto(demo.url + look.path)
    expect(page.locator(".chart-drawing svg")).to_have_count(look.charts, timeout=DRAWN_WITHIN)
    assert page.locator(look.shows).count() >= look.least, look.path
    page.wait_for_load_state()
    assert_accessible(page)
    assert_fits(page)


def test_dashboards(demo: Demo, screen: Page) -> None:
    demo.internal("/overview")
    sign_in(screen, demo)
    for look in DASHBOARDS:
        look_at(screen, demo, look)


def test_documents_and_the_launchpad(demo: Demo, screen: Page) -> None:
    demo.internal("/overview")
    sign_in(screen, demo)
    for look in DOCUMENTS:
        look_at(screen, demo, look)


def test_displays(demo: Demo, screen: Page) -> None:
    for look in DISPLAYS:
        at = Look(look.path.format(demo.facts["organisation"]["code"]), look.charts, look.shows, look.least)
        look_at(screen, demo, at)


@pytest.mark.parametrize("path", ["/survey-responses?format=pdf", "/customer-satisfaction-report"])
def test_printed_documents_have_no_empty_page(demo: Demo, path: str) -> None:
    demo.internal("/overview")
    answer = demo.portal.get(demo.url + path, timeout=30)
    assert answer.headers["Content-Type"] == "application/pdf"
    words = Printed(answer.content)
    assert "Northwind IT" in words.text
    assert "promoters" in words.text
    with pypdfium2.PdfDocument(answer.content) as document:
        for page, text in zip(document, words.pages, strict=True):
            drawn = bytes(page.render(scale=0.5, grayscale=True).buffer)
            assert sum(shade < 200 for shade in drawn) > INK * len(drawn)
            assert len(text) > 50


def test_the_link_of_the_export_brings_what_the_overview_counts(demo: Demo, new_page: Callable[..., Page]) -> None:
    demo.internal("/overview")
    page = new_page()
    sign_in(page, demo)
    page.goto(f"{demo.url}/launchpad?page=export-csv")
    link = page.get_by_label("Link to the").input_value()
    page.goto(f"{demo.url}/overview")
    counted = re.search(r"n = ([\d,]+)", page.locator("section[aria-labelledby=whole]").inner_text())
    assert counted
    file = demo.portal.get(link, timeout=30).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file, newline="")))
    assert len(rows) == int(counted[1].replace(",", ""))
    newest = max(row["answered_at"][:10] for row in rows)
    of_the_sample = [row for row in rows if row["answered_at"][:10] < newest]  # others were given by other journeys
    assert of_the_sample
    for column in ("segment1_name", "segment2_name", "field:product"):
        assert [row for row in of_the_sample if not row[column]] == [], column
    assert {"0", "1"} <= {row["reassignments"] for row in rows}
