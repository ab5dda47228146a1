"""Kept pivots: counts per day by up to three dimensions that somebody asked for, beside the roll-ups that are built in.

The tables, and which of them answers a question; :mod:`deskpulse.reports.pivots.pivots` says when one is made and when
dropped.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from deskpulse.db.types import Base, BigId, Id
from deskpulse.reports.dimensions import Dimension, dimension
from deskpulse.scoring.periods import Period

MOST_KEYS = 3
"""Dimensions of a pivot, days aside: with four, hardly any two answers are alike."""


class Pivot(Base):
    """A combination of dimensions that was asked for; ``dimensions`` are their names in order, as JSON.

    It answers questions from ``kept_at`` on, when every day of the history has been counted into it; ``rows`` is how
    many it had then. ``refused_at``: it would have almost as many rows as there are answers, and is not kept.
    """

    __tablename__ = "pivot"
    __table_args__ = (UniqueConstraint("organisation_id", "dimensions"),)

    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    dimensions: Mapped[str]
    asked_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    rows: Mapped[int] = mapped_column(default=0)


def _table(name: str) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("pivot_id", BigId, nullable=False),
        Column("day", Date, nullable=False),
        *(Column(key, String, nullable=False) for key in KEYS),
        *(Column(count, Integer, nullable=False) for count in COUNTS),
        Index(None, "pivot_id", "day"),
    )


KEYS = tuple(f"key{position}" for position in range(1, MOST_KEYS + 1))
COUNTS = ("promoters", "passives", "detractors")
PIVOT_DAY = _table("pivot_day")
"""Keys as text, empty where the pivot has fewer. Neither primary nor foreign key: a field's value may be longer than an
index takes, and rows are only made and removed for whole days of a pivot, by whoever holds the roll-ups' lock."""
PIVOT_MONTH = _table("pivot_month")
"""The same summed for each calendar month, named by its first day, so that a year is read from twelve pieces."""


@dataclass(frozen=True, slots=True)
class PivotShape:
    """The dimensions of a kept pivot in their order: a roll-up to those who read it."""

    dimensions: tuple[Dimension, ...]

    table: ClassVar[Table] = PIVOT_DAY
    owner: ClassVar[Any] = PIVOT_DAY.c.pivot_id
    owner_is: ClassVar[str] = "pivot"

    @classmethod
    def of(cls, dimensions: Iterable[Dimension]) -> PivotShape:
        """The same for the same dimensions, in whatever order they come."""
        return cls(tuple(sorted(set(dimensions), key=lambda one: one.name)))

    @classmethod
    def named(cls, name: str) -> PivotShape:
        """What :attr:`Pivot.dimensions` says."""
        return cls(tuple(dimension(one) for one in json.loads(name)))

    @property
    def name(self) -> str:
        """As :attr:`Pivot.dimensions` has it."""
        return json.dumps([one.name for one in self.dimensions], ensure_ascii=False)

    @property
    def columns(self) -> list[str]:
        """The names of the key columns."""
        return list(KEYS[: len(self.dimensions)])

    def key(self, one: Dimension, table: Table = PIVOT_DAY) -> Any:
        """A dimension as the responses have it."""
        column = self.column(one, table)
        return column if one.type is String else cast(column, one.type)

    def filtered(self, one: Dimension, name: str, table: Table = PIVOT_DAY) -> Any:
        """The condition that a dimension has one of the keys that are given as texts, under that name after ``text_``.

        As texts, because the database may look at rows of other pivots first, whose keys are no numbers.
        """
        return self.column(one, table).in_(bindparam(f"text_{name}", expanding=True))

    def column(self, one: Dimension, table: Table = PIVOT_DAY) -> Any:
        """Where a dimension stands, as text."""
        return table.c[self.columns[self.dimensions.index(one)]]

    def stored(self) -> dict[str, Any]:
        """What stands in each key column, from a response."""
        keys = [cast(one.of_response, String) for one in self.dimensions]
        return dict(zip(self.columns, keys, strict=True))


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept pivot."""

    id: int
    shape: PivotShape


def covering(session: Session, organisation_id: int, needed: Collection[Dimension]) -> Kept | None:
    """The smallest kept pivot that knows all these dimensions."""
    if len(needed) > MOST_KEYS:
        return None
    wanted = (
        select(Pivot.id, Pivot.dimensions)
        .where(Pivot.organisation_id == organisation_id, Pivot.kept_at.is_not(None))
        .order_by(Pivot.rows, Pivot.id)
    )
    names = {one.name for one in needed}
    for row in session.execute(wanted):
        if names <= set(json.loads(row.dimensions)):
            return Kept(row.id, PivotShape.named(row.dimensions))
    return None


def is_kept(session: Session, pivot_id: int) -> bool:
    """Whether it is kept still. Asked after reading from it, it tells that nothing was missing then."""
    return session.scalar(select(Pivot.id).where(Pivot.id == pivot_id, Pivot.kept_at.is_not(None))) is not None


def every(session: Session, organisation_id: int) -> list[Kept]:
    """All that have counts, or are about to have them."""
    wanted = select(Pivot.id, Pivot.dimensions).where(
        Pivot.organisation_id == organisation_id, Pivot.refused_at.is_(None)
    )
    return [Kept(row.id, PivotShape.named(row.dimensions)) for row in session.execute(wanted)]


def days(organisation_id: int) -> Select[Any]:
    """Organisation and day of whatever an organisation's pivots hold."""
    kept = select(Pivot.organisation_id, PIVOT_DAY.c.day).join(PIVOT_DAY, PIVOT_DAY.c.pivot_id == Pivot.id)
    return kept.where(Pivot.organisation_id == organisation_id)


def sum_months(session: Session, pivot_id: int, days: Iterable[date]) -> None:
    """Sum up anew the months that these days are in, after the days were counted anew."""
    columns = PIVOT_DAY.c
    for first in sorted({day.replace(day=1) for day in days}):
        after = (first + timedelta(days=31)).replace(day=1)
        session.execute(delete(PIVOT_MONTH).where(PIVOT_MONTH.c.pivot_id == pivot_id, PIVOT_MONTH.c.day == first))
        keys = [columns[key] for key in KEYS]
        summed = (
            select(literal(pivot_id, BigId), literal(first, Date), *keys, *(func.sum(columns[one]) for one in COUNTS))
            .where(columns.pivot_id == pivot_id, columns.day >= first, columns.day < after)
            .group_by(*keys)
        )
        session.execute(insert(PIVOT_MONTH).from_select(["pivot_id", "day", *KEYS, *COUNTS], summed))


def in_pieces(period: Period, stale: Collection[date]) -> tuple[list[date], list[date]]:
    """The months that can be read whole, by their first days, and the other days of a period that are not stale."""
    each = [period.first + timedelta(days=number) for number in range(period.days)]
    by_month: defaultdict[date, list[date]] = defaultdict(list)
    for day in each:
        by_month[day.replace(day=1)].append(day)
    changed = set(stale)
    months = [
        first
        for first, days in by_month.items()
        if changed.isdisjoint(days) and days[0] == first and (days[-1] + timedelta(days=1)).day == 1
    ]
    whole = set(months)
    return months, [day for day in each if day not in changed and day.replace(day=1) not in whole]
