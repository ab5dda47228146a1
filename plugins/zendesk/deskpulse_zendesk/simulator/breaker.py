"""The circuit breaker of webhook delivery: many failures pause it, and what falls into the pause is lost."""

from __future__ import annotations

import threading
import time
from collections import deque

WINDOW = 300.0
PAUSE = 5.0
LEAST_REQUESTS = 100
ERROR_SHARE = 0.7
MOST_ERRORS = 1000


class Breaker:
    """Counts outcomes of the last five minutes; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outcomes: deque[tuple[float, bool]] = deque()
        self._failed = 0
        self._open_until = 0.0

    def open(self) -> bool:
        """Whether deliveries are skipped at this moment."""
        with self._lock:
            return time.monotonic() < self._open_until

    def count(self, *, failed: bool) -> None:
        """Note one outcome; trips when failures prevail."""
        with self._lock:
            moment = time.monotonic()
            self._outcomes.append((moment, failed))
            self._failed += failed
            while self._outcomes[0][0] < moment - WINDOW:
                self._failed -= self._outcomes.popleft()[1]
            many = len(self._outcomes) >= LEAST_REQUESTS
            if many and (self._failed >= ERROR_SHARE * len(self._outcomes) or self._failed > MOST_ERRORS):
                self._open_until = moment + PAUSE
                self._outcomes.clear()
                self._failed = 0
