"""Counting answers by band: the one query behind every number that DeskPulse shows.

A :class:`Scope` says which answers; :func:`tally` counts them by any dimensions, from the smallest roll-up that knows
all dimensions that matter, with the stale days counted from the responses, or from the responses alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from deskpulse.reports.dimensions import Dimension
from deskpulse.reports.roll_ups import COUNTED, COUNTS, OF_RESPONSE, ROLL_UPS, RollUp
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.periods import Period
from deskpulse.surveys.models import Response, StaleDay

Key = tuple[Any, ...]
NOTHING = BandCounts()
_STALE = (
    select(StaleDay.day)
    .where(
        StaleDay.organisation_id == bindparam("organisation"),
        StaleDay.day.between(bindparam("first"), bindparam("last")),
    )
    .distinct()
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The counted answers of one organisation in a period, whose every filtered dimension has one of the given keys.

    ``words`` must all be in the comment, ``ticket`` is the number or id of the ticket, where they are given.
    """

    organisation_id: int
    period: Period
    filters: Mapping[Dimension, Collection[Any]] = field(default_factory=dict)
    words: str = ""
    ticket: str = ""

    def within(self, dimension: Dimension, keys: Collection[Any]) -> Scope:
        """The same, filtered further."""
        both = set(keys) & set(self.filters[dimension]) if dimension in self.filters else set(keys)
        return replace(self, filters={**self.filters, dimension: both})

    def during(self, period: Period) -> Scope:
        """The same in another period."""
        return replace(self, period=period)


def count(session: Session, scope: Scope) -> BandCounts:
    """How many answers of the scope fell in each band."""
    return tally(session, scope).get((), NOTHING)


def tally(session: Session, scope: Scope, *by: Dimension) -> dict[Key, BandCounts]:
    """The same by the keys of some dimensions; keys without answers are left out.

    Exact at the moment of reading: what was committed before is in it.
    """
    needed = {one for one in (*by, *scope.filters) if one.of_day is None}
    roll_up = next((one for one in ROLL_UPS if needed <= set(one.dimensions)), None)
    values: dict[str, Any] = {
        "organisation": scope.organisation_id,
        "first": scope.period.first,
        "last": scope.period.last,
    }
    stale: list[date] = []
    if roll_up is not None:
        stale = [row.day for row in session.connection().execute(_STALE, values)]
    filters = tuple((one, one.nothing in keys) for one, keys in scope.filters.items())
    values |= {f"in_{one.name}": list(keys) for one, keys in scope.filters.items()}
    if stale:
        values["stale"] = stale
    statement = _statement(roll_up, by, filters, merge=bool(stale))
    rows = session.connection().execute(statement, values)
    width = len(by)
    return {tuple(row[:width]): BandCounts(*row[width:]) for row in rows if row[width] is not None}


@lru_cache(maxsize=512)
def _statement(
    roll_up: RollUp | None, by: tuple[Dimension, ...], filters: tuple[Filter, ...], *, merge: bool
) -> Select[Any]:
    """Made once for each shape of question: putting it together costs more than answering it."""
    if roll_up is None:
        return _grouped(by, *_from_responses(by, filters))
    kept = _from_roll_up(roll_up, by, filters)
    if not merge:
        return _grouped(by, *kept)
    stale: Any = bindparam("stale", expanding=True)
    keys, counts, where = kept
    old = select(*keys, *counts).where(*where, roll_up.table.c.day.not_in(stale))
    keys, counts, where = _from_responses(by, filters)
    new = select(*keys, *(func.sum(one).label(one.name) for one in counts)).where(*where, Response.day.in_(stale))
    both = union_all(old, new.group_by(*(one.of_response for one in by))).subquery()
    return _grouped(by, [both.c[one.name] for one in by], [both.c[name] for name in COUNTS], [])


Filter = tuple[Dimension, bool]
"""A filtered dimension, and whether what names nothing passes."""
Parts = tuple[Sequence[Any], Sequence[Any], Sequence[Any]]
"""Keys, counts, and conditions of a SELECT."""


def _grouped(by: Sequence[Dimension], keys: Sequence[Any], counts: Sequence[Any], where: Sequence[Any]) -> Select[Any]:
    statement = select(*keys, *(func.sum(one) for one in counts)).where(*where)
    return statement.group_by(*(getattr(key, "element", key) for key in keys)) if by else statement


def _from_roll_up(roll_up: RollUp, by: Sequence[Dimension], filters: Sequence[Filter]) -> Parts:
    columns = roll_up.table.c

    def key(one: Dimension) -> Any:
        return columns[one.name] if one.of_day is None else one.of_day(columns.day)

    chosen = [key(one).in_(_keys(one)) for one, _ in filters]
    where = [columns.organisation_id == bindparam("organisation"), _in_period(columns.day), *chosen]
    return [key(one).label(one.name) for one in by], [columns[name] for name in COUNTS], where


def _from_responses(by: Sequence[Dimension], filters: Sequence[Filter]) -> Parts:
    where = [Response.organisation_id == bindparam("organisation"), _in_period(Response.day), COUNTED]
    where += [_chosen(one, with_nothing=with_nothing) for one, with_nothing in filters]
    return [one.of_response.label(one.name) for one in by], OF_RESPONSE, where


def _chosen(one: Dimension, *, with_nothing: bool) -> Any:
    if one.column is None:
        return one.of_response.in_(_keys(one))
    chosen = one.column.in_(_keys(one))
    return chosen | one.column.is_(None) if with_nothing else chosen


def _keys(one: Dimension) -> Any:
    return bindparam(f"in_{one.name}", expanding=True)


def _in_period(day: Any) -> Any:
    return day.between(bindparam("first"), bindparam("last"))
