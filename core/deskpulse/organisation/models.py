"""Tables of the organisation and its audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from deskpulse.db.types import Base, Id


class Organisation(Base):
    """A tenant. ``code`` is public but unguessable; it stands in every link that is built elsewhere."""

    __tablename__ = "organisation"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str] = mapped_column(default="UTC")
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)
    link_key_sealed: Mapped[str]
    """The sealed key that signs links built by the helpdesk."""
    created_at: Mapped[datetime]


class AuditEntry(Base):
    """One change by one person or command; only ever added."""

    __tablename__ = "audit_entry"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
