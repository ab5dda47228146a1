"""Signs of life: while this process lives, the leases of the jobs it has claimed are renewed, however long they take.

So a lease can be short, and the jobs of a worker that was killed come back within seconds.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from deskpulse.desk import Desk
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job

RENEW_EVERY = outbox.LEASE.total_seconds() / 4
"""Seconds: two may fail before a lease is lost."""
log = structlog.get_logger(__name__)


class Leases:
    """The jobs that this process has claimed. A thread, started with the first of them, renews their leases."""

    def __init__(self, desk: Desk, renew_every: float = RENEW_EVERY) -> None:
        self._desk, self._renew_every = desk, renew_every
        self._held: dict[int, Job] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def closed(self) -> bool:
        """Whether the process is about to end: then no job is begun."""
        return self._closed.is_set()

    def close(self) -> None:
        """Begin no further job; those under way are kept to their end."""
        self._closed.set()

    def wait_closed(self, seconds: float) -> bool:
        """Sleep, but not beyond the order to end; whether that was given."""
        return self._closed.wait(seconds)

    def hold(self, jobs: Iterable[Job]) -> None:
        """Keep claimed jobs from now on."""
        with self._lock:
            self._held.update({job.id: job for job in jobs})
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_renewing, name="deskpulse-leases", daemon=True)
                self._thread.start()

    def holds(self, job: Job) -> bool:
        """Whether the job is still this process's own, as far as is known."""
        with self._lock:
            return self._held.get(job.id) is job

    def let_go(self, job: Job) -> None:
        """The job is over."""
        with self._lock:
            if self._held.get(job.id) is job:
                del self._held[job.id]

    def renew(self) -> None:
        """Renew all leases; a job that was given to another worker is no longer held."""
        with self._lock:
            held = list(self._held.values())
        if not held:
            return
        try:
            kept = outbox.renew(self._desk, held)
        except SQLAlchemyError as error:
            log.warning("leases not renewed", jobs=len(held), problem=type(error).__name__)
            return
        for job in held:
            if job.id not in kept:
                self.let_go(job)

    def _keep_renewing(self) -> None:
        pause = threading.Event()
        while not pause.wait(self._renew_every):
            self.renew()
