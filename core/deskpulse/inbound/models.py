"""Tables of what came in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from deskpulse.db.types import Base, Id


class DeliveryRow(Base):
    """One verified webhook call, raw. ``state``: new, read, misread."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("connection_id", "vendor_id"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    vendor_id: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(index=True)
    headers: Mapped[dict[str, str]]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(default="new")
    problem: Mapped[str | None]


class Refusal(Base):
    """One refused webhook call; only the last hundred of a connection and reason are kept, cut to 4 KB."""

    __tablename__ = "refusal"
    __table_args__ = (Index(None, "connection_id", "reason", "id"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connection.id"))
    reason: Mapped[str]
    at: Mapped[datetime]
    headers: Mapped[dict[str, str]]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class RefusalCount(Base):
    """How often calls were refused, by reason; connection 0 stands for keys that nobody knows."""

    __tablename__ = "refusal_count"

    connection_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]
