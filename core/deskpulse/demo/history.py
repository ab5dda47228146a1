"""A year behind us: the sample's solved tickets with their decisions, invites and answers, written in bulk."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from deskpulse.demo import sample
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.simulation import SampleTicket
from deskpulse.surveys import factors, rules
from deskpulse.surveys.models import Decision, Invite, Resolution, Response, TicketRow
from deskpulse.surveys.tokens import digest, new_token

ANSWER_SHARE = 0.75
"""High for a survey, so that a small sample fills the pages."""


def load(
    desk: Desk,
    organisation_id: int,
    connection_id: int,
    tickets: Sequence[SampleTicket],
    ids: Sequence[Mapping[str, Any]],
) -> None:
    """Write the history of one connection. ``ids`` is the simulator's list of tickets, to find each one's id by."""
    rng = random.Random(connection_id)  # noqa: S311 - invented data
    found: dict[tuple[str, str], deque[Mapping[str, Any]]] = defaultdict(deque)
    for line in ids:
        if not line["open"]:
            found[str(line["requester"]), str(line["subject"])].append(line)
    with desk.db.write() as session:
        names = _names(session, connection_id)
        for ticket in tickets:
            lines = found[ticket.requester, ticket.subject]
            if ticket.solved_at is not None and lines:
                _one(session, organisation_id, connection_id, ticket, lines.popleft(), names, rng)


class _Names:
    """Row ids by the names that the sample uses."""

    def __init__(self, groups: dict[str, int], agents: dict[str, int]) -> None:
        self.groups, self.agents = groups, agents
        self.customers: dict[str, int] = {}


def _names(session: Session, connection_id: int) -> _Names:
    groups = session.execute(
        select(SupportGroup.name, SupportGroup.id).where(SupportGroup.connection_id == connection_id)
    )
    agents = session.execute(select(AgentRow.email, AgentRow.id).where(AgentRow.connection_id == connection_id))
    return _Names(dict(groups.tuples().all()), {email: row for email, row in agents if email})


def _customer(session: Session, organisation_id: int, connection_id: int, email: str, names: _Names) -> int:
    if email not in names.customers:
        row = CustomerRow(
            organisation_id=organisation_id,
            connection_id=connection_id,
            vendor_id=f"sample:{email}",
            name=email.partition("@")[0].replace(".", " ").title(),
            email=email,
            locale="en",
            person=email,
        )
        session.add(row)
        session.flush()
        names.customers[email] = row.id
    return names.customers[email]


def _one(
    session: Session,
    organisation_id: int,
    connection_id: int,
    ticket: SampleTicket,
    line: Mapping[str, Any],
    names: _Names,
    rng: random.Random,
) -> None:
    solved = ticket.solved_at
    assert solved is not None
    shared = {"organisation_id": organisation_id}
    ticket_id = _insert(
        session,
        TicketRow,
        shared | {"connection_id": connection_id, "vendor_id": str(line["id"]), "number": line["number"]},
    )
    about = {
        "group_id": names.groups.get(ticket.group or ""),
        "agent_id": names.agents.get(ticket.assignee or ""),
        "customer_id": _customer(session, organisation_id, connection_id, ticket.requester, names),
        "person": ticket.requester,
    }
    resolution_id = _insert(
        session,
        Resolution,
        shared
        | about
        | {
            "ticket_id": ticket_id,
            "key": "0",
            "complete": True,
            "outcome": "solved",
            "by_bot": False,
            "subject": ticket.subject,
            "channel": ticket.channel,
            "priority": ticket.priority,
            "category": ticket.category,
            "reopens": 0,
            "reassignments": 0,
            "opened_at": ticket.created_at,
            "resolved_at": solved,
            "fields": {},
            "seen_at": solved,
        },
    )
    session.execute(
        insert(Decision).values(
            shared
            | {
                "resolution_id": resolution_id,
                "asked": True,
                "reason": rules.ASKED,
                "explanation": "The customer was asked.",
                "source": "webhook",
                "decided_at": solved,
            }
        )
    )
    answers = rng.random() < ANSWER_SHARE
    answered = solved + timedelta(hours=rng.uniform(0.05, 20))
    token = new_token()
    invite_id = _insert(
        session,
        Invite,
        shared
        | {
            "connection_id": connection_id,
            "resolution_id": resolution_id,
            "ticket_id": ticket_id,
            "person": ticket.requester,
            "email": ticket.requester,
            "name": "",
            "token_digest": digest(token),
            "token_sealed": "",
            "channel": "email",
            "state": "answered" if answers else "sent",
            "detail": "",
            "message_id": f"<{digest(token)[:32]}@northwind.example>",
            "created_at": solved,
            "due_at": solved,
            "sent_at": solved,
            "ended_at": answered if answers else None,
            "expires_at": solved + timedelta(days=14),
        },
    )
    if answers:
        _answer(
            session,
            shared | about,
            ticket,
            resolution_id,
            ticket_id,
            invite_id,
            digest(token),
            answered,
            str(line["id"]),
            rng,
        )


def _answer(
    session: Session,
    shared: Mapping[str, Any],
    ticket: SampleTicket,
    resolution_id: int,
    ticket_id: int,
    invite_id: int,
    link: str,
    answered: datetime,
    tid: str,
    rng: random.Random,
) -> None:
    score = sample.scores(rng, ticket.group or "")
    _insert(
        session,
        Response,
        dict(shared)
        | {
            "link": link,
            "entrance": "token",
            "status": "counted",
            "current": True,
            "revision": 1,
            "ticket_id": ticket_id,
            "resolution_id": resolution_id,
            "invite_id": invite_id,
            "tid": tid,
            "score": score,
            "factors": rng.sample(sorted(factors.BY_CODE), rng.randint(0, 3)),
            "comment": sample.comment(rng, score),
            "contact_wanted": score <= 3 and rng.random() < 0.5,
            "answered_at": answered,
            "first_answered_at": answered,
            "link_parameters": {},
        },
    )


def _insert(session: Session, table: Any, values: Mapping[str, Any]) -> int:
    return int(session.scalars(insert(table).values(dict(values)).returning(table.id)).one())
