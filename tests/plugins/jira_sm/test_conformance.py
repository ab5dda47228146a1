"""Jira Service Management passes the conformance suite, on Cloud and on Data Center."""

from __future__ import annotations

from math import ceil
from typing import Any

from deskpulse.plugin_api import Capability
from deskpulse.simulation import Simulator
from deskpulse.testing.conformance import Bench, HelpdeskConformance, Note
from deskpulse_jira_sm import plugin
from deskpulse_jira_sm.simulator import JiraSimulator

BATCH = 50
"""Projects whose people are asked for together."""


class TestJiraServiceManagement(HelpdeskConformance):
    plugin = plugin
    page_size = 100
    group_may_be_empty = False  # an issue always has a project

    def prepare(self, bench: Bench) -> None:
        """A hundred calls a second would be allowed; where a test makes more, no time passes."""
        bench.sim("POST", "limits", {"get": 10_000})

    def is_write(self, method: str, path: str) -> bool:
        """A search is a POST on Cloud."""
        return super().is_write(method, path) and "/search" not in path

    def edit(self, bench: Bench, ticket_id: str, note: str) -> None:
        bench.sim("POST", f"tickets/{ticket_id}/comment", {"text": note, "public": False})

    def close(self, bench: Bench, ticket_id: str) -> bool:
        """Closed issues refuse fields, but never a comment or a property: see test_write_back."""
        return False

    def merge(self, bench: Bench, ticket_id: str) -> bool:
        """Jira links issues, and merges none."""
        return False

    def delete(self, bench: Bench, ticket_id: str) -> bool:
        """A deleted issue is gone, from every search too: see test_simulated."""
        return False

    def rename_group(self, bench: Bench, group_id: str, name: str) -> None:
        bench.sim("POST", f"groups/{group_id}", {"name": name})

    def delete_group(self, bench: Bench, group_id: str) -> None:
        bench.sim("POST", f"groups/{group_id}", {"deleted": True})

    def suspend_agent(self, bench: Bench, agent_id: str) -> None:
        bench.sim("POST", f"users/{agent_id}", {"active": False})

    def ticket_score(self, bench: Bench, ticket_id: str) -> int | None:
        field = bench.connection.facts["score_field_id"]
        found = bench.sim("GET", f"tickets/{ticket_id}")["fields"].get(field)
        return None if found is None else int(found)

    def ticket_notes(self, bench: Bench, ticket_id: str) -> list[Note]:
        comments = bench.sim("GET", f"tickets/{ticket_id}")["comments"]
        return [Note(one["body"], one["public"]) for one in comments]

    def customer_score(self, bench: Bench, customer_id: str) -> int | None:
        listed = (bench.sim("GET", f"tickets/{one['id']}") for one in bench.sim("GET", "tickets"))
        found = next(one for one in listed if self.account(one["fields"]["reporter"]) == customer_id)["customer"]
        return self.score_of(found)

    def score_of(self, customer: Any) -> int | None:
        """What the customer's details say."""
        values = customer["details"].get("Last NPS")
        return int(values[0]) if values else None

    def account(self, reporter: Any) -> str:
        return str(reporter.get("accountId") or reporter.get("key"))

    def sync_pages(self, groups: int, agents: int, memberships: int) -> int:
        """Desks come in pages and people in batches, but a role's people one project at a time."""
        return ceil(groups / self.page_size) + groups + ceil(agents / BATCH)


class TestJiraDataCenter(TestJiraServiceManagement):
    lacks = frozenset({Capability.DELIVERY_IDS, Capability.PANEL, Capability.OAUTH})

    def simulator(self) -> Simulator:
        return JiraSimulator(deployment="server")

    def suspend_agent(self, bench: Bench, agent_id: str) -> None:
        """The simulator's own door knows people by address."""
        bench.sim("POST", f"users/{bench.ask('find_agent', key=agent_id).email}", {"active": False})

    def score_of(self, customer: Any) -> int | None:
        """Data Center has no customer details: a user property holds the score."""
        found = customer["properties"].get("nps.last")
        return None if found is None else int(found["score"])

    def sync_pages(self, groups: int, agents: int, memberships: int) -> int:
        """People are asked for one by one there, each once."""
        return super().sync_pages(groups, agents, memberships) + agents
