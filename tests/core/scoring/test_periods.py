"""Periods of days, over clock changes and month ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.scoring.periods import Month, Period, custom, month, months_back, of_month, parse_month, thirty_days

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    [
        *["UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Havana"],
        *["America/Sao_Paulo", "Asia/Kathmandu", "Asia/Pyongyang", "Asia/Tehran", "Africa/Casablanca"],
        *["Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Antarctica/Troll"],
    ]
).map(ZoneInfo)
FIRST, LAST = date(1970, 1, 1), date(2100, 12, 31)
MOMENTS = st.datetimes(datetime(1970, 3, 1), datetime(2100, 12, 30), timezones=st.just(UTC))
DAYS = st.dates(FIRST, LAST)
MONTHS = st.builds(month, st.integers(1970, 2100), st.integers(1, 12))
ONE_DAY = timedelta(days=1)


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def dates_of(period: Period) -> list[date]:
    return [period.first + timedelta(days=number) for number in range(period.days)]


# The example that people know.


def test_the_thirty_days_of_the_fifteenth_of_august() -> None:
    period = thirty_days(noon(2026, 8, 15), BERLIN)
    assert period == Period(date(2026, 7, 16), date(2026, 8, 15))
    assert (period.label, period.days) == ("16 July to 15 August 2026", 31)


def test_july_viewed_in_august_is_july() -> None:
    assert of_month(month(2026, 7), noon(2026, 8, 15), BERLIN) == month(2026, 7)
    assert (month(2026, 7).first, month(2026, 7).last) == (date(2026, 7, 1), date(2026, 7, 31))


def test_august_viewed_in_august_is_thirty_days() -> None:
    now = noon(2026, 8, 15)
    assert of_month(month(2026, 8), now, BERLIN) == thirty_days(now, BERLIN)
    assert of_month(month(2026, 8), noon(2026, 8, 31), BERLIN) == thirty_days(noon(2026, 8, 31), BERLIN)


def test_a_month_to_come_has_nothing_to_show() -> None:
    with pytest.raises(ValueError, match="September 2026 has not begun yet"):
        of_month(month(2026, 9), noon(2026, 8, 31), BERLIN)


@given(MOMENTS, ZONES, MONTHS)
def test_a_month_is_shown_as_thirty_days_by_the_calendar_or_not_at_all(
    now: datetime, zone: ZoneInfo, chosen: Month
) -> None:
    running = parse_month(now.astimezone(zone).strftime("%Y-%m"))
    if chosen.first > running.first:
        with pytest.raises(ValueError, match="not begun"):
            of_month(chosen, now, zone)
    else:
        expected = thirty_days(now, zone) if chosen == running else chosen
        assert of_month(chosen, now, zone) == expected


# Moments.


def test_a_day_belongs_to_the_organisations_zone() -> None:
    just_before_midnight_utc = datetime(2026, 8, 14, 22, 30, tzinfo=UTC)
    assert thirty_days(just_before_midnight_utc, BERLIN).last == date(2026, 8, 15)


def test_days_of_a_clock_change_are_shorter_and_longer() -> None:
    spring = Period(date(2026, 3, 29), date(2026, 3, 29)).moments(BERLIN)
    autumn = Period(date(2026, 10, 25), date(2026, 10, 25)).moments(BERLIN)
    assert spring[1] - spring[0] == timedelta(hours=23)
    assert autumn[1] - autumn[0] == timedelta(hours=25)


def test_months_of_a_clock_change_are_shorter_and_longer() -> None:
    lengths = [end - begin for begin, end in (month(2026, number).moments(BERLIN) for number in (3, 7, 10))]
    assert lengths == [timedelta(days=31, hours=hours) for hours in (-1, 0, 1)]


def test_a_midnight_that_the_clocks_skip() -> None:
    """In Brazil the clocks went from 23:59:59 to 01:00 at this midnight."""
    begin, end = Period(date(2018, 11, 4), date(2018, 11, 4)).moments(ZoneInfo("America/Sao_Paulo"))
    assert (begin, end) == (datetime(2018, 11, 4, 3, tzinfo=UTC), datetime(2018, 11, 5, 2, tzinfo=UTC))


def test_a_day_that_never_was() -> None:
    """Samoa went from the 29th to the 31st of December 2011."""
    begin, end = Period(date(2011, 12, 30), date(2011, 12, 30)).moments(ZoneInfo("Pacific/Apia"))
    assert begin == end


@given(DAYS, ZONES)
def test_a_day_begins_where_its_date_begins(day: date, zone: ZoneInfo) -> None:
    begin, end = Period(day, day).moments(zone)
    if begin < end:
        assert begin.astimezone(zone).date() == day
        assert timedelta(hours=20) < end - begin < timedelta(hours=28)
    assert (begin - timedelta(seconds=1)).astimezone(zone).date() < day


@given(DAYS, st.integers(0, 800), ZONES)
def test_a_period_is_exactly_its_days(first: date, more: int, zone: ZoneInfo) -> None:
    period = Period(first, first + timedelta(days=more))
    days = [Period(day, day).moments(zone) for day in dates_of(period)]
    assert (days[0][0], days[-1][1]) == period.moments(zone)
    assert all(one[1] == following[0] for one, following in pairwise(days))


@given(MOMENTS, ZONES)
def test_now_lies_within_the_thirty_days(now: datetime, zone: ZoneInfo) -> None:
    period = thirty_days(now, zone)
    begin, end = period.moments(zone)
    # Where clocks go back over midnight (St. John's, until 2011), the new day has begun for a minute and is over again.
    assert begin <= now < end + timedelta(hours=1)
    assert period.days == 31
    assert period.last == now.astimezone(zone).date()


# What a period is compared with.


def test_the_period_before() -> None:
    assert thirty_days(noon(2026, 8, 15), BERLIN).previous() == Period(date(2026, 6, 15), date(2026, 7, 15))
    assert month(2026, 7).previous() == month(2026, 6)
    assert month(2026, 1).previous() == month(2025, 12)
    assert month(2024, 3).previous().days == 29
    assert custom(date(2026, 7, 1), date(2026, 7, 31)).previous() == Period(date(2026, 5, 31), date(2026, 6, 30))
    assert custom(date(2026, 3, 1), date(2026, 3, 1)).previous() == Period(date(2026, 2, 28), date(2026, 2, 28))


def test_thirty_days_that_happen_to_be_a_month_are_none() -> None:
    period = thirty_days(noon(2026, 7, 31), BERLIN)
    assert dates_of(period) == dates_of(month(2026, 7))
    assert period != month(2026, 7)
    assert (period.label, period.previous().days) == ("1 to 31 July 2026", 31)


@given(DAYS, st.integers(0, 2000), ZONES)
def test_the_days_before_touch_and_are_as_many(first: date, more: int, zone: ZoneInfo) -> None:
    period = Period(first, first + timedelta(days=more))
    before = period.previous()
    assert before.days == period.days
    assert before.last + ONE_DAY == period.first
    assert before.moments(zone)[1] == period.moments(zone)[0]


@given(MONTHS, ZONES)
def test_months_touch(one: Month, zone: ZoneInfo) -> None:
    before = one.previous()
    assert before.moments(zone)[1] == one.moments(zone)[0]
    assert (before.first.day, (before.last + ONE_DAY)) == (1, one.first)


# Months.


@given(MONTHS)
def test_a_month_has_all_its_days_and_no_other(one: Month) -> None:
    days = dates_of(one)
    assert {(day.year, day.month) for day in days} == {(one.first.year, one.first.month)}
    assert (one.first - ONE_DAY).month != one.first.month != (one.last + ONE_DAY).month


@pytest.mark.parametrize(
    ("year", "days"), [(1972, 29), (1999, 28), (2000, 29), (2024, 29), (2026, 28), (2096, 29), (2100, 28)]
)
def test_leap_years(year: int, days: int) -> None:
    assert month(year, 2).days == days


@given(MONTHS)
def test_a_month_is_written_as_it_is_read(one: Month) -> None:
    assert parse_month(str(one)) == one


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2026-13", "from 1 to 12, not 13"),
        ("2026-00", "from 1 to 12, not 0"),
        ("1969-12", "between 1970 and 2100, not 1969"),
        ("2101-01", "between 1970 and 2100, not 2101"),
        ("0000-01", "between 1970 and 2100, not 0"),
        *[(text, "written as year and month") for text in ("", "2026", "2026-7", "07-2026", "2026-07-01", " 2026-07")],
        *[(text, "written as year and month") for text in ("2026-07\n", "٢٠٢٦-٠٧", "-026-07", "July 2026")],  # noqa: RUF001
    ],
)
def test_what_is_no_month_is_said_in_plain_words(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_month(text)


@given(st.text(max_size=9))
def test_any_text_is_a_month_or_refused(text: str) -> None:
    try:
        found = parse_month(text)
    except ValueError:
        return
    assert str(found) == text


def test_a_trend_ends_with_the_running_month() -> None:
    trend = months_back(date(2026, 8, 15))
    assert (len(trend), str(trend[0]), str(trend[-1])) == (36, "2023-09", "2026-08")
    assert months_back(Period(date(2026, 7, 16), date(2026, 8, 15))) == trend
    assert months_back(month(2026, 8), 2) == [month(2026, 7), month(2026, 8)]


@given(DAYS, st.integers(1, 60))
def test_a_trend_has_every_month_once(day: date, count: int) -> None:
    trend = months_back(day, count)
    assert len(trend) == count
    assert trend[-1].first <= day <= trend[-1].last
    assert all(one.last + ONE_DAY == following.first for one, following in pairwise(trend))


# Chosen days.


@given(DAYS, DAYS)
def test_chosen_days_are_taken_or_refused(first: date, last: date) -> None:
    if first <= last:
        assert custom(first, last) == Period(first, last)
    else:
        with pytest.raises(ValueError, match=f"the last day, {last}, lies before the first day, {first}"):
            custom(first, last)


@pytest.mark.parametrize(
    ("first", "last"), [(date(1969, 12, 31), FIRST), (LAST, date(2101, 1, 1)), (date.min, date.max)], ids=str
)
def test_years_that_nobody_means_are_refused(first: date, last: date) -> None:
    with pytest.raises(ValueError, match="between 1970 and 2100"):
        custom(first, last)


@pytest.mark.parametrize(
    ("first", "last", "label"),
    [
        (date(2026, 7, 16), date(2026, 8, 15), "16 July to 15 August 2026"),
        (date(2026, 7, 1), date(2026, 7, 31), "1 to 31 July 2026"),
        (date(2026, 12, 20), date(2027, 1, 19), "20 December 2026 to 19 January 2027"),
        (date(2025, 7, 1), date(2026, 7, 31), "1 July 2025 to 31 July 2026"),
        (date(2026, 2, 3), date(2026, 2, 3), "3 February 2026"),
    ],
)
def test_days_for_people(first: date, last: date, label: str) -> None:
    assert custom(first, last).label == label


def test_months_for_people() -> None:
    labels = [one.label for one in months_back(date(2026, 12, 1), 12)]
    assert labels == [date(2026, number, 1).strftime("%B %Y") for number in range(1, 13)]
