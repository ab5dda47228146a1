"""Filters in words, each to be taken away, and what else could be chosen."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, Segment, SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dashboards import filters
from deskpulse.reports.question import parse
from fixtures.answers import Answers


@pytest.fixture
def directory(desk: Desk, organisation: Organisation) -> dict[str, int]:
    """Infra with Network and Wifi below it, an unused group, Bo and Ann, and a segment."""
    ids: dict[str, int] = {}
    with desk.db.write() as session:
        connection = ConnectionRow(
            organisation_id=organisation.id, kind="fake", key="k", name="Fake", secrets_sealed="", created_at=desk.now()
        )
        session.add(connection)
        session.flush()
        for code, parent in (("infra", None), ("network", "infra"), ("wifi", "network"), ("gone", None)):
            group = SupportGroup(
                organisation_id=organisation.id, code=code, name=code.title(), parent_id=ids.get(parent or ""),
                active=code != "gone",
            )  # fmt: skip
            session.add(group)
            session.flush()
            ids[code] = group.id
        for name in ("Bo", "Ann"):
            agent = AgentRow(
                organisation_id=organisation.id, connection_id=connection.id, vendor_id=name, name=name,
                email=f"{name.lower()}@northwind.example",
            )  # fmt: skip
            session.add(agent)
            session.flush()
            ids[name] = agent.id
        session.add(Segment(organisation_id=organisation.id, position=1, code="OSL", name="Oslo"))
    return ids


def chips(desk: Desk, organisation: Organisation, query: str) -> list[tuple[str, str, str]]:
    with desk.db.read() as session:
        found = filters.chips(session, parse(session, organisation, parse_qsl(query), desk.now()))
    return [(one.label, one.value, one.without) for one in found]


def offered(desk: Desk, organisation: Organisation, query: str = "") -> dict[str, filters.Filter]:
    with desk.db.read() as session:
        found = filters.choices(session, parse(session, organisation, parse_qsl(query), desk.now()))
    return {one.name: one for one in found}


def labels(one: filters.Filter) -> list[str]:
    return [choice.label for choice in one.choices]


def test_a_period_alone_is_no_filter(desk: Desk, organisation: Organisation) -> None:
    assert chips(desk, organisation, "month=2026-02&from=2026-01-01") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("rgid=network,infra&month=2026-02", [
            ("Support group", "Network", "month=2026-02&rgid=infra"),
            ("Support group", "Infra", "month=2026-02&rgid=network"),
        ]),
        ("rgid=NETWORK&combine=n", [("Support group", "Network", "")]),
        ("sgid=OSL", [("Segment 1", "Oslo", "")]),
        ("sgid2=NONE", [("Segment 2", "Not given", "")]),
        ("band=promoter", [("Band", "promoter", "")]),
        ("min=3&tid=77", [("Score from", "3", "tid=77"), ("Ticket", "77", "min=3")]),
        ("weekday=0&hour=7", [("Hour of day", "07:00", "weekday=0"), ("Weekday", "Monday", "hour=7")]),
        ("field:product=A %26 B", [("product", "A & B", "")]),
        ("agid=bo@northwind.example", [("Agent", "bo@northwind.example", "")]),
    ],
)  # fmt: skip
def test_each_value_can_be_taken_away(
    desk: Desk, organisation: Organisation, directory: dict[str, int], query: str, expected: list[tuple[str, str, str]]
) -> None:
    assert sorted(chips(desk, organisation, query)) == sorted(expected)


def test_an_agent_by_number_has_a_name(desk: Desk, organisation: Organisation, directory: dict[str, int]) -> None:
    assert [value for _, value, _ in chips(desk, organisation, f"agid={directory['Bo']},NONE")] == ["Bo", "Not given"]


def test_groups_are_offered_as_a_tree(
    desk: Desk, organisation: Organisation, directory: dict[str, int], answer: Answers
) -> None:
    groups = offered(desk, organisation, "rgid=network")["rgid"]
    assert [(one.label, one.depth, one.chosen) for one in groups.choices] == [
        ("Infra", 0, False), ("Network", 1, True), ("Wifi", 2, False),
    ]  # fmt: skip
    answer(9, group_id=directory["gone"])
    answer(9)
    assert labels(offered(desk, organisation)["rgid"]) == ["Gone", "Infra", "Network", "Wifi", "No support group"]


def test_whoever_has_answers_in_the_period_is_offered(
    desk: Desk, organisation: Organisation, directory: dict[str, int], answer: Answers
) -> None:
    answer(9, agent_id=directory["Bo"], segment1="OSL", priority="high", fields={"product": "Mail"})
    long_ago = desk.now() - timedelta(days=90)
    answer(9, agent_id=directory["Ann"], segment1="BER", priority="low", answered_at=long_ago)
    found = offered(desk, organisation)
    assert labels(found["agid"]) == ["Bo"]
    assert labels(found["sgid1"]) == ["Oslo"]
    assert labels(found["priority"]) == ["high"]
    assert labels(found["field:product"]) == ["Mail"]
    assert "sgid2" not in found
    assert "channel" not in found
    assert labels(found["band"]) == ["promoter", "passive", "detractor"]


def test_what_is_chosen_stays_though_nobody_has_it(
    desk: Desk, organisation: Organisation, directory: dict[str, int]
) -> None:
    found = offered(desk, organisation, f"agid={directory['Ann']}&sgid1=OSL&channel=phone&field:x=y&hour=7")
    for name, label in {"agid": "Ann", "sgid1": "OSL", "channel": "phone", "field:x": "y", "hour": "07:00"}.items():
        assert [one.label for one in found[name].choices if one.chosen] == [label]


def test_too_many_agents_are_narrowed_by_their_group(
    desk: Desk, organisation: Organisation, directory: dict[str, int], answer: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "MOST_CHOICES", 1)
    answer(9, 9, agent_id=directory["Bo"], group_id=directory["infra"])
    answer(9, agent_id=directory["Ann"], group_id=directory["wifi"])
    first = offered(desk, organisation)["agid"]
    assert (labels(first), first.more) == (["Bo"], True)
    second = offered(desk, organisation, "rgid=network")["agid"]
    assert (labels(second), second.more) == (["Ann"], False)


def test_nothing_of_another_organisation_is_offered(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Other")
        session.add(SupportGroup(organisation_id=other.id, code="theirs", name="Theirs"))
    answer(9, organisation_id=other.id, segment1="X", priority="high", fields={"product": "Mail"})
    assert set(offered(desk, organisation)) <= {"band", "factor", "reassignments", "time_to_resolve", "weekday", "hour"}
