"""Freshdesk passes the conformance suite. Steps that ``/_sim/`` does not offer are calls of the API, as its admin."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from deskpulse.plugin_api import Delivery
from deskpulse.testing.conformance import Bench, HelpdeskConformance, Note
from deskpulse_freshdesk import plugin


class TestFreshdesk(HelpdeskConformance):
    plugin = plugin
    page_size = 100

    def reopen(self, bench: Bench, ticket_id: str) -> None:
        """A second later: Freshdesk's times are whole seconds, and tell solvings apart."""
        bench.sim("POST", "clock", {"advance": 2})
        super().reopen(bench, ticket_id)
        bench.sim("POST", "clock", {"advance": 2})

    def edit(self, bench: Bench, ticket_id: str, note: str) -> None:
        self._api(bench, "POST", f"tickets/{ticket_id}/notes", {"body": note, "private": True})

    def close(self, bench: Bench, ticket_id: str) -> bool:
        """Only what is archived cannot be changed."""
        bench.sim("POST", f"tickets/{ticket_id}/archive")
        return True

    def merge(self, bench: Bench, ticket_id: str) -> bool:
        """The API neither merges tickets nor says that one was."""
        return False

    def delete(self, bench: Bench, ticket_id: str) -> bool:
        self._api(bench, "DELETE", f"tickets/{ticket_id}")
        return True

    def delete_what_removal_keeps(self, bench: Bench) -> None:
        """An administrator deletes the fields, which hold answers and so are kept."""
        for path, kept in (("admin/ticket_fields", "ticket_fields"), ("contact_fields", "contact_fields")):
            for field in self._api(bench, "GET", kept):
                if field["label"].startswith(("NPS ", "DeskPulse ")):
                    self._api(bench, "DELETE", f"{path}/{field['id']}")

    def rename_group(self, bench: Bench, group_id: str, name: str) -> None:
        self._api(bench, "PUT", f"groups/{group_id}", {"name": name})

    def delete_group(self, bench: Bench, group_id: str) -> None:
        self._api(bench, "DELETE", f"groups/{group_id}")

    def suspend_agent(self, bench: Bench, agent_id: str) -> None:
        bench.sim("POST", f"agents/{agent_id}", {"active": False})

    def ticket_score(self, bench: Bench, ticket_id: str) -> int | None:
        name = bench.connection.facts["score_field"]
        score: int | None = bench.sim("GET", f"tickets/{ticket_id}")["custom_fields"][name]
        return score

    def ticket_notes(self, bench: Bench, ticket_id: str) -> list[Note]:
        entries = bench.sim("GET", f"tickets/{ticket_id}")["conversations"]
        return [Note(one["body_text"], not one["private"]) for one in entries]

    def customer_score(self, bench: Bench, customer_id: str) -> int | None:
        name = bench.connection.facts["contact_score_field"]
        score: int | None = bench.sim("GET", f"contacts/{customer_id}")["custom_fields"][name]
        return score

    def about_another_ticket(self, delivery: Delivery, ticket_id: str, other: str) -> Delivery:
        """Ids are small numbers, so only the one key is changed."""
        return replace(delivery, body=json.dumps(json.loads(delivery.body) | {"ticket_id": other}).encode())

    def _api(self, bench: Bench, method: str, path: str, body: Any = None) -> Any:
        """Call the API as the admin whose key we have."""
        return bench.play(method, f"/api/v2/{path}", body, auth=(bench.simulator.access().secrets["api_key"], "X"))
