"""Which journeys a question is about: by the day of the resolution, and by the filters that a resolution knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Integer, bindparam, case, extract, literal, select, union_all
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
from deskpulse.reports.funnel.journeys import LIVE, PENDING, Journey, looks
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
_SECONDS = extract("epoch", Resolution.resolved_at) - extract("epoch", Resolution.opened_at)
_MINUTES = case((Resolution.opened_at <= Resolution.resolved_at, (_SECONDS - _SECONDS % 60) / 60))
Filters = tuple[tuple[Dimension, bool], ...]
"""Filtered dimensions, and whether what names nothing passes."""


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
    zone: ZoneInfo
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
        return cls(session, ZoneInfo(organisation.time_zone), filters, bool(question.ticket), values, judged.complete)

    def execute(self, make: Any, *spans: Period, **more: Any) -> Sequence[Any]:
        """Run the statement that ``make`` makes of the journeys of some periods."""
        values = dict(self.values) | more
        for at, span in enumerate(spans):
            values[f"begin{at}"], values[f"end{at}"] = span.moments(self.zone)
        return self.session.connection().execute(make(self.filters, self.has_ticket, len(spans)), values).all()


def journeys(filters: Filters, has_ticket: bool, spans: int) -> Any:
    """The journeys of some periods, oldest first and numbered as ``month``.

    They come from their table or, where they are pending, from all others.
    """
    parts = [
        select(
            literal(at, Integer).label("month"),
            bindparam(f"begin{at}", type_=Moment()).label("begin"),
            bindparam(f"end{at}", type_=Moment()).label("end"),
        )
        for at in range(spans)
    ]
    span = union_all(*parts).cte("span")
    pending = select(PENDING.subquery("news").c.resolution_id).cte("pending")
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
    live = LIVE.where(Resolution.organisation_id == mine, Resolution.id.in_(select(pending.c.resolution_id))).subquery(
        "live"
    )
    news = select(span.c.month, *(live.c[name] for name in _COLUMNS)).join_from(span, live, literal(True))
    news = narrowed(news, live.c.resolution_id, live.c.group_id, live.c.resolved_at)
    return union_all(kept, news)


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
