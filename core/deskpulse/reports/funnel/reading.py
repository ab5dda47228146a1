"""Which journeys a question is about: by the day of the resolution, and by the filters that a resolution knows.

What is only counted, and filtered by support groups at most, comes from counts by day: those, less the pending journeys
as they stand, plus the same as all other tables have them, in one statement. It tells as well whether the counts are of
the right time zone; where they are not, and for all other questions, the journeys themselves are counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    CompoundSelect,
    Date,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    extract,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql import coercions, roles, visitors

from deskpulse.db.types import Moment
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dimensions import (
    AGENT,
    CATEGORY,
    CHANNEL,
    CUSTOMER_ORGANISATION,
    FIELD,
    GROUP,
    PRIORITY,
    REASSIGNMENTS,
    SEGMENT1,
    SEGMENT2,
    TIME_TO_RESOLVE,
    Dimension,
)
from deskpulse.reports.funnel.days import covering
from deskpulse.reports.funnel.journeys import LIVE, PENDING, looks
from deskpulse.reports.funnel.models import Journey, JourneyZone
from deskpulse.reports.question import Question
from deskpulse.scoring.periods import Period
from deskpulse.surveys.models import Resolution, TicketRow

KNOWN = frozenset(
    {
        GROUP, AGENT, SEGMENT1, SEGMENT2, CHANNEL, PRIORITY, CATEGORY, CUSTOMER_ORGANISATION, REASSIGNMENTS,
        TIME_TO_RESOLVE,
    }
)  # fmt: skip
"""Dimensions of a resolution, besides its captured fields; all others are those of an answer."""
_COLUMNS = ("resolution_id", "resolved_at", "group_id", "channel", "reason", "stage")
_NEUTRAL: Mapping[str, Any] = {
    "month": literal_column("0"),
    "group_id": literal_column("0"),
    "channel": literal_column("''"),
    "reason": literal_column("''"),
    "stage": literal_column("0"),
}
"""The columns of what is counted, and what stands in those that a count is not by."""
_ONE: Any = literal_column("1").label("number")
_NOTHING: Any = literal_column("0")
_USABLE = -1
"""The part of the row that says that the counts by day are of the right zone."""
_SECONDS = extract("epoch", Resolution.resolved_at) - extract("epoch", Resolution.opened_at)
_MINUTES = case((Resolution.opened_at <= Resolution.resolved_at, (_SECONDS - _SECONDS % 60) / 60))
Filters = tuple[tuple[Dimension, bool], ...]
"""Filtered dimensions, and whether what names nothing passes."""
By = tuple[str, ...]
"""What journeys are counted by: some of month, group_id, channel, reason and stage."""


def ignored(question: Question) -> list[str]:
    """What a question filters by that no resolution knows, in words."""
    found = [one.label for one in question.filters if not _knows(one)]
    return found + (["Words of the comment"] if question.words else [])


def _knows(one: Dimension) -> bool:
    return one in KNOWN or one.name.startswith(FIELD)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of asking for journeys: what is filtered, and what the ledger says of links that no fold has judged."""

    session: Session
    time_zone: str
    filters: Filters
    has_ticket: bool
    values: Mapping[str, Any]
    complete: bool

    @classmethod
    def of(cls, session: Session, organisation: Organisation, question: Question) -> Reading:
        """Prepare the question."""
        known = {one: keys for one, keys in question.filters.items() if _knows(one)}
        judged = looks(session, organisation.id)
        values = {f"in_{one.name}": list(keys) for one, keys in known.items()} | judged.values
        values |= {"organisation": organisation.id, "ticket": question.ticket, "done": judged.done}
        filters = tuple((one, one.nothing in keys) for one, keys in known.items())
        return cls(session, organisation.time_zone, filters, bool(question.ticket), values, judged.complete)

    def execute(self, make: Any, *spans: Period, **more: Any) -> Sequence[Any]:
        """Run the statement that ``make`` makes of the journeys of some periods."""
        return self._execute(make(self.filters, self.has_ticket, len(spans)), spans, more)

    def count(self, *bys: By, spans: Sequence[Period]) -> list[list[Any]]:
        """Count the journeys of some periods, oldest first, in one or more ways at the same moment.

        Gives rows with ``month``, the place of the period, ``group_id``, ``channel``, ``reason``, ``stage`` and
        ``number`` for each way.
        """
        rows: Sequence[Any] = []
        if not self.has_ticket and all(one == GROUP for one, _ in self.filters):
            more = {"zone": self.time_zone}
            rows = self._execute(_counted_by_day(bys, bool(self.filters), len(spans)), spans, more)
        if not any(row.part == _USABLE for row in rows):
            rows = self.execute(lambda *asked: _counted(bys, *asked), *spans)
        found: dict[int, list[Any]] = {part: [] for part in (*range(len(bys)), _USABLE)}
        for row in rows:
            found[row.part].append(row)
        return [found[part] for part in range(len(bys))]

    def _execute(self, statement: Any, spans: Sequence[Period], more: Mapping[str, Any]) -> Sequence[Any]:
        values, zone = {**self.values, **more}, ZoneInfo(self.time_zone)
        for at, span in enumerate(spans):
            values |= {f"first{at}": span.first, f"last{at}": span.last}
            values[f"begin{at}"], values[f"end{at}"] = span.moments(zone)
        return self.session.connection().execute(statement, values).all()


