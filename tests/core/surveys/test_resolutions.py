"""From a hint about a ticket to its Decision, in any order and any number of times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import Unreachable
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.records import Customer, EventKind, Outcome, TicketEvent, TicketRef
from deskpulse.surveys import resolutions, rules
from deskpulse.surveys.models import Decision, Invite, Resolution
from fixtures.stub import Stub

Observe = Callable[[TicketEvent], None]


@pytest.fixture
def observe(desk: Desk, stub_connection: ConnectionRow) -> Observe:
    return lambda event: resolutions.observe(desk, stub_connection.id, event, resolutions.WEBHOOK)


def decisions(desk: Desk) -> list[tuple[str, bool, str]]:
    with desk.db.read() as session:
        found = select(Resolution.key, Decision.asked, Decision.reason).join(
            Decision, Decision.resolution_id == Resolution.id
        )
        return [tuple(row) for row in session.execute(found.order_by(Resolution.id))]


def invite_states(desk: Desk) -> list[str]:
    with desk.db.read() as session:
        return list(session.scalars(select(Invite.state).order_by(Invite.id)))


def test_a_solved_ticket_is_decided_once_and_asked_about_once(
    desk: Desk, stub: Stub, observe: Observe, work: Callable[[], int]
) -> None:
    event = stub.solve("7")
    observe(event)
    observe(event)
    work()
    assert decisions(desk) == [("0", True, rules.ASKED)]
    assert invite_states(desk) == ["sent"]
    (invitation,) = stub.sent
    assert invitation.recipient_email == "ada@example.org"
    assert invitation.ticket == TicketRef("7", "N7")


def test_everything_is_frozen_at_resolution(desk: Desk, stub: Stub, observe: Observe) -> None:
    observe(
        stub.solve(
            "7",
            segment1="Oslo",
            segment2="Sales",
            channel="email",
            priority="high",
            category="VPN",
            reassignments=3,
            by_bot=True,
            fields={"asset": "L-77"},
        )
    )
    stub.tickets["7"] = replace(stub.tickets["7"], subject="changed later", group=None, agent=None)
    observe(TicketEvent(EventKind.CLOSED, TicketRef("7")))
    with desk.db.read() as session:
        frozen = session.scalars(select(Resolution)).one()
    assert frozen.subject == "Trouble 7"
    assert frozen.group_id is not None
    assert frozen.agent_id is not None
    assert (frozen.segment1, frozen.segment2, frozen.channel, frozen.priority) == ("Oslo", "Sales", "email", "high")
    assert (frozen.category, frozen.reopens, frozen.reassignments, frozen.by_bot) == ("VPN", 0, 3, True)
    assert frozen.fields == {"asset": "L-77"}


def test_reopening_cancels_what_was_not_sent(desk: Desk, stub: Stub, observe: Observe, work: Callable[[], int]) -> None:
    observe(stub.solve("7"))
    observe(stub.reopen("7"))
    work()
    assert invite_states(desk) == ["cancelled"]
    assert stub.sent == []
    observe(stub.solve("7"))
    assert decisions(desk) == [("0", True, rules.ASKED), ("1", True, rules.ASKED)], "a cancelled invite does not count"


def test_reopening_withdraws_what_was_not_answered(
    desk: Desk, stub: Stub, observe: Observe, work: Callable[[], int], clock: Callable[..., object]
) -> None:
    observe(stub.solve("7"))
    work()
    observe(stub.reopen("7"))
    assert invite_states(desk) == ["withdrawn"]
    observe(stub.solve("7"))
    assert decisions(desk)[-1] == ("1", False, rules.ASKED_RECENTLY)
    observe(stub.reopen("7"))
    clock.advance(hours=24)  # type: ignore[attr-defined]
    observe(stub.solve("7"))
    assert decisions(desk)[-1] == ("2", True, rules.ASKED)


def test_nobody_is_asked_twice_when_a_ticket_is_solved_anew_while_its_mail_is_being_handed_over(
    desk: Desk, stub: Stub, observe: Observe, work: Callable[[], int]
) -> None:
    def solve_anew() -> None:
        observe(stub.reopen("7"))
        observe(stub.solve("7"))

    stub.on_the_way.append(solve_anew)
    observe(stub.solve("7"))
    work()
    assert len(stub.sent) == 1
    assert decisions(desk) == [("0", True, rules.ASKED), ("1", False, rules.ASKED_RECENTLY)]
    assert invite_states(desk) == ["withdrawn"]


class Killed(BaseException):
    """Nothing runs after it."""


def die() -> None:
    raise Killed


@pytest.mark.parametrize("tried_again", [False, True])
def test_a_mail_that_was_perhaps_out_when_its_worker_died_counts(
    desk: Desk, stub: Stub, observe: Observe, work: Callable[[], int], clock: Any, tried_again: bool
) -> None:
    stub.on_the_way.append(die)
    observe(stub.solve("7"))
    with pytest.raises(Killed):
        work()
    clock.advance(hours=1)
    if tried_again:
        stub.trouble.append(Unreachable("mail server: away"))
        work()
    observe(stub.reopen("7"))
    work()
    observe(stub.solve("7"))
    assert stub.trouble == []
    assert invite_states(desk) == ["cancelled"]
    assert decisions(desk)[-1] == ("1", False, rules.ASKED_RECENTLY)


def test_what_the_mail_server_did_not_take_does_not_count(
    desk: Desk, stub: Stub, observe: Observe, work: Callable[[], int]
) -> None:
    def fail() -> None:
        observe(stub.reopen("7"))
        raise Unreachable("mail server: away")

    stub.on_the_way.append(fail)
    observe(stub.solve("7"))
    work()
    observe(stub.solve("7"))
    work()
    assert decisions(desk) == [("0", True, rules.ASKED), ("1", True, rules.ASKED)]
    assert invite_states(desk) == ["cancelled", "sent"]


def test_a_solve_that_nobody_read_in_time_still_gets_its_decision(desk: Desk, stub: Stub, observe: Observe) -> None:
    stub.solve("7")
    late = stub.reopen("7")
    observe(late)
    assert decisions(desk) == [("0", False, rules.REOPENED)]


def test_a_vanished_ticket_is_decided_as_deleted(desk: Desk, observe: Observe) -> None:
    observe(TicketEvent(EventKind.CLOSED, TicketRef("404")))
    assert decisions(desk) == [("deleted", False, rules.DELETED)]


def test_a_ticket_deleted_after_its_decision_gets_no_second_one(desk: Desk, stub: Stub, observe: Observe) -> None:
    event = stub.solve("7")
    observe(event)
    del stub.tickets["7"]
    observe(event)
    assert decisions(desk) == [("0", True, rules.ASKED)]


def test_merged_own_and_anonymous_tickets_are_not_asked_about(desk: Desk, stub: Stub, observe: Observe) -> None:
    observe(stub.solve("1", outcome=Outcome.MERGED))
    observe(stub.solve("2", customer=Customer("a1", "Bob", None)))
    observe(stub.solve("3", customer=Customer("z", "Bob", "BOB@example.org ")))
    observe(stub.solve("4", requester=None))
    observe(stub.solve("5", customer=None))
    assert [reason for _, _, reason in decisions(desk)] == [
        rules.MERGED,
        rules.OWN_TICKET,
        rules.OWN_TICKET,
        rules.NO_ADDRESS,
        rules.NO_CUSTOMER,
    ]


def test_one_person_is_asked_once_over_all_their_tickets(desk: Desk, stub: Stub, observe: Observe) -> None:
    observe(stub.solve("1", requester="ada@example.org"))
    observe(stub.solve("2", requester=" ADA@Example.org"))
    assert [reason for _, _, reason in decisions(desk)] == [rules.ASKED, rules.ASKED_RECENTLY]


def test_no_plugin_can_lift_the_floor(desk: Desk, stub: Stub, observe: Observe) -> None:
    from deskpulse import hookimpl  # noqa: PLC0415
    from deskpulse.records import Connection, History, Verdict  # noqa: PLC0415

    class Pushy:
        @hookimpl
        def deskpulse_should_invite(self, connection: Connection, history: History) -> Verdict:
            return Verdict(True, "always")

    desk.hub.register(Pushy(), "pushy")
    observe(stub.solve("1"))
    observe(stub.solve("2"))
    assert decisions(desk) == [("0", True, "always"), ("0", False, rules.TOO_SOON)]


def test_the_helpdesk_may_send_the_invitation_itself(
    desk: Desk, stub: Stub, observe: Observe, organisation: Organisation, work: Callable[[], int]
) -> None:
    with desk.db.write() as session:
        found = session.merge(organisation)
        organisations.change_preferences(desk, session, found, {"invite_channel": "helpdesk"}, "test")
    observe(stub.solve("7"))
    work()
    assert decisions(desk) == [("0", True, rules.BY_HELPDESK)]
    assert stub.sent == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(["solve", "reopen", "solve again"]), st.lists(st.integers(0, 2), max_size=4))
def test_the_end_does_not_depend_on_the_order_of_events(
    desk: Desk, stub: Stub, observe: Observe, order: list[str], repeats: list[int]
) -> None:
    """The helpdesk's state is what counts: whichever event comes first reads it whole."""
    with desk.db.write() as session:
        for table in (Decision, Invite, Resolution):
            session.execute(delete(table))
    stub.tickets.clear()
    events = {"solve": stub.solve("7"), "reopen": stub.reopen("7"), "solve again": stub.solve("7")}
    for name in [*order, *(order[index] for index in repeats)]:
        observe(events[name])
    assert sorted(decisions(desk)) == [("0", False, rules.REOPENED), ("1", True, rules.ASKED)]


def test_found_open_again_every_solving_known_before_is_over(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, observe: Observe, work: Callable[[], int], clock: Any
) -> None:
    """A helpdesk without a history tells that a ticket is open, and not how often it was solved before."""
    observe(stub.solve("7"))
    work()
    clock.advance(seconds=1)
    forgetful = stub.reopen("7")
    stub.tickets["7"] = replace(stub.tickets["7"], past_resolution_keys=())
    observe(forgetful)
    assert invite_states(desk) == ["withdrawn"]


def test_an_old_reading_ends_nothing_that_was_solved_since(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, observe: Observe, work: Callable[[], int], clock: Any
) -> None:
    event = stub.solve("7")
    opened = replace(stub.tickets["7"], resolution_key=None)
    read_at = clock.at
    clock.advance(seconds=1)
    observe(event)
    work()
    connection = connections.load(desk, stub_connection.id)
    resolutions.record(desk, [(stub_connection.id, connection, opened)], resolutions.WEBHOOK, read_at)
    assert invite_states(desk) == ["sent"]
