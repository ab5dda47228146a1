"""The table of connections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from deskpulse.db.types import Base, Id


class ConnectionRow(Base):
    """One organisation's link to one helpdesk account. ``key`` is unguessable: it stands in the inlet's address."""

    __tablename__ = "connection"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets_sealed: Mapped[str]
    """A sealed JSON object; holds the panel key too."""
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    active: Mapped[bool] = mapped_column(default=True)
    paused_reason: Mapped[str | None]
    renewing_until: Mapped[datetime | None]
    """Lease of the process that is renewing an expired token."""
    cursor: Mapped[str | None]
    """Where reconciliation continues."""
    reconciled_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    check_report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]


class ReconcileRun(Base):
    """One reconciliation: how many resolutions the helpdesk showed, and how many had been decided before it."""

    __tablename__ = "reconcile_run"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    seen: Mapped[int] = mapped_column(default=0)
    missed: Mapped[int] = mapped_column(default=0)
    """Resolutions without a Decision until this run found them."""
    undecided: Mapped[int] = mapped_column(default=0)
    """Resolutions that this run could not get decided."""
    problem: Mapped[str | None]
