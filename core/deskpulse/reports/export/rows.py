"""Reading answers for an export: oldest first, in batches, whatever their number, as plain tuples.

PostgreSQL keeps a cursor open, so that an export shows one moment, each answer once. SQLite is asked anew for every
batch, from where the last one ended: a slow download then never keeps its log from being cleared. There an answer that
its customer changes meanwhile may come twice, as it was and as it is; none is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, func, literal, select, text, true, tuple_, type_coerce
from sqlalchemy.orm import Session

from deskpulse.db.database import Database
from deskpulse.db.types import BigId
from deskpulse.directory.models import CustomerRow
from deskpulse.reports.dimensions import Dimension
from deskpulse.reports.export.columns import SOURCES
from deskpulse.reports.responses import comments
from deskpulse.reports.roll_ups import COUNTED
from deskpulse.reports.tally import Scope, of_ticket
from deskpulse.scoring.periods import Period
from deskpulse.surveys.models import Resolution, Response, TicketRow

BATCH, PAGE = 250, 2_000
"""Answers that are written at a time, few enough for the processor's cache; and those that SQLite is asked for."""
PATIENCE = "10min"
"""A client that takes nothing for so long loses its export: PostgreSQL keeps what the cursor may still need."""
Batch = Sequence[Sequence[Any]]
_ORDER = (Response.day, Response.answered_at, Response.id)
_KEYS = tuple(type_coerce(column, Text) for column in _ORDER[:2])
"""The days and times of SQLite, as it keeps them: texts that sort like what they say."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One export's view of the database."""

    session: Session
    where: ColumnElement[bool]
    period: Period
    on_sqlite: bool

    def count(self) -> int:
        """How many answers there are."""
        wanted = select(func.count()).select_from(Response).where(self._all)
        return self.session.connection().execute(wanted).scalar_one()

    def field_names(self) -> list[str]:
        """The names of all custom fields that these answers have, in the order of the alphabet."""
        take_apart = func.json_each if self.on_sqlite else func.jsonb_each_text
        each = take_apart(Response.fields).table_valued("key", "value")
        wanted = select(each.c.key).distinct().select_from(Response).join(each, true()).where(self._all)
        return sorted(self.session.connection().execute(wanted).scalars())

    def batches(self) -> Iterator[Batch]:
        """All of them; each row holds :data:`~deskpulse.reports.export.columns.SOURCES` in their order."""
        return self._by_key() if self.on_sqlite else self._by_cursor()

    @property
    def _all(self) -> ColumnElement[bool]:
        return and_(self.where, Response.day.between(self.period.first, self.period.last))

    def _by_cursor(self) -> Iterator[Batch]:
        options = {"stream_results": True, "max_row_buffer": BATCH, "yield_per": BATCH}
        with self.session.connection().execute(_wanted(self._all), execution_options=options) as result:
            yield from result.partitions()

    def _by_key(self) -> Iterator[Batch]:
        wanted = _wanted(self.where).add_columns(*_KEYS).limit(PAGE)
        page = wanted.where(Response.day.between(self.period.first, self.period.last))
        while True:
            rows = self.session.connection().execute(page).all()
            self.session.rollback()  # ends the transaction before the client takes what was read
            yield from (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
            if len(rows) < PAGE:
                return
            number, *_, day, answered_at = rows[-1]
            reached = tuple_(literal(day, Text), literal(answered_at, Text), literal(number, BigId))
            # the index is entered where the last batch ended, which SQLite sees in a bound of the day alone
            days = _KEYS[0].between(day, self.period.last.isoformat())
            page = wanted.where(days, tuple_(*_KEYS, Response.id) > reached)


@contextmanager
def reading(db: Database, scope: Scope, *, every: bool) -> Iterator[Reading]:
    """The answers of a scope that count, or with ``every`` also those that do not.

    On PostgreSQL everything that is asked of it is seen at one moment.
    """
    engine = db.engine if db.is_sqlite else db.engine.execution_options(isolation_level="REPEATABLE READ")
    with Session(engine) as session:
        if not db.is_sqlite:
            session.execute(text("SET TRANSACTION READ ONLY"))
            session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{PATIENCE}'"))
            session.execute(text("SET LOCAL jit = off"))
        yield Reading(session, _conditions(session, scope, every=every), scope.period, db.is_sqlite)


def _wanted(where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*SOURCES)
        .select_from(Response)
        .outerjoin(TicketRow, TicketRow.id == Response.ticket_id)
        .outerjoin(Resolution, Resolution.id == Response.resolution_id)
        .outerjoin(CustomerRow, CustomerRow.id == Response.customer_id)
        .where(where)
        .order_by(*_ORDER)
    )


def _conditions(session: Session, scope: Scope, *, every: bool) -> ColumnElement[bool]:
    parts = [
        Response.organisation_id == scope.organisation_id,
        *(_chosen(one, keys) for one, keys in scope.filters.items()),
    ]
    if not every:
        parts.append(COUNTED)
    if scope.ticket:
        parts.append(of_ticket(scope))
    if wanted := comments.phrases(scope.words):
        parts.append(comments.read(session, wanted))
    return and_(*parts)


def _chosen(one: Dimension, keys: Collection[Any]) -> ColumnElement[bool]:
    if one.column is None:
        among: ColumnElement[bool] = one.of_response.in_(keys)
        return among
    chosen: ColumnElement[bool] = one.column.in_(keys)
    return chosen | one.column.is_(None) if one.nothing in keys else chosen
