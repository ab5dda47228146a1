"""The Customer Satisfaction Report in a real browser: mailed after a look, and downloaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from deskpulse.access import users
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.testing.serving import serve
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER
from fixtures.browser import assert_accessible, assert_fits, opening
from fixtures.printed import Printed

pytestmark = pytest.mark.browser
ADDRESS = "/customer-satisfaction-report"


@pytest.fixture
def app(desk: Desk) -> Flask:
    return create_app(desk)


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    with serve(app) as url:
        yield url


@pytest.fixture
def signed_in(
    desk: Desk, organisation: Organisation, app: Flask, served: str, new_page: Callable[..., Page]
) -> Callable[..., Page]:
    with desk.db.write() as session:
        user = users.add(desk, session, organisation, "ann@corp.example", "correct horse battery", actor="test")
    client = app.test_client()
    with client.session_transaction() as session_cookie:
        session_cookie[USER], session_cookie[EPOCH] = user.id, user.session_epoch
    return opening(served, client, new_page)


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_it_asks_before_it_mails_and_says_that_it_did(signed_in: Callable[..., Page], width: int, dark: bool) -> None:
    page = signed_in(f"{ADDRESS}?month=2026-02&sendto=ann@corp.example", width=width, dark=dark)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mail the Customer Satisfaction Report?")
    assert_fits(page)
    assert_accessible(page)
    page.get_by_role("button", name="Mail it").click()
    expect(page.get_by_role("status").first).to_contain_text("February 2026 is on its way to ann@corp.example.")
    page.wait_for_load_state("networkidle", timeout=30_000)  # charts come with the page behind it


def test_it_is_downloaded(signed_in: Callable[..., Page], tmp_path: Path) -> None:
    page = signed_in(f"{ADDRESS}?month=2026-02&sendto=adminselect")
    with page.expect_download() as download:
        page.get_by_role("link", name="Rather download it").click()
    download.value.save_as(tmp_path / "report.pdf")
    assert download.value.suggested_filename == "customer-satisfaction-2026-02.pdf"
    assert "February 2026" in Printed((tmp_path / "report.pdf").read_bytes()).text
