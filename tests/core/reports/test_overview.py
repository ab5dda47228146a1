"""Scores of organisation, groups and agents: never without their n, withheld below the minimum."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports import overview
from deskpulse.scoring.bands import BandCounts
from fixtures.answers import Answers


@pytest.fixture
def team(desk: Desk, organisation: Organisation) -> Callable[..., int]:
    def make(code: str, parent: int | None = None) -> int:
        with desk.db.write() as session:
            group = SupportGroup(organisation_id=organisation.id, name=code.title(), code=code, parent_id=parent)
            session.add(group)
            session.flush()
            return group.id

    return make


def test_without_responses_there_is_no_score(desk: Desk, organisation: Organisation) -> None:
    standing = overview.overview(desk, organisation).organisation
    assert (standing.score, standing.counts.n, standing.withheld) == (None, 0, False)


def test_a_score_is_withheld_below_the_minimum(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    answer(10, 10, 9, 0)
    assert overview.overview(desk, organisation).organisation.withheld
    answer(7)
    standing = overview.overview(desk, organisation).organisation
    assert (standing.score, standing.counts) == (40, BandCounts(3, 1, 1))


def test_only_current_counted_answers_of_the_period_count(
    desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    answer(10, 10, 10, 10, 10)
    answer(0, status="review")
    answer(0, status="error")
    answer(0, current=False)
    answer(0, answered_at=desk.now() - timedelta(days=32))
    assert overview.overview(desk, organisation).organisation.score == 100


def test_another_organisation_changes_nothing(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Other")
    answer(10, 10, 10, 10, 10)
    answer(0, 0, 0, 0, 0, 0, organisation_id=other.id)
    assert overview.overview(desk, organisation).organisation.score == 100
    assert overview.overview(desk, other).organisation.score == -100
    with desk.db.read() as session:
        assert {row.Response.score for row in overview.responses(session, organisation.id, limit=50)} == {10}


def test_a_department_pools_its_teams_at_any_depth(
    desk: Desk, organisation: Organisation, team: Callable[..., int], answer: Answers
) -> None:
    department = team("infra")
    network = team("network", department)
    answer(10, 10, 9, group_id=team("wifi", network))
    answer(0, group_id=network)
    answer(7, group_id=department)
    answer(0, 0, group_id=team("elsewhere"))
    standing = overview.whole(desk, organisation, department)
    assert (standing.name, standing.score, standing.counts.n) == ("Infra", 40, 5)


def test_the_largest_groups_come_first(
    desk: Desk, organisation: Organisation, team: Callable[..., int], answer: Answers
) -> None:
    answer(9, group_id=team("small"))
    answer(9, 9, 9, 9, 9, group_id=team("large"))
    shown = overview.overview(desk, organisation).groups
    assert [(standing.name, standing.score, standing.withheld) for standing in shown] == [
        ("Large", 100, False),
        ("Small", None, True),
    ]
