"""Addresses of pages: what they ask, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dimensions import AGENT, GROUP, HOUR, PRIORITY, SCORE, SEGMENT1, Dimension, field
from deskpulse.reports.question import BadQuestion, Question, parse
from deskpulse.scoring.periods import Period, month

NOW = datetime(2026, 8, 15, 22, 30, tzinfo=UTC)


@pytest.fixture
def tree(desk: Desk, organisation: Organisation) -> dict[str, int]:
    """A department with two teams, one of which has a team of its own; and one in another organisation."""
    ids: dict[str, int] = {}
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Southwind")
        for code, parent in (("infra", None), ("network", "infra"), ("wifi", "network"), ("desktop", "infra")):
            group = SupportGroup(
                organisation_id=organisation.id, code=code, name=code.title(), parent_id=ids.get(parent or "")
            )
            session.add(group)
            session.flush()
            ids[code] = group.id
        session.add(SupportGroup(organisation_id=other.id, code="theirs", name="Theirs"))
    return ids


def ask(desk: Desk, organisation: Organisation, query: str) -> Question:
    with desk.db.read() as session:
        return parse(session, organisation, parse_qsl(query, keep_blank_values=True), NOW)


def filters(question: Question) -> dict[Dimension, set[Any]]:
    return {one: set(keys) for one, keys in question.filters.items()}


@pytest.mark.parametrize(
    ("query", "zone", "first", "last"),
    [
        ("", "UTC", "2026-07-16", "2026-08-15"),
        ("", "Asia/Tokyo", "2026-07-17", "2026-08-16"),
        ("month=2026-08", "UTC", "2026-07-16", "2026-08-15"),
        ("month=2026-07", "UTC", "2026-07-01", "2026-07-31"),
        ("from=2026-01-05&to=2026-02-01", "UTC", "2026-01-05", "2026-02-01"),
        ("from=2026-08-01", "UTC", "2026-08-01", "2026-08-15"),
        ("to=2026-03-31", "UTC", "2026-03-01", "2026-03-31"),
    ],
)
def test_periods(desk: Desk, organisation: Organisation, query: str, zone: str, first: str, last: str) -> None:
    organisation.time_zone = zone
    asked = ask(desk, organisation, query).period
    assert (asked.first, asked.last) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("query", "codes", "groups"),
    [
        ("rgid=infra", ["infra"], {"infra", "network", "wifi", "desktop"}),
        ("rgid=infra&combine=n", ["infra"], {"infra"}),
        ("rgid=network", ["network"], {"network", "wifi"}),
        ("rgid=WIFI&rgid=desktop", ["wifi", "desktop"], {"wifi", "desktop"}),
        ("rgid=wifi,desktop", ["wifi", "desktop"], {"wifi", "desktop"}),
        ("&amp;rgid=wifi", ["wifi"], {"wifi"}),
    ],
)
def test_support_groups(
    desk: Desk, organisation: Organisation, tree: dict[str, int], query: str, codes: Sequence[str], groups: set[str]
) -> None:
    question = ask(desk, organisation, query)
    assert [group.code for group in question.groups] == codes
    assert filters(question) == {GROUP: {tree[code] for code in groups}}


def test_every_other_filter(
    desk: Desk, organisation: Organisation, tree: dict[str, int], stub_connection: ConnectionRow
) -> None:
    with desk.db.write() as session:
        mine = {"organisation_id": organisation.id, "connection_id": stub_connection.id}
        agent = AgentRow(**mine, vendor_id="1", name="Ada", email="ada@x.example")
        session.add(agent)
    question = ask(
        desk,
        organisation,
        "agid=ada@x.example&agid=NONE&sgid=north&sgid1=NONE&priority=high&priority=NONE&field:product=Mail&hour=9"
        "&min=7&band=promoter,passive&q=too+slow&tid=4711&combine=y&unknown=thing&cpc=northwind",
    )
    assert filters(question) == {
        AGENT: {agent.id, 0}, SEGMENT1: {"north", ""}, PRIORITY: {"high", ""}, field("product"): {"Mail"}, HOUR: {9},
        SCORE: {7, 8, 9, 10},
    }  # fmt: skip
    assert (question.words, question.ticket) == ("too slow", "4711")
    assert "unknown" not in question.address()
    assert "cpc" not in question.address()


def test_the_project_is_a_chosen_field(desk: Desk, organisation: Organisation) -> None:
    with pytest.raises(BadQuestion, match="project_field"):
        ask(desk, organisation, "project=Apollo")
    organisation.preferences = {"project_field": "product"}
    assert filters(ask(desk, organisation, "project=Apollo")) == {field("product"): {"Apollo"}}
    organisation.preferences = {"project_field": "category"}
    assert [one.name for one in ask(desk, organisation, "project=Apollo").filters] == ["category"]


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("rgid=theirs", "no support group has the code 'theirs'"),
        ("agid=nobody", "no agent is 'nobody'"),
        ("agid=99999999999999999999", "no agent"),
        ("month=July", "year and month"),
        ("month=2026-09", "has not begun"),
        ("from=yesterday", "from, to:"),
        ("from=2026-02-02&to=2026-02-01", "before the first day"),
        ("min=eleven", "no whole number from 0 to 10"),
        ("max=11", "no whole number from 0 to 10"),
        ("band=fan", "band: fan is none of promoter, passive, detractor"),
        ("hour=24", "no whole number from 0 to 23"),
        ("&".join(f"rgid={number}" for number in range(201)), "at most 200"),
    ],
)
def test_what_cannot_be_asked_is_said_in_words(
    desk: Desk, organisation: Organisation, tree: dict[str, int], query: str, complaint: str
) -> None:
    with pytest.raises(BadQuestion, match=complaint):
        ask(desk, organisation, query)


def test_an_address_asks_the_same_again_with_a_change(
    desk: Desk, organisation: Organisation, tree: dict[str, int]
) -> None:
    question = ask(desk, organisation, "rgid=infra&combine=n&month=2026-06&field:a%26b=c%3Dd&q=%22so+slow%22")
    assert ask(desk, organisation, question.address()) == question
    assert ask(desk, organisation, question.address(rgid=None)).groups == ()
    changed = ask(desk, organisation, question.address(**{"band": ["promoter"], "field:a&b": None}))
    assert filters(changed) == {GROUP: {tree["infra"]}, SCORE: {9, 10}}
    assert ask(desk, organisation, question.during(month(2026, 5)).address()).period == month(2026, 5)
    week = Period(date(2026, 1, 5), date(2026, 1, 11))
    assert ask(desk, organisation, question.during(week).address()).period == week


NAMES = (
    *("rgid", "combine", "agid", "sgid", "month", "from", "to", "min", "max", "band", "hour", "q", "amp;tid"),
    *("field:", "field:x", "project", "day"),
)
VALUES = some.text(max_size=12) | some.sampled_from(["infra", "2026-07", "2026-07-01", "0", "10", "NONE", ","])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(pairs=some.lists(some.tuples(some.sampled_from(NAMES), VALUES), max_size=6))
def test_any_address_is_read_or_refused(desk: Desk, organisation: Organisation, pairs: list[tuple[str, str]]) -> None:
    with desk.db.read() as session, suppress(BadQuestion):
        question = parse(session, organisation, pairs, NOW)
        assert parse(session, organisation, parse_qsl(question.address()), NOW) == question
