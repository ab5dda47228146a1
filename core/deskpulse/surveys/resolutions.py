"""From a hint about a ticket to its Decision.

A webhook and reconciliation only say "look at this ticket". What is then read decides: every solving that the
helpdesk has seen gets exactly one Decision, and invites of past solvings are ended. Reading the same ticket
again, late, twice or in another order leads to the same end, because each step only adds what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.db.database import after_commit, upsert
from deskpulse.db.locks import lock_name
from deskpulse.desk import Desk
from deskpulse.directory import groups, people
from deskpulse.directory.models import Suppression
from deskpulse.kinds import Kind
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.records import Connection, History, Outcome, PastInvite, Ticket, TicketEvent, Verdict
from deskpulse.surveys import channels, invites, responses, rules
from deskpulse.surveys.models import Decision, Resolution, TicketRow

WEBHOOK, RECONCILIATION, LINK = "webhook", "reconciliation", "a link of the helpdesk"
UNREAD = Verdict(False, rules.REOPENED, "The ticket was reopened before DeskPulse could read it.")


def observe(desk: Desk, connection_id: int, event: TicketEvent, source: str) -> int:
    """Read the ticket that an event hints at, and record what it shows; how many Decisions are new. Safe to repeat."""
    connection, read_at = connections.load(desk, connection_id), desk.now()
    ticket: Ticket | None = desk.hub.ask(connection, "deskpulse_find_ticket", key=event.ticket.id)
    return record(desk, [(connection_id, connection, ticket or _vanished(event))], source, read_at)


def record(desk: Desk, read: Iterable[tuple[int, Connection, Ticket]], source: str, read_at: datetime) -> int:
    """Record what tickets of one organisation show, each read through the connection of that id, in one transaction.

    Gives how many Decisions are new.

    ``read_at`` is when the reading began: what was recorded since may be newer than what was read.
    All are known before answers are attached to any, so that one name for two of them is noticed. Safe to repeat.
    """
    with desk.db.write() as session:
        observed = []
        for connection_id, connection, ticket in read:
            row = session.get_one(ConnectionRow, connection_id)
            organisation = session.get_one(Organisation, row.organisation_id)
            observed.append(_Observation(desk, session, organisation, row.id, connection, ticket, source, read_at))
        return sum(observation.record() for observation in observed)


def is_decided(session: Session, connection_id: int, vendor_id: str, key: str) -> bool:
    """Whether this resolution has its Decision."""
    found = select(Decision.resolution_id).join(Resolution, Resolution.id == Decision.resolution_id)
    found = found.join(TicketRow, TicketRow.id == Resolution.ticket_id)
    named = found.where(
        TicketRow.connection_id == connection_id, TicketRow.vendor_id == vendor_id, Resolution.key == key
    )
    return session.scalar(named) is not None


def _vanished(event: TicketEvent) -> Ticket:
    """What is left of a ticket that the helpdesk does not show any more."""
    return Ticket(
        ref=event.ticket,
        subject="",
        customer=None,
        agent=None,
        group=None,
        resolution_key=event.resolution_key or Outcome.DELETED.value,
        outcome=Outcome.DELETED,
        resolved_at=event.at,
    )


class _Observation:
    """One reading of one ticket, on its way into the database."""

    def __init__(
        self,
        desk: Desk,
        session: Session,
        organisation: Organisation,
        connection_id: int,
        connection: Connection,
        ticket: Ticket,
        source: str,
        read_at: datetime,
    ) -> None:
        self.desk, self.session, self.organisation = desk, session, organisation
        self.connection_id, self.connection = connection_id, connection
        self.ticket, self.source, self.read_at, self.now = ticket, source, read_at, desk.now()
        self.row_id = self._ticket_row()

    def record(self) -> int:
        """Write down what is new; how many Decisions that made."""
        ticket, row_id, decided = self.ticket, self.row_id, 0
        rows = self.session.execute(select(Resolution.key, Resolution.seen_at).where(Resolution.ticket_id == row_id))
        known: dict[str, datetime] = dict(rows.all())
        for key in ticket.past_resolution_keys:
            if key not in known:
                self._decided(self._freeze(row_id, key, complete=False), UNREAD)
                decided += 1
        ended = {*ticket.past_resolution_keys, *self._ended_by_being_open(known)}
        if ended:
            invites.end_reopened(self.session, row_id, ended, self.now)
            if ticket.resolution_key is None:
                self._tell("deskpulse_ticket_reopened")
        deleted_later = ticket.outcome is Outcome.DELETED and known
        if ticket.resolution_key is not None and ticket.resolution_key not in known and not deleted_later:
            self._decide(self._freeze(row_id, ticket.resolution_key, complete=True))
            decided += 1
            self._tell("deskpulse_ticket_closed")
        if not known:
            responses.attach(self.desk, self.session, self.organisation.id, row_id)
        return decided

    def _ended_by_being_open(self, known: Mapping[str, datetime]) -> Iterator[str]:
        """Every resolution known before the ticket was found open: a helpdesk may not tell how often it was solved."""
        if self.ticket.resolution_key is None and self.ticket.outcome is Outcome.SOLVED:
            yield from (key for key, seen_at in known.items() if seen_at < self.read_at)

    def _ticket_row(self) -> int:
        ref = self.ticket.ref
        statement = upsert(self.session, TicketRow).values(
            organisation_id=self.organisation.id,
            connection_id=self.connection_id,
            vendor_id=ref.id,
            number=ref.number or ref.id,
        )
        self.session.execute(statement.on_conflict_do_nothing())
        wanted = select(TicketRow.id).where(
            TicketRow.connection_id == self.connection_id, TicketRow.vendor_id == ref.id
        )
        return self.session.scalars(wanted.with_for_update()).one()

    def _freeze(self, row_id: int, key: str, *, complete: bool) -> Resolution:
        ticket, organisation_id = self.ticket, self.organisation.id
        group = agent = customer = None
        if ticket.group is not None:
            group = groups.ensure_group(self.desk, self.session, organisation_id, self.connection_id, ticket.group)
        if ticket.agent is not None:
            agent = people.ensure_agent(self.session, organisation_id, self.connection_id, ticket.agent)
        if ticket.customer is not None:
            customer = people.ensure_customer(self.session, organisation_id, self.connection_id, ticket.customer)
        resolution = Resolution(
            organisation_id=organisation_id,
            ticket_id=row_id,
            key=key,
            complete=complete,
            outcome=ticket.outcome,
            by_bot=ticket.by_bot,
            subject=ticket.subject,
            group_id=group.id if group else None,
            agent_id=agent.id if agent else None,
            customer_id=customer.id if customer else None,
            person=customer.person if customer else None,
            segment1=ticket.segment1,
            segment2=ticket.segment2,
            channel=ticket.channel,
            priority=ticket.priority,
            category=ticket.category,
            customer_organisation=ticket.organisation,
            reopens=ticket.reopens,
            reassignments=ticket.reassignments,
            opened_at=ticket.created_at,
            resolved_at=ticket.resolved_at or self.now,
            fields=dict(ticket.fields),
            seen_at=self.now,
        )
        self.session.add(resolution)
        self.session.flush()
        return resolution

    def _decide(self, resolution: Resolution) -> None:
        person = resolution.person
        if person is not None:
            lock_name(self.session, f"person:{self.organisation.id}:{person}")
        history = self._history(resolution)
        verdict: Verdict | None = self.desk.hub.ask(self.connection, "deskpulse_should_invite", history=history)
        verdict = verdict or rules.decide(history)
        if verdict.ask:
            verdict = rules.floor(history) or self._as_it_happened(verdict, history.channel)
        self._decided(resolution, verdict)
        customer, channel = self.ticket.customer, history.channel
        if verdict.ask and customer is not None and person is not None and channel is not None:
            invites.issue(
                self.desk,
                self.session,
                self.organisation,
                resolution,
                person=person,
                name=customer.name,
                email=person if "@" in person else None,
                connection_id=self.connection_id,
                channel=channel,
                by_us=not channels.asks_by_itself(channel, self._kind),
            )

    def _as_it_happened(self, verdict: Verdict, channel: str | None) -> Verdict:
        if channel is None:  # a policy's yes reaches nobody
            return Verdict(False, rules.NO_ADDRESS, rules.UNREACHABLE)
        if channels.asks_by_itself(channel, self._kind):
            return Verdict(True, rules.BY_HELPDESK, "The helpdesk's own message asked the customer.")
        if self.source == LINK:
            return Verdict(False, rules.ANSWERED, "The customer had answered already, through a link of the helpdesk.")
        return verdict

    def _history(self, resolution: Resolution) -> History:
        person, ticket = resolution.person, self.ticket
        past: Sequence[PastInvite] = ()
        if person is not None:
            past = invites.earlier(self.session, self.organisation.id, person, resolution.ticket_id, self.now)
        return History(
            ticket=ticket,
            now=self.now,
            person=person,
            invites=past,
            suppressed=person is not None and self._is_suppressed(person),
            resolver_is_customer=_same_person(ticket),
            preferences=asdict(self._preferences),
            channel=channels.channel_for(person, self._kind, self._preferences) if person else None,
        )

    def _is_suppressed(self, person: str) -> bool:
        wanted = select(Suppression.id).where(
            Suppression.organisation_id == self.organisation.id, Suppression.person == person
        )
        return self.session.scalar(wanted) is not None

    def _decided(self, resolution: Resolution, verdict: Verdict) -> None:
        self.session.add(
            Decision(
                resolution_id=resolution.id,
                organisation_id=self.organisation.id,
                asked=verdict.ask,
                reason=verdict.reason,
                explanation=verdict.explanation,
                source=self.source,
                decided_at=self.now,
            )
        )

    def _tell(self, hook: str) -> None:
        facts = {
            "organisation_code": self.organisation.code,
            "connection_key": self.connection.key,
            "ticket": self.ticket,
        }
        after_commit(self.session, lambda: self.desk.hub.tell(hook, **facts))

    @property
    def _kind(self) -> Kind:
        return self.desk.hub.kind(self.connection.kind)

    @property
    def _preferences(self) -> Preferences:
        return Preferences.of(self.organisation.preferences)


def _same_person(ticket: Ticket) -> bool:
    customer, agent = ticket.customer, ticket.agent
    if customer is None or agent is None:
        return False
    if customer.id == agent.id:
        return True
    addresses = people.normalise(customer.email or ""), people.normalise(agent.email or "")
    return addresses[0] is not None and addresses[0] == addresses[1]
