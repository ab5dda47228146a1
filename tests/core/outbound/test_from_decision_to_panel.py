"""An invitation's whole way over real SMTP, and what the agent's panel says of it at each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from deskpulse.cli.mail import mail
from deskpulse.connections.models import ConnectionRow
from deskpulse.demo.mailbox import Mailbox
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.verp import envelope_sender
from deskpulse.records import Connection, Invitation, Receipt
from deskpulse.reports import panel
from deskpulse.surveys import answers, invites, opting_out, resolutions
from deskpulse.surveys.entrances import TokenEntrance
from deskpulse.surveys.models import Invite
from fixtures.stub import Stub

BOUNCE = """From: MAILER-DAEMON@relay.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="b"
MIME-Version: 1.0

--b
Content-Type: text/plain

It could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; ada@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b--
"""


class ByMail(Stub):
    """A helpdesk that leaves the invitation to DeskPulse's own mail."""

    def deskpulse_send_invite(self, connection: Connection, invitation: Invitation) -> Receipt:
        raise NotImplementedError


@pytest.fixture
def stub() -> Stub:
    return ByMail()


@pytest.fixture
def story(
    mail_desk: Desk, stub: Stub, stub_connection: ConnectionRow, work: Callable[[], int]
) -> Callable[[], dict[str, Any]]:
    """Solve the ticket; then tell what the panel says of it."""

    def tell() -> dict[str, Any]:
        found = panel.find_connection(mail_desk, stub_connection.key)
        assert found is not None
        told: dict[str, Any] = panel.view(mail_desk, found, ticket="7", customer=None, email=None)["ticket"]
        return told

    assert tell()["state"] == "not_resolved"
    resolutions.observe(mail_desk, stub_connection.id, stub.solve("7"), resolutions.WEBHOOK)
    return tell


def invite_of(desk: Desk) -> Invite:
    with desk.db.read() as session:
        return session.scalars(select(Invite)).one()


def token_of(desk: Desk) -> str:
    return desk.vault.open(invite_of(desk).token_sealed)


def test_waiting_then_invited(mail_desk: Desk, mail_server: Mailbox, story: Any, work: Callable[[], int]) -> None:
    assert story()["state"] == "waiting"
    work()
    told = story()
    assert (told["state"], told["channel"]) == ("invited", "email")
    assert told["sent_at"] == "2026-03-02T09:00:00Z"
    assert told["expires_at"] == "2026-03-16T09:00:00Z"
    (message,) = mail_server.messages()
    assert message["headers"]["Message-ID"] == invite_of(mail_desk).message_id


def test_refused_by_the_mail_server(mail_desk: Desk, mail_server: Mailbox, story: Any, work: Callable[[], int]) -> None:
    mail_server.refuse("ada@example.org", 550, "5.1.1 Nobody here by that name")
    work()
    told = story()
    assert told["state"] == "refused"
    assert "5.1.1 Nobody here by that name" in told["explanation"]
    assert mail_server.messages() == []


def test_bounced_later(mail_desk: Desk, story: Any, work: Callable[[], int]) -> None:
    work()
    address = envelope_sender(mail_desk, invite_of(mail_desk).id)
    ran = CliRunner().invoke(mail, ["bounce", "--recipient", address], input=BOUNCE.format(to=address), obj=mail_desk)
    assert ran.exit_code == 0, ran.output
    told = story()
    assert told["state"] == "bounced"
    assert "no such user" in told["explanation"]


def test_opted_out_before_it_was_sent(mail_desk: Desk, story: Any, work: Callable[[], int]) -> None:
    opting_out.opt_out(mail_desk, token_of(mail_desk))
    work()
    assert (story()["state"], story()["explanation"]) == ("cancelled", "Not asked: opted out before it was sent.")


def test_reopened(
    mail_desk: Desk, stub: Stub, stub_connection: ConnectionRow, story: Any, work: Callable[[], int]
) -> None:
    work()
    resolutions.observe(mail_desk, stub_connection.id, stub.reopen("7"), resolutions.WEBHOOK)
    assert story()["state"] == "withdrawn"
    assert answers.show(mail_desk, TokenEntrance(token_of(mail_desk))).closed == "withdrawn"


def test_expired_at_the_exact_moment(mail_desk: Desk, story: Any, work: Callable[[], int], clock: Any) -> None:
    work()
    entrance = TokenEntrance(token_of(mail_desk))
    clock.advance(days=14, microseconds=-1)
    assert answers.show(mail_desk, entrance).closed is None
    assert invites.expire(mail_desk) == 0
    clock.advance(microseconds=1)
    closed = answers.show(mail_desk, entrance)
    assert (closed.closed, closed.closed_at) == ("expired", clock.at)
    assert invites.expire(mail_desk) == 1
    assert story()["state"] == "expired"


def test_validity_and_delay_are_the_organisations(
    mail_desk: Desk, organisation: Organisation, stub: Stub, stub_connection: ConnectionRow, clock: Any
) -> None:
    with mail_desk.db.write() as session:
        rules = {"delay_minutes": 90, "validity_days": 3}
        organisations.change_preferences(mail_desk, session, session.merge(organisation), rules, "test")
    resolutions.observe(mail_desk, stub_connection.id, stub.solve("7"), resolutions.WEBHOOK)
    invite = invite_of(mail_desk)
    assert (invite.due_at - clock.at).total_seconds() == 90 * 60
    assert (invite.expires_at - invite.due_at).days == 3
