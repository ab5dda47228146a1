"""A helpdesk that does not accept us any more: the connection is paused, and its administrators are told once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from deskpulse.access import users
from deskpulse.connections import provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import AuthExpired
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.outbound.smtp import Mailer
from fixtures.mailbox import Letters
from fixtures.stub import Stub

ANN, BEN, STRANGER = "ann@corp.example", "ben@corp.example", "eve@other.example"
REASON = "GET https://stub.example/tickets/7: 401 expired"


@pytest.fixture(autouse=True)
def administrators(desk: Desk, organisation: Organisation) -> None:
    with desk.db.write() as session:
        other = organisations.create(desk, session, "Elsewhere", code="elsewhere")
        for email, of in ((ANN, organisation), (BEN, organisation), (STRANGER, other)):
            users.add(desk, session, of, email, "correct horse battery", actor="test")


@pytest.fixture
def letters(desk: Desk, mailbox: Letters) -> Iterator[Letters]:
    """What this desk's mail server got."""
    desk.settings = replace(desk.settings, smtp_url=mailbox.url, mail_from="DeskPulse <feedback@corp.example>")
    desk.mailer = Mailer(mailbox.url)
    yield mailbox
    desk.mailer.close()


def ask_for_tickets(desk: Desk, row: ConnectionRow, number: int) -> None:
    """Jobs that ask the helpdesk for something."""
    with desk.db.write() as session:
        for _ in range(number):
            mine = {"organisation_id": row.organisation_id, "connection_id": row.id}
            outbox.queue(desk, session, "reconcile", {"connection_id": row.id}, **mine)


def states(desk: Desk, kind: str) -> list[str]:
    with desk.db.read() as session:
        return list(session.scalars(select(Job.state).where(Job.kind == kind).order_by(Job.id)))


def test_all_administrators_are_told_once_and_the_work_goes_on_afterwards(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow, letters: Letters, work: Callable[[], int]
) -> None:
    stub.trouble += [AuthExpired(REASON), AuthExpired("and again")]
    ask_for_tickets(desk, stub_connection, 2)
    work()
    assert states(desk, "reconcile") == ["waiting", "waiting"]
    assert sorted(letter["to"] for letter in letters.all()) == [ANN, BEN]
    (letter,) = letters.all(ANN)
    assert letter["subject"] == "Stub needs you: DeskPulse's access has ended"
    assert REASON in letter["text"]
    assert "http://127.0.0.1:8000/status" in letter["text"]
    assert "deskpulse connection check" in letter["text"]
    assert stub_connection.key not in letter["text"]
    assert letter["headers"]["Auto-Submitted"] == "auto-generated"

    assert provisioning.check(desk, stub_connection.id) is None, "it cannot be tried, so it is believed to work again"
    work()
    assert states(desk, "reconcile") == ["done", "done"]
    stub.trouble.append(AuthExpired("a second time"))
    ask_for_tickets(desk, stub_connection, 1)
    work()
    assert len(letters.all(ANN)) == 2, "another pause, another notice"


def test_nobody_is_told_of_a_pause_that_is_over(
    desk: Desk, stub_connection: ConnectionRow, letters: Letters, work: Callable[[], int]
) -> None:
    with desk.db.write() as session:
        provisioning.pause(desk, session, stub_connection.id, "gone")
        session.get_one(ConnectionRow, stub_connection.id).paused_reason = None
    work()
    assert letters.all() == []
    assert states(desk, "tell_administrators") == ["done", "done"]


def test_an_administrator_whose_address_is_refused_keeps_nobody_else_from_knowing(
    desk: Desk, stub_connection: ConnectionRow, letters: Letters, work: Callable[[], int]
) -> None:
    letters.box.refuse(ANN, 550)
    with desk.db.write() as session:
        provisioning.pause(desk, session, stub_connection.id, "gone")
    work()
    assert [letter["to"] for letter in letters.all()] == [BEN]
    assert sorted(states(desk, "tell_administrators")) == ["done", "failed"]
