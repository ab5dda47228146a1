"""What an instance does on its own time: asynchronous rules, mails, scheduled scripts.

Jobs wait in one queue and are done by several threads, so in no certain order. Nothing runs before ``start`` or after
``close``.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable

from deskpulse_simulation.faults import Faults

_LOG = logging.getLogger(__name__)
WORKERS = 2
Job = Callable[[], object]


class Background:
    """The queue and its threads. ``tick`` is called every few seconds, as ``pause`` says."""

    def __init__(self, faults: Faults, seed: int, pause: Callable[[], float], reordered: Callable[[], bool]) -> None:
        self._faults = faults
        self._shuffle = random.Random(seed)  # noqa: S311 (repeatable shuffles, nothing secret)
        self._pause = pause
        self._reordered = reordered
        self.tick: Job = lambda: None
        self._ready = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._held: list[Job] = []
        self._busy = 0
        self._ticking = False
        self._closed = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start working, once."""
        if not self._threads:
            self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(WORKERS)]
            self._threads.append(threading.Thread(target=self._keep_time, daemon=True))
            for thread in self._threads:
                thread.start()

    def close(self) -> None:
        """Stop; what waits is not done."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(timeout=15)

    def add(self, job: Job) -> None:
        """Queue a job."""
        with self._ready:
            self._jobs.append(job)
            self._ready.notify()

    def add_rule(self, job: Job) -> None:
        """Queue an asynchronous rule, whose place in the queue is not certain."""
        with self._ready:
            batch = max(self._faults.extent("reorder_webhooks"), 2 if self._reordered() else 0)
            self._held.append(job)
            if len(self._held) >= batch:
                self._release()

    def release(self) -> None:
        """Let what is held back to be reordered go."""
        with self._ready:
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        shuffled = list(held)
        self._shuffle.shuffle(shuffled)
        if shuffled == held:
            shuffled.reverse()
        if len(shuffled) > 1:
            self._jobs.append(lambda: [job() for job in shuffled])
        else:
            self._jobs.extend(shuffled)
        self._ready.notify()

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is queued or under way, or nobody works (any more); False when that takes longer."""
        until = time.monotonic() + seconds
        with self._ready:
            while self._busy or (self._jobs and self._threads and not self._closed):
                if time.monotonic() > until:
                    return False
                self._ready.wait(0.05)
        return True

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception:
                _LOG.exception("a background job failed")
            finally:
                with self._ready:
                    self._busy -= 1
                    self._ready.notify_all()

    def _next(self) -> Job | None:
        with self._ready:
            while not self._closed:
                if self._jobs:
                    self._busy += 1
                    return self._jobs.popleft()
                self._ready.wait()
            return None

    def _keep_time(self) -> None:
        with self._ready:
            while not self._closed:
                self._ready.wait_for(lambda: self._closed, self._pause())
                if not self._ticking:
                    self._ticking = True
                    self._jobs.append(self._tick)
                    self._ready.notify()

    def _tick(self) -> None:
        try:
            self.tick()
        finally:
            self._ticking = False
