"""Counting answers by band: the one query behind every number that DeskPulse shows.

A :class:`Scope` says which answers; :func:`tally` counts them by any dimensions, from the smallest roll-up that knows
all dimensions that matter, built in or kept because somebody asked, with what has changed since it was made; or
from the responses alone.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, func, literal_column, or_, select, union_all
from sqlalchemy.orm import Session

from deskpulse.reports import revisions, roll_ups
from deskpulse.reports.dimensions import Dimension
from deskpulse.reports.pivots import kept as pivots_kept
from deskpulse.reports.pivots.kept import PIVOT_DAY, PIVOT_MONTH, PivotShape
from deskpulse.reports.responses import comments
from deskpulse.reports.roll_ups import COUNTED, COUNTS, KEYS_OF_MARK, OF_MARK, OF_RESPONSE, AnyRollUp, RollUp
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.periods import Period
from deskpulse.surveys.models import Response, StaleDay, TicketRow

Key = tuple[Any, ...]
NOTHING = BandCounts()
_IN_PERIOD = (StaleDay.organisation_id == bindparam("organisation")) & StaleDay.day.between(
    bindparam("first"), bindparam("last")
)
_MARKED = select(StaleDay.day).where(_IN_PERIOD).distinct()
_IS_WHOLE = StaleDay.weight == literal_column("0")
_WHOLE = _MARKED.where(_IS_WHOLE)
_NO_WHOLE: Any = literal_column("0").label("whole")
_WHOLES = func.sum(case((_IS_WHOLE, literal_column("1")), else_=literal_column("0"))).label("whole")


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

    def needed(self, by: Iterable[Dimension]) -> frozenset[Dimension]:
        """The dimensions that a roll-up must have to count it by some; whatever has days has what the day tells."""
        return frozenset(one for one in (*by, *self.filters) if one.of_day is None)

    @property
    def key(self) -> tuple[Hashable, ...]:
        """What tells it from every other one of its organisation."""
        filters = frozenset((one, frozenset(keys)) for one, keys in self.filters.items())
        return self.period.first, self.period.last, filters, self.words, self.ticket

    @property
    def beyond_roll_ups(self) -> bool:
        """Whether it asks for what no roll-up can know."""
        return bool(self.words or self.ticket or any(one.several for one in self.filters))

    def during(self, period: Period) -> Scope:
        """The same in another period."""
        return replace(self, period=period)


def count(session: Session, scope: Scope) -> BandCounts:
    """How many answers of the scope fell in each band."""
    return tally(session, scope).get((), NOTHING)


def tally(session: Session, scope: Scope, *by: Dimension) -> Mapping[Key, BandCounts]:
    """The same by the keys of some dimensions; keys without answers are left out.

    Exact at the moment of reading: what was committed before is in it.
    """
    answers = revisions.Subject.ANSWERS
    question, made = (lambda: (*scope.key, *by)), (lambda: _count(session, scope, by))
    return revisions.recall(session, scope.organisation_id, answers, question, made, len)


def _count(session: Session, scope: Scope, by: tuple[Dimension, ...]) -> dict[Key, BandCounts]:
    if scope.beyond_roll_ups:
        return _tally(session, scope, by, None)
    needed = scope.needed(by)
    roll_up = roll_ups.covering(needed)
    if roll_up is None and (kept := pivots_kept.covering(session, scope.organisation_id, needed)):
        counted = _tally(session, scope, by, kept.shape, kept.id)
        if pivots_kept.is_kept(session, kept.id):  # else it may have been dropped before it was read
            return counted
    return _tally(session, scope, by, roll_up)


def _tally(
    session: Session, scope: Scope, by: tuple[Dimension, ...], roll_up: AnyRollUp | None, pivot_id: int | None = None
) -> dict[Key, BandCounts]:
    period = scope.period
    filters: tuple[Filter, ...] = ()
    values: dict[str, Any] = {"organisation": scope.organisation_id, "first": period.first, "last": period.last}
    for one, keys in scope.filters.items():
        alone = len(keys) == 1
        filters += ((one, one.nothing in keys, alone),)
        values[f"in_{one.name}"] = next(iter(keys)) if alone else list(keys)
    if pivot_id is not None:
        values["pivot"] = pivot_id
        values |= {f"text_in_{one.name}": [str(key) for key in keys] for one, keys in scope.filters.items()}
    connection = session.connection()
    if said := _said(session, scope):
        return _counted(connection.execute(_grouped(by, *_from_responses(by, filters, said)), values), by)
    marked = _MARKED
    if roll_up is None or isinstance(roll_up, RollUp):
        rows = connection.execute(_statement(roll_up, by, filters, whole=False), values).all()
        if roll_up is None or not any(row[-1] for row in rows):
            return _counted(rows, by)
        marked = _WHOLE
    if stale := [row.day for row in connection.execute(marked, values)]:
        values["stale"] = stale
    if isinstance(roll_up, PivotShape) and all(one.of_day is None for one in (*by, *scope.filters)):
        values["months"], values["days"] = pivots_kept.in_pieces(period, stale)
        statement = _of_pivot(roll_up, by, filters, whole=bool(stale))
        return _counted(connection.execute(statement, values), by)
    return _counted(connection.execute(_statement(roll_up, by, filters, whole=bool(stale)), values), by)


def _counted(rows: Iterable[Any], by: Sequence[Dimension]) -> dict[Key, BandCounts]:
    width = len(by)
    found = {}
    for row in rows:
        promoters, passives, detractors = row[width : width + 3]
        counts = BandCounts(int(promoters or 0), int(passives or 0), int(detractors or 0))
        if counts.n:
            found[tuple(row[:width])] = counts
    return found


def conditions(session: Session, scope: Scope) -> tuple[Sequence[Any], Mapping[str, Any]]:
    """What makes a response one of a scope, with the values of its parameters, for counts of something else."""
    filters = tuple((one, one.nothing in keys, False) for one, keys in scope.filters.items())
    where = _from_responses((), filters, _said(session, scope))[2]
    values = {"organisation": scope.organisation_id, "first": scope.period.first, "last": scope.period.last}
    return where, values | {f"in_{one.name}": list(keys) for one, keys in scope.filters.items()}


def of_ticket(scope: Scope) -> Any:
    """The condition that responses are about the ticket of a scope, which is named by its number or the vendor's id."""
    named = select(TicketRow.id).where(
        TicketRow.organisation_id == scope.organisation_id,
        or_(TicketRow.number == scope.ticket, TicketRow.vendor_id == scope.ticket),
    )
    return or_(Response.tid == scope.ticket, Response.ticket_id.in_(named))


