"""What programs ask of the account by ``/_sim``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from deskpulse_simulation.records import BadInput, Json
from deskpulse_zendesk.simulator import automations, editing
from deskpulse_zendesk.simulator.loading import populate
from deskpulse_zendesk.simulator.records import OPEN_STATUSES, Ticket, User
from deskpulse_zendesk.simulator.rendering import comment_json, metrics_json, ticket_json, user_json

if TYPE_CHECKING:
    from deskpulse_zendesk.simulator.parts import Parts


class Desk:
    """The account as programs see it and work on it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._account = parts.account

    def tickets(self) -> list[Json]:
        """Every ticket in one line, oldest first."""
        return [self._line(ticket) for ticket in self._account.tickets]

    def _line(self, ticket: Ticket) -> Json:
        requester = self._account.users.get(ticket.requester_id)
        return {
            "id": ticket.id,
            "number": str(ticket.id),
            "subject": ticket.subject,
            "status": ticket.status,
            "open": ticket.status in OPEN_STATUSES,
            "requester": (requester.email or requester.name) if requester else None,
        }

    def _found(self, key: str) -> Ticket:
        if not key.isdigit():
            raise BadInput("a ticket's number has only digits", 404)
        return editing.find(self._account, int(key))

    def ticket(self, key: str) -> Json:
        """The whole ticket: fields, tags, comments and notes, metrics and the requester's record."""
        account, ticket = self._account, self._found(key)
        numbers = {"requester": ticket.requester_id, "assignee": ticket.assignee_id}
        people = {name: account.users.get(user_id) for name, user_id in numbers.items()}
        return (
            ticket_json(account, ticket)
            | {"number": str(ticket.id), "open": ticket.status in OPEN_STATUSES}
            | {"comments": [comment_json(comment) for comment in ticket.comments]}
            | {"metric_set": metrics_json(account, ticket)}
            | {name: None if user is None else user_json(account, user) for name, user in people.items()}
        )

    def solve(self, key: str, given: Json) -> None:
        """Solve a ticket as a person would: the named agent, the assignee, or the first of the group or of all."""
        ticket = self._found(key)
        solve(self._parts, ticket, self._agent(given, ticket), given)

    def _agent(self, given: Json, ticket: Ticket) -> User:
        if given.get("agent_email"):
            named = self._account.user_by_email(given["agent_email"])
            if named is None or not named.staff:
                raise BadInput(f"no agent has the address {given['agent_email']}")
            return named
        assignee = self._account.users.get(ticket.assignee_id)
        group = next((group for group in self._account.groups if group.name == given.get("group")), None)
        if group is None or (assignee and self._account.is_member(assignee.id, group.id)):
            return assignee or self._parts.first_agent()
        members = [self._account.users[member.user_id] for member in self._account.members_of(group.id)]
        return next((member for member in members if not member.suspended), self._parts.first_agent())

    def reopen(self, key: str, comment: str) -> None:
        """Reopen a solved ticket as its customer would, by answering; a closed one refuses."""
        reopen(self._parts, self._found(key), comment)

    def advance(self, seconds: float) -> datetime:
        """Step the account's time forward, automations running on the way."""
        return automations.advance(self._account, seconds)

    def populate(self, groups: int, agents: int) -> Json:
        """Add groups and agents by the number."""
        populate(self._account, groups, agents)
        return {"groups": len(self._account.groups), "agents": len(self._account.staff)}

    def expire(self) -> Json:
        """Make all OAuth access tokens out of date."""
        return {"expired": self._parts.oauth.tokens.expire()}


def solve(parts: Parts, ticket: Ticket, agent: User, given: Json) -> None:
    """Set a ticket to solved as an agent does in the agent screen, taking it on if nobody had."""
    raw: Json = {"status": "solved"}
    if given.get("group"):
        group = next((group for group in parts.account.groups if group.name == given["group"]), None)
        if group is None:
            raise BadInput(f"no group is called {given['group']}")
        raw["group_id"] = group.id
    if ticket.assignee_id != agent.id:
        raw["assignee_id"] = agent.id
    if given.get("comment"):
        raw["comment"] = {"body": str(given["comment"]), "public": given.get("public", True)}
    editing.update(parts.account, ticket, raw, agent, "web")


def reopen(parts: Parts, ticket: Ticket, text: str) -> None:
    """Answer as the customer, which reopens a solved ticket."""
    requester = parts.account.users.get(ticket.requester_id)
    if requester is None:
        raise BadInput("the customer has been deleted")
    editing.update(parts.account, ticket, {"status": "open", "comment": {"body": text}}, requester, "email")