def journeys(filters: Filters, has_ticket: bool, spans: int) -> Any:
    """The journeys of some periods, oldest first and numbered as ``month``.

    They come from their table or, where they are pending, from all others.
    """
    span, pending = _spans(spans), _pending()
    within = (span.c.begin, span.c.end)
    mine: Any = bindparam("organisation")

    def narrowed(statement: Any, resolution_id: Any, group_id: Any, resolved_at: Any) -> Any:
        statement = statement.where(resolved_at >= within[0], resolved_at < within[1])
        others = [pair for pair in filters if pair[0] != GROUP]
        for one, _ in filters:
            if one == GROUP:
                statement = statement.where(group_id.in_(bindparam("in_group_id", expanding=True)))
        if others or has_ticket:
            known = select(Resolution.id).where(
                Resolution.id == resolution_id,
                Resolution.organisation_id == mine,
                Resolution.resolved_at >= bindparam("begin0"),
                Resolution.resolved_at < bindparam(f"end{spans - 1}"),
                *(_chosen(*pair) for pair in others),
            )
            if has_ticket:
                named = (TicketRow.number == bindparam("ticket")) | (TicketRow.vendor_id == bindparam("ticket"))
                known = known.join(TicketRow, TicketRow.id == Resolution.ticket_id).where(named)
            statement = statement.where(known.exists())
        return statement

    kept = select(span.c.month, *(getattr(Journey, name) for name in _COLUMNS)).join_from(
        span, Journey, Journey.organisation_id == mine
    )
    kept = narrowed(kept, Journey.resolution_id, Journey.group_id, Journey.resolved_at)
    kept = kept.where(Journey.resolution_id.not_in(select(pending.c.resolution_id)))
    live = _live(pending)
    news = select(span.c.month, *(live.c[name] for name in _COLUMNS)).join_from(span, live, literal(True))
    news = narrowed(news, live.c.resolution_id, live.c.group_id, live.c.resolved_at)
    return union_all(kept, news)


@lru_cache(maxsize=128)
def _counted(bys: tuple[By, ...], filters: Filters, has_ticket: bool, spans: int) -> CompoundSelect[Any]:
    found = journeys(filters, has_ticket, spans).subquery("journeys")
    every = [found.c[name] for name in _NEUTRAL if any(name in by for by in bys)]
    counted = cast(func.count(), Integer).label("number")  # an integer's sum is one, too
    once = select(*every, counted).group_by(*every).cte("once")
    return union_all(*(_part(part, by, once) for part, by in enumerate(bys)))


