"""What readers of one process made of the database a moment ago, so that the same is not made again and again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any

from cachetools import TTLCache

MOST, SECONDS = 200_000, 60.0
"""How much is kept, by the sizes that are given, and for how long. A restored backup spoils no more than that."""


class Memory:
    """Values by key, bounded in size and age, for many threads.

    A key names the revision of what its value was made of: nothing is ever corrected here, it is only forgotten.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: TTLCache[Hashable, tuple[int, Any]] = TTLCache(MOST, SECONDS, clock, lambda kept: kept[0])
        self._turn = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """What is kept under a key, or ``None``."""
        with self._turn:
            return self._kept.get(key, (0, None))[1]

    def keep(self, key: Hashable, value: Any, size: int) -> None:
        """Keep a value that nobody changes any more; one that is larger than everything together is not kept.

        Every value takes up one more than its size, so that there are never more values than that either.
        """
        if size < MOST:
            with self._turn:
                self._kept[key] = size + 1, value
