"""Changing a ticket's values: what each does to the ticket and to the moments of its life. No rule runs here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.checks import read_time
from deskpulse_freshdesk.simulator.records import CLOSED, DONE, OPEN, PENDING, Agent, Contact, Entry, Ticket
from deskpulse_simulation.records import Json

AGENT, REQUESTER, EITHER, SYSTEM = 1, 2, 3, 4
"""Performer types of rules. Only the first two and the last are ever who did something."""
ANSWERS_REOPEN = DONE | {PENDING, 6}
"""Statuses that a customer's answer turns back to open."""


@dataclass(frozen=True)
class Actor:
    """Who changes a ticket."""

    kind: int
    id: int | None
    name: str

    @classmethod
    def person(cls, person: Agent | Contact) -> Actor:
        """An agent, or a contact as requester."""
        return cls(AGENT if isinstance(person, Agent) else REQUESTER, person.id, person.name)


SYSTEM_ACTOR = Actor(SYSTEM, None, "System")


@dataclass(frozen=True)
class Happening:
    """One thing that a change did, as rule events name it: a value from one to another, or something that occurred."""

    field_name: str
    old: Any = None
    new: Any = None

    @property
    def text(self) -> str:
        """As ``triggered_event`` tells of it: it looks like JSON and is none."""
        if self.field_name in OCCURRENCES:
            return f"{{{self.field_name}:{self.new}}}"
        return f"{{{self.field_name}:{{from:{_bare(self.old)},to:{_bare(self.new)}}}}}"


OCCURRENCES = frozenset(("ticket_action", "note_type", "reply_sent"))


def _bare(value: Any) -> str:
    return "" if value is None else str(value)


@dataclass
class Change:
    """One change of one ticket by one actor, with everything it did."""

    account: Account
    ticket: Ticket
    actor: Actor
    before: Json
    happenings: list[Happening] = field(default_factory=list)

    def note_differences(self) -> None:
        """Add what the ticket's values have become."""
        after = self.ticket.facts()
        self.happenings += [
            Happening(name, self.before.get(name), value)
            for name, value in after.items()
            if self.before.get(name) != value
        ]


def apply(account: Account, ticket: Ticket, values: Json) -> None:
    """Set values as a body names them; only the custom fields listed change, while tags are replaced."""
    moment = account.now()
    for key, value in values.items():
        match key:
            case "custom_fields":
                ticket.custom_fields.update(value or {})
            case "status":
                set_status(account, ticket, value, moment)
            case "tags":
                ticket.tags = list(dict.fromkeys(value or []))
            case "due_by" | "fr_due_by":
                setattr(ticket, key, read_time(str(value)) or getattr(ticket, key))
            case "requester_id":
                old, ticket.requester_id = ticket.requester_id, value
                account.requester_changed(ticket, old)
            case _:
                setattr(ticket, key, value)
    ticket.updated_at = moment


def set_status(account: Account, ticket: Ticket, status: int, moment: datetime) -> None:
    """Move a ticket to a status, and keep the moments that its stats tell of."""
    old, stats = ticket.status, ticket.stats
    if status == old:
        return
    ticket.status, stats.status_updated_at = status, moment
    stats.pending_since = moment if status == PENDING else None
    if status in DONE:
        stats.closed_at = moment if status == CLOSED else None
        if old not in DONE:
            stats.resolved_at = moment
    elif old in DONE:
        stats.reopened_at = moment
        if not account.switches.resolved_at_survives_reopening:
            stats.resolved_at = stats.closed_at = None


def add_entry(account: Account, ticket: Ticket, entry: Entry) -> Happening:
    """Append to the conversation; an answer may reopen the ticket."""
    ticket.conversation.append(entry)
    ticket.updated_at = moment = account.now()
    if entry.incoming:
        ticket.stats.requester_responded_at = moment
        if ticket.status in ANSWERS_REOPEN:
            set_status(account, ticket, OPEN, moment)
        return Happening("reply_sent", new="sent")
    if entry.source != 0:
        return Happening("note_type", new="private" if entry.private else "public")
    ticket.stats.agent_responded_at = moment
    ticket.stats.first_responded_at = ticket.stats.first_responded_at or moment
    if ticket.status in DONE and account.switches.agent_reply_reopens:
        set_status(account, ticket, OPEN, moment)
    return Happening("reply_sent", new="sent")
