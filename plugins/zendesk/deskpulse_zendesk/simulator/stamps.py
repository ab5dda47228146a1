"""The vendor's other ways of writing a time, beside plain seconds."""

from __future__ import annotations

from datetime import UTC, datetime

from deskpulse_simulation.clock import stamp


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
