"""An agent's screen for the sidebar app: a browser, a host page that speaks Zendesk's messages, and sample answers.

Nothing leaves the browser: every address is answered from the built package or from the stand-ins beside this file.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Route

from deskpulse.plugin_api import Connection
from deskpulse.testing.factories import make_connection
from deskpulse_zendesk.app.package import build

WORKSPACE = "https://acme.zendesk.test"
APP = "https://apps.zdassets.test"
SDK = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"
NOW = "2026-11-22T10:00:00Z"
MIME = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".png": "image/png"}
STRICT = "default-src 'self'; script-src 'self' https://static.zdassets.com"
"""The app gets along with a policy that forbids inline script and style, although Zendesk sends a laxer one."""

Panel = dict[str, Any]


@dataclass
class AgentScreen:
    """The app in its sidebar, and what the workspace around it says and sees."""

    page: Page
    answers: Answers

    @property
    def panel(self) -> Frame:
        frame = self.page.frame(name="app")
        assert frame is not None
        return frame

    @property
    def requests(self) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self.page.evaluate("window.host.requests"))

    @property
    def resizes(self) -> list[dict[str, str]]:
        return cast("list[dict[str, str]]", self.page.evaluate("window.host.resizes"))

    def fire(self, event: str, data: object = None) -> None:
        self.page.evaluate("([event, data]) => window.host.fire(event, data)", [event, data])

    def change(self, **values: object) -> None:
        """Change what the workspace holds, by path with ``__`` for a full stop."""
        paths = {name.replace("__", "."): value for name, value in values.items()}
        self.page.evaluate("values => Object.assign(scene.values, values)", paths)

    def answer(self, body: object, status: int = 200, delay: int | None = 0) -> None:
        """Change what DeskPulse answers; without a delay it never does."""
        self.page.evaluate("answer => { scene.answer = answer; }", {"status": status, "body": body, "delay": delay})

    def wait_until_read(self) -> None:
        self.panel.wait_for_selector("#panel[aria-busy=false]")


@pytest.fixture
def connection() -> Connection:
    return make_connection("zendesk", key="k1", secrets={"panel_key": "pk-9c1f2b"})


@pytest.fixture
def full() -> Panel:
    """A customer with a history, on a ticket that they answered."""
    scores = [(6, "detractor"), (8, "passive"), (10, "promoter"), (7, "passive"), (9, "promoter")]
    return {
        "customer": {"name": "Ada Lovelace", "known": True},
        "last": {
            "score": 9,
            "band": "promoter",
            "answered_at": "2026-11-20T09:00:00Z",
            "comment": "Fast and friendly. The printer no longer burns.",
            "contact_wanted": False,
            "ticket": {
                "number": "35436",
                "subject": "Printer on fire",
                "url": "https://acme.zendesk.test/agent/tickets/35436",
            },
        },
        "trend": [
            {
                "score": score,
                "band": band,
                "answered_at": f"2026-0{month}-10T09:00:00Z",
                "ticket_number": f"{35000 + month}",
            }
            for month, (score, band) in enumerate(scores, start=3)
        ],
        "ticket": {
            "state": "not_asked",
            "explanation": "Not asked: this customer was asked 12 days ago about another ticket.",
            "reason": "asked recently",
            "channel": None,
            "sent_at": None,
            "expires_at": None,
            "answered_at": None,
            "score": None,
            "band": None,
        },
        "as_of": NOW,
    }


@pytest.fixture
def agent_screen(chromium: Browser, connection: Connection) -> Iterator[Callable[..., AgentScreen]]:
    """Open the app: ``agent_screen(answer, location=..., values=..., width=..., scheme=...)``."""
    contexts: list[BrowserContext] = []
    bundle = build(connection)

    def open_screen(
        body: object,
        *,
        status: int = 200,
        delay: int | None = 0,
        location: str = "ticket_sidebar",
        values: dict[str, object] | None = None,
        settings: dict[str, str] | None = None,
        width: int = 320,
        prefers: str = "light",
        scheme: str | None = None,
    ) -> AgentScreen:
        if values is None:
            requester = {"id": 77, "name": "Ada Lovelace", "email": "ada@example.com"}
            values = {"ticket.id": 35436, "ticket.requester": requester}
        scene: dict[str, object] = {
            "location": location,
            "values": values,
            "settings": {"server_url": bundle.settings["server_url"]} if settings is None else settings,
            "answer": {"status": status, "body": body, "delay": delay},
        }
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=cast("Any", prefers),
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        contexts.append(context)
        context.set_default_timeout(5_000)
        answers = Answers(bundle.content, scene, scheme)
        context.route("**/*", answers)
        page = context.new_page()
        page.clock.install(time=NOW)
        page.goto(f"{WORKSPACE}/agent/tickets/35436")
        return AgentScreen(page, answers)

    yield open_screen
    for context in contexts:
        context.close()


class Answers:
    """Answers every address that the browser may ask; everything else fails the request."""

    def __init__(self, package: bytes, scene: dict[str, object], scheme: str | None) -> None:
        self.package = zipfile.ZipFile(BytesIO(package))
        self.scene = scene
        self.scheme = scheme
        self.asked: set[str] = set()

    def __call__(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        self.asked.add(url.netloc)
        here = Path(__file__).parent
        if route.request.url == SDK:
            sdk = os.environ.get("ZAF_SDK") or here / "zaf_sdk.js"
            route.fulfill(body=Path(sdk).read_text(), content_type="text/javascript")
        elif f"{url.scheme}://{url.netloc}" == APP and url.path[1:] in self.package.namelist():
            headers = {"Content-Type": MIME[Path(url.path).suffix], "Content-Security-Policy": STRICT}
            route.fulfill(body=self.package.read(url.path[1:]), headers=headers)
        elif f"{url.scheme}://{url.netloc}" == WORKSPACE and url.path.startswith("/agent/"):
            route.fulfill(body=self.host_page((here / "zaf_host.js").read_text()), content_type="text/html")
        else:
            route.abort()

    def host_page(self, script: str) -> str:
        query = {"origin": WORKSPACE, "app_guid": "guid"} | ({"colorScheme": self.scheme} if self.scheme else {})
        frame = f"{APP}/assets/iframe.html?{urlencode(query)}"
        scene = json.dumps(self.scene).replace("<", "\\u003c")
        return (
            f"<!doctype html><html lang='en'><title>Agent</title><body style='margin:0'>"
            f"<script>const scene = {scene};{script}</script>"
            f"<iframe name='app' title='DeskPulse' src='{frame}' style='border:0;width:100%;height:200px'></iframe>"
        )
