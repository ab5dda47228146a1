"""Tables of people who sign in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from deskpulse.db.types import Base, Id


class User(Base):
    """Someone who signs in to internal pages; the address is unique over the installation, so it finds the tenant."""

    __tablename__ = "user_account"

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="administrator")
    passphrase_hash: Mapped[str]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    session_epoch: Mapped[int] = mapped_column(default=0)
    """Raised to end all of this person's sessions."""
    created_at: Mapped[datetime]
    signed_in_at: Mapped[datetime | None]
