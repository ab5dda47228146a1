"""Kept pivots: counts per day by up to three dimensions that somebody asked for, beside the roll-ups that are built in.

The tables, and which of them answers a question; :mod:`deskpulse.reports.pivots` says when one is made and dropped.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
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
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from deskpulse.db.types import Base, BigId, Id
from deskpulse.reports.dimensions import Dimension, dimension

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


PIVOT_DAY = Table(
    "pivot_day",
    Base.metadata,
    Column("pivot_id", BigId, nullable=False),
    Column("day", Date, nullable=False),
    *(Column(f"key{position}", String, nullable=False) for position in range(1, MOST_KEYS + 1)),
    *(Column(count, Integer, nullable=False) for count in ("promoters", "passives", "detractors")),
    Index(None, "pivot_id", "day"),
)
"""Keys as text, empty where the pivot has fewer. Neither primary nor foreign key: a field's value may be longer than an
index takes, and rows are only made and removed for whole days of a pivot, by whoever holds the roll-ups' lock."""


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
        return [f"key{position}" for position in range(1, len(self.dimensions) + 1)]

    def key(self, one: Dimension) -> Any:
        """A dimension as the responses have it."""
        return self.column(one) if one.type is String else cast(self.column(one), one.type)

    def filtered(self, one: Dimension, name: str) -> Any:
        """The condition that a dimension has one of the keys that are given as texts, under that name after ``text_``.

        As texts, because the database may look at rows of other pivots first, whose keys are no numbers.
        """
        return self.column(one).in_(bindparam(f"text_{name}", expanding=True))

    def column(self, one: Dimension) -> Any:
        """Where a dimension stands, as text."""
        return PIVOT_DAY.c[self.columns[self.dimensions.index(one)]]

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
