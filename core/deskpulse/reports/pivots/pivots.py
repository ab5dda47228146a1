"""Pivots that somebody asked for: kept once asked, so that the second asking is quick; dropped when nobody asks again.

Asked the first time, a pivot is counted from the responses. That queues a job which counts the whole history into
:data:`~deskpulse.reports.pivots.kept.PIVOT_DAY`, a few days at a time; from then on it is a roll-up among the others.

Why it is exact. The row of the pivot is committed before its first day is counted, and counting, folding and dropping
hold the roll-ups' lock. Take any change of an answer, and the transaction that counted its day into the pivot last.

- If that one saw the change, the count is true.
- If it did not, the change was committed later than it began to read, and so was the change's mark. Whoever removes
  the mark holds the lock, hence comes after, finds the pivot's row and counts the day anew: it was not the last. So the
  mark still stands, the day is stale, and readers count it from the responses.

A day that was never counted into the pivot had no answers when its turn came, or lies outside the history as it was
found at the start; the same holds for its changes. Months are summed from the days in the same transaction, and are
read only where none of their days is stale. Readers that find the pivot dropped, after reading from it, count
from the responses; its number is not given again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from deskpulse.db.database import upsert
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.reports import roll_ups
from deskpulse.reports.dimensions import GROUP, NAMED, Dimension, dimension, field
from deskpulse.reports.pivots import kept as pivots_kept
from deskpulse.reports.pivots.kept import MOST_KEYS, PIVOT_DAY, PIVOT_MONTH, Kept, Pivot, PivotShape
from deskpulse.reports.tally import Scope
from deskpulse.surveys.models import Response

KEEP = "keep_pivot"
UNASKED = timedelta(days=30)
"""A pivot that nobody asked for so long is dropped; one that was refused is tried again after it."""
NOTED_EVERY = timedelta(days=1)
"""How exactly it is known when a pivot was asked for: reading writes no more often."""
MOST_PIVOTS = 20
"""Pivots that an organisation keeps; each costs every fold some time. Those asked for last stay."""
FREE_ROWS, MOST_ROWS, WORTH = 20_000, 2_000_000, 4
"""A pivot may have so many rows by day whatever they stand for, never more than so many, and between the two only where
its months have at most one row for so many answers: else it is but a copy of the answers."""


def asked(desk: Desk, scope: Scope, *by: Dimension) -> Pivot | None:
    """Note that somebody asked for this, so that it is kept where nothing else answers it quickly.

    Gives what is known of the pivot; ``None`` where a built-in roll-up answers, or where no pivot could.
    """
    needed = scope.needed(by)
    if len(needed) > MOST_KEYS or scope.beyond_roll_ups or roll_ups.covering(needed):
        return None
    return _note(desk, scope.organisation_id, needed)


def _note(desk: Desk, organisation_id: int, needed: Iterable[Dimension]) -> Pivot:
    name, now = PivotShape.of(needed).name, desk.now()
    wanted = select(Pivot).where(Pivot.organisation_id == organisation_id, Pivot.dimensions == name)
    with desk.db.read() as session:
        known = session.scalar(wanted)
    if known and known.asked_at > now - NOTED_EVERY:
        return known
    with desk.db.write() as session:
        new = {"organisation_id": organisation_id, "dimensions": name, "asked_at": now, "rows": 0}
        session.execute(upsert(session, Pivot).values(new).on_conflict_do_nothing())
        pivot = session.scalars(wanted).one()
        pivot.asked_at = now
        if pivot.kept_at is None and pivot.refused_at is None:
            payload = {"pivot_id": pivot.id}
            outbox.queue(desk, session, KEEP, payload, organisation_id=organisation_id, key=f"{pivot.id}:{now}")
    return pivot


def keep(desk: Desk, job: Job) -> None:
    """Job: count the whole history into a pivot that was asked for."""
    make(desk, int(job.payload["pivot_id"]))


def make(desk: Desk, pivot_id: int, progress: Callable[[int], object] = lambda _days: None) -> None:
    """Count the whole history into a pivot, a few days at a time, and keep it unless it is not worth it.

    ``progress`` is told the days done. Safe to run twice, also at once.
    """
    with desk.db.write() as session:
        pivot = session.get(Pivot, pivot_id)
        if pivot is None or pivot.kept_at or pivot.refused_at:
            return
        organisation_id = pivot.organisation_id
        roll_ups.lock(session, organisation_id)
        _make_room(session, organisation_id)
    made = Kept(pivot_id, PivotShape.named(pivot.dimensions))
    done = rows = 0
    for days in _history(desk, organisation_id):
        with desk.db.write() as session:
            if not _open(session, pivot_id, organisation_id):
                return
            roll_ups.make(session, made.shape, pivot_id, organisation_id, days)
            pivots_kept.sum_months(session, pivot_id, days)
            rows += _rows(session, pivot_id, days)
            if not _is_worth_it(session, pivot_id, rows):
                _refuse(desk, session, pivot_id)
                return
        done += len(days)
        progress(done)
    with desk.db.write() as session:
        if _open(session, pivot_id, organisation_id):
            session.execute(update(Pivot).where(Pivot.id == pivot_id).values(kept_at=desk.now(), rows=rows))
            if not desk.db.is_sqlite:  # whose planner takes tables that it knows nothing of for almost empty
                session.execute(text(f"ANALYZE {PIVOT_DAY.name}, {PIVOT_MONTH.name}"))


def prune(desk: Desk) -> None:
    """Drop what nobody asked for in a while, and what has grown too large; try again what was refused long ago."""
    long_ago = desk.now() - UNASKED
    old = or_(Pivot.asked_at < long_ago, Pivot.refused_at < long_ago)
    with desk.db.read() as session:
        every = session.execute(select(Pivot.id, Pivot.organisation_id, old.label("old"))).all()
    for row in every:
        with desk.db.write() as session:
            roll_ups.lock(session, row.organisation_id)
            if row.old:
                _drop(session, [row.id])
            elif not _is_worth_it(session, row.id, _rows(session, row.id)):
                _refuse(desk, session, row.id)


def keep_projects(desk: Desk) -> None:
    """See to it that scores by project are quick, alone and by group, where a field is chosen as project."""
    with desk.db.read() as session:
        every = session.scalars(select(Organisation)).all()
    for organisation in every:
        if chosen := Preferences.of(organisation.preferences).project_field:
            project = dimension(chosen) if chosen in NAMED else field(chosen)
            for needed in (frozenset({project}), frozenset({project, GROUP})):
                if not roll_ups.covering(needed):
                    _note(desk, organisation.id, needed)


def _history(desk: Desk, organisation_id: int) -> Iterator[list[date]]:
    """All days from the first answer to the last, a few at a time."""
    with desk.db.read() as session:
        mine = Response.organisation_id == organisation_id
        first = session.scalar(select(func.min(Response.day)).where(mine))
        last = session.scalar(select(func.max(Response.day)).where(mine))
    if first is None or last is None:
        return
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for begin in range(0, len(days), roll_ups.DAYS_AT_ONCE):
        yield days[begin : begin + roll_ups.DAYS_AT_ONCE]


def _open(session: Session, pivot_id: int, organisation_id: int) -> bool:
    """Hold the lock; whether the pivot is still waiting to be kept."""
    roll_ups.lock(session, organisation_id)
    waiting = select(Pivot.id).where(Pivot.id == pivot_id, Pivot.kept_at.is_(None), Pivot.refused_at.is_(None))
    return session.scalar(waiting) is not None


def _rows(session: Session, pivot_id: int, days: Collection[date] = ()) -> int:
    """Rows by day; on some days, or in all."""
    wanted = select(func.count()).where(PIVOT_DAY.c.pivot_id == pivot_id)
    return session.scalar(wanted.where(PIVOT_DAY.c.day.in_(days)) if days else wanted) or 0


def _is_worth_it(session: Session, pivot_id: int, rows: int) -> bool:
    if FREE_ROWS < rows <= MOST_ROWS:
        columns = PIVOT_MONTH.c
        answers = func.sum(columns.promoters + columns.passives + columns.detractors)
        months, counted = session.execute(select(func.count(), answers).where(columns.pivot_id == pivot_id)).one()
        return bool(months * WORTH <= (counted or 0))
    return rows <= FREE_ROWS


def _refuse(desk: Desk, session: Session, pivot_id: int) -> None:
    _empty(session, [pivot_id])
    session.execute(update(Pivot).where(Pivot.id == pivot_id).values(kept_at=None, refused_at=desk.now(), rows=0))


def _make_room(session: Session, organisation_id: int) -> None:
    """Drop all but the pivots that were asked for last."""
    mine = select(Pivot.id).where(Pivot.organisation_id == organisation_id, Pivot.refused_at.is_(None))
    _drop(session, session.scalars(mine.order_by(Pivot.asked_at.desc(), Pivot.id.desc()).offset(MOST_PIVOTS)).all())


def _drop(session: Session, pivot_ids: Sequence[int]) -> None:
    _empty(session, pivot_ids)
    session.execute(delete(Pivot).where(Pivot.id.in_(pivot_ids)))


def _empty(session: Session, pivot_ids: Sequence[int]) -> None:
    for table in (PIVOT_DAY, PIVOT_MONTH):
        session.execute(delete(table).where(table.c.pivot_id.in_(pivot_ids)))
