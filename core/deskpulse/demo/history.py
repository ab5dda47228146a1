"""A year behind us: the sample's solved tickets with their decisions, invites and answers."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.demo import sample
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup, Suppression
from deskpulse.organisation.models import Organisation
from deskpulse.simulation import SampleTicket
from deskpulse.surveys import factors, invites, rules
from deskpulse.surveys.captured import of_resolution
from deskpulse.surveys.models import Decision, Invite, Resolution, Response, TicketRow
from deskpulse.surveys.resolutions import WEBHOOK
from deskpulse.surveys.tokens import digest, new_token

VALIDITY = timedelta(days=14)
LONG = timedelta(days=40)
"""So long ago that nobody remembers being asked."""
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
    found: dict[tuple[str, str], deque[Mapping[str, Any]]] = defaultdict(deque)
    for line in ids:
        if not line["open"]:
            found[str(line["requester"]), str(line["subject"])].append(line)
    with desk.db.write() as session:
        year = _Year(session, organisation_id, connection_id, desk.now())
        for ticket in tickets:
            lines = found[ticket.requester, ticket.subject]
            if ticket.solved_at is not None and lines:
                year.add(ticket, lines.popleft(), ticket.solved_at)


def is_there(session: Session, organisation_id: int, now: datetime) -> bool:
    """Whether an earlier start has written a year."""
    old = select(Resolution.id).where(
        Resolution.organisation_id == organisation_id, Resolution.resolved_at < now - LONG
    )
    return session.scalar(old.limit(1)) is not None


def asked_lately(session: Session, organisation_id: int, now: datetime) -> set[str]:
    """Everyone whom the rules would not let be asked now."""
    invited = select(Invite.person).where(Invite.organisation_id == organisation_id, Invite.created_at > now - LONG)
    silent = select(Suppression.person).where(Suppression.organisation_id == organisation_id)
    return {*session.scalars(invited), *session.scalars(silent)}


class _Year:
    """One connection's history, ticket by ticket."""

    def __init__(self, session: Session, organisation_id: int, connection_id: int, now: datetime) -> None:
        self._session, self._organisation_id, self._connection_id = session, organisation_id, connection_id
        self._now = now
        self._zone = ZoneInfo(session.get_one(Organisation, organisation_id).time_zone)
        self._random = random.Random(connection_id)  # noqa: S311 - invented data
        named = select(SupportGroup.name, SupportGroup.id).where(SupportGroup.connection_id == connection_id)
        self._groups = dict(session.execute(named).all())
        addressed = select(AgentRow.email, AgentRow.id).where(AgentRow.connection_id == connection_id)
        self._agents = dict(session.execute(addressed).all())
        self._customers: dict[str, int] = {}

    def add(self, ticket: SampleTicket, line: Mapping[str, Any], solved: datetime) -> None:
        """Add one solved ticket, and often its answer."""
        row = TicketRow(
            organisation_id=self._organisation_id,
            connection_id=self._connection_id,
            vendor_id=str(line["id"]),
            number=str(line["number"]),
        )
        self._keep(row)
        resolution = self._resolution(ticket, row.id, solved)
        self._keep(resolution)
        self._session.add(
            Decision(
                resolution_id=resolution.id,
                organisation_id=self._organisation_id,
                asked=True,
                reason=rules.ASKED,
                explanation="The customer was asked.",
                source=WEBHOOK,
                decided_at=solved,
            )
        )
        answered = solved + timedelta(hours=self._random.uniform(0.05, 20))
        answers = self._random.random() < ANSWER_SHARE and answered < self._now
        invite = self._invite(resolution, ticket.requester, solved, answered if answers else None)
        self._keep(invite)
        if answers:
            response = self._response(ticket, resolution, invite, answered, row.vendor_id)
            response.stamp(self._zone)
            self._session.add(response)

    def _keep(self, row: TicketRow | Resolution | Invite | CustomerRow) -> None:
        self._session.add(row)
        self._session.flush()

    def _customer(self, email: str) -> int:
        if email not in self._customers:
            customer = CustomerRow(
                organisation_id=self._organisation_id,
                connection_id=self._connection_id,
                vendor_id=f"sample:{email}",
                name=email.partition("@")[0].replace(".", " ").title(),
                email=email,
                locale="en",
                person=email,
            )
            self._keep(customer)
            self._customers[email] = customer.id
        return self._customers[email]

    def _resolution(self, ticket: SampleTicket, ticket_id: int, solved: datetime) -> Resolution:
        return Resolution(
            organisation_id=self._organisation_id,
            ticket_id=ticket_id,
            key="0",
            complete=False,  # made here, not read from the helpdesk: it says nothing about how full the fields are
            outcome="solved",
            subject=ticket.subject,
            group_id=self._groups.get(ticket.group or ""),
            agent_id=self._agents.get(ticket.assignee or ""),
            customer_id=self._customer(ticket.requester),
            person=ticket.requester,
            channel=ticket.channel,
            priority=ticket.priority,
            category=ticket.category,
            reopens=0,
            reassignments=0,
            opened_at=ticket.created_at,
            resolved_at=solved,
            seen_at=solved,
        )

    def _invite(self, resolution: Resolution, person: str, solved: datetime, answered: datetime | None) -> Invite:
        expired = solved + VALIDITY < self._now
        token = new_token()
        return Invite(
            organisation_id=self._organisation_id,
            connection_id=self._connection_id,
            resolution_id=resolution.id,
            ticket_id=resolution.ticket_id,
            person=person,
            email=person,
            name="",
            token_digest=digest(token),
            token_sealed="",
            state=invites.ANSWERED if answered else invites.EXPIRED if expired else invites.SENT,
            message_id=f"<{digest(token)[:32]}@northwind.example>",
            created_at=solved,
            due_at=solved,
            sent_at=solved,
            ended_at=answered or (solved + VALIDITY if expired else None),
            expires_at=solved + VALIDITY,
        )

    def _response(
        self, ticket: SampleTicket, resolution: Resolution, invite: Invite, answered: datetime, tid: str
    ) -> Response:
        score = sample.scores(self._random, ticket.group or "")
        return Response(
            organisation_id=self._organisation_id,
            link=invite.token_digest,
            entrance="token",
            status="counted",
            current=True,
            ticket_id=resolution.ticket_id,
            resolution_id=resolution.id,
            invite_id=invite.id,
            tid=tid,
            score=score,
            factors=self._random.sample(sorted(factors.BY_CODE), self._random.randint(0, 3)),
            comment=sample.comment(self._random, score),
            contact_wanted=score <= 3 and self._random.random() < 0.5,
            answered_at=answered,
            first_answered_at=answered,
            group_id=resolution.group_id,
            agent_id=resolution.agent_id,
            customer_id=resolution.customer_id,
            person=resolution.person,
            **of_resolution(resolution).values(),
        )
