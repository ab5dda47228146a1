"""What one account holds, and what may happen to a ticket. Everything is guarded by the account's one lock."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
Now = Callable[[], datetime]
Fire = Callable[["Webhook", Json], None]

LOCKED = frozenset({"closed", "merged", "deleted"})


def utc_now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


class Refusal(Exception):
    """The account says no, with an HTTP status and a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass
class Group:
    """A support group; a deleted one stays visible as inactive."""

    id: str
    name: str
    active: bool = True


@dataclass
class Person:
    """An agent, who has groups, or a customer, who has custom fields."""

    id: str
    name: str
    email: str | None
    active: bool = True
    groups: list[str] = field(default_factory=list)
    fields: Json = field(default_factory=dict)


@dataclass
class Ticket:
    """A ticket. ``version`` grows with every change; ``resolutions`` numbers the times it was solved."""

    id: str
    number: str
    subject: str
    requester: str | None
    assignee: str | None
    group: str | None
    created_at: datetime
    status: str = "open"
    solved_at: datetime | None = None
    resolutions: list[Json] = field(default_factory=list)
    fields: Json = field(default_factory=dict)
    notes: list[Json] = field(default_factory=list)
    version: int = 1
    channel: str | None = None
    priority: str | None = None
    category: str | None = None


@dataclass
class Webhook:
    """Where an account tells what happened, and the secret that signs it."""

    id: str
    url: str
    events: list[str]
    secret: str


class Account:
    """All state. ``fire`` is called with each webhook that wants an event, and the event."""

    def __init__(self, fire: Fire, now: Now) -> None:
        self.lock = threading.RLock()
        self.now = now
        self._fire = fire
        self._numbers = itertools.count(1)
        self.groups: dict[str, Group] = {}
        self.agents: dict[str, Person] = {}
        self.customers: dict[str, Person] = {}
        self.tickets: dict[str, Ticket] = {}
        self.fields: dict[str, Json] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.messages: dict[str, Json] = {}
        self.changes: list[Json] = []
        self.apps: list[tuple[bytes, Json]] = []

    def new_id(self, letter: str) -> str:
        """An id that was never used."""
        return f"{letter}-{next(self._numbers)}"

    def ticket(self, key: str) -> Ticket:
        """A ticket by id. Raises Refusal."""
        if key not in self.tickets:
            raise Refusal(404, "no such ticket")
        return self.tickets[key]

    def solve(self, ticket: Ticket, *, at: datetime | None = None, tell: bool = True) -> None:
        """The ticket's next resolution."""
        if ticket.status != "open":
            raise Refusal(422, f"a ticket that is {ticket.status} cannot be solved")
        at = at or self.now()
        ticket.status, ticket.solved_at = "solved", at
        ticket.resolutions.append({"id": f"r-{len(ticket.resolutions) + 1}", "at": at.isoformat()})
        self._record(ticket, "ticket.solved", at, tell=tell)

    def reopen(self, ticket: Ticket) -> None:
        """Back to open. What is locked stays as it is."""
        if ticket.status != "solved":
            raise Refusal(422, f"a ticket that is {ticket.status} cannot be reopened")
        ticket.status, ticket.solved_at = "open", None
        self._record(ticket, "ticket.reopened", self.now())

    def end(self, ticket: Ticket, status: str) -> None:
        """Lock a ticket: ``closed`` after a while, ``merged`` into another, or ``deleted``."""
        ticket.status, ticket.version = status, ticket.version + 1
        if status != "closed":
            self._record(ticket, f"ticket.{status}", self.now())

    def edit(self, ticket: Ticket, fields: Json, note: Json | None) -> None:
        """Change fields and add a note. Tells no webhook, for nothing was solved."""
        if ticket.status in LOCKED:
            raise Refusal(422, f"a ticket that is {ticket.status} cannot be changed")
        self.check_fields(fields, "ticket")
        ticket.fields |= fields
        if note:
            self._note(ticket, str(note["text"]), public=bool(note.get("public")))
        ticket.version += 1

    def message(self, ticket: Ticket, key: str, text: str) -> Json:
        """Write to the ticket's customer, who reads it as a public note; a key that was used is not used again."""
        if key not in self.messages:
            self.messages[key] = self._note(ticket, text, public=True)
        return self.messages[key]

    def check_fields(self, fields: Iterable[str], belongs_to: str) -> None:
        """Refuse values for custom fields that do not exist."""
        known = {one["key"] for one in self.fields.values() if one["belongs_to"] == belongs_to}
        if unknown := sorted(set(fields) - known):
            raise Refusal(422, f"unknown field: {', '.join(unknown)}")

    def add_webhook(self, url: str, events: Iterable[str]) -> Webhook:
        """A webhook with a secret of its own."""
        webhook = Webhook(self.new_id("w"), url, sorted(events), secrets.token_urlsafe(24))
        return self.webhooks.setdefault(webhook.id, webhook)

    def _note(self, ticket: Ticket, text: str, *, public: bool) -> Json:
        note: Json = {"id": self.new_id("n"), "text": text, "public": public, "at": self.now().isoformat()}
        ticket.notes.append(note)
        return note

    def _record(self, ticket: Ticket, event: str, at: datetime, *, tell: bool = True) -> None:
        resolution = ticket.resolutions[-1]["id"] if event == "ticket.solved" else None
        ticket.version += 1
        change: Json = {
            "sequence": len(self.changes) + 1,
            "event": event,
            "ticket": {"id": ticket.id, "number": ticket.number},
            "resolution": resolution,
            "at": at.isoformat(),
        }
        self.changes.append(change)
        for webhook in self.webhooks.values() if tell else ():
            if event in webhook.events:
                self._fire(webhook, change)
