"""Background work: jobs in a queue with threads, some of them due later, some held back to come in another order."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from deskpulse_simulation.clock import Clock

Item = TypeVar("Item")


class Workers:
    """Threads that do jobs, so in no certain order. Nothing is done before ``start`` or after ``close``.

    Waits pass on the account's clock: a step of it makes due what was to wait. A job must not raise.
    """

    def __init__(self, name: str, threads: int, clock: Clock) -> None:
        self._name = name
        self._count = threads
        self._clock = clock
        self._ready = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], object]]] = []
        self._order = itertools.count()
        self._busy = 0
        self._closed = False
        self._threads: list[threading.Thread] = []
        clock.watch(self._wake)

    def start(self) -> None:
        """Start the threads, once."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True)
                for number in range(self._count)
            ]
            for thread in self._threads:
                thread.start()

    def close(self, seconds: float) -> None:
        """Stop, waiting so long for what is under way; whatever is queued is not done."""
        with self._ready:
            self._closed = True
            self._due.clear()
            self._ready.notify_all()
        for thread in self._threads:
            thread.join(timeout=seconds)

    def add(self, job: Callable[[], object], wait: float = 0) -> None:
        """Queue a job, to be done after so many seconds."""
        with self._ready:
            heapq.heappush(self._due, (self.moment() + wait, next(self._order), job))
            self._ready.notify()

    def moment(self) -> float:
        """Seconds on a time that never goes back and that steps with the account's clock."""
        return time.monotonic() + self._clock.ahead

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is due or under way; False when that takes longer. What is due later is not waited for."""
        until = time.monotonic() + seconds
        with self._ready:
            while self._busy or any(due <= self.moment() for due, _, _ in self._due):
                if time.monotonic() > until:
                    return False
                self._ready.wait(0.05)
        return True

    def _wake(self) -> None:
        with self._ready:
            self._ready.notify_all()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            finally:
                with self._ready:
                    self._busy -= 1
                    self._ready.notify_all()

    def _next(self) -> Callable[[], object] | None:
        with self._ready:
            while not self._closed:
                wait = self._due[0][0] - self.moment() if self._due else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._ready.wait(wait)
            return None


class Disorder(Generic[Item]):
    """Holds things back until there are enough of them, and lets them go in another order.

    Not thread-safe: its caller holds the account's lock. The same seed gives the same shuffles.
    """

    def __init__(self, seed: int) -> None:
        self._shuffle = random.Random(seed)  # noqa: S311 (repeatable shuffles, nothing secret)
        self._held: list[Item] = []

    def hold(self, items: list[Item], enough: int) -> list[Item]:
        """Hold these too; all that are held, in another order, once there are enough."""
        self._held += items
        return self.release() if len(self._held) >= enough else []

    def release(self) -> list[Item]:
        """All that are held, in another order."""
        held, self._held = self._held, []
        shuffled = list(held)
        self._shuffle.shuffle(shuffled)
        if shuffled == held:
            shuffled.reverse()
        return shuffled
