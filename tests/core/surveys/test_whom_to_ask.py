"""What the rules promise, over any sequence of events: two organisations, one of them with two helpdesks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select, update

from deskpulse import hookimpl
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.records import Connection, Customer, EventKind, History, TicketEvent, TicketRef, Verdict
from deskpulse.surveys import answers, invites, opting_out, resolutions
from deskpulse.surveys.entrances import TokenEntrance
from deskpulse.surveys.ledger import HitKind
from deskpulse.surveys.models import Decision, Invite, Resolution, TicketRow
from deskpulse.surveys.visits import Visitor
from fixtures.stub import SECRET, Stub

PEOPLE = ("ada@example.org", "cyd@example.org")
FLOOR, QUIET = timedelta(hours=24), timedelta(days=30)
NUMBERS = count(1)


class Pushy:
    """A rule of someone's own, which always wants to ask."""

    @hookimpl
    def deskpulse_should_invite(self, connection: Connection, history: History) -> Verdict:
        return Verdict(True, "always")


@dataclass
class World:
    """Two organisations of their own for each example; the first has two connections."""

    desk: Desk
    stub: Stub
    clock: Any
    work: Callable[[], int]
    rows: list[ConnectionRow] = field(default_factory=list)
    solved: Counter[tuple[int, str]] = field(default_factory=Counter)
    silent: set[tuple[int, str]] = field(default_factory=set)
    number: int = field(default_factory=lambda: next(NUMBERS))

    def __post_init__(self) -> None:
        for grown in (self.stub.tickets, self.stub.sent, self.stub.asked):
            grown.clear()
        self.clock.advance(days=1)
        with self.desk.db.write() as session:
            for name, helpdesks in (("one", 2), ("two", 1)):
                organisation = organisations.create(self.desk, session, name, code=f"{name}-{self.number}")
                for _ in range(helpdesks):
                    given = {"shared_secret": SECRET}
                    self.rows.append(connections.create(self.desk, session, organisation, "stub", "Stub", given))

    def organisation(self, helpdesk: int) -> int:
        return self.rows[helpdesk].organisation_id

    def ticket(self, helpdesk: int, ticket: int) -> str:
        return f"{self.number}-{helpdesk}-{ticket}"

    def observe(self, helpdesk: int, event: TicketEvent) -> None:
        resolutions.observe(self.desk, self.rows[helpdesk].id, event, resolutions.WEBHOOK)

    def solve(self, helpdesk: int, ticket: int, person: int) -> None:
        """Solve a ticket for someone, and hear of it twice."""
        name = self.ticket(helpdesk, ticket)
        known = self.stub.tickets.get(name)
        address = PEOPLE[person] if helpdesk else PEOPLE[person].upper()
        event = self.stub.solve(name, customer=Customer(f"c{person}", "Someone", address))
        if known is None or known.resolution_key is None:
            self.solved[helpdesk, name] += 1
        self.observe(helpdesk, event)
        self.observe(helpdesk, event)

    def reopen(self, helpdesk: int, ticket: int) -> None:
        name = self.ticket(helpdesk, ticket)
        known = self.stub.tickets.get(name)
        if known is None or known.resolution_key is None:
            return
        self.observe(helpdesk, self.stub.reopen(name))
        states = {invite.state for invite in self.invites() if invite.ticket_id == self.ticket_id(helpdesk, name)}
        assert not states & {"waiting", "sent"}

    def ticket_id(self, helpdesk: int, name: str) -> int:
        with self.desk.db.read() as session:
            wanted = select(TicketRow.id).where(
                TicketRow.connection_id == self.rows[helpdesk].id, TicketRow.vendor_id == name
            )
            return session.scalars(wanted).one()

    def token(self, invite: Invite) -> str:
        return self.desk.vault.open(invite.token_sealed)

    def answer(self, which: int) -> None:
        found = [invite for invite in self.invites() if invite.state == "sent"]
        if found:
            entrance = TokenEntrance(self.token(found[which % len(found)]))
            nonce = answers.look(self.desk, entrance, Visitor("v", returning=False), HitKind.VIEW).nonce
            given = answers.answer_of(which % 11, [], "", contact_wanted=False)
            visitor = Visitor("v", returning=True)
            answers.accept(self.desk, entrance, given, visitor, nonce=nonce, scripted=True, activated=True)

    def opt(self, which: int, out: bool) -> None:
        found = self.invites()
        if found:
            invite = found[which % len(found)]
            who = (invite.organisation_id, invite.person)
            if out:
                opting_out.opt_out(self.desk, self.token(invite))
                self.silent.add(who)
            else:
                opting_out.opt_in(self.desk, self.token(invite))
                self.silent.discard(who)

    def delay(self, minutes: int) -> None:
        with self.desk.db.write() as session:
            organisation = session.get_one(Organisation, self.organisation(0))
            organisations.change_preferences(self.desk, session, organisation, {"delay_minutes": minutes}, "test")

    def send(self) -> None:
        """Send what is due; nobody who opted out gets any of it."""
        before = len(self.stub.sent)
        self.work()
        by_key = {f"invite-{invite.id}": invite for invite in self.invites()}
        for invitation in self.stub.sent[before:]:
            invite = by_key.get(invitation.key)  # None: left over from another example
            assert invite is None or (invite.organisation_id, invite.person) not in self.silent

    def invites(self) -> list[Invite]:
        mine = {row.organisation_id for row in self.rows}
        with self.desk.db.read() as session:
            return list(session.scalars(select(Invite).where(Invite.organisation_id.in_(mine)).order_by(Invite.id)))

    # --- the promises ---------------------------------------------------------------------------------------------

    def never_two_within_a_day(self) -> None:
        for sent in self._sent_by_person():
            assert all(later.sent_at - earlier.sent_at >= FLOOR for earlier, later in pairwise(sent))

    def quiet_between_tickets(self) -> None:
        for sent in self._sent_by_person():
            for earlier, later in ((one, other) for one in sent for other in sent if one.ticket_id != other.ticket_id):
                assert abs(later.sent_at - earlier.sent_at) >= QUIET

    def at_most_two_about_a_ticket(self) -> None:
        asked = Counter(invite.ticket_id for invite in self.invites() if invite.state != "cancelled")
        assert all(number <= 2 for number in asked.values())

    def every_solving_has_one_decision(self) -> None:
        with self.desk.db.read() as session:
            for (helpdesk, name), number in self.solved.items():
                ticket = self.ticket_id(helpdesk, name)
                keys = session.scalars(select(Resolution.key).where(Resolution.ticket_id == ticket)).all()
                assert sorted(keys) == sorted(str(key) for key in range(number))
                decided = session.execute(
                    select(Decision.asked, Invite.id, Decision.reason)
                    .join(Resolution, Resolution.id == Decision.resolution_id)
                    .outerjoin(Invite, Invite.resolution_id == Resolution.id)
                    .where(Resolution.ticket_id == ticket)
                ).all()
                assert len(decided) == number
                assert all(asked is (invite is not None) and reason for asked, invite, reason in decided)

    def _sent_by_person(self) -> Iterator[list[Any]]:
        sent = [invite for invite in self.invites() if invite.sent_at is not None]
        for who in {(invite.organisation_id, invite.person) for invite in sent}:
            theirs = [invite for invite in sent if (invite.organisation_id, invite.person) == who]
            yield sorted(theirs, key=lambda invite: invite.sent_at or invite.created_at)


