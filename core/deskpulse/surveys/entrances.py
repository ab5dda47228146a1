"""The two entrances of the survey: a link with our token, and a link that the helpdesk built. Both find one Survey."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Connection, Row, bindparam, func, or_, select
from sqlalchemy.orm import Session

from deskpulse.connections.models import ConnectionRow
from deskpulse.db.locks import lock_name
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.surveys import captured, links, tokens
from deskpulse.surveys.models import Hit, Invite, Resolution, Response, TicketRow

TOKEN, SIGNED, UNSIGNED = "token", "signed", "unsigned"
AnyRow = Row[*tuple[Any, ...]]
REPLACES_WITHIN = timedelta(days=30)
"""A later answer about the same ticket takes the place of the earlier one within this time."""
REVOKED = "revoked"
WITHDRAWN, CANCELLED, ANSWERED = "withdrawn", "cancelled", "answered"


class UnknownLink(Exception):
    """No survey is behind this link."""


@dataclass(frozen=True, slots=True)
class Given:
    """The answer that a link has brought so far."""

    id: int
    status: str
    revision: int
    score: int
    factors: list[str]
    comment: str
    contact_wanted: bool
    first_answered_at: datetime
    visit: str | None


@dataclass(frozen=True, slots=True)
class About:
    """Whom and what an answer is about. ``problem`` says why it cannot be counted as it is."""

    tid: str
    ticket_id: int | None = None
    connection_id: int | None = None
    resolution_id: int | None = None
    group_id: int | None = None
    agent_id: int | None = None
    customer_id: int | None = None
    person: str | None = None
    segment1: str | None = None
    segment2: str | None = None
    captured: captured.Captured = captured.NOTHING_CAPTURED
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """One question to one person, as its page shows it."""

    entrance: str
    link: str
    organisation_id: int
    organisation_name: str
    time_zone: str
    preferences: Preferences
    number: str
    subject: str
    seen: int
    """Hits on the link that are kept."""
    given: Given | None
    closed: str | None = None
    """Why it takes no answer any more: expired, withdrawn."""
    closed_at: datetime | None = None
    invite_id: int | None = None
    about: About | None = None
    """Known at once with a token; else :mod:`deskpulse.surveys.attribution` finds it when an answer comes."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    is_test: bool = False

    @property
    def answered(self) -> Given | None:
        """The answer that the page shows; one that turned out to be a machine's leaves the question open."""
        return self.given if self.given is not None and self.given.status != REVOKED else None

    @property
    def told(self) -> Given | None:
        """The answer as every holder of the link reads it; a link that anyone can put together tells the score."""
        given = self.answered
        if given is None or self.entrance != UNSIGNED:
            return given
        return replace(given, factors=[], comment="", contact_wanted=False)

    def changeable_until(self) -> datetime | None:
        """Until when the confirming browser may change its answer."""
        given = self.answered
        window = timedelta(minutes=self.preferences.change_minutes)
        return given.first_answered_at + window if given is not None and given.visit is not None else None

    def may_change(self, visit: str, now: datetime) -> bool:
        """Whether this browser may change the answer now."""
        until = self.changeable_until()
        return until is not None and now <= until and self.given is not None and self.given.visit == visit


class Entrance(Protocol):
    """A way to a survey."""

    def lock(self, session: Session) -> None:
        """Let nobody else answer this link, or its ticket's other links, until the transaction ends."""

    def find(self, desk: Desk, connection: Connection) -> Survey:
        """The survey. Raises UnknownLink, BadLink."""


_GIVEN = (
    Response.id.label("response_id"),
    Response.status,
    Response.revision,
    Response.score,
    Response.factors,
    Response.comment,
    Response.contact_wanted,
    Response.first_answered_at,
    Response.visit,
)


def _hits_on(link: Any) -> Any:
    return select(func.count(Hit.id)).where(Hit.link == link).scalar_subquery()


_BY_TOKEN = (
    select(
        Invite.id.label("invite_id"),
        Invite.organisation_id,
        Invite.connection_id,
        Invite.resolution_id,
        Invite.ticket_id,
        Invite.person,
        Invite.state,
        Invite.ended_at,
        Invite.expires_at,
        Resolution.subject,
        Resolution.group_id,
        Resolution.agent_id,
        Resolution.customer_id,
        Resolution.segment1,
        Resolution.segment2,
        *captured.COLUMNS,
        TicketRow.vendor_id,
        TicketRow.number,
        Organisation.name.label("organisation_name"),
        Organisation.time_zone,
        Organisation.preferences,
        *_GIVEN,
        _hits_on(Invite.token_digest).label("seen"),
    )
    .join(Resolution, Resolution.id == Invite.resolution_id)
    .join(TicketRow, TicketRow.id == Invite.ticket_id)
    .join(Organisation, Organisation.id == Invite.organisation_id)
    .outerjoin(Response, Response.link == Invite.token_digest)
    .where(Invite.token_digest == bindparam("link"))
)
"""Made once: this is what every click on an invitation asks. Tables and columns only, no rows of the ORM."""


