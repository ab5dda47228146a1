"""The account's clock: the host's time plus the steps that a test has asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def host_time() -> datetime:
    """The machine's own time, aware and in UTC."""
    return datetime.now(UTC)


class Clock:
    """Time as the account sees it. ``advance`` moves it forward without anyone waiting."""

    def __init__(self, source: Callable[[], datetime] | None = None) -> None:
        self._source = source or host_time
        self._ahead = timedelta()
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The account's present moment, which dates tickets, rules and limits."""
        return self._source() + self._ahead

    def wall(self) -> datetime:
        """The moment at the receiver of a webhook: signatures are stamped with it, so steps never make them stale."""
        return self._source()

    @property
    def ahead(self) -> float:
        """Seconds stepped so far."""
        return self._ahead.total_seconds()

    def advance(self, seconds: float) -> datetime:
        """Step the account's time forward and return the new moment."""
        self._ahead += timedelta(seconds=seconds)
        for watcher in self._watchers:
            watcher()
        return self.now()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call this after every step: what waits for a time may have become due."""
        self._watchers.append(watcher)


def stamp(moment: datetime) -> str:
    """Second-resolution UTC, ``2026-03-01T10:00:00Z``: how the kit, and most APIs, write times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
