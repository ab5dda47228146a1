"""Answers through links of the helpdesk that name a ticket, an agent or a customer whom nobody has met yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.errors import AuthExpired, Refused, Unreachable
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.models import Job
from deskpulse.records import Agent, Customer, Outcome
from deskpulse.surveys import answers, resolutions, rules
from deskpulse.surveys.answers import Result
from deskpulse.surveys.entrances import HelpdeskEntrance
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.models import Decision, Invite, Response, TicketRow
from deskpulse.surveys.visits import Visitor
from fixtures.stub import SECRET, Stub


@pytest.fixture(autouse=True)
def service_desk(desk: Desk, organisation: Organisation) -> None:
    with desk.db.write() as session:
        session.add(SupportGroup(organisation_id=organisation.id, name="Service Desk", code="SD"))


@pytest.fixture
def answer(desk: Desk, stub_connection: ConnectionRow) -> Callable[..., None]:
    """Answer through a link that names these."""

    def answer(**named: str) -> None:
        entrance = HelpdeskEntrance.of({"tc": "ts", "cpc": "northwind", "rgid": "SD"} | named)
        opened = answers.look(desk, entrance, Visitor("ada", returning=False), HitKind.VIEW)
        given = answers.answer_of(9, [], "Quick!", contact_wanted=False)
        visitor = Visitor("ada", returning=True)
        sent = answers.accept(desk, entrance, given, visitor, nonce=opened.nonce, scripted=True, activated=True)
        assert sent.result is Result.RECORDED

    return answer


def only(desk: Desk, table: Any) -> Any:
    with desk.db.read() as session:
        return session.scalars(select(table)).one()


def count(desk: Desk, table: Any) -> int:
    with desk.db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def traces(desk: Desk) -> list[str]:
    with desk.db.read() as session:
        return list(session.scalars(select(Job.state).where(Job.kind == "trace_response")))


def test_a_ticket_that_nobody_told_of_is_found(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    stub.solve("7")
    answer(tid="7")
    assert (only(desk, Response).ticket_id, stub.asked) == (None, [])
    work()
    response, ticket, decision = only(desk, Response), only(desk, TicketRow), only(desk, Decision)
    assert (response.ticket_id, response.person) == (ticket.id, "ada@example.org")
    assert response.agent_id == only(desk, AgentRow).id
    assert (decision.asked, decision.reason, decision.source) == (False, rules.ANSWERED, "a link of the helpdesk")
    assert count(desk, Invite) == 0, "whoever holds a public link must not be able to have people asked"
    assert [ticket_id for ticket_id, _ in stub.written] == ["7"]


def test_a_helpdesk_that_asks_itself_has_asked(
    desk: Desk, organisation: Organisation, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    with desk.db.write() as session:
        row = session.merge(organisation)
        organisations.change_preferences(desk, session, row, {"invite_channel": "helpdesk"}, "test")
    stub.solve("7")
    answer(tid="7")
    work()
    assert (only(desk, Decision).asked, only(desk, Decision).reason) == (True, rules.BY_HELPDESK)
    assert stub.sent == []


def test_a_ticket_that_no_helpdesk_knows_gets_no_decision(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    answer(tid="404")
    work()
    assert stub.asked == [("ticket", "404")]
    assert (count(desk, TicketRow), count(desk, Decision)) == (0, 0)
    assert (only(desk, Response).status, only(desk, Response).current) == ("counted", True)
    assert traces(desk) == ["done"]


def test_an_open_ticket_waits_until_it_is_solved(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    stub.solve("7")
    stub.tickets["7"] = replace(stub.tickets["7"], resolution_key=None)
    answer(tid="7")
    work()
    assert (count(desk, TicketRow), only(desk, Response).ticket_id) == (0, None)


def test_a_ticket_that_is_shown_as_deleted_has_its_decision(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    stub.solve("7", outcome=Outcome.DELETED)
    answer(tid="7")
    work()
    assert only(desk, Decision).reason == rules.DELETED


def test_another_ticket_than_the_named_one_is_not_taken(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    stub.solve("8")
    stub.tickets["7"] = stub.tickets["8"]
    answer(tid="7")
    work()
    assert (count(desk, TicketRow), only(desk, Response).ticket_id) == (0, None)


def test_one_name_for_two_tickets_is_data_in_error(
    desk: Desk, organisation: Organisation, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    with desk.db.write() as session:
        connections.create(desk, session, organisation, "stub", "Second", {"shared_secret": SECRET})
    stub.solve("7")
    answer(tid="7")
    work()
    response = only(desk, Response)
    assert (response.status, response.current, response.ticket_id) == ("error", False, None)
    assert "Several tickets" in response.problem
    assert (count(desk, Decision), stub.written) == (2, [])


def test_a_ticket_without_a_group_needs_none_in_its_link(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, answer: Callable[..., None]
) -> None:
    resolutions.observe(desk, stub_connection.id, stub.solve("7", group=None), resolutions.WEBHOOK)
    answer(tid="7", rgid="")
    assert (only(desk, Response).status, only(desk, Response).group_id) == ("counted", None)


@pytest.fixture
def second(desk: Desk, organisation: Organisation, stub_connection: ConnectionRow) -> ConnectionRow:
    """Another helpdesk of the same organisation, with the same numbers."""
    with desk.db.write() as session:
        return connections.create(desk, session, organisation, "stub", "Second", {"shared_secret": SECRET})


def test_a_link_may_say_whose_ticket_it_means(
    desk: Desk, stub: Stub, answer: Callable[..., None], second: ConnectionRow, work: Callable[[], int]
) -> None:
    stub.solve("7")
    answer(tid="7", hd=str(second.id))
    work()
    response, ticket = only(desk, Response), only(desk, TicketRow)
    assert (response.status, response.ticket_id, ticket.connection_id) == ("counted", ticket.id, second.id)


def test_one_name_in_two_helpdesks_is_two_tickets(
    desk: Desk, stub: Stub, answer: Callable[..., None], second: ConnectionRow, stub_connection: ConnectionRow
) -> None:
    """Answers about tickets that nobody has met yet do not take each other's place, and each finds its own."""
    event = stub.solve("7")
    answer(tid="7", hd=str(stub_connection.id))
    answer(tid="7", hd=str(second.id))
    for row in (second, stub_connection):
        resolutions.observe(desk, row.id, event, resolutions.WEBHOOK)
    with desk.db.read() as session:
        found = session.execute(
            select(Response.current, TicketRow.connection_id).join(TicketRow, TicketRow.id == Response.ticket_id)
        )
        assert sorted(map(tuple, found)) == [(True, stub_connection.id), (True, second.id)]


