"""Reading responses for lists: a page of them in any order, or one after the other without end.

Every list of responses comes from here, and its length from :func:`~deskpulse.reports.tally.count` over the same scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session, aliased

from deskpulse.db.types import BigId, Moment
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, Segment, SupportGroup
from deskpulse.reports.dimensions import GROUP, Dimension
from deskpulse.reports.responses import comments
from deskpulse.reports.responses.plans import Plan, plan_for
from deskpulse.reports.responses.sorting import Position, Sort, shelves
from deskpulse.reports.roll_ups import COUNTED
from deskpulse.reports.tally import Scope, of_ticket
from deskpulse.surveys.models import Resolution, Response, TicketRow

PAGE, AT_ONCE = 50, 1_000
"""Rows of a page on screen, and rows that are held in memory while all of them are read."""
_COLUMNS: tuple[Any, ...] = (
    Response.id, Response.organisation_id, Response.score, Response.factors, Response.comment, Response.contact_wanted,
    Response.answered_at, Response.day, Response.tid, Response.person, Response.ticket_id, Response.resolution_id,
    Response.group_id, Response.agent_id, Response.customer_id, Response.segment1, Response.segment2,
)  # fmt: skip
_EMPTY: Any = literal_column("''")
_NOBODY: Any = literal_column("0")
_SEGMENT1, _SEGMENT2 = aliased(Segment), aliased(Segment)
_NEWEST_FIRST = (Response.day.desc(), Response.answered_at.desc(), Response.id.desc())
_OLDEST_FIRST = (Response.day, Response.answered_at, Response.id)
_place_of_row = tuple_(Response.day, Response.answered_at, Response.id)


class ResponseRow(NamedTuple):
    """One response with the names of what it is about, as they are today. A tuple, as lists have very many of them.

    ``ticket`` is the number that people know; ``vendor_id`` and ``connection_id`` are None for tickets not known yet.
    """

    id: int
    score: int
    factors: Sequence[str]
    comment: str
    contact_wanted: bool
    answered_at: datetime
    day: Any
    ticket: str
    vendor_id: str | None
    connection_id: int | None
    subject: str
    customer: str
    group: str
    group_id: int
    agent: str
    segment1: str
    segment2: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list; ``next`` is where the following page begins, or None on the last one."""

    rows: Sequence[ResponseRow]
    next: Position | None


def rows(
    session: Session,
    scope: Scope,
    sort: Sort = Sort.NEWEST_FIRST,
    limit: int = PAGE,
    after: Position | None = None,
) -> Page:
    """A page of the counted responses of a scope, behind a position or from the start."""
    found: list[tuple[int, ResponseRow]] = []
    for shelf in shelves(session, scope, sort, after):
        behind = after if after is not None and after.shelf == shelf.key else None
        part = _walk(session, shelf.scope, sort, limit + 1 - len(found), behind)
        found += [(shelf.key, row) for row in part]
        if len(found) > limit:
            break
    if len(found) <= limit:
        return Page([row for _, row in found], None)
    key, last = found[limit - 1]
    return Page([row for _, row in found[:limit]], Position(key, last.day, last.answered_at, last.id))


def every(desk: Desk, scope: Scope, sort: Sort = Sort.NEWEST_FIRST) -> Iterator[ResponseRow]:
    """All of them, however many, a thousand in memory at a time; no transaction stays open between those."""
    after: Position | None = None
    while True:
        with desk.db.read() as session:
            page = rows(session, scope, sort, AT_ONCE, after)
        yield from page.rows
        if page.next is None:
            return
        after = page.next


def named(page: Select[Any], beside: FromClause | None = None) -> Select[Any]:
    """The responses of a SELECT of this module with the names of what they are about; newest first.

    The columns are those of :class:`ResponseRow`. Before them come those of ``beside``, which is a single row, and
    there also where there are no responses.
    """
    responses = page.subquery("page")
    one = responses.c
    listed = (
        one.id, one.score, one.factors, one.comment, one.contact_wanted, one.answered_at, one.day,
        _first(TicketRow.number, one.tid), TicketRow.vendor_id, TicketRow.connection_id, _first(Resolution.subject),
        _first(CustomerRow.name, one.person), _first(SupportGroup.name), func.coalesce(one.group_id, _NOBODY),
        _first(AgentRow.name), _first(_SEGMENT1.name, one.segment1), _first(_SEGMENT2.name, one.segment2),
    )  # fmt: skip
    alone: Select[Any] = select(*listed).select_from(responses)
    joined = (
        (alone if beside is None else select(*beside.c, *listed).select_from(beside.outerjoin(responses, true())))
        .outerjoin(TicketRow, TicketRow.id == one.ticket_id)
        .outerjoin(Resolution, Resolution.id == one.resolution_id)
        .outerjoin(SupportGroup, SupportGroup.id == one.group_id)
        .outerjoin(AgentRow, AgentRow.id == one.agent_id)
        .outerjoin(CustomerRow, CustomerRow.id == one.customer_id)
    )
    for position, table in ((1, _SEGMENT1), (2, _SEGMENT2)):
        mine = (table.organisation_id == one.organisation_id) & (table.position == position)
        joined = joined.outerjoin(table, mine & (table.code == one[f"segment{position}"]))
    return joined.order_by(one.day.desc(), one.answered_at.desc(), one.id.desc())


def _first(*names: Any) -> Any:
    """The first of some names that is not empty."""
    *before, last = names
    return func.coalesce(*(func.nullif(name, _EMPTY) for name in before), last, _EMPTY)


def newest(session: Session, scope: Scope, plan: Plan | None, limit: int) -> Select[Any]:
    """The newest responses of a scope, read in the way of a plan; None leaves it to the database."""
    shape = Shape.of(session, scope, plan)
    return _of_ticket(_page(shape), scope).params(_values(scope, limit, None))


