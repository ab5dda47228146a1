"""Tables of groups and people. What comes from a helpdesk is keyed by the connection and the vendor's immutable id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deskpulse.db.types import Base, Id


class Contact(Base):
    """A person who leads groups, is alerted or receives reports."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("organisation_id", "email"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    mobile: Mapped[str] = mapped_column(default="")


class SupportGroup(Base):
    """A node of the organisation's tree; without parent it is a department, below it are teams.

    ``name`` follows the helpdesk; ``parent_id``, ``code``, ``lead_id`` belong to the administrator and survive every
    synchronisation. What the helpdesk suggests for parent and lead is taken once, which ``suggestions_taken`` notes.
    """

    __tablename__ = "support_group"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        UniqueConstraint("connection_id", "vendor_id"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"))
    vendor_id: Mapped[str | None]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("support_group.id"))
    name: Mapped[str]
    code: Mapped[str]
    lead_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    active: Mapped[bool] = mapped_column(default=True)
    suggestions_taken: Mapped[bool] = mapped_column(default=False)


class AlsoAlert(Base):
    """A contact who is alerted beside the Support Lead."""

    __tablename__ = "also_alert"

    group_id: Mapped[int] = mapped_column(ForeignKey("support_group.id"), primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), primary_key=True)


class Segment(Base):
    """A tag across the tree. Snapshots freeze the code; the name is looked up here."""

    __tablename__ = "segment"
    __table_args__ = (UniqueConstraint("organisation_id", "position", "code"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    position: Mapped[int]
    """1 or 2."""
    code: Mapped[str]
    name: Mapped[str]


class AgentRow(Base):
    """Someone who resolves tickets."""

    __tablename__ = "agent"
    __table_args__ = (UniqueConstraint("connection_id", "vendor_id"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    vendor_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)


class Membership(Base):
    """An agent's place in a support group; agents may have several."""

    __tablename__ = "membership"

    group_id: Mapped[int] = mapped_column(ForeignKey("support_group.id"), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)


class CustomerRow(Base):
    """Someone who asked for help. ``person`` is what makes two records one person within the organisation."""

    __tablename__ = "customer"
    __table_args__ = (UniqueConstraint("connection_id", "vendor_id"), Index(None, "organisation_id", "person"))

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    vendor_id: Mapped[str]
    name: Mapped[str]
    email: Mapped[str | None]
    locale: Mapped[str | None]
    person: Mapped[str]


class Suppression(Base):
    """A person who is not to be asked: their own opt-out, or an administrator's entry."""

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("organisation_id", "person"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    person: Mapped[str]
    source: Mapped[str]
    at: Mapped[datetime]


class SyncRun(Base):
    """One synchronisation of a connection's groups, with its progress. ``state``: running, done, failed.

    A running one that has given no sign of life (``progressed_at``) for a while was killed: the next one takes over.
    """

    __tablename__ = "sync_run"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"), index=True)
    started_at: Mapped[datetime]
    progressed_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="running")
    groups: Mapped[int] = mapped_column(default=0)
    agents: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None]
