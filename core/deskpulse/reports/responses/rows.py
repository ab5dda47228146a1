"""Reading responses for lists: a page of them in any order, or one after the other without end.

Every list of responses comes from here, and its length from :func:`~deskpulse.reports.tally.count` over the same scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, RowMapping, Select, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from deskpulse.db.types import BigId, Moment
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, Segment, SupportGroup
from deskpulse.reports.dimensions import GROUP, Dimension
from deskpulse.reports.responses import comments
from deskpulse.reports.responses.comments import Plan
from deskpulse.reports.responses.sorting import Position, Sort, shelves
from deskpulse.reports.roll_ups import COUNTED
from deskpulse.reports.tally import Scope, count, of_ticket
from deskpulse.surveys.models import Resolution, Response, TicketRow

PAGE, AT_ONCE = 50, 1_000
"""Rows of a page on screen, and rows that are held in memory while all of them are read."""
_COLUMNS: tuple[Any, ...] = (
    Response.id, Response.organisation_id, Response.score, Response.factors, Response.comment, Response.contact_wanted,
    Response.answered_at, Response.day, Response.tid, Response.person, Response.ticket_id, Response.resolution_id,
    Response.group_id, Response.agent_id, Response.customer_id, Response.segment1, Response.segment2,
)  # fmt: skip
_SEGMENT1, _SEGMENT2 = aliased(Segment), aliased(Segment)
_NEWEST_FIRST = (Response.day.desc(), Response.answered_at.desc(), Response.id.desc())
_OLDEST_FIRST = (Response.day, Response.answered_at, Response.id)
_place_of_row = tuple_(Response.day, Response.answered_at, Response.id)


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """One response with the names of what it is about, as they are today.

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


def named(page: Select[Any]) -> Select[Any]:
    """The responses of a SELECT of this module with the names of what they are about; newest first."""
    one = page.subquery("page").c
    joined = (
        select(
            *one, TicketRow.number, TicketRow.vendor_id, TicketRow.connection_id, Resolution.subject,
            SupportGroup.name.label("group"), AgentRow.name.label("agent"), CustomerRow.name.label("customer"),
            _SEGMENT1.name.label("segment1_name"), _SEGMENT2.name.label("segment2_name"),
        )
        .outerjoin(TicketRow, TicketRow.id == one.ticket_id)
        .outerjoin(Resolution, Resolution.id == one.resolution_id)
        .outerjoin(SupportGroup, SupportGroup.id == one.group_id)
        .outerjoin(AgentRow, AgentRow.id == one.agent_id)
        .outerjoin(CustomerRow, CustomerRow.id == one.customer_id)
    )  # fmt: skip
    for position, table in ((1, _SEGMENT1), (2, _SEGMENT2)):
        mine = (table.organisation_id == one.organisation_id) & (table.position == position)
        joined = joined.outerjoin(table, mine & (table.code == one[f"segment{position}"]))
    return joined.order_by(one.day.desc(), one.answered_at.desc(), one.id.desc())


def newest(session: Session, scope: Scope, plan: Plan | None, limit: int) -> Select[Any]:
    """The newest responses of a scope, read in the way of a plan; None leaves it to the database."""
    shape = Shape.of(session, scope, plan)
    return _of_ticket(_page(shape), scope).params(_values(scope, limit, None))


def plan_for(session: Session, scope: Scope, limit: int) -> Plan | None:
    """How to look for the words of a scope: the plan that promises to cost least; None without words, or by ticket."""
    wanted = comments.phrases(scope.words)
    if not wanted or scope.ticket:
        return None
    groups = {key for key in scope.filters[GROUP] if key} if GROUP in scope.filters else None
    sizes = comments.sizes(session, scope.organisation_id, scope.period, groups, wanted)
    if others := {one: keys for one, keys in scope.filters.items() if one != GROUP}:
        known = replace(scope, words="", filters={one: scope.filters[one] for one in scope.filters if one == GROUP})
        whole = count(session, known).n
        passing = count(session, replace(known, filters={**known.filters, **others})).n
        sizes = replace(sizes, share=passing / whole if whole else 0.0)
    return comments.cheapest(sizes, limit, groups=len(groups or ()))


@dataclass(frozen=True, slots=True)
class Shape:
    """What two pages have in common that one statement serves: all but the values in their conditions.

    ``phrases`` is the number of them. A filter is a dimension, and whether what names nothing passes.
    """

    plan: Plan | None
    oldest_first: bool
    behind: bool
    on_sqlite: bool
    phrases: int
    filters: tuple[tuple[Dimension, bool], ...]
    several_groups: bool

    @classmethod
    def of(
        cls,
        session: Session,
        scope: Scope,
        plan: Plan | None,
        sort: Sort = Sort.NEWEST_FIRST,
        after: Position | None = None,
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
        )


def _walk(session: Session, scope: Scope, sort: Sort, limit: int, after: Position | None) -> Sequence[ResponseRow]:
    shape = Shape.of(session, scope, plan_for(session, scope, limit), sort, after)
    statement = named(_of_ticket(_page(shape), scope)) if scope.ticket else _named_page(shape)
    listed = session.connection().execute(statement, _values(scope, limit, after)).mappings().all()
    found = [_row(one) for one in listed]
    return found[::-1] if sort is Sort.OLDEST_FIRST else found


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
    return named(_page(shape))


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
        where.append(comments.found_by_index(shape.phrases, on_sqlite=shape.on_sqlite))
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


def _row(one: RowMapping) -> ResponseRow:
    return ResponseRow(
        one["id"], one["score"], tuple(one["factors"]), one["comment"], one["contact_wanted"], one["answered_at"],
        one["day"], one["number"] or one["tid"], one["vendor_id"], one["connection_id"], one["subject"] or "",
        one["customer"] or one["person"] or "", one["group"] or "", one["group_id"] or 0, one["agent"] or "",
        one["segment1_name"] or one["segment1"] or "", one["segment2_name"] or one["segment2"] or "",
    )  # fmt: skip
