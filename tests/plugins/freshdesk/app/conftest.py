"""The sidebar app as it is built, its files, and an agent's screen with the app in it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

import pytest
import requests
from playwright.sync_api import FrameLocator, Page
from werkzeug import Request, Response

from deskpulse.plugin_api import Connection, SampleAgent, SampleCustomer, SampleGroup, SampleTicket, SampleWorld
from deskpulse.testing.factories import MOMENT, make_connection
from deskpulse.testing.serving import serve
from deskpulse_freshdesk.app.package import build
from deskpulse_freshdesk.simulator import FreshdeskSimulator

PANEL_KEY = "pk-9c1f2b-entered-once"
ANTON = "anton@acme.example"
WORLD = SampleWorld(
    groups=[SampleGroup("Service Desk")],
    agents=[SampleAgent("Anton", ANTON, ("Service Desk",))],
    customers=[SampleCustomer("Ada Lovelace", "ada@example.com"), SampleCustomer("Phone Fred", None)],
    tickets=[
        SampleTicket("Printer on fire", "ada@example.com", ANTON, "Service Desk", MOMENT),
        SampleTicket("A call", "Phone Fred", ANTON, "Service Desk", MOMENT),
    ],
)

Panel = dict[str, Any]


@pytest.fixture
def panel_connection() -> Callable[[str], Connection]:
    """A connection whose panel is at an address."""

    def make(panel_url: str = "https://feedback.example.com/panel/k1", panel_key: str = PANEL_KEY) -> Connection:
        secrets = {"panel_key": panel_key} if panel_key else {}
        return replace(make_connection("freshdesk", settings={"domain": "acme"}, secrets=secrets), panel_url=panel_url)

    return make


@pytest.fixture
def contents(panel_connection: Callable[..., Connection]) -> dict[str, bytes]:
    """The files of a package."""
    with zipfile.ZipFile(BytesIO(build(panel_connection()).content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def full() -> Panel:
    """A customer with a history."""
    return {
        "customer": {"name": "Ada Lovelace", "known": True},
        "last": {
            "score": 9,
            "band": "promoter",
            "answered_at": "2026-03-01T09:00:00Z",
            "comment": "Fast and friendly.",
            "contact_wanted": False,
            "ticket": {"number": "7", "subject": "Mouse", "url": "https://acme.freshdesk.com/a/tickets/7"},
        },
        "trend": [],
        "ticket": {"state": "invited", "explanation": "", "channel": "helpdesk", "sent_at": "2026-03-02T08:00:00Z"},
        "as_of": "2026-03-02T09:00:00Z",
    }


@dataclass
class AgentScreen:
    """The simulator's agent screen with the app installed, and DeskPulse's panel behind it."""

    url: str
    page: Page
    answer: Panel | None
    status: int = 200
    asked: list[Request] = field(default_factory=list)

    def ticket(self, subject: str) -> str:
        """Open a ticket; gives its id."""
        rows = requests.get(f"{self.url}/_sim/tickets", timeout=10).json()
        key = next(str(one["id"]) for one in rows if one["subject"] == subject)
        self.page.goto(f"{self.url}/a/tickets/{key}")
        return key

    @property
    def app(self) -> FrameLocator:
        return self.page.frame_locator("iframe")


@pytest.fixture
def agent_screen(
    new_page: Callable[..., Page], panel_connection: Callable[..., Connection], full: Panel
) -> Iterator[AgentScreen]:
    simulator = FreshdeskSimulator()
    # A panel that refuses is an error of a request in the browser's console too.
    screen = AgentScreen("", new_page(width=1280, allow=[r"Failed to load resource", r"\b(401|404|500)\b"]), full)

    @Request.application
    def panel(request: Request) -> Response:
        screen.asked.append(request)
        return Response(json.dumps(screen.answer), screen.status, content_type="application/json")

    with serve(panel) as panel_url, serve(simulator.wsgi_app) as url:
        simulator.start(url)
        simulator.load(WORLD)
        bundle = build(panel_connection(f"{panel_url}/panel/k1"))
        simulator.install_app(bundle.content, bundle.settings)
        screen.url = url
        yield screen
        simulator.close()
