"""Days and hours of answers: given with the answer, and anew where the organisation moves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select, update

from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.outbound.models import Job
from deskpulse.surveys import days
from deskpulse.surveys.models import Response
from fixtures.answers import Answers

ZONES = ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham")


def stamps(desk: Desk) -> dict[datetime, tuple[date, int]]:
    with desk.db.read() as session:
        return {row.answered_at: (row.day, row.hour) for row in session.scalars(select(Response))}


def move(desk: Desk, organisation: Organisation, zone: str) -> None:
    with desk.db.write() as session:
        days.move(desk, session, session.get_one(Organisation, organisation.id), zone, "test")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8, deadline=None)
@given(
    minutes=some.lists(some.integers(0, 250 * 24 * 60), min_size=1, max_size=6, unique=True),
    zones=some.lists(some.sampled_from(ZONES), min_size=1, max_size=2),
)
def test_all_answers_follow_their_organisation(
    desk: Desk, organisation: Organisation, answer: Answers, minutes: list[int], zones: list[str]
) -> None:
    for ago in minutes:
        answer(9, answered_at=desk.now() - timedelta(minutes=ago))
    for zone in zones:
        move(desk, organisation, zone)
        for at, stamp in stamps(desk).items():
            local = at.astimezone(ZoneInfo(zone))
            assert stamp == (local.date(), local.hour)


def test_an_answer_that_was_being_taken_meanwhile_follows_later(
    desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    move(desk, organisation, "Asia/Tokyo")
    answer(9, answered_at=at)
    with desk.db.write() as session:
        session.execute(update(Response).values(day=at.date(), hour=23))  # by the zone that held when it came
    with desk.db.read() as session:
        job = session.scalars(select(Job).where(Job.kind == days.RESTAMP)).one()
    assert job.due_at == desk.now() + days.LATER
    ending = days.restamp(desk, job)
    with desk.db.write() as session:
        ending(session)
    assert stamps(desk) == {at: (date(2026, 3, 2), 8)}


def test_a_move_is_in_the_audit_and_an_unknown_zone_changes_nothing(desk: Desk, organisation: Organisation) -> None:
    with pytest.raises(ConfigurationError, match="no time zone"):
        move(desk, organisation, "Europe/Atlantis")
    move(desk, organisation, "Europe/Berlin")
    with desk.db.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert session.get_one(Organisation, organisation.id).time_zone == "Europe/Berlin"
    assert (entry.action, entry.detail) == ("time zone changed", {"from": "UTC", "to": "Europe/Berlin"})
