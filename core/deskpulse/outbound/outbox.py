"""The outbox: durable jobs, written in the transaction of the change that asks for them.

A job is claimed by a conditional UPDATE with a lease, so it is safe with any number of workers, and it comes back when
its worker dies. Every job must be safe to run twice. The number of attempts names a claim: a worker that lost a job to
another one can no longer say what became of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from deskpulse.db.database import after_commit, change
from deskpulse.desk import Desk
from deskpulse.outbound.models import Job

Ending = Callable[[Session], None]
"""What a job leaves to be written down in the very transaction that marks it done."""
LEASE = timedelta(seconds=20)
"""After so long without a sign of life from its worker, a claimed job is given to another one."""
FIRST_WAIT, LONGEST_WAIT = 2.0, 3600.0
"""Seconds between attempts: doubling from the first, never more than the last, plus or minus a quarter."""
MAX_ATTEMPTS, TRY_FOR = 40, timedelta(days=1)
"""A job is given up after so many attempts and so long a time, whichever comes last: a helpdesk that asks for short
pauses gets many attempts."""
KEEP_DONE = timedelta(days=7)

_JOB: Any = Job.__table__
_QUEUE = insert(_JOB)


@cache
def _keyed(dialect: str) -> Any:
    """The INSERT that drops a second job with the same key; made once, as every answer needs two."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(_JOB).on_conflict_do_nothing()


