"""The demo's mail server: what it keeps, and what it refuses."""

from __future__ import annotations

import smtplib
import socket
import threading
from contextlib import suppress
from datetime import datetime

import pytest

from deskpulse.demo.mailbox import Mailbox

RAW = "From: Ops <ops@example.org>\r\nTo: A <a@example.org>\r\nSubject: {}\r\n\r\nHello\r\n"


def deliver(mailbox: Mailbox, subject: str, *, to: str = "a@example.org", raw: str = RAW) -> None:
    host, port = mailbox.url.removeprefix("smtp://").split(":")
    with smtplib.SMTP(host, int(port), timeout=10) as session:
        session.sendmail("bounce@example.org", [to], raw.format(subject).encode())


def test_a_message_as_it_is_kept() -> None:
    with Mailbox() as mailbox:
        deliver(mailbox, "One")
    [message] = mailbox.messages()
    received_at = message.pop("received_at")  # type: ignore[misc]
    assert datetime.fromisoformat(str(received_at)).utcoffset() is not None
    assert message == {
        "to": "a@example.org",
        "from": "Ops <ops@example.org>",
        "subject": "One",
        "text": "Hello\n",
        "html": "",
        "headers": {
            "Return-Path": "<bounce@example.org>",
            "From": "Ops <ops@example.org>",
            "To": "A <a@example.org>",
            "Subject": "One",
        },
    }


def test_only_the_newest_are_kept_oldest_first_and_numbers_stay() -> None:
    with Mailbox(keep=3) as mailbox:
        for number in range(1, 6):
            deliver(mailbox, f"No {number}")
    assert [message["subject"] for message in mailbox.messages()] == ["No 3", "No 4", "No 5"]
    assert [number for number, _ in mailbox.numbered()] == [3, 4, 5]


def test_pictures_that_stand_in_a_message() -> None:
    raw = (
        "Subject: {}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=B\r\n\r\n"
        '--B\r\nContent-Type: text/html\r\n\r\n<img src="cid:a@b">\r\n'
        "--B\r\nContent-Type: image/png\r\nContent-ID: <a@b>\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"
        "--B\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--B--\r\n"
    )
    with Mailbox() as mailbox:
        deliver(mailbox, "Seen", raw=raw)
    assert mailbox.pictures(1) == {"a@b": "data:image/png;base64,AAEC"}
    assert mailbox.pictures(2) == {}


@pytest.mark.parametrize(
    "raw",
    [
        "no header at all {}",
        "Content-Type: text/plain; charset=klingon\r\nSubject: {}\r\n\r\nQapla'",
        "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\nSubject: {}\r\n\r\n!!!",
        "Content-Type: multipart/alternative; boundary=B\r\nSubject: {}\r\n\r\nnever begun",
    ],
)
def test_broken_mail_is_kept_too(raw: str) -> None:
    with Mailbox() as mailbox:
        deliver(mailbox, "Broken", raw=raw)
    assert len(mailbox.messages()) == 1


def test_many_senders_at_once() -> None:
    with Mailbox() as mailbox:
        senders = [threading.Thread(target=deliver, args=(mailbox, f"No {number}")) for number in range(20)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    assert {message["subject"] for message in mailbox.messages()} == {f"No {number}" for number in range(20)}
    assert [number for number, _ in mailbox.numbered()] == list(range(1, 21))


@pytest.mark.parametrize("code", [421, 450, 550, 552])
def test_a_refused_address(code: int) -> None:
    with Mailbox() as mailbox:
        mailbox.refuse("A@example.org", code)
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            deliver(mailbox, "Refused")
        assert refused.value.recipients["a@example.org"][0] == code
        deliver(mailbox, "Taken", to="b@example.org")
        mailbox.refuse("a@example.org", 250)
        deliver(mailbox, "Taken again")
    assert [message["subject"] for message in mailbox.messages()] == ["Taken", "Taken again"]


def test_it_hangs_up_when_it_stops() -> None:
    with Mailbox() as mailbox:
        port = int(mailbox.url.rpartition(":")[2])
        client = socket.create_connection(("127.0.0.1", port), timeout=5)
        assert client.recv(1000).startswith(b"220 ")
    with client, suppress(ConnectionResetError):  # which says the same
        assert client.recv(1000) == b""


def test_it_hangs_up_on_those_it_has_only_just_taken() -> None:
    with Mailbox() as mailbox:
        address = ("127.0.0.1", int(mailbox.url.rpartition(":")[2]))
        clients = [socket.create_connection(address, timeout=5) for _ in range(40)]
    for client in clients:
        with client, suppress(ConnectionResetError):
            while client.recv(1000):  # a greeting may still come
                pass
