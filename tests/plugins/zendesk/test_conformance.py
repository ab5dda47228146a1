"""Zendesk passes the conformance suite. Steps that ``/_sim/`` does not offer are calls of the API, as its admin."""

from __future__ import annotations

from typing import Any

from deskpulse.testing.conformance import Bench, HelpdeskConformance, Note
from deskpulse_zendesk import plugin


class TestZendesk(HelpdeskConformance):
    plugin = plugin
    page_size = 100

    def settle(self, bench: Bench) -> None:
        """The export holds the last minute back."""
        bench.sim("POST", "clock", {"advance": 120})

    def edit(self, bench: Bench, ticket_id: str, note: str) -> None:
        self._api(bench, "PUT", f"tickets/{ticket_id}", {"ticket": {"comment": {"body": note, "public": False}}})

    def close(self, bench: Bench, ticket_id: str) -> bool:
        self._api(bench, "PUT", f"tickets/{ticket_id}", {"ticket": {"status": "closed"}})
        return True

    def merge(self, bench: Bench, ticket_id: str) -> bool:
        target = next(one["id"] for one in bench.sim("GET", "tickets") if str(one["id"]) != ticket_id and one["open"])
        self._api(bench, "POST", f"tickets/{target}/merge", {"ids": [int(ticket_id)]})
        return True

    def delete(self, bench: Bench, ticket_id: str) -> bool:
        self._api(bench, "DELETE", f"tickets/{ticket_id}")
        return True

    def rename_group(self, bench: Bench, group_id: str, name: str) -> None:
        self._api(bench, "PUT", f"groups/{group_id}", {"group": {"name": name}})

    def delete_group(self, bench: Bench, group_id: str) -> None:
        self._api(bench, "DELETE", f"groups/{group_id}")

    def suspend_agent(self, bench: Bench, agent_id: str) -> None:
        self._api(bench, "PUT", f"users/{agent_id}", {"user": {"suspended": True}})

    def ticket_score(self, bench: Bench, ticket_id: str) -> int | None:
        key = int(bench.connection.facts["score_field_id"])
        values = {one["id"]: one["value"] for one in bench.sim("GET", f"tickets/{ticket_id}")["custom_fields"]}
        return None if values[key] is None else int(values[key])

    def ticket_notes(self, bench: Bench, ticket_id: str) -> list[Note]:
        comments = bench.sim("GET", f"tickets/{ticket_id}")["comments"]
        return [Note(one["plain_body"], one["public"]) for one in comments]

    def customer_score(self, bench: Bench, customer_id: str) -> int | None:
        score: int | None = self._api(bench, "GET", f"users/{customer_id}")["user"]["user_fields"]["nps_last_score"]
        return score

    def _api(self, bench: Bench, method: str, path: str, body: Any = None) -> Any:
        """Call the API as the admin user."""
        access = bench.simulator.access()
        user = (f"{access.settings['email']}/token", access.secrets["api_token"])
        return bench.play(method, f"/api/v2/{path}.json", body, auth=user)
