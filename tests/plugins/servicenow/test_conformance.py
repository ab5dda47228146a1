"""ServiceNow passes the conformance suite. Steps that ``/_sim/`` does not offer are calls of the API, by an admin."""

from __future__ import annotations

from typing import Any

from deskpulse.simulation import Simulator, SimulatorAccess
from deskpulse.testing.conformance import Bench, HelpdeskConformance, Note
from deskpulse.testing.conformance.failures import Failures
from deskpulse.testing.conformance.steps import Steps
from deskpulse.testing.factories import make_connection
from deskpulse_servicenow import plugin
from deskpulse_servicenow.client import PAGE

UPDATE_SET = plugin.deskpulse_panel_bundle(make_connection("servicenow")).content


class InstanceSteps(Steps):
    """How agents and administrators of an instance do what the suite asks for."""

    plugin = plugin
    page_size = PAGE

    def prepare(self, bench: Bench) -> None:
        """An administrator imports the update set, which no API takes."""
        bench.simulator.install_app(UPDATE_SET, {})

    def is_write(self, method: str, path: str) -> bool:
        return super().is_write(method, path) and path != "/oauth_token.do"

    def edit(self, bench: Bench, ticket_id: str, note: str) -> None:
        self._api(bench, "PATCH", f"incident/{ticket_id}", {"work_notes": note})

    def merge(self, bench: Bench, ticket_id: str) -> bool:  # incidents cannot be
        return False

    def delete(self, bench: Bench, ticket_id: str) -> bool:
        self._api(bench, "DELETE", f"incident/{ticket_id}")
        return False  # a deleted record leaves nothing that could be told afterwards

    def rename_group(self, bench: Bench, group_id: str, name: str) -> None:
        self._api(bench, "PATCH", f"sys_user_group/{group_id}", {"name": name})

    def delete_group(self, bench: Bench, group_id: str) -> None:
        self._api(bench, "PATCH", f"sys_user_group/{group_id}", {"active": "false"})

    def suspend_agent(self, bench: Bench, agent_id: str) -> None:
        self._api(bench, "PATCH", f"sys_user/{agent_id}", {"active": "false"})

    def ticket_score(self, bench: Bench, ticket_id: str) -> int | None:
        return self._number(bench.sim("GET", f"tickets/{ticket_id}")["fields"].get("u_nps_score"))

    def ticket_notes(self, bench: Bench, ticket_id: str) -> list[Note]:
        return [Note(one["text"], one["public"]) for one in bench.sim("GET", f"tickets/{ticket_id}")["notes"]]

    def customer_score(self, bench: Bench, customer_id: str) -> int | None:
        return self._number(bench.sim("GET", f"customers/{customer_id}")["fields"].get("u_nps_last_score"))

    def _number(self, text: str | None) -> int | None:
        return int(text) if text else None

    def _api(self, bench: Bench, method: str, path: str, body: Any = None) -> Any:
        return bench.play(method, f"/api/now/table/{path}", body, auth=bench.simulator.admin())  # type: ignore[attr-defined]


class TestServiceNow(InstanceSteps, HelpdeskConformance):
    """With a user's password."""


class TestByOAuth(InstanceSteps, Failures):
    """With tokens: everything that can go wrong on the way, once more."""

    def access(self, simulator: Simulator) -> SimulatorAccess:
        found = simulator.access()
        client_id, secret = simulator.oauth_client()  # type: ignore[attr-defined]
        settings = {**found.settings, "auth": "oauth", "client_id": client_id}
        return SimulatorAccess(settings, {**found.secrets, "client_secret": secret})
