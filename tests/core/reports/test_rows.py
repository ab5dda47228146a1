"""Lists of responses: any order, page by page, complete and without repetition while answers arrive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import event, select

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, Segment, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dimensions import GROUP, SCORE, SEGMENT1
from deskpulse.reports.question import parse
from deskpulse.reports.responses import rows as listing
from deskpulse.reports.responses.page import sres, ticket_links
from deskpulse.reports.responses.rows import ResponseRow, rows
from deskpulse.reports.responses.sorting import Position, Sort
from deskpulse.reports.tally import Scope, count
from deskpulse.scoring.periods import Period
from deskpulse.surveys import resolutions
from deskpulse.surveys.models import Resolution, TicketRow
from fixtures.answers import Answers
from fixtures.stub import Stub

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ORDERS = {
    Sort.NEWEST_FIRST: lambda row: (-row.answered_at.timestamp(), -row.id),
    Sort.OLDEST_FIRST: lambda row: (row.answered_at.timestamp(), row.id),
    Sort.LOWEST_FIRST: lambda row: (row.score, -row.answered_at.timestamp(), -row.id),
    Sort.HIGHEST_FIRST: lambda row: (-row.score, -row.answered_at.timestamp(), -row.id),
    Sort.BY_GROUP: lambda row: (row.group == "", row.group, -row.answered_at.timestamp(), -row.id),
}


@pytest.fixture
def groups(desk: Desk, organisation: Organisation) -> list[int]:
    """Three support groups; their names sort otherwise than their numbers."""
    with desk.db.write() as session:
        made = [SupportGroup(organisation_id=organisation.id, name=name, code=name) for name in ("net", "desk", "apps")]
        session.add_all(made)
    return [one.id for one in made]


@pytest.fixture
def scope(organisation: Organisation) -> Scope:
    return Scope(organisation.id, YEAR)


def turn(desk: Desk, scope: Scope, sort: Sort, limit: int) -> Iterator[ResponseRow]:
    """All rows, page by page."""
    after = None
    while True:
        with desk.db.read() as session:
            page = rows(session, scope, sort, limit, after)
        assert len(page.rows) <= limit
        yield from page.rows
        if page.next is None:
            return
        after = Position.parse(str(page.next))


@pytest.mark.parametrize("sort", Sort)
def test_every_order_page_by_page_is_the_whole_list(
    desk: Desk, answer: Answers, groups: list[int], scope: Scope, sort: Sort
) -> None:
    for number in range(25):
        group = [*groups, None][number % 4]
        answer(number % 11, answered_at=AT - timedelta(hours=7 * (number // 2)), group_id=group, comment="same words")
    answer(5, status="review")
    answer(5, current=False)
    for asked in (scope, Scope(scope.organisation_id, YEAR, {GROUP: {groups[0], 0}}, "words same")):
        listed = list(turn(desk, asked, sort, 4))
        assert listed == sorted(listed, key=ORDERS[sort])
        assert listed == list(listing.every(desk, asked, sort))
        with desk.db.read() as session:
            assert len({row.id for row in listed}) == len(listed) == count(session, asked).n


@pytest.mark.parametrize("sort", Sort)
def test_turning_pages_repeats_and_skips_nothing_while_answers_arrive(
    desk: Desk, answer: Answers, scope: Scope, sort: Sort
) -> None:
    before = set(answer(*range(11), answered_at=AT))
    seen: list[int] = []
    for number, row in enumerate(turn(desk, scope, sort, 3)):
        seen.append(row.id)
        answer(number % 11, answered_at=AT + timedelta(minutes=number - 5))
        if number > 60:  # oldest first meets the new ones, too, for ever
            break
    assert before <= set(seen)
    assert len(seen) == len(set(seen))


def test_filters_narrow_the_list_as_they_do_the_count(
    desk: Desk, answer: Answers, groups: list[int], scope: Scope
) -> None:
    answer(0, 5, 9, group_id=groups[0], segment1="north")
    answer(0, 10, segment1=None)
    filters: tuple[dict[Any, Any], ...] = (
        {GROUP: {groups[0]}}, {GROUP: {0}}, {GROUP: set()}, {SCORE: {0, 9}}, {SEGMENT1: {""}},
        {SEGMENT1: {"", "north"}}, {GROUP: {groups[0], 0}, SCORE: {0}},
    )  # fmt: skip
    for one in filters:
        asked = Scope(scope.organisation_id, YEAR, one)
        with desk.db.read() as session:
            assert len(rows(session, asked).rows) == count(session, asked).n, one
    with desk.db.read() as session:
        assert rows(session, Scope(scope.organisation_id + 1, YEAR)).rows == []


def test_a_row_names_what_it_is_about(desk: Desk, organisation: Organisation, answer: Answers, scope: Scope) -> None:
    with desk.db.write() as session:
        helpdesk = ConnectionRow(
            organisation_id=organisation.id, kind="fake", key="k", name="F", secrets_sealed="", created_at=AT
        )
        session.add(helpdesk)
        session.flush()
        mine = {"organisation_id": organisation.id, "connection_id": helpdesk.id}
        group = SupportGroup(organisation_id=organisation.id, name="Network", code="net")
        agent = AgentRow(**mine, vendor_id="a", name="Bo")
        customer = CustomerRow(**mine, vendor_id="c", name="Cleo", person="cleo")
        ticket = TicketRow(**mine, vendor_id="77", number="INC77")
        segments = [Segment(organisation_id=organisation.id, position=2, code="fin", name="Finance")]
        session.add_all([group, agent, customer, ticket, *segments])
        session.flush()
        solved = Resolution(
            organisation_id=organisation.id, ticket_id=ticket.id, key="1", outcome="solved", subject="No network",
            resolved_at=AT, seen_at=AT, fields={},
        )  # fmt: skip
        session.add(solved)
    answer(
        9, group_id=group.id, agent_id=agent.id, customer_id=customer.id, ticket_id=ticket.id, tid="77",
        resolution_id=solved.id, segment1="emea", segment2="fin", factors=["speed"], comment="Thanks",
    )  # fmt: skip
    with desk.db.read() as session:
        (row,) = rows(session, scope).rows
        for named in ("INC77", "77"):
            assert len(rows(session, Scope(organisation.id, YEAR, ticket=named)).rows) == 1
    assert (row.group, row.agent, row.customer, row.ticket) == ("Network", "Bo", "Cleo", "INC77")
    assert (row.subject, row.segment1, row.segment2) == ("No network", "emea", "Finance")
    assert (row.vendor_id, row.connection_id, row.factors, row.comment) == ("77", helpdesk.id, ["speed"], "Thanks")


def test_rows_link_to_their_tickets_where_the_helpdesk_says_how(
    desk: Desk, organisation: Organisation, stub: Stub, stub_connection: ConnectionRow, answer: Answers
) -> None:
    resolutions.observe(desk, stub_connection.id, stub.solve("7"), resolutions.WEBHOOK)
    with desk.db.read() as session:
        ticket = session.scalars(select(TicketRow.id)).one()
    known, unknown = answer(9, ticket_id=ticket)[0], answer(3, tid="elsewhere")[0]
    with desk.db.read() as session:
        question = parse(session, organisation, [("from", "2026-01-01"), ("to", "2026-12-31")], desk.now())
        shown = sres(desk, session, organisation, question)
        links = ticket_links(desk, session, organisation, shown.page.rows)
    assert shown.counts.n == len(shown.page.rows) == 2
    assert shown.links == links
    assert unknown not in links
    assert all(url.startswith("http") for url in links.values())
    assert set(links) <= {known}


def test_a_lost_key_costs_the_links_and_not_the_list(
    desk: Desk, organisation: Organisation, stub: Stub, stub_connection: ConnectionRow, answer: Answers
) -> None:
    resolutions.observe(desk, stub_connection.id, stub.solve("7"), resolutions.WEBHOOK)
    with desk.db.write() as session:
        ticket = session.scalars(select(TicketRow.id)).one()
        session.get_one(ConnectionRow, stub_connection.id).secrets_sealed = "sealed with a key that is gone"
    answer(9, ticket_id=ticket)
    with desk.db.read() as session:
        shown = sres(desk, session, organisation, parse(session, organisation, [], desk.now()))
    assert (len(shown.page.rows), shown.links) == (1, {})


@given(some.integers(0, 2**40), some.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), some.integers(1, 2**62))
def test_a_position_survives_the_address(shelf: int, at: datetime, number: int) -> None:
    position = Position(shelf, at.date(), at.replace(tzinfo=UTC), number)
    assert Position.parse(str(position)) == position


@pytest.mark.parametrize(
    "written", ["", "1.2.3", "1.2.3.4.5", "a.b.c.d", "1.0.0.1", f"{2**63}.1.0.1", f"0.1.{10**30}.1", "\u0663.x"]
)
def test_what_is_no_position_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no place in a list"):
        Position.parse(written)


def test_the_statements_of_a_page_do_not_grow_with_its_rows(desk: Desk, answer: Answers, scope: Scope) -> None:
    said: list[str] = []
    event.listen(desk.db.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    for number in (1, 20):
        answer(*[9] * number)
        said.clear()
        with desk.db.read() as session:
            assert rows(session, scope).rows
        assert len([one for one in said if "FROM response" in one or "rollup" in one]) == 1
