"""Time that passes only when something sleeps, so that tests of waiting do not wait."""

from __future__ import annotations


class SteppedTime:
    """A monotonic clock and its ``sleep``: sleeping moves the clock and returns at once."""

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Seconds since this was made."""
        return self.at

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.at += seconds
