"""Reading responses for lists: a page of them in any order, or one after the other without end.

Every list of responses comes from here, and its length from :func:`~deskpulse.reports.tally.count` over the same scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, RowMapping, Select, func, literal, or_, select, tuple_
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
    return _page(session, scope, plan, Sort.NEWEST_FIRST, None).limit(limit)


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


def _walk(session: Session, scope: Scope, sort: Sort, limit: int, after: Position | None) -> Sequence[ResponseRow]:
    page = _page(session, scope, plan_for(session, scope, limit), sort, after).limit(limit)
    found = [_row(one) for one in session.connection().execute(named(page)).mappings()]
    return found[::-1] if sort is Sort.OLDEST_FIRST else found


def _page(session: Session, scope: Scope, plan: Plan | None, sort: Sort, after: Position | None) -> Select[Any]:
    """What a plan shall not use is written so that no index fits: ``organisation_id + 0``, ``coalesce(group_id, 0)``.

    SQLite and PostgreSQL both take such an expression for what it is, and there is no other way to tell PostgreSQL.
    """
    mine: ColumnElement[bool] = Response.organisation_id == scope.organisation_id
    wanted = comments.phrases(scope.words)
    day: Any = Response.day
    where: list[Any] = [COUNTED]
    if plan is Plan.TEXT_FIRST:
        mine, day = Response.organisation_id + 0 == scope.organisation_id, func.coalesce(day, scope.period.first)
        where.append(comments.found(session, wanted))
    elif wanted:
        where.append(comments.read(session, wanted))
    where.append(day.between(scope.period.first, scope.period.last))
    if scope.ticket:
        where.append(of_ticket(scope))
    for one, keys in scope.filters.items():
        indexed = plan is None or (plan is Plan.TEAM_FIRST and one == GROUP)
        where.append(_chosen(one, keys) if indexed else one.of_response.in_(list(keys)))
    order: tuple[Any, ...] = _OLDEST_FIRST if sort is Sort.OLDEST_FIRST else _NEWEST_FIRST
    if plan is Plan.TEAM_FIRST and len(scope.filters[GROUP]) > 1:
        order = order[1:]  # the same order, as days follow moments; but no index has it
    if after is not None:
        place = tuple_(literal(after.day, Date), literal(after.answered_at, Moment), literal(after.id, BigId))
        where.append(_place_of_row > place if sort is Sort.OLDEST_FIRST else _place_of_row < place)
    columns: Select[Any] = select(*_COLUMNS)
    return columns.where(mine, *where).order_by(*order)


def _chosen(one: Dimension, keys: Any) -> Any:
    if one.column is None:
        return one.of_response.in_(list(keys))
    chosen = one.column.in_([key for key in keys if key != one.nothing] if one.nothing in keys else list(keys))
    return or_(chosen, one.column == one.nothing, one.column.is_(None)) if one.nothing in keys else chosen


def _row(one: RowMapping) -> ResponseRow:
    return ResponseRow(
        one["id"], one["score"], tuple(one["factors"]), one["comment"], one["contact_wanted"], one["answered_at"],
        one["day"], one["number"] or one["tid"], one["vendor_id"], one["connection_id"], one["subject"] or "",
        one["customer"] or one["person"] or "", one["group"] or "", one["group_id"] or 0, one["agent"] or "",
        one["segment1_name"] or one["segment1"] or "", one["segment2_name"] or one["segment2"] or "",
    )  # fmt: skip
