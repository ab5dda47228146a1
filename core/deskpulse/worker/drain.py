"""Draining the outbox: claim due jobs, run each, and let its error's class say what happens to it."""

from __future__ import annotations

import structlog

from deskpulse.connections import provisioning
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError, HelpdeskError, RateLimited, Retry
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.worker.jobs import JOBS

BATCH = 4
"""Jobs claimed at once: few, so that several workers share a burst."""
CRASHES = 5
"""Attempts after an unforeseen error before a job is set aside."""
log = structlog.get_logger(__name__)


def drain(desk: Desk) -> int:
    """Run due jobs until none is left; how many were run."""
    ran = 0
    while batch := outbox.claim(desk, BATCH):
        if len(batch) == BATCH:
            desk.wake()
        for job in batch:
            run(desk, job)
        ran += len(batch)
    return ran


def run(desk: Desk, job: Job) -> None:
    """Run one claimed job; whatever happens, its row says so afterwards."""
    try:
        work = JOBS.get(job.kind)
        if work is None:
            raise ConfigurationError(f"no such job: {job.kind}")
        work(desk, job)
    except HelpdeskError as error:
        _after(desk, job, error)
    except ConfigurationError as error:
        outbox.fail(desk, job, "configuration", str(error))
    except Exception as error:
        log.exception("job crashed", job=job.id, kind=job.kind)
        problem = f"{type(error).__name__} in {job.kind}; the log has the details"
        if job.attempts >= CRASHES:
            outbox.fail(desk, job, "crash", problem)
        else:
            outbox.retry_later(desk, job, "crash", problem)
    else:
        with desk.db.write() as session:
            outbox.finish(session, job.id, desk.now())


def _after(desk: Desk, job: Job, error: HelpdeskError) -> None:
    log.info("job not done", job=job.id, kind=job.kind, code=error.code, retry=error.retry)
    if error.retry is Retry.LATER:
        wait = error.retry_after if isinstance(error, RateLimited) else None
        outbox.retry_later(desk, job, error.code, str(error), wait)
    elif error.retry is Retry.PAUSE and job.connection_id is not None:
        outbox.wait_for_connection(desk, job, error.code, str(error))
        provisioning.pause(desk, job.connection_id, str(error))
    else:
        outbox.fail(desk, job, error.code, str(error))
