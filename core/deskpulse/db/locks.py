"""Locks by name, so that two transactions never decide about the same thing at once.

On SQLite the single write lock of :meth:`~deskpulse.db.database.Database.write` already sees to that; on PostgreSQL
they are advisory locks, released by the end of the transaction.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import text
from sqlalchemy.orm import Session

_LOCK = text("SELECT pg_advisory_xact_lock(:number)")


def lock_name(session: Session, name: str) -> None:
    """Hold the lock of that name until the transaction ends; waits for whoever holds it."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"number": number_of(name)})


def number_of(name: str) -> int:
    """The number that stands for a name among PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
