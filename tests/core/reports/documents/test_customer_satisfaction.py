"""What the monthly report says: its periods, its changes, its tables, and what it keeps to itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.documents.customer_satisfaction import (
    COMMENTS_SHOWN,
    TEAMS_SHOWN,
    CustomerSatisfaction,
    last_month,
)
from deskpulse.scoring.bands import BandCounts

Report = Callable[..., CustomerSatisfaction]
Filed = Callable[..., None]

GOOD, POOR = [10] * 38 + [3] * 2, [10] * 20 + [3] * 20


def test_a_month_is_that_of_the_calendar_in_the_organisations_zone(
    desk: Desk, organisation: Organisation, filed: Filed, report: Report
) -> None:
    with desk.db.write() as session:
        session.get_one(Organisation, organisation.id).time_zone = "Europe/Berlin"
    filed(10, 10, 10, 10, 10)
    filed(0, month=1, day=31, hour=23)  # already February in Berlin
    filed(0, day=28, hour=23)  # already March there
    found = report()
    assert (found.period.label, found.standing.counts) == ("February 2026", BandCounts(5, 0, 1))


def test_the_running_month_is_the_thirty_days_up_to_today(report: Report) -> None:
    found = report("2026-03")
    assert (found.period.first, found.period.last) == (date(2026, 1, 31), date(2026, 3, 2))


def test_a_month_that_has_not_begun_has_no_report(report: Report) -> None:
    with pytest.raises(ValueError, match="has not begun"):
        report("2026-04")


def test_the_last_complete_month_is_the_usual_one(desk: Desk, organisation: Organisation) -> None:
    assert str(last_month(organisation, desk.now())) == "2026-02"


def test_the_change_is_from_the_month_before(filed: Filed, report: Report) -> None:
    filed(*POOR, month=1)
    filed(*GOOD)
    change = report().change
    assert change is not None
    assert (change.change, change.more_than_noise) == (90, True)


def test_nothing_is_compared_with_a_withheld_month(filed: Filed, report: Report) -> None:
    filed(0, 0, month=1)
    filed(*GOOD)
    assert report().change is None


def test_twelve_months_lead_up_to_the_reports(filed: Filed, report: Report) -> None:
    filed(*POOR, month=-9)
    filed(*GOOD)
    months = report().months
    assert [str(month) for month in months][::11] == ["2025-03", "2026-02"]
    assert [one.score for one in months.values()] == [0, *[None] * 10, 90]


def test_a_department_counts_with_its_teams(group: Callable[..., int], filed: Filed, report: Report) -> None:
    department, quiet = group("Infrastructure"), group("Facilities")
    filed(*GOOD, group_id=group("Network", department))
    filed(*POOR, group_id=department)
    found = report().departments
    assert [(one.standing.name, one.standing.score, one.standing.counts.n) for one in found] == [
        ("Infrastructure", 45, 80)
    ]
    assert quiet  # without a single answer it is left out


def test_a_departments_change_is_clear_only_beyond_noise(
    group: Callable[..., int], filed: Filed, report: Report
) -> None:
    better, same = group("Better"), group("Same")
    for month, scores in ((1, POOR), (2, GOOD)):
        filed(*scores, group_id=better, month=month)
        filed(*GOOD[month:], group_id=same, month=month)
    found = {one.standing.name: (one.is_clear, one.change and one.change.change) for one in report().departments}
    assert found["Better"] == (True, 90)
    assert found["Same"][0] is False


def test_only_teams_with_enough_answers_are_ranked(group: Callable[..., int], filed: Filed, report: Report) -> None:
    department = group("Department")
    filed(*GOOD[:29], group_id=group("Small", department))
    filed(*POOR, group_id=group("Poor", department))
    filed(*GOOD, group_id=group("Good", department))
    found = report()
    assert [(one.standing.name, str(one.place)) for one in found.top] == [("Good", "1st of 2")]
    assert [(one.standing.name, str(one.place)) for one in found.bottom] == [("Poor", "2nd of 2")]


def test_ties_share_their_places_and_no_team_is_in_both_tables(
    group: Callable[..., int], filed: Filed, report: Report
) -> None:
    department = group("Department")
    for number in range(2 * TEAMS_SHOWN + 3):
        filed(*GOOD[: 30 + number % 3], group_id=group(f"Team {number:02}", department))
    found = report()
    names = [one.standing.name for one in (*found.top, *found.bottom)]
    assert len(names) == len(set(names)) == 2 * TEAMS_SHOWN
    assert {str(one.place) for one in found.top} == {"1st-13th of 13"}


def test_departments_are_ranked_where_there_are_no_teams(
    group: Callable[..., int], filed: Filed, report: Report
) -> None:
    filed(*GOOD, group_id=group("Only"))
    assert [one.standing.name for one in report().top] == ["Only"]


def test_a_withheld_department_cannot_be_had_by_subtracting(
    group: Callable[..., int], filed: Filed, report: Report
) -> None:
    for name, scores in (("Large", GOOD), ("Middle", GOOD[:20]), ("Small", [0, 0, 0])):
        filed(*scores, group_id=group(name))
    found = report()
    shown = {one.standing.name: one.standing.score for one in found.departments}
    assert (found.standing.counts.n, shown["Large"]) == (63, 90)
    assert shown["Small"] is None
    assert shown["Middle"] is None, "all but one shown give away the one"
    hidden = [one for one in found.departments if one.standing.score is None]
    assert all(one.change is None and one.months[-1].score is None for one in hidden)


def test_comments_are_telling_recent_and_each_said_once(filed: Filed, report: Report) -> None:
    for number in range(COMMENTS_SHOWN + 2):
        comment = f"Solved at once, thank you very much, number {number}"
        filed(10, comment=comment, person=f"p{number}", day=10 + number)
    filed(10, comment="Solved at once, thank you  very much, NUMBER 5", person="other", day=9)
    filed(10, comment="Once more from the same person, at length", person="p5", day=20)
    filed(9, comment="A nine comes after every ten that there is", person="nine", day=25)
    filed(10, comment="thanks", day=26)
    filed(10, comment="This was said in another month altogether", month=1)
    filed(8, comment="Passives are asked for neither praise nor blame")
    filed(6, comment="It took far too long to get a first reply")
    filed(1, comment="Closed without a word, " + "and nothing works " * 40, day=2)
    found = report()
    assert [one.words for one in found.best] == [
        "Once more from the same person, at length",
        *(f"Solved at once, thank you very much, number {number}" for number in (4, 3)),
    ]
    assert [one.score for one in found.worst] == [1, 6]
    assert found.worst[0].words.endswith(" …")
    assert len(found.worst[0].words) <= 242


def test_factors_are_praised_by_promoters_and_blamed_by_detractors(filed: Filed, report: Report) -> None:
    filed(10, 9, 9, factors=["speed", "courtesy"])
    filed(10, factors=["courtesy"])
    filed(8, 8, factors=["updates"])
    filed(0, 6, factors=["ease"])
    filed(3)
    found = report()
    assert [(one.words, one.count, one.of) for one in found.praised] == [
        ("Friendly and respectful", 4, 4),
        ("Solved quickly", 3, 4),
    ]
    assert [(one.words, one.count, one.of) for one in found.blamed] == [("Getting help was hard", 2, 3)]


def test_comments_and_factors_are_withheld_with_the_score(filed: Filed, report: Report) -> None:
    filed(10, 0, comment="Few enough to tell who wrote this comment", factors=["speed"])
    found = report()
    assert found.standing.score is None
    assert not (*found.best, *found.worst, *found.praised, *found.blamed)


def test_another_organisation_changes_nothing(
    desk: Desk, group: Callable[..., int], filed: Filed, report: Report
) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Other")
    filed(*GOOD, group_id=group("Ours"), comment="Solved at once, thank you very much")
    before = report()
    filed(*POOR, organisation_id=other.id, comment="Something that others have said of others")
    assert report() == before
