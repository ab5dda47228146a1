"""How the loop is doing: connections, inlet, jobs, coverage; and why a ticket was, or was not, asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import SyncRun
from deskpulse.inbound import deliveries, reconciliation
from deskpulse.inbound.models import DeliveryRow
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job, WriteBack
from deskpulse.surveys.models import Decision, Invite, Resolution, Response, TicketRow

FAILED_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """One connection: its row, its coverage, its last synchronisation, and how full the mapped fields are."""

    row: ConnectionRow
    coverage: reconciliation.Coverage
    last_sync: SyncRun | None
    fill_rates: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that the status page shows."""

    connections: Sequence[ConnectionStatus]
    deliveries: Mapping[str, int]
    refusals: Sequence[tuple[str, str, int]]
    jobs: Mapping[str, int]
    failed: Sequence[Job]
    invites: Mapping[str, int]
    write_backs: Mapping[str, int]


def status(desk: Desk, organisation_id: int) -> Status:
    """The state of one organisation's loop."""
    with desk.db.read() as session:
        rows = session.scalars(
            select(ConnectionRow)
            .where(ConnectionRow.organisation_id == organisation_id, ConnectionRow.active)
            .order_by(ConnectionRow.id)
        ).all()
        syncs = {row.id: _last_sync(session, row.id) for row in rows}
        fills = {row.id: fill_rates(session, row.id) for row in rows}
        failed = session.scalars(
            select(Job)
            .where(Job.organisation_id == organisation_id, Job.state.in_(("failed", "waiting")))
            .order_by(Job.id.desc())
            .limit(FAILED_SHOWN)
        ).all()
        jobs = outbox.counts(session, organisation_id)
        taken = _counts(session, DeliveryRow, organisation_id)
        invited = _counts(session, Invite, organisation_id)
        written = _counts(session, WriteBack, organisation_id)
    return Status(
        [ConnectionStatus(row, reconciliation.coverage(desk, row.id), syncs[row.id], fills[row.id]) for row in rows],
        taken,
        deliveries.refusals(desk, organisation_id),
        jobs,
        failed,
        invited,
        written,
    )


def decisions(session: Session, organisation_id: int, ticket: str, *, limit: int = 50) -> Sequence[Any]:
    """Every Decision about a ticket, by its number or id (empty: the newest of all), with invite and response.

    Two helpdesks may use one number: each row also names its ``helpdesk``.
    """
    wanted = (
        select(Decision, Resolution, TicketRow, Invite, Response.id.label("response_id"), Response.score)
        .add_columns(ConnectionRow.name.label("helpdesk"))
        .join(Resolution, Resolution.id == Decision.resolution_id)
        .join(TicketRow, TicketRow.id == Resolution.ticket_id)
        .join(ConnectionRow, ConnectionRow.id == TicketRow.connection_id)
        .outerjoin(Invite, Invite.resolution_id == Resolution.id)
        .outerjoin(Response, Response.invite_id == Invite.id)
        .where(Decision.organisation_id == organisation_id)
        .order_by(Decision.decided_at.desc(), Decision.resolution_id.desc())
        .limit(limit)
    )
    if ticket:
        wanted = wanted.where(or_(TicketRow.number == ticket, TicketRow.vendor_id == ticket))
    return session.execute(wanted).all()


def fill_rates(session: Session, connection_id: int, *, sample: int = 500) -> dict[str, float]:
    """For every mapped field, the share of the newest resolutions that had a value, from 0 to 1."""
    wanted = (
        select(Resolution.fields)
        .join(TicketRow, TicketRow.id == Resolution.ticket_id)
        .where(TicketRow.connection_id == connection_id, Resolution.complete)
        .order_by(Resolution.id.desc())
        .limit(sample)
    )
    rows = session.scalars(wanted).all()
    names = sorted({name for row in rows for name in row})
    return {name: sum(bool(row.get(name)) for row in rows) / len(rows) for name in names}


def _last_sync(session: Session, connection_id: int) -> SyncRun | None:
    wanted = select(SyncRun).where(SyncRun.connection_id == connection_id).order_by(SyncRun.id.desc()).limit(1)
    return session.scalar(wanted)


def _counts(session: Session, table: Any, organisation_id: int) -> dict[str, int]:
    counted = select(table.state, func.count()).where(table.organisation_id == organisation_id).group_by(table.state)
    return dict(session.execute(counted).all())
