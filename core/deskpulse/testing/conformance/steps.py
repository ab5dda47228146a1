"""What the suite does to a helpdesk behind the plug-in's back, playing agents and administrators.

The defaults speak to ``/_sim/`` as the worked example's simulator understands it. A vendor's test overrides the steps
that its simulator spells differently. A step that a helpdesk cannot do at all returns ``False``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from deskpulse.capabilities import Capability
from deskpulse.records import Delivery
from deskpulse.simulation import Simulator, SimulatorAccess
from deskpulse.testing.conformance.bench import Bench


@dataclass(frozen=True, slots=True)
class Note:
    """A note or comment on a ticket, as the helpdesk stores it."""

    text: str
    public: bool


class Steps:
    """Override what differs; the tests call nothing else of a vendor."""

    plugin: Any
    """The plug-in: what its entry point names."""
    page_size: int = 100
    """The greatest number of records that the vendor gives at once."""

    lacks: frozenset[Capability] = frozenset()
    """Abilities of *some versions* that the version under test does not have; another test class has one that does."""
    group_may_be_empty: bool = True
    """Whether a ticket can be in no group at all."""

    def sync_pages(self, groups: int, agents: int, memberships: int) -> int:
        """Pages that a directory of so many rows fills: here three lists, which are read once each.

        A vendor who lists the members of each group apart counts a list for each group.
        """
        return sum(ceil(rows / self.page_size) for rows in (groups, agents, memberships))

    def is_write(self, method: str, path: str) -> bool:  # noqa: ARG002 - overriding methods look at the path
        """Whether a call to the vendor's API changes what people see. Getting an access token does not."""
        return method not in ("GET", "HEAD", "OPTIONS")

    def access(self, simulator: Simulator) -> SimulatorAccess:
        """The way in to test. A kind with several ways has a test class for each, which overrides this."""
        return simulator.access()

    def prepare(self, bench: Bench) -> None:
        """What an administrator puts into the helpdesk by hand before DeskPulse can set up the rest. Here: nothing."""

    def connect(self, bench: Bench) -> None:
        """Set up the helpdesk, so that it calls the inlet. A kind that cannot provision does what its notes say."""
        bench.provision()

    def settle(self, bench: Bench) -> None:
        """Let pass what time the helpdesk needs until its export shows what has just happened. Here: none."""

    def delete_what_removal_keeps(self, bench: Bench) -> None:
        """An administrator deletes by hand what removing leaves, such as fields with answers. Here: nothing."""

    def solve(self, bench: Bench, ticket_id: str) -> None:
        """An agent solves the ticket."""
        bench.sim("POST", f"tickets/{ticket_id}/solve")

    def reopen(self, bench: Bench, ticket_id: str) -> None:
        """The customer or an agent opens the ticket again."""
        bench.sim("POST", f"tickets/{ticket_id}/reopen")

    def edit(self, bench: Bench, ticket_id: str, note: str) -> None:
        """An agent adds a note of their own, which also changes the ticket's version where there is one."""
        bench.sim("POST", f"tickets/{ticket_id}/edit", {"note": {"text": note, "public": False}})

    def close(self, bench: Bench, ticket_id: str) -> bool:
        """The ticket is locked for good; ``False`` where tickets never are."""
        bench.sim("POST", f"tickets/{ticket_id}/close")
        return True

    def merge(self, bench: Bench, ticket_id: str) -> bool:
        """An agent merges the ticket into another; ``False`` where nobody can."""
        bench.sim("POST", f"tickets/{ticket_id}/merge")
        return True

    def delete(self, bench: Bench, ticket_id: str) -> bool:
        """An agent deletes the ticket; ``False`` where nobody can."""
        bench.sim("POST", f"tickets/{ticket_id}/delete")
        return True

    def rename_group(self, bench: Bench, group_id: str, name: str) -> None:
        """An administrator renames a support group."""
        bench.sim("POST", f"groups/{group_id}", {"name": name})

    def delete_group(self, bench: Bench, group_id: str) -> None:
        """An administrator deletes a support group."""
        bench.sim("POST", f"groups/{group_id}", {"active": False})

    def suspend_agent(self, bench: Bench, agent_id: str) -> None:
        """An administrator suspends an agent."""
        bench.sim("POST", f"agents/{agent_id}", {"active": False})

    def ticket_status(self, bench: Bench, ticket_id: str) -> str:
        """The ticket's status in the vendor's words."""
        return str(bench.sim("GET", f"tickets/{ticket_id}")["status"])

    def ticket_score(self, bench: Bench, ticket_id: str) -> int | None:
        """The score that stands on the ticket; None where there is none, or no place for one."""
        found: int | None = bench.sim("GET", f"tickets/{ticket_id}")["fields"].get("nps_score")
        return found

    def ticket_notes(self, bench: Bench, ticket_id: str) -> list[Note]:
        """Every note and comment on the ticket."""
        return [Note(one["text"], one["public"]) for one in bench.sim("GET", f"tickets/{ticket_id}")["notes"]]

    def public_messages(self, bench: Bench, ticket_id: str) -> list[str]:
        """Every message on the ticket that its customer can see."""
        return [note.text for note in self.ticket_notes(bench, ticket_id) if note.public]

    def about_another_ticket(self, delivery: Delivery, ticket_id: str, other: str) -> Delivery:
        """The same call, forged to name another ticket."""
        forged = _with_id(json.loads(delivery.body), ticket_id, other)
        return replace(delivery, body=json.dumps(forged).encode())

    def customer_score(self, bench: Bench, customer_id: str) -> int | None:
        """The score that stands on the customer's record; None where there is none, or no place for one."""
        found: int | None = bench.sim("GET", f"customers/{customer_id}")["fields"].get("nps_latest_score")
        return found


def _with_id(raw: Any, old: str, new: str) -> Any:
    if isinstance(raw, dict):
        return {key: _with_id(value, old, new) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_with_id(value, old, new) for value in raw]
    if isinstance(raw, bool) or str(raw) != old:
        return raw
    return new if isinstance(raw, str) else int(new)
