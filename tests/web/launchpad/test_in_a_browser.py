"""The launchpad as people see it: on a desk and a phone, light and dark, with scripts and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from deskpulse.desk import Desk
from deskpulse.testing.serving import serve
from fixtures.answers import Answers
from fixtures.browser import assert_accessible, assert_fits, opening

pytestmark = pytest.mark.browser
SCREENS = [(1280, False), (390, True)]


@pytest.fixture
def served(app: Flask, desk: Desk, northwind: Any, answer: Answers) -> Iterator[str]:
    answer(*[10] * 6, 3, 9, group_id=northwind.team)
    with serve(app) as url:
        yield url


@pytest.fixture
def opened(app: Flask, northwind: Any, served: str, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """A page of somebody who is signed in."""
    return opening(served, northwind.sign_in(app.test_client()), new_page)


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_every_page_is_readable(opened: Callable[..., Page], northwind: Any, width: int, dark: bool) -> None:
    page = opened("/launchpad", width=width, dark=dark)
    for path in ("", "?page=feedback-slider", "?page=export-csv&rgid=NOPE", "/addresses", f"/for/{northwind.lead}"):
        page.goto(f"{page.url.partition('/launchpad')[0]}/launchpad{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert_accessible(page)
        assert_fits(page)


def test_the_link_follows_every_choice(opened: Callable[..., Page]) -> None:
    page = opened("/launchpad", permissions=["clipboard-read", "clipboard-write"])
    link, agent = page.get_by_label("Link to the"), page.locator("#agid")
    expect(page.get_by_role("button", name="Make the link")).to_be_hidden()
    page.get_by_role("combobox", name="Support group").select_option("NET")
    expect(link).to_have_value("http://127.0.0.1:8000/gauge?cpc=northwind&rgid=NET")
    expect(page.get_by_text("+75")).to_be_visible()
    page.get_by_label("Month", exact=True).fill("2026-01")
    page.get_by_label("Month", exact=True).blur()
    expect(link).to_have_value("http://127.0.0.1:8000/gauge?cpc=northwind&rgid=NET&month=2026-01")
    expect(page.get_by_text("no responses")).to_be_visible()
    expect(agent).to_be_hidden()
    page.get_by_label("Page").select_option("survey-responses")
    agent.fill("nobody")
    agent.blur()
    expect(page.get_by_text("No link yet.")).to_be_visible()
    agent.fill("robin@northwind.example")
    agent.blur()
    wanted = "http://127.0.0.1:8000/survey-responses?rgid=NET&agid=robin%40northwind.example&month=2026-01"
    expect(link).to_have_value(wanted)
    page.get_by_role("button", name="Copy Link to the").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == wanted
    page.reload()
    expect(link).to_have_value(wanted)


def test_without_scripts_a_button_makes_the_link(opened: Callable[..., Page]) -> None:
    page = opened("/launchpad", scripts=False, width=390)
    expect(page.get_by_role("button", name="Copy")).to_be_hidden()
    page.get_by_label("Page").select_option("export-csv")
    page.get_by_role("button", name="Make the link").click()
    page.get_by_label("Also responses that do not count").check()
    page.get_by_role("button", name="Make the link").click()
    expect(page.get_by_label("Link to the")).to_have_value("http://127.0.0.1:8000/export?format=csv&all=y")
    assert_fits(page)
