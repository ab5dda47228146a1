"""What repeats: a tick looks at rows, so that any number of beats starts each thing once."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deskpulse.connections.models import ConnectionRow
from deskpulse.db.database import change, upsert
from deskpulse.desk import Desk
from deskpulse.directory.groups import SYNC_JOB
from deskpulse.inbound.reconciliation import RECONCILE
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Timetable
from deskpulse.reports import roll_ups
from deskpulse.reports.funnel import journeys as funnel_journeys
from deskpulse.reports.pivots import pivots
from deskpulse.surveys import invites, responses
from deskpulse.surveys.models import Response

EXPIRE_EVERY = timedelta(minutes=5)
PRUNE_EVERY = timedelta(hours=6)
RECHECK_EVERY = timedelta(minutes=10)
FOLD_EVERY = timedelta(minutes=1)
OF_CONNECTIONS = {RECONCILE: timedelta(hours=1), SYNC_JOB: timedelta(hours=24)}
"""Jobs that repeat for each connection, and may be started by hand too."""


def tick(desk: Desk) -> None:
    """Start whatever is due, and wake a worker where jobs are."""
    if _starts(desk, "expire", EXPIRE_EVERY):
        invites.expire(desk)
    if _starts(desk, "prune", PRUNE_EVERY):
        outbox.prune(desk)
        pivots.prune(desk)
    if _starts(desk, "recheck", RECHECK_EVERY):
        recheck(desk)
        pivots.keep_projects(desk)
    if _starts(desk, "fold", FOLD_EVERY):
        roll_ups.fold_all(desk)
        funnel_journeys.fold(desk, batches=50)
    for connection_id, organisation_id in _connections(desk):
        for kind, every in OF_CONNECTIONS.items():
            start_if_due(desk, kind, organisation_id, connection_id, every)
    if outbox.has_due(desk):
        desk.wake()


def recheck(desk: Desk) -> None:
    """Count answers that were in error and are not any more: their group or segment has been made since."""
    with desk.db.read() as session:
        affected = session.scalars(select(Response.organisation_id).where(Response.status == "error").distinct()).all()
    for organisation_id in affected:
        with desk.db.write() as session:
            responses.recheck(desk, session, organisation_id)


def start(desk: Desk, kind: str, organisation_id: int, connection_id: int) -> None:
    """Queue a recurring job for one connection now, unless the last one has not ended yet."""
    with desk.db.write() as session:
        _queue(desk, session, kind, organisation_id, connection_id)


def start_if_due(desk: Desk, kind: str, organisation_id: int, connection_id: int, every: timedelta) -> None:
    """Queue a recurring job in the very transaction that notes its next time: killed between, it would be left out."""
    name, now = f"{kind}:{connection_id}", desk.now()
    if _is_due(desk, name, now):
        with desk.db.write() as session:
            if _claims(session, name, now, every):
                _queue(desk, session, kind, organisation_id, connection_id)


def _queue(desk: Desk, session: Session, kind: str, organisation_id: int, connection_id: int) -> None:
    lane = f"{kind}:{connection_id}"
    if not outbox.is_open(session, lane):
        outbox.queue(
            desk,
            session,
            kind,
            {"connection_id": connection_id},
            organisation_id=organisation_id,
            connection_id=connection_id,
            lane=lane,
        )


def _connections(desk: Desk) -> list[tuple[int, int]]:
    wanted = select(ConnectionRow.id, ConnectionRow.organisation_id).where(
        ConnectionRow.active, ConnectionRow.paused_reason.is_(None)
    )
    with desk.db.read() as session:
        return [(connection_id, organisation_id) for connection_id, organisation_id in session.execute(wanted)]


def _starts(desk: Desk, name: str, every: timedelta) -> bool:
    """Whether this process is the one to start it now; after a time of standing still, it starts once, not often."""
    now = desk.now()
    if not _is_due(desk, name, now):
        return False
    with desk.db.write() as session:
        return _claims(session, name, now, every)


def _claims(session: Session, name: str, now: datetime, every: timedelta) -> bool:
    session.execute(upsert(session, Timetable).values(name=name, next_at=now).on_conflict_do_nothing())
    mine = update(Timetable).where(Timetable.name == name, Timetable.next_at <= now).values(next_at=now + every)
    return change(session, mine) > 0


def _is_due(desk: Desk, name: str, now: datetime) -> bool:
    with desk.db.read() as session:
        next_at = session.scalar(select(Timetable.next_at).where(Timetable.name == name))
    return next_at is None or next_at <= now
