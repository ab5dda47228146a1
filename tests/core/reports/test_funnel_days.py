"""Counts by day: what is read from them, when they are not to be trusted, and that they are made anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select

from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel import days as funnel_days
from deskpulse.reports.funnel import funnel
from deskpulse.reports.funnel import journeys as funnel_journeys
from deskpulse.reports.funnel.models import Journey, JourneyDay, JourneyGroupDay, JourneyStageDay, JourneyZone
from deskpulse.reports.funnel.stages import Stage
from deskpulse.reports.question import parse
from deskpulse.surveys import days, rules
from deskpulse.surveys.models import Decision, Resolution
from fixtures.cohort import Cohort, Resolved


@pytest.fixture
def cohort(desk: Desk, organisation: Organisation) -> Cohort:
    return Cohort(desk, organisation)


@pytest.fixture
def resolved(desk: Desk, organisation: Organisation) -> Callable[..., int]:
    """How many resolutions the funnel counts; with ``journeys=False`` they are taken away for that reading."""

    def read(*, journeys: bool = True, **parameters: str) -> int:
        pairs = [(name.replace("from_", "from"), value) for name, value in parameters.items()]
        with desk.db.write() as session:
            mine = session.get_one(Organisation, organisation.id)
            if not journeys:
                session.execute(delete(Journey))
            found = funnel.summary(session, mine, parse(session, mine, pairs, desk.now())).counts[Stage.RESOLVED]
            if not journeys:
                session.rollback()
        return found

    return read


def kept(desk: Desk) -> int:
    """How many resolutions are counted, in every table alike."""
    every = (JourneyDay, JourneyGroupDay, JourneyStageDay)
    with desk.db.read() as session:
        found = {session.scalar(select(func.coalesce(func.sum(table.number), 0))) or 0 for table in every}
    (number,) = found
    return number


def move(desk: Desk, organisation: Organisation, time_zone: str) -> None:
    with desk.db.write() as session:
        days.move(desk, session, session.get_one(Organisation, organisation.id), time_zone, "test")


def remove(desk: Desk, one: Resolved) -> None:
    with desk.db.write() as session:
        session.execute(delete(Decision).where(Decision.resolution_id == one.id))
        session.execute(delete(Resolution).where(Resolution.id == one.id))


def test_what_no_other_filter_narrows_is_read_from_counts_by_day(
    desk: Desk, organisation: Organisation, cohort: Cohort, resolved: Callable[..., int]
) -> None:
    with desk.db.write() as session:
        group = SupportGroup(organisation_id=organisation.id, name="Network", code="net")
        session.add(group)
    cohort.resolve(rules.SPAM, group_id=group.id, priority="high")
    cohort.resolve(rules.SPAM, priority="high")
    funnel_journeys.fold(desk)
    assert kept(desk) == 2
    for asked, number in (({}, 2), ({"rgid": "net"}, 1), ({"rgid": "NONE"}, 1)):
        assert resolved(**asked) == resolved(journeys=False, **asked) == number
    for asked, number in (({"priority": "high"}, 2), ({"priority": "high", "rgid": "net"}, 1), ({"tid": "N1"}, 1)):
        assert resolved(**asked) == number
        assert resolved(journeys=False, **asked) == 0


def test_after_a_change_of_zone_journeys_are_read_until_the_days_are_counted_anew(
    desk: Desk, organisation: Organisation, cohort: Cohort, resolved: Callable[..., int]
) -> None:
    cohort.resolve(rules.SPAM, at=datetime(2026, 1, 31, 23, 30, tzinfo=UTC))
    funnel_journeys.fold(desk)
    assert resolved(month="2026-01") == resolved(month="2026-01", journeys=False) == 1
    move(desk, organisation, "Europe/Berlin")
    assert (resolved(month="2026-01"), resolved(month="2026-02")) == (0, 1)
    assert resolved(month="2026-02", journeys=False) == 0
    funnel_journeys.fold(desk)
    assert (resolved(month="2026-01", journeys=False), resolved(month="2026-02", journeys=False)) == (0, 1)
    assert kept(desk) == 1


def test_the_newest_days_are_counted_first_and_serve_at_once(
    desk: Desk, organisation: Organisation, cohort: Cohort, resolved: Callable[..., int]
) -> None:
    for ago in (0, 10, 400, 401):
        cohort.resolve(rules.SPAM, at=desk.now() - timedelta(days=ago))
    funnel_journeys.fold(desk, batches=2)
    old = {"from_": "2024-01-01", "to": "2026-03-02"}
    assert resolved() == resolved(journeys=False) == 2
    assert (resolved(**old), resolved(journeys=False, **old)) == (4, 0)
    cohort.resolve(rules.SPAM, at=desk.now() - timedelta(days=500))
    cohort.resolve(rules.SPAM, at=desk.now() - timedelta(days=11))
    assert (resolved(), resolved(**old)) == (3, 6)
    funnel_journeys.fold(desk)
    assert resolved(journeys=False, **old) == kept(desk) == 6


def test_a_move_while_days_are_being_counted_starts_anew(
    desk: Desk, organisation: Organisation, cohort: Cohort, resolved: Callable[..., int]
) -> None:
    for ago in range(0, 60, 5):
        cohort.resolve(rules.SPAM, at=desk.now() - timedelta(days=ago))
    funnel_journeys.fold(desk, batches=3)
    move(desk, organisation, "Pacific/Auckland")
    funnel_journeys.fold(desk, batches=1)
    move(desk, organisation, "America/Los_Angeles")
    funnel_journeys.fold(desk)
    assert resolved(from_="2025-12-01", journeys=False) == kept(desk) == 12


def test_a_resolution_that_is_removed_is_counted_no_more(
    desk: Desk, cohort: Cohort, resolved: Callable[..., int]
) -> None:
    one, _ = cohort.resolve(rules.SPAM), cohort.resolve(rules.MERGED)
    funnel_journeys.fold(desk)
    remove(desk, one)
    assert resolved() == 1
    funnel_journeys.fold(desk)
    assert resolved() == resolved(journeys=False) == 1
    with desk.db.read() as session:
        assert session.scalar(select(func.count(Journey.resolution_id))) == 1
        assert session.scalars(select(JourneyDay.number)).all() == [1]


def test_a_rebuild_makes_counts_anew_whatever_they_say(
    desk: Desk, organisation: Organisation, cohort: Cohort, resolved: Callable[..., int]
) -> None:
    cohort.resolve(rules.SPAM)
    funnel_journeys.fold(desk)
    with desk.db.write() as session:
        for table in (JourneyDay, JourneyGroupDay, JourneyStageDay):
            session.execute(table.__table__.update().values(number=7))
    assert resolved() == 7
    funnel_journeys.rebuild(desk, organisation.id)
    assert resolved() == kept(desk) == 1


def test_an_upgrade_starts_without_counts_and_a_downgrade_leaves_no_journey_behind(
    desk: Desk, cohort: Cohort, resolved: Callable[..., int]
) -> None:
    first, second, third = (cohort.resolve(rules.SPAM) for _ in range(3))
    funnel_journeys.fold(desk)
    remove(desk, first)
    migrate.downgrade(desk.db, "0005")
    remove(desk, second)
    with desk.db.read() as session:
        assert session.scalars(select(Journey.resolution_id)).all() == [third.id]
    migrate.upgrade(desk.db)
    assert (resolved(), kept(desk)) == (1, 0)
    funnel_journeys.fold(desk)
    assert resolved(journeys=False) == kept(desk) == 1


def test_organisations_without_journeys_are_ready_for_them(desk: Desk, organisation: Organisation) -> None:
    funnel_journeys.fold(desk)
    with desk.db.read() as session:
        (state,) = session.scalars(select(JourneyZone))
    assert (state.organisation_id, state.since) == (organisation.id, funnel_days.ALL)


@pytest.mark.parametrize(
    ("moment", "zone", "day"),
    [
        ("2026-03-28T22:59:59+00:00", "Europe/Berlin", date(2026, 3, 28)),
        ("2026-03-28T23:00:00+00:00", "Europe/Berlin", date(2026, 3, 29)),
        ("2026-01-31T11:00:00+00:00", "Pacific/Auckland", date(2026, 2, 1)),
        # At a minute past midnight clocks were set back by an hour: the new day had begun.
        ("2010-11-07T02:30:45+00:00", "America/St_Johns", date(2010, 11, 7)),
        ("2010-11-07T03:00:00+00:00", "America/St_Johns", date(2010, 11, 7)),
    ],
)
def test_a_moment_belongs_to_the_day_whose_midnights_are_around_it(moment: str, zone: str, day: date) -> None:
    assert funnel_days.day_of(datetime.fromisoformat(moment), ZoneInfo(zone)) == day
