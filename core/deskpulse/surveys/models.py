"""Tables of tickets, resolutions, decisions, invites, the ledger of link hits, and responses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ForeignKey, Index, SmallInteger, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from deskpulse.db.types import Base, Id


class TicketRow(Base):
    """One helpdesk ticket by its immutable id; what is known of each solving of it is in its resolutions."""

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("connection_id", "vendor_id"),
        Index(None, "organisation_id", "number"),
        Index(None, "organisation_id", "vendor_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    vendor_id: Mapped[str]
    number: Mapped[str]


class Resolution(Base):
    """One solving of one ticket, with everything frozen that reports may ask for later.

    ``complete`` is false where the solving was only inferred after a reopen, so that the snapshot may show later state.
    """

    __tablename__ = "resolution"
    __table_args__ = (UniqueConstraint("ticket_id", "key"), Index(None, "organisation_id", "resolved_at"))

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    key: Mapped[str]
    complete: Mapped[bool] = mapped_column(default=True)
    outcome: Mapped[str]
    by_bot: Mapped[bool] = mapped_column(default=False)
    subject: Mapped[str]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("support_group.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    person: Mapped[str | None]
    segment1: Mapped[str | None]
    segment2: Mapped[str | None]
    channel: Mapped[str | None]
    priority: Mapped[str | None]
    category: Mapped[str | None]
    customer_organisation: Mapped[str | None]
    reopens: Mapped[int | None]
    reassignments: Mapped[int | None]
    opened_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime]
    fields: Mapped[dict[str, str]] = mapped_column(default=dict)
    seen_at: Mapped[datetime]


class Decision(Base):
    """Why a resolution was, or was not, surveyed. Exactly one per resolution; never changed."""

    __tablename__ = "decision"

    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), primary_key=True, autoincrement=False)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked: Mapped[bool]
    reason: Mapped[str]
    explanation: Mapped[str]
    source: Mapped[str]
    """How the resolution came to be known: webhook, reconciliation."""
    decided_at: Mapped[datetime]


class Invite(Base):
    """One person asked about one resolution. States are in :mod:`deskpulse.surveys.invites`.

    ``handed_over_at`` is when its hand-over first began, attempts aside that are known to have failed.
    """

    __tablename__ = "invite"
    __table_args__ = (
        Index(None, "organisation_id", "person", "created_at"),
        Index(None, "state", "expires_at"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    resolution_id: Mapped[int] = mapped_column(ForeignKey("resolution.id"), unique=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    person: Mapped[str]
    email: Mapped[str | None]
    name: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    token_sealed: Mapped[str]
    channel: Mapped[str] = mapped_column(default="email")
    state: Mapped[str] = mapped_column(default="waiting")
    detail: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]


class Hit(Base):
    """One thing that happened on a survey link; only ever added.

    ``link`` is the token's digest, or what :func:`deskpulse.surveys.links.name` makes of a link built by the helpdesk.
    ``kind``: view, head, trap, answer, late; accept and reject, where someone judged an answer. ``nonce`` is what this
    hit's page carries in its form; ``uses`` is the nonce that an answer came with, unique, so that a form counts once.
    ``visit`` is the digest of a browser's cookie.
    """

    __tablename__ = "hit"
    __table_args__ = (Index(None, "link", "id"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    link: Mapped[str]
    kind: Mapped[str]
    at: Mapped[datetime]
    visit: Mapped[str | None]
    nonce: Mapped[str | None] = mapped_column(unique=True)
    uses: Mapped[str | None] = mapped_column(unique=True)
    score: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)


class HitCount(Base):
    """Hits on a link beyond the first two hundred, counted by kind."""

    __tablename__ = "hit_count"

    link: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Response(Base):
    """The answer about one ticket through one link. ``current`` ones count; earlier ones stay as history.

    ``status``: counted, review (an unsigned link's second answer), error (data in error), revoked (its visit turned out
    to be a machine's). Who and what it is about is copied from the resolution's snapshot, so that reports need no joins
    and nothing changes afterwards. ``day`` and ``hour`` are those of ``answered_at`` in the organisation's time zone.
    Whatever changes here that a score may rest on leaves a :class:`StaleDay`: the database sees to that by triggers.
    """

    __tablename__ = "response"
    __table_args__ = (
        Index(
            "ix_response_latest",
            *("organisation_id", "person", "answered_at", "id"),
            *("score", "ticket_id", "tid"),  # so that a customer's scores are read from it alone
            sqlite_where=text("current = 1 AND status = 'counted'"),
            postgresql_where=text("current AND status = 'counted'"),
        ),
        Index(None, "organisation_id", "day", "answered_at"),
        Index(None, "organisation_id", "group_id", "day", "answered_at"),
        Index(None, "organisation_id", "agent_id", "day"),
        Index(None, "organisation_id", "tid"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    link: Mapped[str] = mapped_column(unique=True)
    entrance: Mapped[str]
    """token, signed, unsigned."""
    status: Mapped[str]
    problem: Mapped[str | None]
    current: Mapped[bool]
    revision: Mapped[int] = mapped_column(default=1)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    resolution_id: Mapped[int | None] = mapped_column(ForeignKey("resolution.id"))
    invite_id: Mapped[int | None] = mapped_column(ForeignKey("invite.id"), unique=True)
    tid: Mapped[str]
    """The ticket as the link named it; kept for tickets that are not known yet."""
    score: Mapped[int]
    factors: Mapped[list[str]] = mapped_column(default=list)
    comment: Mapped[str] = mapped_column(default="")
    contact_wanted: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime]
    first_answered_at: Mapped[datetime]
    visit: Mapped[str | None]
    """The browser that confirmed it, as in the ledger; it may change the answer for a while."""
    group_id: Mapped[int | None] = mapped_column(ForeignKey("support_group.id"))
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agent.id"))
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"))
    person: Mapped[str | None]
    segment1: Mapped[str | None]
    segment2: Mapped[str | None]
    link_parameters: Mapped[dict[str, str]] = mapped_column(default=dict)
    day: Mapped[date]
    hour: Mapped[int] = mapped_column(SmallInteger)
    channel: Mapped[str | None]
    priority: Mapped[str | None]
    category: Mapped[str | None]
    customer_organisation: Mapped[str | None]
    reopens: Mapped[int | None]
    reassignments: Mapped[int | None]
    minutes_to_resolve: Mapped[int | None]
    fields: Mapped[dict[str, str]] = mapped_column(default=dict)

    def stamp(self, zone: ZoneInfo) -> None:
        """Note the day and hour of the answer in the organisation's time zone."""
        local = self.answered_at.astimezone(zone)
        self.day, self.hour = local.date(), local.hour


def counts(response: Any = Response) -> ColumnElement[bool]:
    """Whether a score rests on a row of :class:`Response`, or of its table's columns.

    The status is written out: only then does a database see that the index of such answers will do.
    """
    does: ColumnElement[bool] = response.current & (response.status == literal_column("'counted'"))
    return does


class ResponseRevision(Base):
    """What a response said before it was changed."""

    __tablename__ = "response_revision"

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[int]
    factors: Mapped[list[str]]
    comment: Mapped[str]
    contact_wanted: Mapped[bool]
    answered_at: Mapped[datetime]


class StaleDay(Base):
    """A mark that answers of one day, in the organisation's time zone, have changed since the roll-ups were made.

    ``weight`` says that an answer counts more (1) or no longer (-1), with what built-in roll-ups know of it; 0 that so
    much has changed that the whole day is to be counted from its answers. Each transaction leaves marks of its own, so
    that answers never wait for one another, and whoever makes the day anew removes the marks that it has seen and no
    others. Neither primary nor foreign keys: a mark comes with every answer, and each would slow it down.
    """

    __tablename__ = "stale_day"
    __table_args__ = (Index(None, "organisation_id", "day"),)

    organisation_id: Mapped[int] = mapped_column()
    day: Mapped[date] = mapped_column()
    weight: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int | None] = mapped_column(SmallInteger)
    group_id: Mapped[int | None]
    agent_id: Mapped[int | None]
    segment1: Mapped[str | None]
    segment2: Mapped[str | None]
    commented: Mapped[bool | None]

    __mapper_args__ = {"primary_key": [organisation_id, day, weight]}  # noqa: RUF012 - SQLAlchemy reads it