HELPDESK, TICKET = some.integers(0, 2), some.integers(0, 2)
STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("solve"), HELPDESK, TICKET, some.integers(0, 1)),
        some.tuples(some.just("solve again"), HELPDESK, TICKET, some.integers(0, 1)),
        some.tuples(some.just("reopen"), HELPDESK, TICKET),
        some.tuples(some.just("answer"), some.integers(0, 10)),
        some.tuples(some.just("opt"), some.integers(0, 10), some.booleans()),
        some.tuples(some.just("delay"), some.sampled_from([0, 90, 3 * 1440])),
        some.tuples(some.just("wait"), some.sampled_from([1, 23, 24, 72, 15 * 24, 30 * 24])),
        some.tuples(some.just("send")),
    ),
    min_size=6,
    max_size=30,
)


def play(world: World, steps: list[tuple[Any, ...]]) -> None:
    for name, *arguments in steps:
        match name:
            case "wait":
                world.clock.advance(hours=arguments[0])
                invites.expire(world.desk)
            case "solve again":
                world.reopen(*arguments[:2])
                world.solve(*arguments)
            case _:
                getattr(world, name)(*arguments)
    world.send()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_rules_hold_whatever_happens(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, clock: Any, work: Callable[[], int], steps: Any
) -> None:
    world = World(desk, stub, clock, work)
    play(world, steps)
    world.never_two_within_a_day()
    world.quiet_between_tickets()
    world.at_most_two_about_a_ticket()
    world.every_solving_has_one_decision()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_floor_holds_whatever_a_plugin_wants(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, clock: Any, work: Callable[[], int], steps: Any
) -> None:
    if "pushy" not in desk.hub.names():
        desk.hub.register(Pushy(), "pushy")
    world = World(desk, stub, clock, work)
    play(world, steps)
    world.never_two_within_a_day()
    world.every_solving_has_one_decision()