@dataclass(frozen=True, slots=True)
class Shape:
    """What two pages have in common that one statement serves: all but the values in their conditions.

    ``phrases`` is the number of them. A filter is a dimension, and whether what names nothing passes. ``if_few``: there
    is nothing on the page, but the number of matches beside it, unless the index over words has few.
    """

    plan: Plan | None
    oldest_first: bool
    behind: bool
    on_sqlite: bool
    phrases: int
    filters: tuple[tuple[Dimension, bool], ...]
    several_groups: bool
    if_few: bool

    @classmethod
    def of(
        cls,
        session: Session,
        scope: Scope,
        plan: Plan | None,
        sort: Sort = Sort.NEWEST_FIRST,
        after: Position | None = None,
        *,
        if_few: bool = False,
    ) -> Shape:
        """That of a scope's pages."""
        return cls(
            plan,
            sort is Sort.OLDEST_FIRST,
            after is not None,
            comments.on_sqlite(session),
            len(comments.phrases(scope.words)),
            tuple((one, one.nothing in keys) for one, keys in scope.filters.items()),
            len(scope.filters.get(GROUP, ())) > 1,
            if_few,
        )


def _walk(session: Session, scope: Scope, sort: Sort, limit: int, after: Position | None) -> Sequence[ResponseRow]:
    values = _values(scope, limit, after)
    found = _of_few(session, scope, sort, after, values)
    if found is None:
        shape = Shape.of(session, scope, plan_for(session, scope, limit), sort, after)
        statement = named(_of_ticket(_page(shape), scope)) if scope.ticket else _named_page(shape)
        found = [ResponseRow._make(one) for one in session.connection().execute(statement, values).all()]
    return found[::-1] if sort is Sort.OLDEST_FIRST else found


def _of_few(
    session: Session, scope: Scope, sort: Sort, after: Position | None, values: Mapping[str, Any]
) -> list[ResponseRow] | None:
    """The page, where SQLite's index over words gives few: one statement finds out and answers. None elsewhere."""
    if "match" not in values or scope.ticket or not comments.on_sqlite(session):
        return None
    shape = Shape.of(session, scope, Plan.TEXT_FIRST, sort, after, if_few=True)
    listed = session.connection().execute(_named_page(shape), values).all()
    if listed[0].matches >= comments.FEW:
        return None
    return [ResponseRow._make(one[1:]) for one in listed if one.id is not None]


def _values(scope: Scope, limit: int, after: Position | None) -> dict[str, Any]:
    period = scope.period
    values = {"organisation": scope.organisation_id, "first": period.first, "last": period.last, "most": limit}
    if after is not None:
        values |= {"after_day": after.day, "after_moment": after.answered_at, "after_id": after.id}
    if wanted := comments.phrases(scope.words):
        values |= comments.values(wanted)
    return values | {f"in_{one.name}": list(keys) for one, keys in scope.filters.items()}


def _of_ticket(page: Select[Any], scope: Scope) -> Select[Any]:
    return page.where(of_ticket(scope)) if scope.ticket else page


@lru_cache(maxsize=256)
def _named_page(shape: Shape) -> Select[Any]:
    """Made once for each shape, like :func:`_page`: putting it together costs as much as running it."""
    return named(_page(shape), comments.KNOWN if shape.if_few else None)


@lru_cache(maxsize=256)
def _page(shape: Shape) -> Select[Any]:
    """What a plan shall not use is written so that no index fits: ``organisation_id + 0``, ``coalesce(group_id, 0)``.

    SQLite and PostgreSQL both take such an expression for what it is, and there is no other way to tell PostgreSQL.
    """
    organisation, first = bindparam("organisation", type_=BigId), bindparam("first", type_=Date)
    mine: ColumnElement[bool] = Response.organisation_id == organisation
    day: Any = Response.day
    where: list[Any] = [COUNTED]
    if shape.plan is Plan.TEXT_FIRST:
        mine, day = Response.organisation_id + 0 == organisation, func.coalesce(day, first)
        by_index = comments.found_by_index(shape.phrases, on_sqlite=shape.on_sqlite)
        where.append(comments.FOUND_IF_FEW if shape.if_few else by_index)
    elif shape.phrases:
        where.append(comments.found_by_reading(shape.phrases, on_sqlite=shape.on_sqlite))
    where.append(day.between(first, bindparam("last", type_=Date)))
    for one, with_nothing in shape.filters:
        indexed = shape.plan is None or (shape.plan is Plan.TEAM_FIRST and one == GROUP)
        where.append(_chosen(one, with_nothing=with_nothing) if indexed else one.of_response.in_(_keys(one)))
    order: tuple[Any, ...] = _OLDEST_FIRST if shape.oldest_first else _NEWEST_FIRST
    if shape.plan is Plan.TEAM_FIRST and shape.several_groups:
        order = order[1:]  # the same order, as days follow moments; but no index has it
    if shape.behind:
        day_moment_id = (("after_day", Date()), ("after_moment", Moment()), ("after_id", BigId))
        place = tuple_(*(bindparam(name, type_=its) for name, its in day_moment_id))
        where.append(_place_of_row > place if shape.oldest_first else _place_of_row < place)
    columns: Select[Any] = select(*_COLUMNS)
    return columns.where(mine, *where).order_by(*order).limit(bindparam("most", type_=Integer))


def _chosen(one: Dimension, *, with_nothing: bool) -> Any:
    if one.column is None:
        return one.of_response.in_(_keys(one))
    chosen = one.column.in_(_keys(one))
    return or_(chosen, one.column.is_(None)) if with_nothing else chosen


def _keys(one: Dimension) -> Any:
    return bindparam(f"in_{one.name}", expanding=True)