@lru_cache(maxsize=128)
def _counted_by_day(bys: tuple[By, ...], by_groups: bool, spans: int) -> CompoundSelect[Any]:
    """The same from counts by day, and a row of the part :data:`_USABLE` where they are of the right zone."""
    span, pending = _spans(spans), _pending()
    mine: Any = bindparam("organisation")
    usable = select(
        literal_column(str(_USABLE)).label("part"), *(one.label(name) for name, one in _NEUTRAL.items()), _ONE
    ).where(
        JourneyZone.organisation_id == mine,
        JourneyZone.time_zone == bindparam("zone"),
        JourneyZone.since <= bindparam("first0", type_=Date()),
    )

    def moved(table: Any, weight: int) -> Any:
        """Pending journeys, that are to be taken out of the counts or put in; the newest months are looked at first.

        Others have no month. No condition on the time tempts the planner to look for the pending among all of a month.
        """
        at, every = table.c.resolved_at, range(spans)
        begins, ends = ([bindparam(f"{name}{n}", type_=Moment()) for n in every] for name in ("begin", "end"))
        month = case(*(((at >= begins[n]) & (at < ends[n]), literal_column(str(n))) for n in reversed(every)))
        columns = (table.c[name] for name in _NEUTRAL if name != "month")
        number: Any = literal_column(str(weight))
        return select(month.label("month"), *columns, number.label("number"))

    stale = select(Journey).where(
        Journey.organisation_id == mine, Journey.resolution_id.in_(select(pending.c.resolution_id))
    )
    chosen: Any = bindparam("in_group_id", expanding=True)
    old, new = stale.subquery("stale"), _live(pending)
    if by_groups:
        old, new = (select(one).where(one.c.group_id.in_(chosen)).subquery() for one in (old, new))
    moves = union_all(moved(old, -1), moved(new, 1)).cte("moves")

    def part(number: int, by: By) -> Any:
        columns = ({*by} - {"month"}) | ({"group_id"} if by_groups else set())
        table = covering(columns)
        days = (span.c.month, *(getattr(table, name) for name in _NEUTRAL if name in columns), table.number)
        kept = select(*days).join_from(span, table, table.day.between(span.c.first, span.c.last))
        kept = kept.where(table.organisation_id == mine)
        news = select(*(moves.c[column.key] for column in days)).where(moves.c.month.is_not(None))
        if by_groups:
            kept = kept.where(table.group_id.in_(chosen))
        found = union_all(kept, news).subquery(f"found{number}")
        return _part(number, by, found)

    return union_all(usable, *(part(number, by) for number, by in enumerate(bys)))


def _part(number: int, by: By, found: Any) -> Select[Any]:
    columns = (found.c[name] if name in by else neutral.label(name) for name, neutral in _NEUTRAL.items())
    total = func.sum(found.c.number)
    part = select(literal_column(str(number)).label("part"), *columns, total.label("number")).select_from(found)
    return part.group_by(*(found.c[name] for name in by)).having(total != _NOTHING)


def _spans(spans: int) -> Any:
    """The periods, numbered as ``month``, by their days and by the moments at which they begin and end."""
    parts = [
        select(
            literal(at, Integer).label("month"),
            bindparam(f"begin{at}", type_=Moment()).label("begin"),
            bindparam(f"end{at}", type_=Moment()).label("end"),
            bindparam(f"first{at}", type_=Date()).label("first"),
            bindparam(f"last{at}", type_=Date()).label("last"),
        )
        for at in range(spans)
    ]
    return union_all(*parts).cte("span")


def _pending() -> Any:
    return select(PENDING.subquery("news").c.resolution_id).cte("pending")


def _live(pending: Any) -> Any:
    """Pending journeys as all other tables have them."""
    mine = Resolution.organisation_id == bindparam("organisation")
    return LIVE.where(mine, Resolution.id.in_(select(pending.c.resolution_id))).subquery("live")


def _chosen(one: Dimension, with_nothing: bool) -> Any:
    """The condition of a filter, on the resolution in place of its response."""
    keys: Any = bindparam(f"in_{one.name}", expanding=True)
    if one.column is None:
        return _of_resolution(one.of_response).in_(keys)
    column = _of_resolution(one.column)
    return column.in_(keys) | column.is_(None) if with_nothing else column.in_(keys)


def _of_resolution(expression: Any) -> Any:
    """The same expression over what the resolution froze, of which its response has a copy."""

    def replaced(element: Any, **_: Any) -> Any:
        if not isinstance(element, Column):
            return None
        return _MINUTES if element.name == "minutes_to_resolve" else Resolution.__table__.columns[element.name]

    return visitors.replacement_traverse(coercions.expect(roles.ExpressionElementRole, expression), {}, replaced)
