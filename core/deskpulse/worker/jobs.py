"""Every kind of job, and what it calls. Thin on purpose: the work is in the rooms."""

from __future__ import annotations

from collections.abc import Callable

from deskpulse.connections import notices
from deskpulse.desk import Desk
from deskpulse.directory import sync
from deskpulse.inbound import deliveries, reading, reconciliation
from deskpulse.outbound import write_back
from deskpulse.outbound.models import Job
from deskpulse.surveys import invites, responses, telling, tracing


def sync_groups(desk: Desk, job: Job) -> None:
    """Job: bring one connection's groups and agents into step."""
    sync.synchronise(desk, int(job.payload["connection_id"]))


JOBS: dict[str, Callable[[Desk, Job], None]] = {
    deliveries.READ: reading.read,
    invites.SEND: invites.send,
    write_back.WRITE_BACK: write_back.write_back,
    telling.TELL: telling.tell,
    responses.TRACE: tracing.trace,
    reconciliation.RECONCILE: reconciliation.reconcile,
    "sync_groups": sync_groups,
    notices.TELL_ADMINISTRATORS: notices.tell,
}
