"""The agent screen's frame: who works at it, what it refuses, and how its pages look to everyone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from fixtures.browser import assert_accessible, assert_fits

PAGES = ("/agent/", "/agent/tickets/new", "/agent/tickets/1", "/agent/people/1")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_framed_and_protected(helpdesk: Any, path: str) -> None:
    answer = helpdesk.api(path)
    assert answer.status_code == 200
    assert "Little simulator" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'; frame-src 'self' http://127.0.0.1:9;" in policy
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_people_wrote_stays_text(helpdesk: Any) -> None:
    assert "psst &lt;b&gt;" in helpdesk.api("/agent/tickets/1").text


def test_the_front_door_leads_to_the_tickets(helpdesk: Any) -> None:
    assert helpdesk.api("/").url == f"{helpdesk.url}/agent/"


def test_working_as_someone_else_is_remembered(helpdesk: Any) -> None:
    with requests.Session() as browser:
        page = browser.get(f"{helpdesk.url}/agent/", timeout=10).text
        assert '<option value="ada" selected>' in page
        form = {"agent": "bob", "next": "/agent/tickets/1"}
        answer = browser.post(f"{helpdesk.url}/agent/sign-in", data=form, timeout=10)
        assert answer.url == f"{helpdesk.url}/agent/tickets/1"
        assert '<option value="bob" selected>' in answer.text


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", ""])
def test_signing_in_leads_nowhere_else(helpdesk: Any, target: str) -> None:
    form = {"agent": "bob", "next": target}
    answer = requests.post(f"{helpdesk.url}/agent/sign-in", data=form, timeout=10, allow_redirects=False)
    assert answer.headers["Location"] == "/agent/"


def test_forms_of_other_sites_are_refused(helpdesk: Any) -> None:
    for origin, status in (("https://elsewhere.example", 403), (helpdesk.url, 200)):
        answer = requests.post(f"{helpdesk.url}/agent/tickets/1/reply", headers={"Origin": origin}, timeout=10)
        assert answer.status_code == status


def test_only_what_changed_is_sent_again(helpdesk: Any) -> None:
    assert helpdesk.api("/agent/tickets/1/parts?revision=r1").status_code == 204
    fresh = helpdesk.api("/agent/tickets/1/parts?revision=r0")
    assert (fresh.status_code, "data-revision" in fresh.text, "<html" in fresh.text) == (200, True, False)


def test_style_and_scripts_are_served(helpdesk: Any) -> None:
    for name in ("agent.css", "refresh.js", "icon.svg"):
        assert helpdesk.api(f"/_sim/static/{name}").status_code == 200
    for name in ("nothing.css", "../screen.py", "%2e%2e/screen.py"):
        assert helpdesk.api(f"/_sim/static/{name}").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_accessible_and_fits(
    helpdesk: Any, new_page: Callable[..., Page], width: int, dark: bool
) -> None:
    page = new_page(width=width, dark=dark)
    for path in PAGES:
        page.goto(helpdesk.url + path)
        assert_accessible(page)
        assert_fits(page)


@pytest.mark.browser
def test_names_that_every_simulator_shares(helpdesk: Any, page: Page) -> None:
    page.goto(f"{helpdesk.url}/agent/tickets/1")
    for button in ("Solve", "Send"):
        expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
    expect(page.get_by_label("Write to this ticket")).to_be_visible()
    expect(page.get_by_label("Working as")).to_have_value("ada")
    expect(page.locator(".tag", has_text="Internal note")).to_be_visible()
