"""Where an organisation stands, how it got there, and by department: never without n, withheld below the minimum."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dashboards import overview
from deskpulse.reports.question import parse
from deskpulse.scoring.bands import BandCounts
from fixtures.answers import Answers

Asked = Callable[..., overview.Overview]


@pytest.fixture
def team(desk: Desk, organisation: Organisation) -> Callable[..., int]:
    def make(code: str, parent: int | None = None) -> int:
        with desk.db.write() as session:
            group = SupportGroup(organisation_id=organisation.id, name=code.title(), code=code, parent_id=parent)
            session.add(group)
            session.flush()
            return group.id

    return make


@pytest.fixture
def ask(desk: Desk, organisation: Organisation) -> Asked:
    def ask(query: str = "", whose: Organisation = organisation) -> overview.Overview:
        with desk.db.read() as session:
            return overview.overview(session, whose, parse(session, whose, parse_qsl(query), desk.now()))

    return ask


def test_without_responses_there_is_no_score(ask: Asked) -> None:
    found = ask()
    assert (found.standing.score, found.standing.counts.n, found.standing.withheld) == (None, 0, False)
    assert (found.change, found.departments, sum(found.scores.values())) == (None, [], 0)


def test_a_score_is_withheld_below_the_minimum(ask: Asked, answer: Answers) -> None:
    answer(10, 10, 9, 0)
    assert ask().standing.withheld
    answer(7)
    standing = ask().standing
    assert (standing.score, standing.counts) == (40, BandCounts(3, 1, 1))


def test_only_current_counted_answers_of_the_period_count(desk: Desk, ask: Asked, answer: Answers) -> None:
    answer(10, 10, 10, 10, 10)
    answer(0, status="review")
    answer(0, status="error")
    answer(0, current=False)
    answer(0, answered_at=desk.now() - timedelta(days=32))
    assert ask().standing.score == 100


def test_another_organisation_changes_nothing(desk: Desk, ask: Asked, answer: Answers) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Other")
    answer(10, 10, 10, 10, 10)
    answer(0, 0, 0, 0, 0, 0, organisation_id=other.id)
    mine, theirs = ask(), ask(whose=other)
    assert (mine.standing.score, theirs.standing.score) == (100, -100)
    assert [sum(one.counts.n for one in found.trend.values()) for found in (mine, theirs)] == [5, 6]


def test_the_change_is_that_from_the_comparable_period_before(desk: Desk, ask: Asked, answer: Answers) -> None:
    answer(*[10] * 20)
    answer(*[0] * 20, answered_at=desk.now() - timedelta(days=31))
    answer(0, answered_at=desk.now() - timedelta(days=62))
    found = ask()
    assert (found.before.score, found.before.counts.n) == (-100, 20)
    assert found.change is not None
    assert (found.change.change, found.change.more_than_noise) == (200, True)


def test_what_may_be_noise_is_no_clear_change(desk: Desk, ask: Asked, answer: Answers) -> None:
    answer(10, 10, 10, 7, 0)
    answer(10, 10, 7, 7, 0, answered_at=desk.now() - timedelta(days=31))
    change = ask().change
    assert change is not None
    assert (change.change, change.more_than_noise) == (20, False)


def test_nothing_is_compared_with_a_withheld_score(desk: Desk, ask: Asked, answer: Answers) -> None:
    answer(10, 10, 10, 7, 0)
    answer(10, answered_at=desk.now() - timedelta(days=31))
    found = ask()
    assert found.before.withheld
    assert found.change is None


def test_the_trend_has_36_calendar_months_up_to_the_period(ask: Asked, answer: Answers) -> None:
    answer(10, answered_at=datetime(2026, 3, 1, 12, tzinfo=UTC))
    answer(9, 0, answered_at=datetime(2023, 4, 30, 12, tzinfo=UTC))
    answer(8, answered_at=datetime(2023, 3, 31, 12, tzinfo=UTC))
    months = list(ask().trend.items())
    assert [str(months[at][0]) for at in (0, -1)] == ["2023-04", "2026-03"]
    assert {str(month): one.counts for month, one in months if one.counts.n} == {
        "2023-04": BandCounts(1, 0, 1),
        "2026-03": BandCounts(1, 0, 0),
    }
    assert len(months) == 36
    assert str(list(ask("month=2025-12").trend)[-1]) == "2025-12"


def test_scores_are_counted_one_by_one(ask: Asked, answer: Answers) -> None:
    answer(10, 10, 3, 0)
    assert ask().scores == {**dict.fromkeys(range(11), 0), 10: 2, 3: 1, 0: 1}


def test_a_department_pools_its_teams_at_any_depth(ask: Asked, team: Callable[..., int], answer: Answers) -> None:
    department = team("infra")
    network = team("network", department)
    answer(10, 10, 9, group_id=team("wifi", network))
    answer(0, group_id=network)
    answer(7, group_id=department)
    answer(0, 0, group_id=team("elsewhere"))
    answer(5)
    found = ask()
    assert [(one.name, one.score, one.counts.n) for one in found.departments] == [
        ("Infra", 40, 5),
        ("Elsewhere", None, 2),
        ("No support group", None, 1),
    ]
    assert [found.codes[one.key] for one in found.departments] == [["infra"], ["elsewhere"], ["NONE"]]


def test_filters_narrow_every_part(desk: Desk, ask: Asked, team: Callable[..., int], answer: Answers) -> None:
    department = team("infra")
    answer(10, group_id=team("network", department))
    answer(0, group_id=department)
    answer(3, group_id=team("other"))
    answer(9, group_id=department, answered_at=desk.now() - timedelta(days=40))
    found = ask("rgid=network&rgid=other")
    assert found.standing.counts == BandCounts(1, 0, 1)
    assert sum(one.counts.n for one in found.trend.values()) == 2
    assert {one.name: found.codes[one.key] for one in found.departments} == {"Infra": ["network"], "Other": ["other"]}
    alone = ask("rgid=infra&combine=n")
    assert (alone.standing.counts.n, alone.before.counts.n) == (1, 1)
    assert [one.counts.n for one in alone.departments] == [1]
