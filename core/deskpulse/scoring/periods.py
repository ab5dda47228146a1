"""Periods of days in an organisation's time zone, and the moments at which they begin and end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS_BEFORE = 30
FIRST_YEAR, LAST_YEAR = 1970, 2100
MONTHS_OF_A_TREND = 36

_ONE_DAY = timedelta(days=1)
_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def label(self) -> str:
        """The days for people to read: "16 July to 15 August 2026"; what both ends share is said once."""
        end = f"{self.last.day} {_NAMES[self.last.month - 1]} {self.last.year}"
        if self.first == self.last:
            return end
        begin = str(self.first.day)
        if (self.first.year, self.first.month) != (self.last.year, self.last.month):
            begin += f" {_NAMES[self.first.month - 1]}"
        if self.first.year != self.last.year:
            begin += f" {self.first.year}"
        return f"{begin} to {end}"

    def previous(self) -> Period:
        """The same number of days directly before, to compare with."""
        return Period(self.first - timedelta(days=self.days), self.first - _ONE_DAY)

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Begin (included) and end (excluded) in UTC; days may have 23 or 25 hours."""
        return _midnight(self.first, zone), _midnight(self.last + _ONE_DAY, zone)


@dataclass(frozen=True, slots=True)
class Month(Period):
    """A calendar month; `month` makes one. Not equal to a period that merely has the same days."""

    @property
    def label(self) -> str:
        """The month for people to read: "July 2026"."""
        return f"{_NAMES[self.first.month - 1]} {self.first.year}"

    def __str__(self) -> str:
        """As in addresses and files, "2026-07"; `parse_month` reads it."""
        return f"{self.first.year:04}-{self.first.month:02}"

    def previous(self) -> Month:
        """The month before, however many days that has."""
        return _month_of(self.first - _ONE_DAY)


def thirty_days(now: datetime, zone: ZoneInfo) -> Period:
    """The period of the 30-day NPS: today and the 30 days before it, so on 15 August from 16 July to 15 August."""
    today = now.astimezone(zone).date()
    return Period(today - timedelta(days=DAYS_BEFORE), today)


def month(year: int, month: int) -> Month:
    """A calendar month, from its first to its last day. Raises ValueError for a month or a year that we do not know."""
    if not 1 <= month <= 12:
        raise ValueError(f"a month is a number from 1 to 12, not {month}")
    _check_year(year)
    return _month_of(date(year, month, 1))


def parse_month(text: str) -> Month:
    """The month written as "2026-07". Raises ValueError for anything else."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
    if found is None:
        raise ValueError(f'a month is written as year and month, like "2026-07", not "{text}"')
    return month(int(found[1]), int(found[2]))


def custom(first: date, last: date) -> Period:
    """The days that somebody chose, both included. Raises ValueError where they are no period."""
    if last < first:
        raise ValueError(f"the last day, {last}, lies before the first day, {first}")
    _check_year(first.year)
    _check_year(last.year)
    return Period(first, last)


def of_month(chosen: Month, now: datetime, zone: ZoneInfo) -> Period:
    """What displays show for a month: the running one as 30 days up to today, a past one by the calendar.

    Raises ValueError for a month that has not begun.
    """
    today = now.astimezone(zone).date()
    if chosen.first > today:
        raise ValueError(f"{chosen.label} has not begun yet")
    return thirty_days(now, zone) if today <= chosen.last else chosen


def months_back(until: date | Period, count: int = MONTHS_OF_A_TREND) -> list[Month]:
    """So many calendar months, oldest first, ending with the one that a day, or the last day of a period, lies in."""
    months = [_month_of(until.last if isinstance(until, Period) else until)]
    while len(months) < count:
        months.append(months[-1].previous())
    return months[::-1]


def _month_of(day: date) -> Month:
    first = day.replace(day=1)
    return Month(first, (first + timedelta(days=31)).replace(day=1) - _ONE_DAY)


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"a year lies between {FIRST_YEAR} and {LAST_YEAR}, not {year}")


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day; where a clock change skips midnight, the first one that exists."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
