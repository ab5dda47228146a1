"""Zendesk under the suite that every helpdesk plug-in passes; the steps are an administrator's, over the vendor's API."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import requests

from deskpulse.testing.conformance import Bench, HelpdeskConformance, Note
from deskpulse_zendesk import plugin

PANEL_KEY = "panel-key-of-the-connection"


class TestZendesk(HelpdeskConformance):
    plugin = plugin

    def is_write(self, method: str, path: str) -> bool:
        return method not in ("GET", "HEAD", "OPTIONS") and path != "/oauth/tokens"

    def settle(self, bench: Bench) -> None:
        bench.sim("POST", "clock", {"advance": 120})

    def connect(self, bench: Bench) -> None:
        bench.use(secrets={**bench.connection.secrets, "panel_key": PANEL_KEY})
        super().connect(bench)

    def test_bundle_holds_no_secret(self, bench: Bench) -> None:
        """The panel key is for the administrator who installs the app: it is told beside the package, never in it."""
        app = plugin.deskpulse_panel_bundle(bench.connection)
        with zipfile.ZipFile(io.BytesIO(app.content)) as archive:
            package = b"".join(archive.read(name) for name in archive.namelist())
        assert not [secret for secret in bench.own_secrets() if secret.encode() in package]
        assert [name for name, value in app.settings.items() if value in bench.own_secrets()] == ["panel_key"]

    def test_leaves_tickets_alone(self, bare: Bench) -> None:
        """A new ticket field stands, empty, on every ticket; nothing else may change."""
        key = bare.ticket_id("Printer on fire")
        before = bare.sim("GET", f"tickets/{key}")
        bare.provision()
        after = bare.sim("GET", f"tickets/{key}")
        assert {one["value"] for one in after["custom_fields"]} == {None}
        for name in ("status", "tags", "comments", "updated_at", "metric_set"):
            assert after[name] == before[name]

    def api(self, bench: Bench, method: str, path: str, body: Any = None) -> Any:
        access = bench.simulator.access()
        sign_in = (f"{access.settings['email']}/token", access.secrets["api_token"])
        answer = requests.request(method, f"{bench.url}/api/v2{path}", json=body, auth=sign_in, timeout=10)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def edit(self, bench: Bench, ticket_id: str, note: str) -> None:
        bench.sim("POST", "clock", {"advance": 1})
        changes = {"comment": {"body": note, "public": False}, "tags": ["edited"]}
        self.api(bench, "PUT", f"/tickets/{ticket_id}", {"ticket": changes})

    def close(self, bench: Bench, ticket_id: str) -> bool:
        self.api(bench, "PUT", f"/tickets/{ticket_id}", {"ticket": {"status": "closed"}})
        return True

    def merge(self, bench: Bench, ticket_id: str) -> bool:
        target = next(one["id"] for one in bench.sim("GET", "tickets") if str(one["id"]) != ticket_id)
        self.api(bench, "POST", f"/tickets/{target}/merge", {"ids": [int(ticket_id)]})
        return True

    def delete(self, bench: Bench, ticket_id: str) -> bool:
        self.api(bench, "DELETE", f"/tickets/{ticket_id}")
        return True

    def rename_group(self, bench: Bench, group_id: str, name: str) -> None:
        self.api(bench, "PUT", f"/groups/{group_id}", {"group": {"name": name}})

    def delete_group(self, bench: Bench, group_id: str) -> None:
        self.api(bench, "DELETE", f"/groups/{group_id}")

    def suspend_agent(self, bench: Bench, agent_id: str) -> None:
        self.api(bench, "PUT", f"/users/{agent_id}", {"user": {"suspended": True}})

    def ticket_score(self, bench: Bench, ticket_id: str) -> int | None:
        field_id = bench.connection.facts["score_field_id"]
        raw = bench.sim("GET", f"tickets/{ticket_id}")
        return _number(next(one["value"] for one in raw["custom_fields"] if str(one["id"]) == field_id))

    def ticket_notes(self, bench: Bench, ticket_id: str) -> list[Note]:
        raw = bench.sim("GET", f"tickets/{ticket_id}")
        return [Note(one["body"], one["public"]) for one in raw["comments"]]

    def customer_score(self, bench: Bench, customer_id: str) -> int | None:
        return _number(self.api(bench, "GET", f"/users/{customer_id}")["user"]["user_fields"].get("nps_last_score"))


def _number(raw: Any) -> int | None:
    return None if raw is None else int(raw)
