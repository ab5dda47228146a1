"""Roll-ups: for each day the promoters, passives and detractors by a few dimensions, one small table per question.

A roll-up is true for every day that has no :class:`~deskpulse.surveys.models.StaleDay`; readers count the stale days
from the responses themselves (:mod:`deskpulse.reports.tally`), so that every answer shows at once. :func:`fold` makes
stale days anew, from nothing but the responses.

Why it is exact: a mark is committed together with its change. Folding first removes the marks that it sees, and only
then reads the responses, so a change that it does not see has kept its mark. One fold runs at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, Table, case, delete, func, insert, literal, select, union
from sqlalchemy.orm import Session

from deskpulse.db.locks import lock_name
from deskpulse.db.types import Base, BigId
from deskpulse.desk import Desk
from deskpulse.reports.dimensions import AGENT, GROUP, SCORE, SEGMENT1, SEGMENT2, Dimension
from deskpulse.surveys.models import Response, StaleDay

DAYS_AT_ONCE = 7
"""Days that one transaction makes anew, so that on SQLite nobody waits for long."""
COUNTS = ("promoters", "passives", "detractors")
OF_RESPONSE = (
    case((Response.score >= 9, 1), else_=0).label("promoters"),
    case((Response.score.between(7, 8), 1), else_=0).label("passives"),
    case((Response.score <= 6, 1), else_=0).label("detractors"),
)
COUNTED = (Response.status == "counted") & Response.current


@dataclass(frozen=True, slots=True)
class RollUp:
    """A table of counts per day and key; the first dimension leads its primary key, as questions mostly name it."""

    name: str
    dimensions: tuple[Dimension, ...]
    table: Table

    @classmethod
    def make(cls, name: str, *dimensions: Dimension) -> RollUp:
        """Declare the table ``rollup_<name>``."""
        keys = [Column(one.name, one.type, primary_key=True, autoincrement=False) for one in dimensions]
        table = Table(
            f"rollup_{name}",
            Base.metadata,
            Column("organisation_id", BigId, primary_key=True, autoincrement=False),
            *keys[:1],
            Column("day", Date, primary_key=True),
            *keys[1:],
            *(Column(count, Integer, nullable=False) for count in COUNTS),
        )
        if dimensions:
            Index(None, table.c.organisation_id, table.c.day)
        return cls(name, dimensions, table)


ROLL_UPS = (
    RollUp.make("organisation"),
    RollUp.make("score", SCORE),
    RollUp.make("segment", SEGMENT1, SEGMENT2),
    RollUp.make("group", GROUP),
    RollUp.make("group_score", GROUP, SCORE),
    RollUp.make("agent", GROUP, AGENT),
)
"""Smallest first: a question is answered from the first one that has all its dimensions."""


def fold_all(desk: Desk) -> None:
    """Fold whatever is stale, in every organisation."""
    with desk.db.read() as session:
        stale = session.scalars(select(StaleDay.organisation_id).distinct()).all()
    for organisation_id in stale:
        fold(desk, organisation_id)


def fold(desk: Desk, organisation_id: int, progress: Callable[[int], object] = lambda _days: None) -> int:
    """Make every stale day of an organisation anew; how many. ``progress`` is told after each few."""
    done = 0
    while days := _fold_some(desk, organisation_id):
        done += days
        progress(done)
    return done


def rebuild(desk: Desk, organisation_id: int, progress: Callable[[int], object] = lambda _days: None) -> int:
    """Make the roll-ups of an organisation anew, day by day, whatever they say; how many days.

    What is read meanwhile is exact, too: from the start every day counts as stale.
    """
    known = [
        select(roll_up.table.c.organisation_id, roll_up.table.c.day).where(
            roll_up.table.c.organisation_id == organisation_id
        )
        for roll_up in ROLL_UPS
    ]
    answered = select(Response.organisation_id, Response.day).where(Response.organisation_id == organisation_id)
    with desk.db.write() as session:
        every = union(answered, *known).subquery()
        session.execute(insert(StaleDay).from_select(["organisation_id", "day"], select(every)))
    return fold(desk, organisation_id, progress)


def _fold_some(desk: Desk, organisation_id: int) -> int:
    with desk.db.write() as session:
        lock_name(session, f"rollups:{organisation_id}")
        mine = StaleDay.organisation_id == organisation_id
        days = session.scalars(select(StaleDay.day).where(mine).distinct().limit(DAYS_AT_ONCE)).all()
        if days:
            session.execute(delete(StaleDay).where(mine, StaleDay.day.in_(days)))
            for roll_up in ROLL_UPS:
                _make(session, roll_up, organisation_id, days)
    return len(days)


def _make(session: Session, roll_up: RollUp, organisation_id: int, days: Iterable[date]) -> None:
    """Count the answers of these days into one roll-up."""
    table: Any = roll_up.table
    session.execute(delete(table).where(table.c.organisation_id == organisation_id, table.c.day.in_(days)))
    keys = [one.of_response.label(one.name) for one in roll_up.dimensions]
    counts = [func.sum(column).label(column.name) for column in OF_RESPONSE]
    counted = (
        select(literal(organisation_id, BigId).label("organisation_id"), Response.day, *keys, *counts)
        .where(Response.organisation_id == organisation_id, Response.day.in_(days), COUNTED)
        .group_by(Response.day, *(one.of_response for one in roll_up.dimensions))
    )
    session.execute(
        insert(table).from_select(
            ["organisation_id", "day", *(one.name for one in roll_up.dimensions), *COUNTS], counted
        )
    )
