"""Counting towards rate limits. The numbers, headers and errors are the vendor's."""

from __future__ import annotations

from typing import NamedTuple

from deskpulse_simulation.clock import Clock

MOST_WINDOWS = 10_000


class Used(NamedTuple):
    """What a window holds: ``used``, the request just counted included, and seconds until it starts anew."""

    used: int
    reset: int


class Windows:
    """Counts in fixed windows on the account's clock; a window opens with its first request.

    Not thread-safe: its caller holds the account's lock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[tuple[object, ...], tuple[int, int]] = {}

    def clear(self) -> None:
        """Forget what was counted, as after a change of the rates."""
        self._windows.clear()

    def count(self, key: tuple[object, ...], length: int, cost: int = 1) -> Used:
        """Count a request that costs so much towards the window of this key, which is ``length`` seconds long."""
        moment = int(self._clock.now().timestamp())
        start, used = self._windows.get(key, (moment, 0))
        if moment - start >= length or moment < start:
            start, used = moment, 0
            if len(self._windows) > MOST_WINDOWS:
                self._windows.clear()
        self._windows[key] = (start, used + cost)
        return Used(used + cost, start + length - moment)
