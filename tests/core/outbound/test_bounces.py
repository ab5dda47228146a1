"""Bounces as mail servers write them, and what they do to an invite."""

from __future__ import annotations

from email import message_from_bytes

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from deskpulse.cli.mail import mail
from deskpulse.demo.mailbox import Mailbox
from deskpulse.desk import Desk
from deskpulse.outbound import bounces
from deskpulse.outbound.bounces import Meaning, Reading
from deskpulse.outbound.smtp import Mailer
from deskpulse.outbound.verp import envelope_sender
from deskpulse.surveys.models import Invite

REPORT = """\
Return-Path: <>
Delivered-To: {to}
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

This is a MIME-encapsulated message.

--B
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4F2A31
Arrival-Date: Mon,  2 Mar 2026 09:00:00 +0000 (UTC)

Final-Recipient: rfc822; ana@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; {diagnostic}

--B
Content-Type: message/rfc822

From: feedback@northwind.example
To: ana@example.org
Subject: How did we do?

Hello
--B--
"""
QMAIL = """\
From: MAILER-DAEMON@mx.example.org
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ana@example.org>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 <ana@example.org>: no such user
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

Subject: 451 4.7.1 is only part of the original
"""
EXIM_WARNING = """\
From: Mail Delivery System <Mailer-Daemon@mx.example.org>
To: {to}
Auto-Submitted: auto-replied
Subject: Warning: message 1abc-2de delayed 24 hours

A message that you sent has not yet been delivered to ana@example.org.
No action is required on your part. 550 other messages are waiting.
"""
GREYLISTED = """\
From: postmaster@mx.example.org
To: {to}
Subject: Could not deliver

mail.example.org said: 451 4.7.1 Greylisting in action, please come back later
"""
NO_CODES = """\
From: Postmaster@mx.example.org
To: {to}
Subject: Message could not be delivered

The mailbox is gone.
"""
OUT_OF_OFFICE = """\
Return-Path: <>
From: Ana <ana@example.org>
To: {to}
Auto-Submitted: auto-replied (vacation)
Subject: Out of office: 550 miles away

I am back on Monday.
"""
OLD_RESPONDER = """\
From: Ana <ana@example.org>
To: {to}
X-Autoreply: yes
Subject: Away

Back soon.
"""
BY_HAND = """\
From: Ana <ana@example.org>
To: {to}
Subject: Re: How did we do?

I never got this, 5.1.1 stars.
"""
READ_RECEIPT = """\
From: Ana <ana@example.org>
To: {to}
Subject: Read: How did we do?
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="B"

--B
Content-Type: text/plain

Your message was displayed.
--B
Content-Type: message/disposition-notification

Final-Recipient: rfc822; ana@example.org
Disposition: manual-action/MDN-sent-manually; displayed
--B--
"""
NO_SUCH_USER = "550 5.1.1 <ana@example.org>: Recipient address rejected"
FAILED = REPORT.replace("{action}", "failed").replace("{status}", "5.1.1").replace("{diagnostic}", NO_SUCH_USER)
DELAYED = (
    REPORT.replace("{action}", "delayed").replace("{status}", "4.4.1").replace("{diagnostic}", "connect timed out")
)
RELAYED = REPORT.replace("{action}", "relayed").replace("{status}", "2.0.0").replace("{diagnostic}", "250 ok")
GIVEN_UP = (
    REPORT.replace("{action}", "Failed (too old)").replace("{status}", "4.4.7").replace("{diagnostic}", "too old")
)
WORLD = FAILED.replace("message/delivery-status", "message/global-delivery-status").replace("rfc822; ana", "utf-8; aña")


def read(sample: str) -> Reading:
    return bounces.read(message_from_bytes(sample.encode()))


