"""What the measured database holds: one organisation, one connection, people, tickets, answers and open invites."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, insert

from bench.loadgen import request
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import CustomerRow
from deskpulse.organisation import organisations
from deskpulse.surveys.models import Decision, Hit, Invite, Resolution, Response, TicketRow
from deskpulse.surveys.tokens import digest

SIGNING_SECRET = "bench-signing-secret-0123456789"
NO_HELPDESK = ("http://127.0.0.1:9", "bench-api-token")
"""Address and token, where nothing is asked of it."""
COOKIE = "deskpulse_visit"
PADDING = "x" * 1800
"""Brings a delivery to the 2 KB of a real one."""


@dataclass
class World:
    """Names of what was stored, for those who make requests. Each open invite can be answered once."""

    key: str
    panel_key: str
    organisation_id: int
    connection_id: int
    shown: list[str] = field(default_factory=list)
    """Tokens of invites that are only looked at."""
    answerable: list[str] = field(default_factory=list)
    """Tokens of invites with an opened page each."""
    people: list[tuple[str, str]] = field(default_factory=list)
    """Customers who have answered: their id, and the id of the ticket."""
    _used: int = 0

    def deliveries(self, count: int) -> list[str]:
        """Signed webhook calls, each with an id of its own."""
        return [delivery(self.key, f"t-{number}") for number in range(count)]

    def views(self, count: int) -> list[str]:
        """Openings of survey pages by browsers that come for the first time."""
        return [request("GET", f"/s/{token}") for token in itertools.islice(itertools.cycle(self.shown), count)]

    def answers(self, count: int) -> list[str]:
        """Forms as a person's browser sends them; every invite is answered once."""
        tokens = self.answerable[self._used : self._used + count]
        assert len(tokens) == count, "the world holds too few open invites"
        self._used += count
        return [_answer(token) for token in tokens]

    def panels(self, count: int) -> list[str]:
        """The sidebar's question about a customer and a ticket."""
        return [self._panel(*one) for one in itertools.islice(itertools.cycle(self.people), count)]

    def _panel(self, customer: str, ticket: str) -> str:
        query = urlencode({"ticket": ticket, "customer": customer, "email": f"{customer}@example.org"})
        return request("GET", f"/panel/{self.key}?{query}", {"Authorization": f"Bearer {self.panel_key}"})

    def copy(self) -> World:
        """The same for another copy of the database, with all invites open."""
        return World(
            self.key, self.panel_key, self.organisation_id, self.connection_id,
            self.shown, self.answerable, self.people,
        )  # fmt: skip


def delivery(key: str, ticket_id: str) -> str:
    """A ticket was solved: the call as the helpdesk makes it."""
    body = json.dumps(
        {"event": "ticket.solved", "ticket": {"id": ticket_id}, "resolution": "r-1", "padding": PADDING}
    ).encode()
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    signed = hmac.new(SIGNING_SECRET.encode(), stamp.encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Fake-Delivery": f"{ticket_id}.{uuid.uuid4()}",
        "X-Fake-Timestamp": stamp,
        "X-Fake-Signature": f"v1={signed}",
    }
    return request("POST", f"/in/{key}", headers, body)


def fill(desk: Desk, helpdesk: tuple[str, str] = NO_HELPDESK, *, answered: int = 0, open_invites: int = 0) -> World:
    """Store a world. Half of the open invites are for looking at, the others can be answered."""
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT")
        values = {"base_url": helpdesk[0], "api_token": helpdesk[1], "signing_secret": SIGNING_SECRET}
        row = connections.create(desk, session, organisation, "fake", "Fake", values)
    panel_key = desk.vault.open_all(row.secrets_sealed)["panel_key"]
    world = World(row.key, panel_key, organisation.id, row.id)
    with desk.db.write_core() as db:
        _Filling(desk, db, world, row).run(answered, open_invites)
    return world


def _answer(token: str) -> str:
    fields = {
        "nonce": _nonce(token), "scripted": "1", "activated": "click", "score": "9", "factor": "speed",
        "comment": "Quick and friendly, thank you. The printer on the third floor works again.",
    }  # fmt: skip
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"{COOKIE}={_visit(token)}"}
    return request("POST", f"/s/{token}", headers, urlencode(fields).encode())


def _token(number: int) -> str:
    return digest(f"bench token {number}")[:22]