@dataclass(frozen=True, slots=True)
class TokenEntrance:
    """``/s/<token>``: we, or the helpdesk with our token, invited one person about one resolution."""

    token: str

    def lock(self, session: Session) -> None:
        """See Entrance."""
        lock_name(session, f"link:{tokens.digest(self.token)}")

    def find(self, desk: Desk, connection: Connection) -> Survey:
        """The survey, in one statement. Raises UnknownLink."""
        return _of_invite(desk, connection, tokens.digest(self.token))


@dataclass(frozen=True, slots=True)
class HelpdeskEntrance:
    """``/?tc=ts&cpc=&tid=...``: a link that the helpdesk built into its own mail."""

    parameters: Mapping[str, str]

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> HelpdeskEntrance:
        """The entrance for a link's parameters. Raises UnknownLink where it asks for another kind of survey.

        A link that fails to name its ticket is told apart by a word of our own: else everyone who holds it would share
        one page, and see each other's answers.
        """
        if parameters.get("tc") != links.SURVEY["tc"]:
            raise UnknownLink
        lost = links.names_ticket(parameters) or parameters.get("lost")
        return cls({**parameters, **({} if lost else {"lost": secrets.token_urlsafe(12)})})

    @property
    def query(self) -> dict[str, str]:
        """The parameters that lead back to this survey, without a score."""
        return {name: value for name, value in self.parameters.items() if name != "score"}

    def lock(self, session: Session) -> None:
        """See Entrance."""
        lock_name(session, f"link:{self.parameters.get('cpc')}:{self.parameters.get('tid')}")

    def find(self, desk: Desk, connection: Connection) -> Survey:
        """The survey. Raises UnknownLink for an unknown organisation, BadLink for a signature that is wrong."""
        organisation = connection.execute(
            select(*Organisation.__table__.columns).where(Organisation.code == self.parameters.get("cpc", ""))
        ).one_or_none()
        if organisation is None:
            raise UnknownLink
        preferences = Preferences.of(organisation.preferences)
        entrance = self._checked(desk.vault.open(organisation.link_key_sealed), preferences)
        tid = self.parameters.get("tid", "")
        helpdesk = links.helpdesk(self.parameters)
        ticket = _ticket(connection, organisation.id, tid, helpdesk) if links.names_ticket(self.parameters) else None
        base = links.name(organisation.id, entrance, self.parameters)
        link, given = _newest(desk, connection, organisation.id, tid, base, ticket)
        closed, closed_at = None, None
        if ticket is not None and given is None and ticket.state not in (None, ANSWERED):
            closed, closed_at = _closing(ticket, desk.now())
        return Survey(
            entrance=entrance,
            link=link,
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            time_zone=organisation.time_zone,
            preferences=preferences,
            number=ticket.number if ticket else tid if links.names_ticket(self.parameters) else "",
            subject=(ticket.subject or "") if ticket else "",
            seen=connection.execute(select(_hits_on(link))).scalar_one(),
            given=given,
            closed=closed,
            closed_at=closed_at,
            parameters={name: value for name, value in self.query.items() if name != "sig"},
            is_test="discard" in self.parameters,
        )

    def _checked(self, key: str, preferences: Preferences) -> str:
        if not self.parameters.get("sig"):
            if preferences.require_signed_links or "sig" in self.parameters:
                raise links.BadSignature("The link is not signed.")
            return UNSIGNED
        if not links.is_signed(key, self.parameters):
            raise links.BadSignature("The link's signature is wrong.")
        return SIGNED


