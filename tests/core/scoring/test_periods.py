"""Periods of days, over clock changes and month ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from deskpulse.scoring.periods import Period, thirty_days

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "America/Sao_Paulo"]
)
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def test_the_thirty_days_of_the_fifteenth_of_august() -> None:
    period = thirty_days(datetime(2026, 8, 15, 12, tzinfo=UTC), BERLIN)
    assert period == Period(date(2026, 7, 16), date(2026, 8, 15))


def test_a_day_belongs_to_the_organisations_zone() -> None:
    just_before_midnight_utc = datetime(2026, 8, 14, 22, 30, tzinfo=UTC)
    assert thirty_days(just_before_midnight_utc, BERLIN).last == date(2026, 8, 15)


def test_days_of_a_clock_change_are_shorter_and_longer() -> None:
    spring = Period(date(2026, 3, 29), date(2026, 3, 29)).moments(BERLIN)
    autumn = Period(date(2026, 10, 25), date(2026, 10, 25)).moments(BERLIN)
    assert spring[1] - spring[0] == timedelta(hours=23)
    assert autumn[1] - autumn[0] == timedelta(hours=25)


@given(MOMENTS, ZONES)
def test_now_lies_within_and_neighbouring_periods_touch(now: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    period = thirty_days(now, zone)
    begin, end = period.moments(zone)
    assert begin <= now < end
    assert (period.last - period.first).days == 30
    following = Period(period.last + timedelta(days=1), period.last + timedelta(days=1))
    assert following.moments(zone)[0] == end