@pytest.mark.parametrize(
    ("sample", "meaning", "detail"),
    [
        (FAILED, Meaning.FAILED, NO_SUCH_USER),
        (FAILED.replace("\n", "\r\n"), Meaning.FAILED, NO_SUCH_USER),
        (WORLD, Meaning.FAILED, NO_SUCH_USER),
        (GIVEN_UP, Meaning.FAILED, "4.4.7 too old"),
        (QMAIL, Meaning.FAILED, "Remote host said: 550 5.1.1 <ana@example.org>: no such user"),
        (NO_CODES, Meaning.FAILED, "Message could not be delivered"),
        (
            NO_CODES.replace("From: Postmaster", "Return-Path: <>\nFrom: noreply"),
            Meaning.OTHER,
            "Message could not be delivered",
        ),
        (
            QMAIL.replace("From: MAILER-DAEMON", "Return-Path: <>\nFrom: noreply"),
            Meaning.FAILED,
            "Remote host said: 550 5.1.1 <ana@example.org>: no such user",
        ),
        (DELAYED, Meaning.DELAYED, "4.4.1 connect timed out"),
        (EXIM_WARNING, Meaning.DELAYED, "Warning: message 1abc-2de delayed 24 hours"),
        (GREYLISTED, Meaning.DELAYED, "Could not deliver"),
        (RELAYED, Meaning.DELIVERED, "2.0.0 250 ok"),
        (OUT_OF_OFFICE, Meaning.AUTOMATIC_REPLY, "Out of office: 550 miles away"),
        (OLD_RESPONDER, Meaning.AUTOMATIC_REPLY, "Away"),
        (BY_HAND, Meaning.OTHER, "Re: How did we do?"),
        (READ_RECEIPT, Meaning.OTHER, "a report of another kind: Read: How did we do?"),
    ],
)
def test_what_a_message_means(sample: str, meaning: Meaning, detail: str) -> None:
    assert read(sample) == Reading(meaning, detail)


@given(st.binary(max_size=2_000))
def test_no_input_is_too_broken(raw: bytes) -> None:
    bounces.read(message_from_bytes(raw))


@given(st.text(max_size=200), st.sampled_from([FAILED, QMAIL, READ_RECEIPT]), st.integers(0, 1_500))
def test_no_damage_is_too_much(noise: str, sample: str, at: int) -> None:
    damaged = sample[:at] + noise + sample[at + len(noise) :]
    bounces.read(message_from_bytes(damaged.encode("utf-8", "replace")))


def now_of(desk: Desk, invite: Invite) -> Invite:
    with desk.db.read() as session:
        return session.get_one(Invite, invite.id)


def file(desk: Desk, sample: str, to: str, recipient: str | None = None) -> bounces.Filed:
    return bounces.file(desk, sample.replace("{to}", to).encode(), recipient)


def test_a_final_failure_ends_the_invite(mail_desk: Desk, invite: Invite) -> None:
    filed = file(mail_desk, FAILED, envelope_sender(mail_desk, invite.id))
    assert (filed.invite_id, filed.recorded) == (invite.id, True)
    after = now_of(mail_desk, invite)
    assert (after.state, after.detail, after.ended_at) == ("bounced", NO_SUCH_USER, mail_desk.now())
    assert not file(mail_desk, FAILED, envelope_sender(mail_desk, invite.id)).recorded, (
        "a second report changes nothing"
    )


@pytest.mark.parametrize("sample", [DELAYED, EXIM_WARNING, RELAYED, OUT_OF_OFFICE, BY_HAND, READ_RECEIPT])
def test_anything_else_leaves_it_as_it_is(mail_desk: Desk, invite: Invite, sample: str) -> None:
    filed = file(mail_desk, sample, envelope_sender(mail_desk, invite.id))
    assert (filed.invite_id, filed.recorded) == (invite.id, False)
    assert now_of(mail_desk, invite).state == "sent"


@pytest.mark.parametrize("state", ["waiting", "answered", "withdrawn", "expired"])
def test_only_a_sent_invite_can_bounce(mail_desk: Desk, invite: Invite, state: str) -> None:
    with mail_desk.db.write() as session:
        session.get_one(Invite, invite.id).state = state
    assert not file(mail_desk, FAILED, envelope_sender(mail_desk, invite.id)).recorded
    assert now_of(mail_desk, invite).state == state


