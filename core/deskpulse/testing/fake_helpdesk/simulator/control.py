"""What programs may do to the account under ``/_sim/``: play the agents and the administrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from deskpulse.testing.fake_helpdesk.simulator.account import Account, Json, Refusal, Ticket
from deskpulse.testing.fake_helpdesk.simulator.api import Request
from deskpulse.testing.fake_helpdesk.simulator.samples import crowd

ENDS = {"close": "closed", "merge": "merged", "delete": "deleted"}


@dataclass(frozen=True)
class Control:
    """One request to one account."""

    account: Account
    request: Request

    def tickets(self) -> list[Json]:
        """All tickets, briefly."""
        return [
            {
                "id": one.id,
                "number": one.number,
                "subject": one.subject,
                "status": one.status,
                "open": one.status == "open",
                "requester": _email(self.account, one),
            }
            for one in self.account.tickets.values()
        ]

    def ticket(self, key: str) -> Json:
        """A whole ticket with fields and notes."""
        return asdict(self.account.ticket(key))

    def act(self, key: str, action: str) -> Json:
        """``solve``, ``reopen``, ``edit`` (fields and a note), ``close``, ``merge`` or ``delete``."""
        found = self.account.ticket(key)
        if action in ENDS:
            self.account.end(found, ENDS[action])
        elif action == "solve":
            self.account.solve(found)
        elif action == "reopen":
            self.account.reopen(found)
        elif action == "edit":
            self.account.edit(found, self.request.body.get("fields", {}), self.request.body.get("note"))
        else:
            raise Refusal(404, "no such action")
        return asdict(found)

    def customer(self, key: str) -> Json:
        """A customer with all fields."""
        if key not in self.account.customers:
            raise Refusal(404, "no such customer")
        return asdict(self.account.customers[key])

    def change_group(self, key: str) -> Json:
        """Rename or delete a group."""
        return _change(self.account.groups, key, self.request)

    def change_agent(self, key: str) -> Json:
        """Rename, suspend or move an agent."""
        return _change(self.account.agents, key, self.request)

    def populate(self) -> Json:
        """Add groups, and agents spread over them, by the number."""
        wanted = [int(self.request.body.get(name, 0)) for name in ("groups", "agents")]
        crowd(self.account, *wanted)
        return {"groups": len(self.account.groups), "agents": len(self.account.agents)}


ROUTES: dict[tuple[str, str], Callable[..., object]] = {
    ("GET", "tickets"): Control.tickets,
    ("GET", "tickets/*"): Control.ticket,
    ("POST", "tickets/*/*"): Control.act,
    ("GET", "customers/*"): Control.customer,
    ("POST", "groups/*"): Control.change_group,
    ("POST", "agents/*"): Control.change_agent,
    ("POST", "populate"): Control.populate,
}


def _change(records: dict[str, Any], key: str, request: Request) -> Json:
    if key not in records or not set(request.body) <= set(asdict(records[key])) - {"id"}:
        raise Refusal(422, "no such record, or no such field of it")
    for name, value in request.body.items():
        setattr(records[key], name, value)
    return asdict(records[key])


def _email(account: Account, found: Ticket) -> str | None:
    return account.customers[found.requester].email if found.requester else None