@dataclass(frozen=True, slots=True)
class LedgerEntrance:
    """A link by what its ledger calls it, for someone of the organisation who judges its answers without holding it.

    ``parameters`` are those of a link that the helpdesk built; none with a token.
    """

    organisation_id: int
    link: str
    parameters: Mapping[str, str]

    def lock(self, session: Session) -> None:
        """See Entrance."""
        if self.parameters:
            HelpdeskEntrance(self.parameters).lock(session)
        else:
            lock_name(session, f"link:{self.link}")

    def find(self, desk: Desk, connection: Connection) -> Survey:
        """The survey, open or not. Raises UnknownLink."""
        if not self.parameters:
            return _of_invite(desk, connection, self.link)
        organisations = select(*Organisation.__table__.columns).where(Organisation.id == self.organisation_id)
        organisation = connection.execute(organisations).one()
        given = connection.execute(select(*_GIVEN).where(Response.link == self.link)).one_or_none()
        return Survey(
            entrance=self.link.partition("-")[0],
            link=self.link,
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            time_zone=organisation.time_zone,
            preferences=Preferences.of(organisation.preferences),
            number=self.parameters.get("tid", ""),
            subject="",
            seen=0,
            given=_given(given) if given else None,
            parameters=self.parameters,
        )


def _of_invite(desk: Desk, connection: Connection, link: str) -> Survey:
    row = connection.execute(_BY_TOKEN, {"link": link}).one_or_none()
    if row is None:
        raise UnknownLink
    answered = row.response_id is not None and row.status != REVOKED
    closed, closed_at = (None, None) if answered else _closing(row, desk.now())
    return Survey(
        entrance=TOKEN,
        link=link,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        time_zone=row.time_zone,
        preferences=Preferences.of(row.preferences),
        number=row.number,
        subject=row.subject,
        seen=row.seen,
        given=_given(row),
        closed=closed,
        closed_at=closed_at,
        invite_id=row.invite_id,
        about=About(
            tid=row.vendor_id,
            ticket_id=row.ticket_id,
            connection_id=row.connection_id,
            resolution_id=row.resolution_id,
            group_id=row.group_id,
            agent_id=row.agent_id,
            customer_id=row.customer_id,
            person=row.person,
            segment1=row.segment1,
            segment2=row.segment2,
            captured=captured.of_resolution(row),
        ),
    )


def _given(row: AnyRow) -> Given | None:
    if row.response_id is None:
        return None
    return Given(
        id=row.response_id,
        status=row.status,
        revision=row.revision,
        score=row.score,
        factors=row.factors,
        comment=row.comment,
        contact_wanted=row.contact_wanted,
        first_answered_at=row.first_answered_at,
        visit=row.visit,
    )


def _closing(row: AnyRow, now: datetime) -> tuple[str | None, datetime | None]:
    if row.state in (WITHDRAWN, CANCELLED):
        return WITHDRAWN, row.ended_at
    return ("expired", row.expires_at) if row.expires_at <= now else (None, None)


def _ticket(connection: Connection, organisation_id: int, tid: str, helpdesk: int | None) -> AnyRow | None:
    """The one ticket that the link names, with its latest resolution; None where it is unknown or ambiguous.

    Where the helpdesk's own message asked about that one, its link is open for as long as the invite is.
    """
    asked = (Invite.state, Invite.ended_at, Invite.expires_at)
    wanted = (
        select(TicketRow.id, TicketRow.number, ConnectionRow.active)
        .add_columns(Resolution.subject, Resolution.resolved_at, *asked)
        .join(ConnectionRow, ConnectionRow.id == TicketRow.connection_id)
        .outerjoin(Resolution, Resolution.ticket_id == TicketRow.id)
        .outerjoin(Invite, (Invite.resolution_id == Resolution.id) & (Invite.channel == "helpdesk"))
        .where(TicketRow.organisation_id == organisation_id, or_(TicketRow.vendor_id == tid, TicketRow.number == tid))
        .order_by(Resolution.resolved_at.desc(), Resolution.id.desc())
    )
    if helpdesk is not None:
        wanted = wanted.where(TicketRow.connection_id == helpdesk)
    found = connection.execute(wanted).all()
    rows = [row for row in found if row.active] or found  # tickets of a helpdesk that is gone do not stand in the way
    return rows[0] if len({row.id for row in rows}) == 1 else None


def _newest(
    desk: Desk, connection: Connection, organisation_id: int, tid: str, base: str, ticket: AnyRow | None
) -> tuple[str, Given | None]:
    """The link's ledger and answer. The same link asks anew once the ticket was solved again, or much later."""
    rows = connection.execute(
        select(Response.link, *_GIVEN)
        .where(Response.organisation_id == organisation_id, Response.tid == tid)
        .order_by(Response.id)
    )
    answered = [row for row in rows if row.link.partition("+")[0] == base]
    if not answered:
        return base, None
    last = answered[-1]
    solved_again = ticket is not None and ticket.resolved_at and ticket.resolved_at > last.first_answered_at
    if solved_again or desk.now() - last.first_answered_at > REPLACES_WITHIN:
        return f"{base}+{last.response_id}", None
    return last.link, _given(last)
