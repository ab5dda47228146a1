"""The account's clock: the host's time plus the steps a test has asked for, and the vendor's ways of writing a time."""

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

    def now(self) -> datetime:
        """The account's present moment, which dates tickets, rules and limits."""
        return self._source() + self._ahead

    def wall(self) -> datetime:
        """The moment at the receiver of a webhook: signatures are stamped with it, so steps never make them stale."""
        return self._source()

    def advance(self, seconds: float) -> datetime:
        """Step the account's time forward and return the new moment."""
        self._ahead += timedelta(seconds=seconds)
        return self.now()


def stamp(moment: datetime) -> str:
    """Second-resolution UTC, ``2026-03-01T10:00:00Z``: how the Support API writes times."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_none(moment: datetime | None) -> str | None:
    """``stamp`` for a time that may not be set."""
    return None if moment is None else stamp(moment)


def fine_stamp(moment: datetime) -> str:
    """Nanosecond digits, as a webhook's ``created_at`` reads in the answer to its creation."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond * 1000 + 650:09d}Z"


def whole_second(moment: datetime) -> datetime:
    """The stored resolution of ticket times; ``updated_stamp`` comparisons rely on it."""
    return moment.astimezone(UTC).replace(microsecond=0)
