"""A year behind us: the sample's solved tickets with their decisions, invites and answers."""

from __future__ import annotations

import random
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.demo import opinions, sample
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup, Suppression
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.records import Agent, Customer, Group, History, Outcome, PastInvite, Ticket, TicketRef, Verdict
from deskpulse.simulation import SampleCustomer, SampleTicket, SampleWorld
from deskpulse.surveys import invites, rules
from deskpulse.surveys.captured import of_resolution
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.models import Decision, Hit, Invite, Resolution, Response, TicketRow
from deskpulse.surveys.resolutions import WEBHOOK
from deskpulse.surveys.tokens import digest, new_token

VALIDITY = timedelta(days=Preferences().validity_days)
LONG = timedelta(days=40)
"""So long ago that nobody remembers being asked."""
ANSWERED, LOOKED, BOUNCED = 0.66, 0.8, 0.97
"""Shares of invites that are answered, then up to which share they are at least opened; the last ones come back.

The first is high for a survey, so that a small sample fills the pages.
"""
MERGED, OWN, SILENT, UNKNOWN = 0.02, 0.035, 0.055, 0.075
"""The same for tickets that were merged, solved by the customers themselves, or are of people not to be asked."""


def load(
    desk: Desk, organisation_id: int, connection_id: int, world: SampleWorld, ids: Sequence[Mapping[str, Any]]
) -> None:
    """Write the history of one connection. ``ids`` is the simulator's list of tickets, to find each one's id by."""
    found: dict[tuple[str, str], deque[Mapping[str, Any]]] = defaultdict(deque)
    for line in ids:
        if not line["open"]:
            found[str(line["requester"]), str(line["subject"])].append(line)
    with desk.db.write() as session:
        year = _Year(session, organisation_id, connection_id, world, desk.now())
        year.add(list(_solved(world.tickets, found)))


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


@dataclass
class _Solved:
    """One solved ticket, and what became of it."""

    ticket: SampleTicket
    at: datetime
    line: Mapping[str, Any]
    row: TicketRow = field(init=False)
    resolution: Resolution = field(init=False)
    verdict: Verdict = field(init=False)
    invite: Invite | None = None
    answered: datetime | None = None


def _solved(
    tickets: Sequence[SampleTicket], found: Mapping[tuple[str, str], deque[Mapping[str, Any]]]
) -> Iterator[_Solved]:
    """Each solved ticket with its line, in the order in which they were solved."""
    for ticket in sorted(tickets, key=lambda one: one.solved_at or one.created_at):
        lines = found[ticket.requester, ticket.subject]
        if ticket.solved_at is not None and lines:
            yield _Solved(ticket, ticket.solved_at, lines.popleft())


