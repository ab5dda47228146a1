"""After a new key was put first: seal every stored secret with it, so that the old key can be dropped."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, update

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.surveys.models import Invite

BATCH = 500
SEALED: tuple[tuple[Any, str], ...] = (
    (Organisation, "link_key_sealed"),
    (ConnectionRow, "secrets_sealed"),
    (Invite, "token_sealed"),
)


def reseal(desk: Desk) -> int:
    """Seal everything with the newest key, in batches; how many secrets. Safe to repeat, and to interrupt."""
    return sum(_column(desk, table, column) for table, column in SEALED)


def _column(desk: Desk, table: Any, column: str) -> int:
    done, last, sealed = 0, 0, getattr(table, column)
    while True:
        with desk.db.write() as session:
            rows = session.execute(
                select(table.id, sealed).where(table.id > last, sealed != "").order_by(table.id).limit(BATCH)
            ).all()
            if not rows:
                return done
            changed = update(table.__table__).where(table.__table__.c.id == bindparam("row"))
            session.execute(
                changed.values({column: bindparam("fresh")}),
                [{"row": row_id, "fresh": desk.vault.reseal(text)} for row_id, text in rows],
            )
        done, last = done + len(rows), rows[-1][0]