def _nonce(token: str) -> str:
    return digest(f"nonce {token}")[:22]


def _visit(token: str) -> str:
    return digest(f"visit {token}")[:22]


class _Filling:
    """Rows in bulk; everything hangs on a ticket, and every ticket has its own customer."""

    def __init__(self, desk: Desk, db: Connection, world: World, row: ConnectionRow) -> None:
        self.desk, self.db, self.world = desk, db, world
        self.now = desk.now()
        self.own = {"organisation_id": row.organisation_id}
        self.owned = self.own | {"connection_id": row.id}

    def run(self, answered: int, open_invites: int) -> None:
        total = answered + open_invites
        if not total:
            return
        numbers = range(total)
        self._rows(CustomerRow, ({**self.owned, "vendor_id": f"c-{n}", "name": f"Customer {n}", "person": _person(n)}
                                 for n in numbers))  # fmt: skip
        tickets = self._ids(TicketRow, ({**self.owned, "vendor_id": f"t-{n}", "number": f"N{n}"} for n in numbers))
        resolutions = self._ids(Resolution, (self._resolution(n, ticket) for n, ticket in enumerate(tickets)))
        self._rows(Decision, (self._decision(resolution) for resolution in resolutions))
        invites = self._ids(
            Invite,
            (self._invite(n, tickets[n], resolutions[n], "answered" if n < answered else "sent") for n in numbers),
        )
        if answered:
            self._rows(Response, (self._response(n, tickets[n], resolutions[n], invites[n]) for n in range(answered)))
        self.world.people = [(f"c-{n}", f"t-{n}") for n in range(answered)]
        tokens = [_token(n) for n in range(answered, total)]
        self.world.shown, self.world.answerable = tokens[: open_invites // 2], tokens[open_invites // 2 :]
        if self.world.answerable:
            self._rows(Hit, (self._opening(token) for token in self.world.answerable))

    def _ids(self, table: Any, rows: Iterator[dict[str, Any]]) -> list[int]:
        kept = insert(table.__table__).returning(table.__table__.c.id, sort_by_parameter_order=True)
        return list(self.db.execute(kept, list(rows)).scalars())

    def _rows(self, table: Any, rows: Iterator[dict[str, Any]]) -> None:
        self.db.execute(insert(table.__table__), list(rows))

    def _resolution(self, number: int, ticket: int) -> dict[str, Any]:
        return {
            **self.own, "ticket_id": ticket, "key": "r-1", "outcome": "solved", "subject": "Printer on the third floor",
            "person": _person(number), "resolved_at": self.now, "fields": {}, "seen_at": self.now,
        }  # fmt: skip

    def _decision(self, resolution: int) -> dict[str, Any]:
        return {
            **self.own, "resolution_id": resolution, "asked": True, "reason": "asked",
            "explanation": "The customer was asked.", "source": "webhook", "decided_at": self.now,
        }  # fmt: skip

    def _invite(self, number: int, ticket: int, resolution: int, state: str) -> dict[str, Any]:
        return {
            **self.owned, "resolution_id": resolution, "ticket_id": ticket, "person": _person(number),
            "email": _person(number), "name": f"Customer {number}", "token_digest": digest(_token(number)),
            "token_sealed": "", "state": state, "message_id": f"<{number}@bench>", "created_at": self.now,
            "due_at": self.now, "sent_at": self.now, "expires_at": self.now + timedelta(days=14),
        }  # fmt: skip

    def _response(self, number: int, ticket: int, resolution: int, invite: int) -> dict[str, Any]:
        return {
            **self.own, "link": digest(_token(number)), "entrance": "token", "status": "counted", "current": True,
            "ticket_id": ticket, "resolution_id": resolution, "invite_id": invite, "tid": f"t-{number}",
            "score": number % 11, "factors": [], "comment": "Fine.", "answered_at": self.now,
            "first_answered_at": self.now, "person": _person(number), "link_parameters": {},
            "day": self.now.date(), "hour": self.now.hour, "fields": {},
        }  # fmt: skip

    def _opening(self, token: str) -> dict[str, Any]:
        return {
            **self.own, "link": digest(token), "kind": "view", "at": self.now - timedelta(seconds=10),
            "visit": digest(_visit(token)), "nonce": _nonce(token), "evidence": {"agent": "bench"},
        }  # fmt: skip


def _person(number: int) -> str:
    return f"c-{number}@example.org"