def queue(
    desk: Desk,
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    *,
    organisation_id: int | None,
    connection_id: int | None = None,
    key: str | None = None,
    lane: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Add a job to the session's transaction; the commit wakes a worker.

    ``key`` makes it unique among all jobs of its kind: a second one with that key is dropped silently.
    """
    now = desk.now()
    row = new_row(kind, payload, organisation_id, connection_id, key, lane, due_at or now, now)
    session.execute(_keyed(session.get_bind().dialect.name) if key else _QUEUE, row)
    if not due_at or due_at <= now:
        after_commit(session, desk.wake)


def queue_rows(desk: Desk, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add several keyed jobs that are due now, made by :func:`new_row`, in one statement."""
    connection = session.connection()
    connection.execute(_keyed(connection.dialect.name), rows)
    after_commit(session, desk.wake)


def new_row(
    kind: str,
    payload: Mapping[str, Any],
    organisation_id: int | None,
    connection_id: int | None,
    key: str | None,
    lane: str | None,
    due_at: datetime,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a new job, for hot paths that insert it themselves."""
    return {
        "kind": kind,
        "payload": dict(payload),
        "organisation_id": organisation_id,
        "connection_id": connection_id,
        "key": key,
        "lane": lane,
        "state": "due",
        "due_at": due_at,
        "attempts": 0,
        "created_at": now,
    }


_OPEN = Job.state.in_(bindparam("open", ("due", "running"), expanding=True, literal_execute=True))
"""Literally what the partial index says: with parameters, PostgreSQL could not tell that it may use it."""


def claim(desk: Desk, limit: int) -> Sequence[Job]:
    """Take up to ``limit`` due jobs for this worker, oldest first; of each lane at most one at a time."""
    now = desk.now()
    ready = or_(Job.state == "due", and_(Job.state == "running", Job.lease_until < now))
    other = Job.__table__.alias("other")
    lane_busy = (
        select(other.c.id)
        .where(
            other.c.lane == Job.lane,
            other.c.state.in_(("due", "running")),
            or_(and_(other.c.state == "running", other.c.lease_until >= now), other.c.id < Job.id),
            other.c.id != Job.id,
        )
        .exists()
    )
    wanted = (
        select(Job.id)
        .where(_OPEN, Job.due_at <= now, ready, or_(Job.lane.is_(None), ~lane_busy))
        .order_by(Job.due_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    with desk.db.write() as session:
        ids = session.scalars(wanted).all()
        if not ids:
            return []
        claimed = session.scalars(
            update(Job)
            .where(Job.id.in_(ids), ready)
            .values(state="running", lease_until=now + LEASE, attempts=Job.attempts + 1)
            .returning(Job)
        ).all()
    return sorted(claimed, key=lambda job: (job.due_at, job.id))


def renew(desk: Desk, jobs: Collection[Job]) -> set[int]:
    """Keep claimed jobs for this worker a while longer; the ids of those that are its own still."""
    mine = tuple_(Job.id, Job.attempts).in_([(job.id, job.attempts) for job in jobs])
    with desk.db.write() as session:
        kept = update(Job).where(mine, Job.state == "running").values(lease_until=desk.now() + LEASE)
        return set(session.scalars(kept.returning(Job.id)))


def hand_back(desk: Desk, jobs: Collection[Job] | None = None) -> int:
    """Make claimed jobs due again that were not begun, so that nobody waits for their leases; how many.

    Without ``jobs`` all of them, whoever claimed them: only where no other process can be at work on this database.
    """
    claimed = update(Job).where(Job.state == "running")
    if jobs is not None:
        claimed = claimed.where(tuple_(Job.id, Job.attempts).in_([(job.id, job.attempts) for job in jobs]))
    with desk.db.write() as session:
        return change(session, claimed.values(state="due", lease_until=None))


def finish(session: Session, job: Job, now: datetime) -> None:
    """Mark a job done, in the transaction of its own last change where it has one."""
    session.execute(
        update(Job)
        .where(_mine(job))
        .values(state="done", finished_at=now, lease_until=None, error_code=None, error=None)
    )


def retry_later(desk: Desk, job: Job, code: str, problem: str, wait: float | None = None) -> None:
    """Put a job back with a growing, jittered wait (or the one that was asked for); give up after many attempts."""
    if job.attempts >= MAX_ATTEMPTS and desk.now() - job.created_at >= TRY_FOR:
        fail(desk, job, code, problem)
        return
    seconds = wait if wait is not None else min(FIRST_WAIT * 2 ** (job.attempts - 1), LONGEST_WAIT)
    seconds *= random.uniform(1.0, 1.25) if wait is not None else random.uniform(0.75, 1.25)  # noqa: S311 - jitter
    _end(desk, job, state="due", due_at=desk.now() + timedelta(seconds=seconds), error_code=code, error=problem)


def fail(desk: Desk, job: Job, code: str, problem: str) -> None:
    """Stop a job where someone can see it, and retry it."""
    _end(desk, job, state="failed", finished_at=desk.now(), error_code=code, error=problem)


def wait_for_connection(session: Session, job: Job, code: str, problem: str) -> None:
    """Hold a job until its connection works again; in the transaction that pauses the connection."""
    held = update(Job).where(_mine(job))
    session.execute(held.values(state="waiting", lease_until=None, error_code=code, error=problem))


def release(desk: Desk, session: Session, connection_id: int) -> int:
    """Make the jobs due that waited for this connection; how many."""
    held = update(Job).where(Job.connection_id == connection_id, Job.state == "waiting")
    after_commit(session, desk.wake)
    return change(session, held.values(state="due", due_at=desk.now(), attempts=0))


def retry_failed(desk: Desk, session: Session, organisation_id: int, job_ids: Sequence[int] | None = None) -> int:
    """Make failed jobs of an organisation due again, all or some; how many."""
    chosen = update(Job).where(Job.organisation_id == organisation_id, Job.state == "failed")
    if job_ids is not None:
        chosen = chosen.where(Job.id.in_(job_ids))
    after_commit(session, desk.wake)
    return change(session, chosen.values(state="due", due_at=desk.now(), attempts=0, finished_at=None))


def has_due(desk: Desk) -> bool:
    """Whether some job could be claimed now."""
    now = desk.now()
    ready = or_(Job.state == "due", and_(Job.state == "running", Job.lease_until < now))
    with desk.db.read() as session:
        return session.scalar(select(Job.id).where(_OPEN, Job.due_at <= now, ready).limit(1)) is not None


def is_open(session: Session, lane: str) -> bool:
    """Whether some job of this lane has not come to its end."""
    wanted = select(Job.id).where(Job.lane == lane, Job.state.in_(("due", "running", "waiting")))
    return session.scalar(wanted.limit(1)) is not None


def counts(session: Session, organisation_id: int) -> dict[str, int]:
    """Jobs of an organisation by state."""
    rows = session.execute(
        select(Job.state, func.count()).where(Job.organisation_id == organisation_id).group_by(Job.state)
    )
    return dict(rows.all())


def prune(desk: Desk) -> None:
    """Forget jobs that were done some time ago. Keyed ones stay known for as long as their rows do."""
    with desk.db.write() as session:
        session.execute(delete(Job).where(Job.state == "done", Job.finished_at < desk.now() - KEEP_DONE))


def _mine(job: Job) -> ColumnElement[bool]:
    """The row, as long as this claim of it holds."""
    return and_(Job.id == job.id, Job.attempts == job.attempts, Job.state == "running")


def _end(desk: Desk, job: Job, **values: Any) -> None:
    with desk.db.write() as session:
        session.execute(update(Job).where(_mine(job)).values(lease_until=None, **values))