@pytest.fixture
def world(desk: Desk, stub: Stub, stub_connection: ConnectionRow, clock: Any, work: Callable[[], int]) -> World:
    return World(desk, stub, clock, work)


def reasons(world: World) -> list[str]:
    with world.desk.db.read() as session:
        return list(session.scalars(select(Decision.reason).order_by(Decision.resolution_id)))


def test_one_address_over_two_helpdesks_is_one_person_and_over_two_organisations_is_two(world: World) -> None:
    world.solve(0, 1, 0)
    world.solve(1, 1, 0)
    world.solve(2, 1, 0)
    assert reasons(world) == ["asked", "asked recently", "asked"]


def test_a_ticket_is_asked_about_twice_in_all_even_where_its_requester_changes(world: World) -> None:
    for person in (0, 1, 0, 1):
        world.solve(0, 1, person)
        world.send()
        world.reopen(0, 1)
        world.clock.advance(days=31)
    assert reasons(world) == ["asked", "asked", "asked often enough", "asked often enough"]


def test_an_invite_that_is_still_to_go_out_counts_from_when_it_will(world: World) -> None:
    """A mail server that was away for days, or a delay that was shortened, must not send two mails in one hour."""
    world.desk.hub.register(Pushy(), "pushy")
    world.delay(3 * 1440)
    world.solve(0, 1, 0)
    world.clock.advance(hours=71)
    world.delay(60)
    world.solve(0, 2, 0)
    world.clock.advance(hours=2)
    world.send()
    assert reasons(world) == ["always", "24-hour floor"]
    with world.desk.db.read() as session:
        explained = session.scalars(select(Decision.explanation).order_by(Decision.resolution_id)).all()
    assert explained[1] == "This person is about to be asked, less than 24 hours away."


def test_an_invite_that_the_mail_server_refused_counts_from_when_it_was_due(world: World) -> None:
    world.solve(0, 1, 0)
    with world.desk.db.write() as session:
        session.execute(update(Invite).values(state="refused", ended_at=world.clock.at))
    world.clock.advance(days=29)
    world.solve(0, 2, 0)
    world.clock.advance(days=1)
    world.solve(1, 2, 0)
    assert reasons(world) == ["asked", "asked recently", "asked"]


def test_who_opts_out_before_the_mail_is_sent_gets_none(world: World) -> None:
    world.delay(60)
    world.solve(0, 1, 0)
    world.opt(0, out=True)
    world.clock.advance(hours=2)
    world.send()
    assert [invite.state for invite in world.invites()] == ["cancelled"]
    world.clock.advance(days=31)
    world.solve(1, 2, 0)
    assert reasons(world) == ["asked", "opted out"]
    world.stub.tickets.clear()
    world.observe(0, TicketEvent(EventKind.CLOSED, TicketRef("gone")))
    assert reasons(world)[-1] == "deleted"


def test_a_suppression_made_after_the_decision_stops_the_mail(world: World) -> None:
    """The administrator's list is read again when the mail is due, not only when it is decided."""
    from deskpulse.directory import suppressions  # noqa: PLC0415

    world.delay(60)
    world.solve(0, 1, 0)
    with world.desk.db.write() as session:
        organisation = session.get_one(Organisation, world.organisation(0))
        suppressions.add(world.desk, session, organisation.id, PEOPLE[0], actor="test")
    world.clock.advance(hours=1)
    world.send()
    assert [(invite.state, invite.detail) for invite in world.invites()] == [
        ("cancelled", "opted out before it was sent")
    ]
    assert world.stub.sent == []


def test_the_mail_goes_out_when_the_delay_is_over_and_not_before(world: World) -> None:
    world.delay(90)
    world.solve(0, 1, 0)
    world.clock.advance(minutes=89, seconds=59)
    world.send()
    assert [invite.state for invite in world.invites()] == ["waiting"]
    world.clock.advance(seconds=1)
    world.send()
    (invite,) = world.invites()
    assert (invite.state, invite.sent_at) == ("sent", world.clock.at)
    assert invite.expires_at == invite.due_at + timedelta(days=14)