@pytest.mark.parametrize("wrong", ["", "x", "999", "-1", "1e3", "\uff19", "1" * 40])
def test_a_helpdesk_that_is_none_leaves_the_answer_waiting_or_is_passed_over(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int], wrong: str
) -> None:
    stub.solve("7")
    answer(tid="7", hd=wrong)
    work()
    assert (only(desk, Response).status, only(desk, Response).ticket_id is None) == ("counted", wrong == "999")


def test_agent_and_customer_are_found_by_id(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    stub.agents["a7"] = Agent("a7", "Bob", "bob@example.org")
    stub.customers["c7"] = Customer("c7", "Ada", "Ada@example.org")
    answer(tid="7", agid="a7", cid="c7")
    work()
    response, customer = only(desk, Response), only(desk, CustomerRow)
    assert (response.agent_id, response.customer_id) == (only(desk, AgentRow).id, customer.id)
    assert response.person == customer.person == "ada@example.org"
    assert stub.asked == [("ticket", "7"), ("agent", "a7"), ("customer", "c7")]


def test_the_tickets_own_people_win(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    stub.solve("7")
    stub.agents["a7"] = Agent("a7", "Someone else")
    answer(tid="7", agid="a7", cid="c7")
    work()
    assert stub.asked == [("ticket", "7")]
    assert only(desk, AgentRow).vendor_id == "a1"


def test_nobody_is_asked_about_what_is_known_or_was_never_filled_in(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    answer(tid="{{ticket.id}}", agid="{{ticket.assignee.id}}", cid="ada@example.org")
    assert traces(desk) == []
    assert only(desk, Response).person == "ada@example.org"


def test_a_helpdesk_that_is_away_is_asked_again(
    desk: Desk, stub: Stub, answer: Callable[..., None], work: Callable[[], int], clock: Any
) -> None:
    stub.solve("7")
    stub.trouble.append(Unreachable("away"))
    answer(tid="7")
    work()
    assert (traces(desk), only(desk, Response).ticket_id) == (["due"], None)
    clock.advance(minutes=1)
    work()
    assert (traces(desk), only(desk, Response).ticket_id) == (["done"], only(desk, TicketRow).id)


def test_a_helpdesk_that_locks_us_out_is_paused_and_one_that_refuses_knows_nothing(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, answer: Callable[..., None], work: Callable[[], int]
) -> None:
    stub.trouble.append(Refused("no"))
    answer(tid="7")
    work()
    assert (traces(desk), only(desk, ConnectionRow).paused_reason) == (["done"], None)
    stub.trouble.append(AuthExpired("locked out"))
    answer(tid="8")
    work()
    assert only(desk, ConnectionRow).paused_reason == "auth-expired: locked out"
    answer(tid="9")
    work()
    assert stub.asked == [], "a paused helpdesk is left alone"
