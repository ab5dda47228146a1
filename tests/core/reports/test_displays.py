"""The gauge and the league table: whose answers of which days, and no more certainty than those allow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conftest import Clock
from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.directory.models import Segment, SupportGroup
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.displays.feedback_slider import feedback_slider
from deskpulse.reports.displays.gauge import Gauge, gauge
from deskpulse.reports.displays.league_table import LeagueTable, league_table
from deskpulse.reports.question import BadQuestion, UnknownGroup
from fixtures.answers import Answers

Look = Callable[..., Gauge]
Table = Callable[..., LeagueTable]


@pytest.fixture
def tree(desk: Desk, organisation: Organisation) -> dict[str, int]:
    ids: dict[str, int] = {}
    with desk.db.write() as session:
        for code, parent in {
            "infra": "",
            "net": "infra",
            "wifi": "net",
            "db": "infra",
            "apps": "",
            "erp": "apps",
        }.items():
            group = SupportGroup(
                organisation_id=organisation.id, name=code.title(), code=code, parent_id=ids.get(parent)
            )
            session.add(group)
            session.flush()
            ids[code] = group.id
        for position, code, name in ((1, "BER", "Berlin"), (1, "LIS", "Lisbon"), (2, "FIN", "Finance")):
            session.add(Segment(organisation_id=organisation.id, position=position, code=code, name=name))
    return ids


@pytest.fixture
def look(desk: Desk, organisation: Organisation) -> Look:
    def look(**asked: str) -> Gauge:
        with desk.db.read() as session:
            return gauge(session, organisation, list(asked.items()), desk.now())

    return look


@pytest.fixture
def table(desk: Desk, organisation: Organisation) -> Table:
    def table(**asked: str) -> LeagueTable:
        with desk.db.read() as session:
            return league_table(session, organisation, list(asked.items()), desk.now())

    return table


def names(table: LeagueTable, state: str = "") -> list[str]:
    return [row.standing.name for row in table.rows if not state or row.state == state]


def test_the_running_month_is_thirty_days_and_a_past_one_the_calendar(
    clock: Clock, look: Look, answer: Answers
) -> None:
    """On 15 August the gauge shows 16 July to 15 August; for July, 1 to 31 July."""
    clock.at = datetime(2026, 8, 15, 12, 0, tzinfo=UTC)
    for day, score in (("06-30", 7), ("07-01", 0), ("07-15", 0), ("07-16", 10), ("07-31", 10), ("08-15", 10)):
        answer(*[score] * 5, answered_at=datetime.fromisoformat(f"2026-{day}T10:00:00+00:00"))
    running, august, july, june = look(), look(month="2026-08"), look(month="2026-07"), look(month="2026-06")
    assert (running.standing.counts.n, running.standing.score) == (15, 100)
    assert running.asked.period_label == "16 July to 15 August 2026 (30-day NPS)"
    assert august.standing == running.standing
    assert (july.standing.counts.n, july.standing.score) == (20, 0)
    assert july.asked.period_label == "July 2026 (calendar NPS)"
    assert june.standing.counts.n == 5


def test_a_department_with_and_without_its_teams(look: Look, tree: dict[str, int], answer: Answers) -> None:
    answer(*[10] * 6, group_id=tree["infra"])
    answer(*[0] * 7, group_id=tree["net"])
    answer(*[7] * 8, group_id=tree["wifi"])
    assert look(rgid="infra").standing.counts.n == 21
    assert (look(rgid="infra").asked.title, look(rgid="infra").asked.level) == ("Infra", "Department with its teams")
    assert look(rgid="infra", combine="n").standing.counts.n == 6
    assert look(rgid="infra", combine="n").asked.level == "Department itself, without its teams"
    assert (look(rgid="net").standing.counts.n, look(rgid="wifi", combine="n").standing.counts.n) == (15, 8)
    assert look(rgid="wifi").asked.level == "Team"


def test_segments_by_both_names_of_the_first(look: Look, tree: dict[str, int], answer: Answers) -> None:
    answer(*[10] * 6, segment1="BER", segment2="FIN", group_id=tree["net"])
    answer(*[0] * 7, segment1="LIS", group_id=tree["net"])
    assert look(sgid="BER").standing == look(sgid1="BER").standing
    assert (look(sgid="BER").asked.title, look(sgid="BER").asked.level) == ("Berlin", "Segment")
    assert look(sgid1="BER", sgid2="FIN", rgid="net").standing.score == 100
    assert look(sgid1="BER", sgid2="FIN", rgid="net").asked.title == "Net · Berlin · Finance"


def test_a_change_is_named_only_where_it_is_more_than_noise(clock: Clock, look: Look, answer: Answers) -> None:
    before = clock.at - timedelta(days=35)
    answer(*[10] * 6, *[0] * 6, answered_at=before)
    answer(*[10] * 8, *[0] * 4)
    change = look().change
    assert change is not None
    assert (change.change, change.more_than_noise) == (33, False)
    answer(*[10] * 60)
    change = look().change
    assert change is not None
    assert change.more_than_noise


def test_a_change_does_not_tell_a_score_that_was_withheld(clock: Clock, look: Look, answer: Answers) -> None:
    answer(*[0] * 4, answered_at=clock.at - timedelta(days=35))
    answer(*[10] * 50)
    assert look().change is None


def test_departments_pooled_teams_by_themselves_and_teams_of_one(
    table: Table, tree: dict[str, int], answer: Answers
) -> None:
    for code in ("infra", "net", "wifi", "db", "erp"):
        answer(*[10] * 30, group_id=tree[code])
    assert (table().of, sorted(names(table()))) == ("Departments", ["Apps", "Infra"])
    assert {row.standing.name: row.standing.counts.n for row in table().rows} == {"Infra": 120, "Apps": 30}
    teams = table(combine="n")
    assert (teams.of, sorted(names(teams))) == ("Teams", ["Db", "Erp", "Infra (itself)", "Net (itself)", "Wifi"])
    assert {row.standing.counts.n for row in teams.rows} == {30}
    assert sorted(names(table(rgid="infra"))) == ["Db", "Infra (itself)", "Net"]
    assert sorted(names(table(rgid="infra", combine="n"))) == ["Db", "Infra (itself)", "Net (itself)", "Wifi"]
    assert names(table(rgid="db")) == ["Db"]
    assert table(rgid="NONE").rows == []


def test_ranks_are_ranges_and_what_cannot_be_told_apart_shares_them(
    table: Table, tree: dict[str, int], answer: Answers
) -> None:
    answer(*[10] * 90, *[0] * 10, group_id=tree["net"])
    answer(*[10] * 88, *[0] * 12, group_id=tree["db"])
    answer(*[10] * 20, *[0] * 80, group_id=tree["erp"])
    answer(*[10] * 29, group_id=tree["wifi"])
    answer(*[10] * 7, group_id=tree["infra"])
    found = table(combine="n")
    assert [(row.standing.name, str(row.rank)) for row in found.rows if row.rank] == [
        ("Net (itself)", "1st-2nd of 3"), ("Db", "1st-2nd of 3"), ("Erp", "3rd of 3"),
    ]  # fmt: skip
    assert names(found, "indicative") == ["Infra (itself)", "Wifi"]


def test_what_is_withheld_is_listed_by_name_without_its_numbers(
    table: Table, tree: dict[str, int], answer: Answers
) -> None:
    answer(*[10] * 40, group_id=tree["net"])
    answer(*[10] * 3, group_id=tree["wifi"])
    answer(*[0] * 45, group_id=tree["db"])
    found = table(rgid="infra", combine="n")
    assert (names(found, "ranked"), names(found, "withheld")) == (["Db"], ["Net (itself)", "Wifi"])
    assert {row.standing.counts.n for row in found.rows if row.state == "withheld"} == {0}
    assert names(table(), "silent") == ["Apps"]


def test_changes_are_looked_at_together(clock: Clock, table: Table, tree: dict[str, int], answer: Answers) -> None:
    before = clock.at - timedelta(days=35)
    answer(*[10] * 10, *[0] * 40, group_id=tree["net"], answered_at=before)
    answer(*[10] * 40, *[0] * 10, group_id=tree["net"])
    answer(*[10] * 20, *[0] * 20, group_id=tree["db"], answered_at=before)
    answer(*[10] * 24, *[0] * 16, group_id=tree["db"])
    answer(*[10] * 40, group_id=tree["erp"])
    rows = {row.standing.name: row for row in table(combine="n").rows}
    found = rows["Net (itself)"].change
    assert found is not None
    assert found.change == 120
    assert (rows["Db"].change, rows["Db"].compared) == (None, True)
    assert (rows["Erp"].change, rows["Erp"].compared) == (None, False)


def test_segments_can_be_ranked_too(table: Table, tree: dict[str, int], answer: Answers) -> None:
    answer(*[10] * 40, segment1="BER", segment2="FIN", group_id=tree["net"])
    answer(*[0] * 30, segment1="LIS", group_id=tree["db"])
    answer(*[10] * 30, group_id=tree["db"])
    found = table(segment="1")
    assert (found.of, names(found)) == ("Segment 1", ["Berlin", "Lisbon"])
    assert names(table(segment="1", rgid="db"), "ranked") == ["Lisbon"]
    assert names(table(segment="2")) == ["Finance"]
    assert names(table(segment="1", sgid2="FIN"), "ranked") == ["Berlin"]
    assert names(table(segment="1", sgid="LIS")) == ["Lisbon"]


def test_long_tables_are_cut_into_screens(
    desk: Desk, organisation: Organisation, table: Table, tree: dict[str, int]
) -> None:
    assert [len(screen) for screen in table(combine="n").screens] == [3]
    with desk.db.write() as session:
        for number in range(14):
            session.add(SupportGroup(organisation_id=organisation.id, name=f"More {number}", code=f"m{number}"))
    found = table(combine="n")
    assert [len(screen) for screen in found.screens] == [8, 8, 1]
    assert [row for screen in found.screens for row in screen] == found.rows


def test_no_groups_at_all(table: Table) -> None:
    assert (table().rows, table().screens) == ([], [[]])


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"month": "july"}, "month"),
        ({"month": "2027-01"}, "not begun"),
        ({"from": "2026-01-01"}, "from: a display cannot be filtered by this"),
        ({"agid": "NONE"}, "agid: a display"),
        ({"q": "laptop"}, "q: a display"),
        ({"min": "9"}, "min: a display"),
        ({"priority": "high"}, "priority: a display"),
        ({"segment": "3"}, "segment: '3' is neither 1 nor 2"),
    ],
)
def test_what_a_display_cannot_be_asked(table: Table, asked: dict[str, str], says: str) -> None:
    with pytest.raises(BadQuestion, match=says):
        table(**asked)


def test_an_unknown_group_is_told_apart(look: Look, tree: dict[str, int]) -> None:
    with pytest.raises(UnknownGroup, match="'nobody'"):
        look(rgid="nobody")


@pytest.mark.services
def test_all_three_on_postgresql(postgresql: str, tmp_path: Path, clock: Clock) -> None:
    desk = Desk.open(settings_module.make(data_dir=str(tmp_path), database_url=postgresql), Hub(), now=clock)
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT")
        group = SupportGroup(organisation_id=organisation.id, name="Net", code="net")
        session.add(group)
    answer = Answers(desk, organisation)
    answer(*[10] * 8, group_id=group.id, segment1="BER", comment="thanks")
    answer(*[0] * 6, segment1="LIS", comment="late", answered_at=clock.at - timedelta(hours=1))
    asked = [("rgid", "net"), ("sgid", "BER")]
    with desk.db.read() as session:
        assert gauge(session, organisation, asked, desk.now()).standing.score == 100
        assert names(league_table(session, organisation, [("segment", "1")], desk.now())) == ["BER", "LIS"]
        found = feedback_slider(session, organisation, [("display", "11111111"), ("max", "6")], desk.now())
    assert found.verbatim is not None
    assert (found.of, found.verbatim.comment, found.verbatim.segments) == (6, "late", ("LIS",))
    desk.close()
