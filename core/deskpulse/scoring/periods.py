"""Periods of days in an organisation's time zone, and the moments at which they begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_BEFORE = 30


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Begin (included) and end (excluded) in UTC; days may have 23 or 25 hours."""
        return _midnight(self.first, zone), _midnight(self.last + timedelta(days=1), zone)


def thirty_days(now: datetime, zone: ZoneInfo) -> Period:
    """The period of the 30-day NPS: today and the 30 days before it, so on 15 August from 16 July to 15 August."""
    today = now.astimezone(zone).date()
    return Period(today - timedelta(days=DAYS_BEFORE), today)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day; where a clock change skips midnight, the first one that exists."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
