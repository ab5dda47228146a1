"""Reconciliation: the helpdesk is asked what was resolved, and what no webhook told is decided now.

Coverage (resolutions decided / resolutions in the helpdesk) comes from the same runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import func, select, update

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow, ReconcileRun
from deskpulse.desk import Desk
from deskpulse.errors import HelpdeskError, Retry
from deskpulse.outbound.models import Job
from deskpulse.records import EventKind, EventsAndCursor, TicketEvent
from deskpulse.surveys import resolutions

RECONCILE = "reconcile"
LOOK_BACK = timedelta(hours=24)
"""How far the first run of a connection looks back."""
WINDOW = timedelta(days=30)
"""Runs that coverage is counted over."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Resolutions that the helpdesk showed in the last 30 days, and what became of them."""

    seen: int
    missed: int
    undecided: int

    @property
    def decided_share(self) -> float | None:
        """Decided / seen, from 0 to 1; None before the first run."""
        return (self.seen - self.undecided) / self.seen if self.seen else None

    @property
    def webhook_share(self) -> float | None:
        """Decided without reconciliation's help / seen."""
        return (self.seen - self.missed) / self.seen if self.seen else None


def reconcile(desk: Desk, job: Job) -> None:
    """Job: go through what was resolved since the last run; each page is committed before the next."""
    connection_id = int(job.payload["connection_id"])
    connection = connections.load(desk, connection_id)
    with desk.db.write() as session:
        row = session.get_one(ConnectionRow, connection_id)
        cursor = row.cursor or (max(row.created_at, desk.now() - LOOK_BACK)).isoformat()
        run = ReconcileRun(
            organisation_id=row.organisation_id, connection_id=connection_id, started_at=desk.now(), problem=None
        )
        session.add(run)
    pages: EventsAndCursor | None = desk.hub.ask(connection, "deskpulse_closed_since", cursor=cursor)
    try:
        for events, cursor in pages or ():
            seen, missed, undecided = _page(desk, connection_id, events)
            with desk.db.write() as session:
                session.execute(
                    update(ReconcileRun)
                    .where(ReconcileRun.id == run.id)
                    .values(
                        seen=ReconcileRun.seen + seen,
                        missed=ReconcileRun.missed + missed,
                        undecided=ReconcileRun.undecided + undecided,
                    )
                )
                session.execute(update(ConnectionRow).where(ConnectionRow.id == connection_id).values(cursor=cursor))
    except HelpdeskError as error:
        _end(desk, run.id, connection_id, str(error))
        raise
    _end(desk, run.id, connection_id, None)


def coverage(desk: Desk, connection_id: int) -> Coverage:
    """Coverage of one connection over the last 30 days."""
    sums = select(func.sum(ReconcileRun.seen), func.sum(ReconcileRun.missed), func.sum(ReconcileRun.undecided)).where(
        ReconcileRun.connection_id == connection_id, ReconcileRun.started_at >= desk.now() - WINDOW
    )
    with desk.db.read() as session:
        seen, missed, undecided = session.execute(sums).one()
    return Coverage(int(seen or 0), int(missed or 0), int(undecided or 0))


def _page(desk: Desk, connection_id: int, events: Sequence[TicketEvent]) -> tuple[int, int, int]:
    seen = missed = undecided = 0
    for event in events:
        closed = event.kind is EventKind.CLOSED
        seen += closed
        if _is_known(desk, connection_id, event):
            continue
        try:
            new = resolutions.observe(desk, connection_id, event, resolutions.RECONCILIATION)
            missed += closed and new > 0  # a source that tells no resolution may name one that is decided
        except HelpdeskError as error:
            if error.retry is not Retry.NEVER:
                raise
            missed += closed
            undecided += closed
            log.warning("resolution not decided", ticket=event.ticket.id, problem=str(error))
    return seen, missed, undecided


def _is_known(desk: Desk, connection_id: int, event: TicketEvent) -> bool:
    if event.resolution_key is None:
        return False
    with desk.db.read() as session:
        return resolutions.is_decided(session, connection_id, event.ticket.id, event.resolution_key)


def _end(desk: Desk, run_id: int, connection_id: int, problem: str | None) -> None:
    now = desk.now()
    with desk.db.write() as session:
        ended = update(ReconcileRun).where(ReconcileRun.id == run_id)
        session.execute(ended.values(finished_at=now, problem=problem))
        if problem is None:
            done = update(ConnectionRow).where(ConnectionRow.id == connection_id)
            session.execute(done.values(reconciled_at=now))
