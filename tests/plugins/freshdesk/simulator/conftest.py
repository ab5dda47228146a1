"""A simulator on real loopback HTTP, a client that speaks to it, and an app for its sidebar."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from deskpulse_freshdesk.simulator import FreshdeskSimulator
from fixtures.simulators import Client, filled, world

PRINTER = {"subject": "Printer", "description": "<div>It burns</div>", "status": 2, "priority": 1}


class Desk(Client):
    """A Freshdesk account, as the integration sees it."""

    root = "/api/v2"

    def delete(self, path: str) -> None:
        self.done("DELETE", path, status=204)

    def refused(self, method: str, path: str, body: Any = None, status: int = 400) -> dict[str, str]:
        """A refused call: the codes of what is wrong, by field."""
        problems = self.done(method, path, body, status)["errors"]
        return {problem["field"]: problem["code"] for problem in problems}

    def advance(self, **time: float) -> None:
        self.control("/clock", {"advance": timedelta(**time).total_seconds()})

    def ticket(self, **values: Any) -> int:
        """A new ticket of Ann's, made by the integration."""
        return int(self.post("/tickets", PRINTER | {"email": "ann@customer.example"} | values)["id"])

    def contact(self, email: str) -> int:
        return int(self.get("/contacts", params={"email": email})[0]["id"])

    def agent(self, email: str) -> dict[str, Any]:
        """An agent as the account's own staff know them, with their API key."""
        return dict(next(one for one in self.control("/agents", method="GET") if one["email"] == email))

    def text_field(self, label: str, **values: Any) -> Any:
        raw = {"label": label, "label_for_customers": label, "type": "custom_text"}
        return self.post("/admin/ticket_fields", raw | values)

    def rule(self, *actions: Any, kind: int = 4, **values: Any) -> Any:
        """An active rule: on a resolution by anybody but the system, unless told otherwise."""
        raw: dict[str, Any] = {"name": "NPS", "active": True, "actions": list(actions)}
        if kind == 4:
            raw |= {"performer": {"type": 3}, "events": [{"field_name": "status", "from": "--", "to": 4}]}
        return self.post(f"/automations/{kind}/rules", raw | values)

    def webhook_rule(self, url: str, action: Any = None, **values: Any) -> Any:
        return self.rule(webhook(url) | (action or {}), **values)


def webhook(url: str) -> dict[str, Any]:
    """The action that calls an address, complete."""
    return {
        "field_name": "trigger_webhook",
        "request_type": "POST",
        "url": url,
        "content_type": "JSON",
        "content_layout": "advanced",
        "custom_headers": {"X-NPS-Secret": "s3cret"},
        "content": {"v": 1, "ticket_id": "{{ticket.id}}"},
    }


@pytest.fixture
def account() -> Iterator[Desk]:
    """A filled simulator."""
    sim = FreshdeskSimulator(seed=7)
    with filled(sim, world(days=40)) as (base, session):
        session.auth = (sim.access().secrets["api_key"], "X")
        yield Desk(sim, base, session)


PLACE = {"url": "index.html", "icon": "styles/images/icon.svg"}
MANIFEST: dict[str, Any] = {
    "platform-version": "3.0",
    "modules": {
        "common": {"requests": {"getNps": {}}},
        "support_ticket": {"location": {"ticket_sidebar": PLACE}},
        "support_contact": {"location": {"contact_sidebar": PLACE}},
    },
    "engines": {"node": "18.20.8", "fdk": "9.7.4"},
}
TEMPLATES: dict[str, Any] = {
    "getNps": {
        "schema": {
            "protocol": "https",
            "method": "GET",
            "host": "<%= iparam.server_host %>",
            "path": "/nps/<%= context.ticket_id %>",
            "query": {"contact": "<%= context.contact_id %>"},
            "headers": {
                "Authorization": "Bearer <%= iparam.app_token %>",
                "X-Basic": "Basic <%= encode(iparam.app_token + ':X') %>",
            },
        }
    }
}
IPARAMS: dict[str, Any] = {
    "server_host": {
        "display_name": "Server host",
        "type": "text",
        "required": True,
        "type_attributes": {"regex": {"pattern": "^[a-z0-9.-]+$", "message": "host only"}},
    },
    "app_token": {"display_name": "Token", "type": "text", "required": True, "secure": True},
}
PAGE = """<!doctype html><html lang="en"><head><title>Probe</title>
<script src="{{{appclient}}}"></script><script type="module" src="scripts/app.js"></script></head>
<body><p id="out">waiting</p></body></html>"""


@dataclass
class SampleApp:
    """A sidebar app of platform 3.0, of which tests change parts."""

    manifest: Any = field(default_factory=lambda: deepcopy(MANIFEST))
    templates: Any = field(default_factory=lambda: deepcopy(TEMPLATES))
    iparams: Any = field(default_factory=lambda: deepcopy(IPARAMS))
    script: str = ""
    files: dict[str, bytes | None] = field(default_factory=dict)
    """Further files, or others in place of the usual; None leaves one out."""

    @property
    def schema(self) -> Any:
        """Its one request template."""
        return self.templates["getNps"]["schema"]

    def package(self) -> bytes:
        """A zip like the vendor's tool takes."""
        contents: dict[str, bytes | None] = {
            "manifest.json": json.dumps(self.manifest).encode(),
            "README.md": b"Probe",
            "app/index.html": PAGE.encode(),
            "app/scripts/app.js": self.script.encode(),
            "app/styles/images/icon.svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
            "config/requests.json": json.dumps(self.templates).encode(),
            "config/iparams.json": json.dumps(self.iparams).encode(),
        }
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for name, data in (contents | self.files).items():
                if data is not None:
                    archive.writestr(name, data)
        return made.getvalue()


@pytest.fixture
def app() -> SampleApp:
    """An app that keeps every rule."""
    return SampleApp()