def _said(session: Session, scope: Scope) -> list[Any]:
    """The conditions of a scope beyond its dimensions."""
    wanted = comments.phrases(scope.words) if scope.words else ()
    said = [comments.found(session, wanted)] if wanted else []
    return [*said, of_ticket(scope)] if scope.ticket else said


@lru_cache(maxsize=512)
def _statement(
    roll_up: AnyRollUp | None, by: tuple[Dimension, ...], filters: tuple[Filter, ...], *, whole: bool
) -> Select[Any]:
    """Made once for each shape of question: putting it together costs more than answering it.

    ``whole``: there are days to be counted from the responses, which it takes as ``stale``. Without, it tells in its
    last column whether there are, so that mostly one statement is enough.
    """
    if roll_up is None:
        return _grouped(by, *_from_responses(by, filters))
    keys, counts, where = _from_roll_up(roll_up, by, filters)
    kept = select(*keys, *counts).where(*where) if by else _grouped(by, keys, counts, where)
    marked = [_grouped(by, *_from_marks(by, filters))] if isinstance(roll_up, RollUp) else []
    if not whole:
        parts = [kept.add_columns(_NO_WHOLE), *(one.add_columns(_WHOLES) for one in marked)]
        return _summed(by, parts, "whole")
    stale: Any = bindparam("stale", expanding=True)
    parts = [kept.where(roll_up.table.c.day.not_in(stale)), *(one.where(StaleDay.day.not_in(stale)) for one in marked)]
    return _summed(by, [*parts, _grouped(by, *_from_responses(by, filters, days=Response.day.in_(stale)))])


Filter = tuple[Dimension, bool, bool]
"""A filtered dimension, whether what names nothing passes, and whether it has just one key."""
Parts = tuple[Sequence[Any], Sequence[Any], Sequence[Any]]
"""Keys, counts, and conditions of a SELECT."""


