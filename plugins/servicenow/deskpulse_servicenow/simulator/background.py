"""What an instance does on its own time: asynchronous rules, mails, scheduled scripts.

Jobs wait in one queue and are done by several threads, so in no certain order. Nothing runs before ``start`` or after
``close``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial

from deskpulse_simulation.clock import Clock
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.workers import Disorder, Workers

_LOG = logging.getLogger(__name__)
WORKERS = 2
PATIENCE = 15.0
"""Seconds that closing waits for a job under way."""
Job = Callable[[], object]


class Background:
    """The queue and its threads. ``tick`` is called every few seconds, as ``pause`` says.

    These are seconds of the machine: what a step of the instance's clock makes due, the schedule itself runs in turn.
    """

    def __init__(self, faults: Faults, seed: int, pause: Callable[[], float], reordered: Callable[[], bool]) -> None:
        self._faults = faults
        self._pause = pause
        self._reordered = reordered
        self.tick: Job = lambda: None
        self._workers = Workers("background", WORKERS, Clock())
        self._disorder = Disorder[Job](seed)
        self._lock = threading.Lock()
        self._started = False

    def start(self) -> None:
        """Start working, once."""
        if not self._started:
            self._started = True
            self._workers.start()
            self._workers.add(self._tick, self._pause())

    def close(self) -> None:
        """Stop; what waits is not done."""
        self._workers.close(PATIENCE)

    def add(self, job: Job) -> None:
        """Queue a job."""
        self._workers.add(partial(_do, [job]))

    def add_rule(self, job: Job) -> None:
        """Queue an asynchronous rule, whose place in the queue is not certain."""
        with self._lock:
            batch = max(self._faults.extent("reorder_webhooks"), 2 if self._reordered() else 0)
            self._workers.add(partial(_do, self._disorder.hold([job], batch)))

    def release(self) -> None:
        """Let what is held back to be reordered go."""
        with self._lock:
            self._workers.add(partial(_do, self._disorder.release()))

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is queued or under way, or nobody works yet; False when that takes longer."""
        return not self._started or self._workers.wait_idle(seconds)

    def _tick(self) -> None:
        _do([self.tick])
        self._workers.add(self._tick, self._pause())


def _do(jobs: list[Job]) -> None:
    """One after the other; one that fails is no reason to leave the others."""
    for job in jobs:
        try:
            job()
        except Exception:
            _LOG.exception("a background job failed")
