"""Draining the outbox: claim due jobs, run each, and let its error's class say what happens to it."""

from __future__ import annotations

import threading

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from deskpulse.connections import provisioning
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError, HelpdeskError, RateLimited, Retry
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.worker.jobs import JOBS
from deskpulse.worker.leases import Leases

BATCH = 4
"""Jobs claimed at once: few, so that several workers share a burst."""
CRASHES = 5
"""Attempts after an unforeseen error before a job is set aside."""
DATABASE_AWAY = (OperationalError, InterfaceError, NoConnectionFree)
"""Says nothing about the job: it comes again until the database is back."""
_here = threading.local()
log = structlog.get_logger(__name__)


def looks_again() -> bool:
    """Whether this thread is about to claim whatever its present job queues: then nobody needs to be woken for it."""
    return getattr(_here, "looks_again", False)


def drain(desk: Desk, leases: Leases | None = None) -> int:
    """Run due jobs until none is left; how many were run. ``leases`` keeps what is claimed, and says when to stop."""
    ran = 0
    while not (leases and leases.closed) and (batch := outbox.claim(desk, BATCH)):
        if leases:
            leases.hold(batch)
        if len(batch) == BATCH:
            desk.wake()
        for position, job in enumerate(batch):
            if leases and leases.closed:
                outbox.hand_back(desk, batch[position:])
                return ran
            if leases and not leases.holds(job):
                continue
            _here.looks_again = job is batch[-1]
            try:
                run(desk, job)
            finally:
                _here.looks_again = False
                if leases:
                    leases.let_go(job)
            ran += 1
    return ran


def run(desk: Desk, job: Job) -> None:
    """Run one claimed job; its row says what became of it. Where it cannot be told, the job comes back by its lease."""
    try:
        _run(desk, job)
    except SQLAlchemyError as error:
        log.warning("outcome not recorded", job=job.id, kind=job.kind, problem=type(error).__name__)


def _run(desk: Desk, job: Job) -> None:
    try:
        work = JOBS.get(job.kind)
        if work is None:
            raise ConfigurationError(f"no such job: {job.kind}")
        ending = work(desk, job)
    except HelpdeskError as error:
        _after(desk, job, error)
    except ConfigurationError as error:
        outbox.fail(desk, job, "configuration", str(error))
    except DATABASE_AWAY as error:
        log.warning("database not usable", job=job.id, kind=job.kind, problem=type(error).__name__)
        outbox.retry_later(desk, job, "database", f"{type(error).__name__} in {job.kind}")
    except Exception as error:
        log.exception("job crashed", job=job.id, kind=job.kind)
        problem = f"{type(error).__name__} in {job.kind}; the log has the details"
        if job.attempts >= CRASHES and job.error_code == "crash":
            outbox.fail(desk, job, "crash", problem)
        else:
            outbox.retry_later(desk, job, "crash", problem)
    else:
        with desk.db.write() as session:
            if ending is not None:
                ending(session)
            outbox.finish(session, job, desk.now())


def _after(desk: Desk, job: Job, error: HelpdeskError) -> None:
    log.info("job not done", job=job.id, kind=job.kind, code=error.code, retry=error.retry)
    if error.retry is Retry.LATER:
        wait = error.retry_after if isinstance(error, RateLimited) else None
        outbox.retry_later(desk, job, error.code, str(error), wait)
    elif error.retry is Retry.PAUSE and job.connection_id is not None:
        with desk.db.write() as session:
            provisioning.pause(desk, session, job.connection_id, str(error))
            outbox.wait_for_connection(session, job, error.code, str(error))
    else:
        outbox.fail(desk, job, error.code, str(error))