def _grouped(by: Sequence[Dimension], keys: Sequence[Any], counts: Sequence[Any], where: Sequence[Any]) -> Select[Any]:
    statement = select(*keys, *(func.sum(one).label(one.name) for one in counts)).where(*where)
    return statement.group_by(*(getattr(key, "element", key) for key in keys)) if by else statement


def _summed(by: Sequence[Dimension], parts: Sequence[Select[Any]], *more: str) -> Select[Any]:
    """The sums of counts that come from several places, and of ``more`` columns that those have."""
    every = union_all(*parts).subquery()
    return _grouped(by, [every.c[one.name] for one in by], [every.c[name] for name in (*COUNTS, *more)], [])


def _from_roll_up(roll_up: AnyRollUp, by: Sequence[Dimension], filters: Sequence[Filter]) -> Parts:
    columns = roll_up.table.c

    def key(one: Dimension) -> Any:
        return roll_up.key(one) if one.of_day is None else one.of_day(columns.day)

    def chosen(one: Dimension, *, alone: bool) -> Any:
        if isinstance(roll_up, RollUp) or one.of_day is not None:
            return _among(key(one), one, alone=alone)
        return roll_up.filtered(one, f"in_{one.name}")

    where = [roll_up.owner == bindparam(roll_up.owner_is), _in_period(columns.day)]
    where += [chosen(one, alone=alone) for one, _, alone in filters]
    return [key(one).label(one.name) for one in by], [columns[name] for name in COUNTS], where


@lru_cache(maxsize=512)
def _of_pivot(pivot: PivotShape, by: tuple[Dimension, ...], filters: tuple[Filter, ...], *, whole: bool) -> Select[Any]:
    """From the months and days of :func:`~deskpulse.reports.pivots.kept.in_pieces`, where no day's own key matters.

    Each piece is summed before its texts are read as numbers: there are many more rows than keys.
    """
    parts = []
    for table, name in ((PIVOT_MONTH, "months"), (PIVOT_DAY, "days")):
        keys = [pivot.key(one, table).label(one.name) for one in by]
        counts = (func.sum(table.c[count]).label(count) for count in COUNTS)
        where = [table.c.pivot_id == bindparam("pivot"), table.c.day.in_(bindparam(name, expanding=True))]
        where += [pivot.filtered(one, f"in_{one.name}", table) for one, _, _ in filters]
        summed = select(*keys, *counts).where(*where)
        parts.append(summed.group_by(*(pivot.column(one, table) for one in by)) if by else summed)
    if whole:
        stale: Any = bindparam("stale", expanding=True)
        parts.append(_grouped(by, *_from_responses(by, filters, days=Response.day.in_(stale))))
    return _summed(by, parts)


def _from_marks(by: Sequence[Dimension], filters: Sequence[Filter]) -> Parts:
    """Marks of whole days name no keys, so they pass every filter; they count nothing."""

    def key(one: Dimension) -> Any:
        return KEYS_OF_MARK[one] if one.of_day is None else one.of_day(StaleDay.day)

    where = [_IN_PERIOD]
    if filters:
        where.append(_IS_WHOLE | and_(*(_among(key(one), one, alone=alone) for one, _, alone in filters)))
    return [key(one).label(one.name) for one in by], OF_MARK, where


def _from_responses(
    by: Sequence[Dimension], filters: Sequence[Filter], said: Sequence[Any] = (), days: Any = None
) -> Parts:
    """``days`` is a condition that stands instead of the period's: with both, SQLite would read the whole period."""
    of_days = _in_period(Response.day) if days is None else days
    where = [Response.organisation_id == bindparam("organisation"), of_days, COUNTED, *said]
    where += [_chosen(one, with_nothing=with_nothing, alone=alone) for one, with_nothing, alone in filters]
    return [one.of_response.label(one.name) for one in by], OF_RESPONSE, where


def _chosen(one: Dimension, *, with_nothing: bool, alone: bool) -> Any:
    if one.column is None:
        return _among(one.of_response, one, alone=alone)
    chosen = _among(one.column, one, alone=alone)
    return chosen | one.column.is_(None) if with_nothing else chosen


def _among(key: Any, one: Dimension, *, alone: bool) -> Any:
    """The key is one of those given; a list costs more to send than a single one."""
    name = f"in_{one.name}"
    return key == bindparam(name) if alone else key.in_(bindparam(name, expanding=True))


def _in_period(day: Any) -> Any:
    return day.between(bindparam("first"), bindparam("last"))