class _Year:
    """One connection's history. Each kind of row is written for all tickets at once, since later ones name earlier."""

    def __init__(
        self, session: Session, organisation_id: int, connection_id: int, world: SampleWorld, now: datetime
    ) -> None:
        self._session, self._organisation_id, self._connection_id = session, organisation_id, connection_id
        self._now = now
        self._zone = ZoneInfo(session.get_one(Organisation, organisation_id).time_zone)
        self._random = random.Random(connection_id)  # noqa: S311 - invented data
        named = select(SupportGroup.name, SupportGroup.id).where(SupportGroup.connection_id == connection_id)
        self._groups = dict(session.execute(named).all())
        addressed = select(AgentRow.email, AgentRow.id).where(AgentRow.connection_id == connection_id)
        self._agents = dict(session.execute(addressed).all())
        self._people: Mapping[str, SampleCustomer] = {one.email or one.name: one for one in world.customers}
        self._asked: dict[str, list[PastInvite]] = defaultdict(list)

    def add(self, solved: Sequence[_Solved]) -> None:
        """Add solved tickets, the oldest first, and what came of them."""
        customers = {one.ticket.requester: self._customer(one.ticket.requester) for one in solved}
        for one in solved:
            one.row = self._row(one)
        self._keep([*customers.values(), *(one.row for one in solved)])
        for one in solved:
            one.resolution = self._resolution(one, customers[one.ticket.requester].id)
        self._keep([one.resolution for one in solved])
        for one in solved:
            one.verdict = self._verdict(one)
            one.invite = self._invite(one) if one.verdict.ask else None
        self._keep([self._decision(one) for one in solved] + [one.invite for one in solved if one.invite])
        self._keep([self._response(one, one.invite, one.answered) for one in solved if one.invite and one.answered])

    def _keep(self, rows: Sequence[Any]) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def _customer(self, email: str) -> CustomerRow:
        return CustomerRow(
            organisation_id=self._organisation_id,
            connection_id=self._connection_id,
            vendor_id=f"sample:{email}",
            name=self._people[email].name,
            email=email,
            locale="en",
            person=email,
        )

    def _row(self, one: _Solved) -> TicketRow:
        return TicketRow(
            organisation_id=self._organisation_id,
            connection_id=self._connection_id,
            vendor_id=str(one.line["id"]),
            number=str(one.line["number"]),
        )

    def _resolution(self, one: _Solved, customer_id: int) -> Resolution:
        ticket, person = one.ticket, self._people[one.ticket.requester]
        return Resolution(
            organisation_id=self._organisation_id,
            ticket_id=one.row.id,
            key="0",
            complete=False,  # made here, not read from the helpdesk: it says nothing about how full the fields are
            outcome=Outcome.MERGED if self._random.random() < MERGED else Outcome.SOLVED,
            subject=ticket.subject,
            group_id=self._groups.get(ticket.group or ""),
            agent_id=self._agents.get(ticket.assignee or ""),
            customer_id=customer_id,
            person=ticket.requester,
            segment1=person.location.lower(),
            segment2=person.function.lower(),
            channel=ticket.channel,
            priority=ticket.priority,
            category=ticket.category,
            customer_organisation=f"Northwind {person.location}",
            reopens=0,
            reassignments=self._random.choice((0, 0, 0, 0, 0, 1, 1, 2, 3)),
            opened_at=ticket.created_at,
            resolved_at=one.at,
            fields={"product": self._random.choice(sample.PRODUCTS[ticket.group or ""])},
            seen_at=one.at,
        )

    def _verdict(self, one: _Solved) -> Verdict:
        """The rules' own, on what they would have known at the time."""
        ticket, draw = one.ticket, self._random.random()
        about = Ticket(
            ref=TicketRef(one.row.vendor_id, one.row.number),
            subject=ticket.subject,
            customer=Customer(ticket.requester, ticket.requester),
            agent=Agent(ticket.assignee or "", ticket.assignee or ""),
            group=Group(ticket.group or "", ticket.group or ""),
            resolution_key="0",
            outcome=Outcome(one.resolution.outcome),
        )
        history = History(
            ticket=about,
            now=one.at,
            person=ticket.requester,
            invites=self._asked[ticket.requester],
            suppressed=OWN <= draw < SILENT,
            resolver_is_customer=MERGED <= draw < OWN,
            preferences={},
            channel=None if SILENT <= draw < UNKNOWN else "email",
        )
        verdict = rules.floor(history) or rules.decide(history)
        if verdict.ask:
            self._asked[ticket.requester].insert(0, PastInvite(about.ref, False, one.at, invites.EXPIRED))
        return verdict

    def _decision(self, one: _Solved) -> Decision:
        return Decision(
            resolution_id=one.resolution.id,
            organisation_id=self._organisation_id,
            asked=one.verdict.ask,
            reason=one.verdict.reason,
            explanation=one.verdict.explanation,
            source=WEBHOOK,
            decided_at=one.at,
        )

    def _invite(self, one: _Solved) -> Invite:
        draw, later = self._random.random(), one.at + timedelta(hours=0.05 + self._random.expovariate(0.4))
        if draw < ANSWERED and later < self._now:
            one.answered = later
        expired = one.at + VALIDITY if one.at + VALIDITY < self._now else None
        state = invites.ANSWERED if one.answered else invites.EXPIRED if expired else invites.SENT
        if draw >= BOUNCED:
            state, expired = invites.BOUNCED, one.at
        token = new_token()
        if ANSWERED <= draw < LOOKED:
            self._look(digest(token), later)
        return Invite(
            organisation_id=self._organisation_id,
            connection_id=self._connection_id,
            resolution_id=one.resolution.id,
            ticket_id=one.row.id,
            person=one.ticket.requester,
            email=one.ticket.requester,
            name="",
            token_digest=digest(token),
            token_sealed="",
            state=state,
            message_id=f"<{digest(token)[:32]}@northwind.example>",
            created_at=one.at,
            due_at=one.at,
            sent_at=one.at,
            ended_at=one.answered or expired,
            expires_at=one.at + VALIDITY,
        )

    def _look(self, link: str, at: datetime) -> None:
        """Somebody opens the page, mostly by clicking a score, and goes no further."""
        score = self._random.choice((None, 4, 7, 9))
        visit = digest(new_token())
        what = {"kind": HitKind.VIEW, "at": min(at, self._now), "visit": visit, "nonce": new_token(), "score": score}
        self._session.add(Hit(organisation_id=self._organisation_id, link=link, **what))

    def _response(self, one: _Solved, invite: Invite, answered: datetime) -> Response:
        resolution, ticket = one.resolution, one.ticket
        took, ago = one.at - ticket.created_at, self._now - one.at
        said = opinions.opinion(
            self._random, opinions.Help(ticket.group or "", took, resolution.reassignments or 0, ago)
        )
        response = Response(
            organisation_id=self._organisation_id,
            link=invite.token_digest,
            entrance="token",
            status="counted",
            current=True,
            ticket_id=resolution.ticket_id,
            resolution_id=resolution.id,
            invite_id=invite.id,
            tid=one.row.vendor_id,
            score=said.score,
            factors=list(said.factors),
            comment=said.comment,
            contact_wanted=said.score <= 3 and self._random.random() < 0.5,
            answered_at=answered,
            first_answered_at=answered,
            group_id=resolution.group_id,
            agent_id=resolution.agent_id,
            customer_id=resolution.customer_id,
            person=resolution.person,
            segment1=resolution.segment1,
            segment2=resolution.segment2,
            **of_resolution(resolution).values(),
        )
        response.stamp(self._zone)
        return response
