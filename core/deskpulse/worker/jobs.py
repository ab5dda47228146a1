"""Every kind of job, and what it calls. Thin on purpose: the work is in the rooms."""

from __future__ import annotations

from collections.abc import Callable

from deskpulse.connections import notices
from deskpulse.desk import Desk
from deskpulse.directory import groups, sync
from deskpulse.inbound import deliveries, reading, reconciliation
from deskpulse.outbound import write_back
from deskpulse.outbound.models import Job
from deskpulse.outbound.outbox import Ending
from deskpulse.reports.documents import customer_satisfaction_mail
from deskpulse.reports.launchpad import personal_set_mail
from deskpulse.reports.pivots import pivots
from deskpulse.reports.responses import mail as responses_report_mail
from deskpulse.surveys import days, invites, responses, telling, tracing


def sync_groups(desk: Desk, job: Job) -> None:
    """Job: bring one connection's groups and agents into step."""
    sync.synchronise(desk, int(job.payload["connection_id"]))


JOBS: dict[str, Callable[[Desk, Job], Ending | None]] = {
    deliveries.READ: reading.read,
    invites.SEND: invites.send,
    responses.WRITE_BACK: write_back.write_back,
    responses.TELL: telling.tell,
    responses.TRACE: tracing.trace,
    reconciliation.RECONCILE: reconciliation.reconcile,
    groups.SYNC_JOB: sync_groups,
    notices.TELL_ADMINISTRATORS: notices.tell,
    days.RESTAMP: days.restamp,
    pivots.KEEP: pivots.keep,
    responses_report_mail.MAIL_REPORT: responses_report_mail.mail,
    customer_satisfaction_mail.MAIL_REPORT: customer_satisfaction_mail.mail,
    personal_set_mail.MAIL_SET: personal_set_mail.mail,
}
