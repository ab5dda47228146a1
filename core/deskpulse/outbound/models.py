"""Tables of the outbox and of write-back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from deskpulse.db.types import Base, Id


class Job(Base):
    """One durable piece of work. The row is the truth; a message only wakes a worker.

    ``state``: due, running, waiting (its connection is paused), done, failed. ``key``, where given, is unique among all
    jobs of its kind: queueing it again does nothing. ``lane`` orders: of jobs with one lane only one runs at a time.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "ix_job_open",
            "due_at",
            sqlite_where=text("state IN ('due','running')"),
            postgresql_where=text("state IN ('due','running')"),
        ),
        Index(None, "lane", "state"),
        Index(None, "kind", "key", unique=True),
        Index(None, "state", "finished_at"),
    )

    id: Mapped[Id]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connection.id"))
    kind: Mapped[str]
    key: Mapped[str | None]
    lane: Mapped[str | None]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="due")
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class WriteBack(Base):
    """The outcome of putting one revision of a response onto the helpdesk."""

    __tablename__ = "write_back"

    response_id: Mapped[int] = mapped_column(ForeignKey("response.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class Timetable(Base):
    """When a recurring piece of work was last started, so that several beats start it once."""

    __tablename__ = "timetable"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]
