"""Roll-ups: for each day the promoters, passives and detractors by a few dimensions, one small table per question.

Every change of answers leaves a mark, a :class:`~deskpulse.surveys.models.StaleDay`, in its own transaction: an answer
more or less, or a whole day. Readers add the marks to the roll-ups (:mod:`deskpulse.reports.tally`), so that every
answer shows at once. :func:`fold` makes marked days anew from nothing but the responses, and removes the marks.

Why it is exact: folding removes just the marks, and counts just the responses, of one and the same state of the
database; a change that is not in it has kept its mark. Readers see roll-ups and marks of one state, too, as they ask
for both in one statement. One fold runs at a time.

Pivots that somebody asked for (:mod:`deskpulse.reports.pivots.pivots`) are roll-ups, too, and folded with those that
are built in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar, TypeAlias

from sqlalchemy import (
    Column,
    Date,
    Index,
    Integer,
    SmallInteger,
    Table,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    literal_column,
    select,
    union,
)
from sqlalchemy.orm import Session

from deskpulse.db.locks import lock_name
from deskpulse.db.types import Base, BigId
from deskpulse.desk import Desk
from deskpulse.reports import revisions
from deskpulse.reports.dimensions import AGENT, COMMENTED, GROUP, SCORE, SEGMENT1, SEGMENT2, Dimension
from deskpulse.reports.pivots import kept as pivots_kept
from deskpulse.reports.pivots.kept import PivotShape
from deskpulse.surveys.models import Response, StaleDay

LOCK = "rollups:{}"
DAYS_AT_ONCE = 7
"""Days that one transaction makes anew, so that on SQLite nobody waits for long."""
COUNTS = ("promoters", "passives", "detractors")
_ONE: Any = literal_column("1")
_NONE: Any = literal_column("0")


def _bands(score: Any) -> tuple[tuple[str, Any], ...]:
    """The condition of each count. Constants stand in the statement itself: parameters cost time with every use."""
    seven: Any = literal_column("7")
    nine: Any = literal_column("9")
    return ("promoters", score >= nine), ("passives", (score >= seven) & (score < nine)), ("detractors", score < seven)


OF_RESPONSE = tuple(case((band, _ONE), else_=_NONE).label(name) for name, band in _bands(Response.score))
OF_MARK = tuple(
    (case((band, _ONE), else_=_NONE) * StaleDay.weight).label(name) for name, band in _bands(StaleDay.score)
)
"""What a mark adds to each count."""
KEYS_OF_MARK: Mapping[Dimension, Any] = {
    SCORE: StaleDay.score,
    GROUP: func.coalesce(StaleDay.group_id, literal_column("0")),
    AGENT: func.coalesce(StaleDay.agent_id, literal_column("0")),
    SEGMENT1: func.coalesce(StaleDay.segment1, literal_column("''")),
    SEGMENT2: func.coalesce(StaleDay.segment2, literal_column("''")),
    COMMENTED: case((StaleDay.commented.is_(True), literal_column("'yes'")), else_=literal_column("''")),
}
"""The keys of a marked answer, for every dimension that a built-in roll-up has."""
COUNTED = (Response.status == literal_column("'counted'")) & Response.current


@dataclass(frozen=True, slots=True, eq=False)
class RollUp:
    """A table of counts per day and key; the first dimension leads its primary key, as questions mostly name it."""

    name: str
    dimensions: tuple[Dimension, ...]
    table: Table

    owner_is: ClassVar[str] = "organisation"

    @property
    def owner(self) -> Any:
        """The column that says whose counts they are."""
        return self.table.c.organisation_id

    def key(self, one: Dimension) -> Any:
        """A dimension as the responses have it."""
        return self.table.c[one.name]

    def filtered(self, one: Dimension, name: str) -> Any:
        """The condition that a dimension has one of the keys that are given under that name."""
        return self.table.c[one.name].in_(bindparam(name, expanding=True))

    def stored(self) -> dict[str, Any]:
        """What stands in each key column, from a response."""
        return {one.name: one.of_response for one in self.dimensions}

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
    RollUp.make("agent_comment", GROUP, AGENT, COMMENTED),
    RollUp.make("group_segment", GROUP, SEGMENT1, SEGMENT2),
)
"""Smallest first: a question is answered from the first one that has all its dimensions."""
AnyRollUp: TypeAlias = RollUp | PivotShape


@lru_cache(maxsize=512)
def covering(needed: frozenset[Dimension]) -> RollUp | None:
    """The smallest built-in roll-up that knows all these dimensions."""
    return next((one for one in ROLL_UPS if needed <= set(one.dimensions)), None)


def lock(session: Session, organisation_id: int) -> None:
    """Hold what lets only one transaction at a time change the roll-ups of an organisation."""
    lock_name(session, LOCK.format(organisation_id))


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
    known.append(pivots_kept.days(organisation_id))
    answered = select(Response.organisation_id, Response.day).where(Response.organisation_id == organisation_id)
    with desk.db.write() as session:
        every = union(answered, *known).subquery()
        whole = select(every, literal(0, SmallInteger))
        session.execute(insert(StaleDay).from_select(["organisation_id", "day", "weight"], whole))
    return fold(desk, organisation_id, progress)


def _fold_some(desk: Desk, organisation_id: int) -> int:
    with desk.db.write_alone(LOCK.format(organisation_id)) as session:
        mine = StaleDay.organisation_id == organisation_id
        days = session.scalars(select(StaleDay.day).where(mine).distinct().limit(DAYS_AT_ONCE)).all()
        if days:
            session.execute(delete(StaleDay).where(mine, StaleDay.day.in_(days)))
            for roll_up in ROLL_UPS:
                make(session, roll_up, organisation_id, organisation_id, days)
            for pivot in pivots_kept.every(session, organisation_id):
                make(session, pivot.shape, pivot.id, organisation_id, days)
                pivots_kept.sum_months(session, pivot.id, days)
            revisions.next_answers(session, organisation_id)
    return len(days)


def make(session: Session, roll_up: AnyRollUp, owner_id: int, organisation_id: int, days: Iterable[date]) -> None:
    """Count the answers of these days into one roll-up, for whoever holds the :func:`lock`.

    ``owner_id`` is whose counts they are: the organisation's, or the pivot's.
    """
    table, owner = roll_up.table, roll_up.owner
    session.execute(delete(table).where(owner == owner_id, table.c.day.in_(days)))
    keys = dict.fromkeys((name for name in table.c.keys() if name.startswith("key")), literal(""))  # noqa: SIM118 - no dict
    keys |= roll_up.stored()
    counts = [func.sum(column).label(column.name) for column in OF_RESPONSE]
    counted = (
        select(literal(owner_id, BigId), Response.day, *keys.values(), *counts)
        .where(Response.organisation_id == organisation_id, Response.day.in_(days), COUNTED)
        .group_by(Response.day, *(one.of_response for one in roll_up.dimensions))
    )
    session.execute(insert(table).from_select([owner.name, "day", *keys, *COUNTS], counted))
