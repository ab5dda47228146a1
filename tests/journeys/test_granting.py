"""Access by OAuth, granted in the browser: the helpdesk's consent page, our callback, tokens renewed by themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, expect

from deskpulse import settings as settings_module
from deskpulse.connections import connections, oauth, provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse_web.application import create_app
from deskpulse_web.demo.local import LocalServer
from fixtures.browser import assert_accessible, assert_fits

pytestmark = pytest.mark.browser


@dataclass
class Granting:
    """DeskPulse beside a helpdesk whose administrator has registered an OAuth client, nothing granted yet."""

    desk: Desk
    row: ConnectionRow
    helpdesk: str
    web: str

    @property
    def secrets(self) -> dict[str, str]:
        return dict(connections.load(self.desk, self.row.id).secrets)


@pytest.fixture
def granting(tmp_path: Path) -> Iterator[Granting]:
    hub = Hub.load()
    simulator: Any = hub.kind("zendesk").simulator()
    helpdesk = LocalServer(simulator.wsgi_app)
    helpdesk.start()
    simulator.start(helpdesk.url)

    def later(environ: Any, start_response: Any) -> Any:
        return app(environ, start_response)  # which needs to know the address first

    web = LocalServer(later)
    desk = Desk.open(settings_module.make(data_dir=str(tmp_path), base_url=web.url), hub)
    migrate.upgrade(desk.db)
    app = create_app(desk)
    web.start()
    client = simulator.oauth_client()
    values = {
        "subdomain": simulator.access().settings["subdomain"],
        "base_url": helpdesk.url,
        "auth": "oauth",
        "client_id": client.identifier,
        "client_secret": client.secret,
    }
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT")
        row = connections.create(desk, session, organisation, "zendesk", "Zendesk", values)
    yield Granting(desk, row, helpdesk.url, web.url)
    web.stop()
    simulator.close()
    helpdesk.stop()
    desk.close()


def test_access_is_granted_in_the_browser_and_renewed(granting: Granting, page: Page) -> None:
    before = provisioning.check(granting.desk, granting.row.id)
    assert before is not None
    assert not before.ok, "nothing was granted yet"

    page.goto(oauth.begin(granting.desk, granting.row.id))
    expect(page.get_by_role("heading", level=1)).to_have_text("Allow DeskPulse access?")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(re.compile(rf"^{re.escape(granting.web)}/oauth/{granting.row.key}/callback"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Access granted")
    page.wait_for_load_state()
    assert_accessible(page)
    assert_fits(page)
    report = provisioning.check(granting.desk, granting.row.id)
    assert report is not None
    assert report.ok, report
    granted = granting.secrets
    assert granted["access_token"]
    assert granted["refresh_token"]

    assert requests.post(f"{granting.helpdesk}/_sim/oauth/expire", timeout=10).json() == {"expired": 1}
    report = provisioning.check(granting.desk, granting.row.id)
    assert report is not None
    assert report.ok, report
    renewed = granting.secrets
    assert renewed["access_token"] != granted["access_token"]
    assert renewed["refresh_token"] != granted["refresh_token"]


def test_the_callback_works_once(granting: Granting, new_page: Callable[..., Page]) -> None:
    page = new_page(allow=["400"])
    page.goto(oauth.begin(granting.desk, granting.row.id))
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Access granted")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Access was not granted")
    page.wait_for_load_state()
    assert_accessible(page)
    report = provisioning.check(granting.desk, granting.row.id)
    assert report is not None
    assert report.ok, "the second visit changes nothing"


def test_denied_access_is_said_in_plain_words(granting: Granting, new_page: Callable[..., Page]) -> None:
    page = new_page(allow=["400"])
    page.goto(oauth.begin(granting.desk, granting.row.id))
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Access was not granted")
    expect(page.get_by_text("The end-user denied the authorization request")).to_be_visible()
    assert not granting.secrets.get("access_token")


def test_a_callback_that_was_not_started_here_is_refused(granting: Granting, new_page: Callable[..., Page]) -> None:
    page = new_page(allow=["400"])
    oauth.begin(granting.desk, granting.row.id)
    page.goto(f"{granting.web}/oauth/{granting.row.key}/callback?code=stolen&state=guessed")
    expect(page.get_by_text("this grant was not started here")).to_be_visible()