def test_where_the_address_is_found(mail_desk: Desk, invite: Invite) -> None:
    address = envelope_sender(mail_desk, invite.id)
    assert file(mail_desk, DELAYED, "someone@else.example", address).invite_id == invite.id
    assert file(mail_desk, DELAYED, address, "bounce@bounces.example").invite_id == invite.id
    only_original = DELAYED.replace("Delivered-To: {to}", f"X-Original-To: {address}")
    assert file(mail_desk, only_original, "someone@else.example").invite_id == invite.id
    assert file(mail_desk, FAILED, "someone@else.example") == bounces.Filed(None, read(FAILED), recorded=False)


def test_an_address_that_was_made_up_ends_nothing(mail_desk: Desk, invite: Invite) -> None:
    filed = file(mail_desk, FAILED, f"bounce+{invite.id}-{'0' * 16}@bounces.example")
    assert (filed.invite_id, filed.recorded) == (None, False)
    assert now_of(mail_desk, invite).state == "sent"


def run(desk: Desk, *arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(mail, list(arguments), input=given, obj=desk)


def test_the_pipe_records_a_bounce(mail_desk: Desk, invite: Invite) -> None:
    ran = run(mail_desk, "bounce", "--recipient", envelope_sender(mail_desk, invite.id), given=FAILED)
    assert (ran.exit_code, ran.stdout) == (0, f"Invite {invite.id} bounced: {NO_SUCH_USER}\n")
    assert now_of(mail_desk, invite).state == "bounced"


def test_the_pipe_says_why_nothing_changed(mail_desk: Desk, invite: Invite) -> None:
    ran = run(mail_desk, "bounce", given=OUT_OF_OFFICE.replace("{to}", envelope_sender(mail_desk, invite.id)))
    assert ran.exit_code == 0
    assert ran.stdout == f"Invite {invite.id} left as it is: automatic reply. Out of office: 550 miles away\n"


@pytest.mark.parametrize("given", [b"", b"\n \n", b"\xff\xfe\x00garbage", FAILED.encode(), b"x" * 3_000_000])
def test_the_pipe_never_makes_a_mail_server_bounce_a_bounce(mail_desk: Desk, given: bytes) -> None:
    ran = run(mail_desk, "bounce", given=given)
    assert (ran.exit_code, ran.stdout) == (0, "")
    assert ran.stderr


def test_the_pipe_asks_to_keep_the_message_while_the_database_is_away(mail_desk: Desk, invite: Invite) -> None:
    with mail_desk.db.write() as session:
        session.execute(text("ALTER TABLE invite RENAME TO elsewhere"))
    ran = run(mail_desk, "bounce", "--recipient", envelope_sender(mail_desk, invite.id), given=FAILED)
    assert ran.exit_code == 75
    assert "keep the message" in ran.stderr


def test_a_test_message(mail_desk: Desk, mail_server: Mailbox) -> None:
    ran = run(mail_desk, "test", "ana@example.org")
    assert ran.exit_code == 0, ran.output
    assert "took the message from feedback@northwind.example to ana@example.org: 250" in ran.stdout
    [message] = mail_server.messages()
    assert message["from"] == "DeskPulse <feedback@northwind.example>"


def test_a_test_message_that_fails(mail_desk: Desk, mail_server: Mailbox) -> None:
    mail_server.refuse("ana@example.org", 550)
    assert "refused: 550 5.1.1" in run(mail_desk, "test", "ana@example.org").stderr
    assert "no e-mail address" in run(mail_desk, "test", "nonsense").stderr
    with Mailbox() as stopped:
        pass
    mail_desk.mailer.close()
    mail_desk.mailer = Mailer(stopped.url)
    away = run(mail_desk, "test", "ana@example.org")
    assert away.exit_code == 1
    assert "DESKPULSE_SMTP_URL" in away.stderr
