"""Handing mail over: what each kind of answer, silence and absence of a mail server means."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller

from deskpulse.demo.mailbox import Mailbox
from deskpulse.errors import Unreachable
from deskpulse.outbound import headers
from deskpulse.outbound.smtp import Handover, Mailer

FROM, TO = "feedback@northwind.example", "ana@example.org"


def a_message() -> EmailMessage:
    message = headers.new_message({"From": FROM, "To": TO, "Subject": "Hello"})
    headers.add_text(message, "Grüße\n")
    return message


def send(mailer: Mailer, recipient: str = TO) -> Handover:
    return mailer.send(a_message(), sender=FROM, recipient=recipient)


@pytest.fixture
def mailer(mail_server: Mailbox) -> Iterator[Mailer]:
    mailer = Mailer(mail_server.url)
    yield mailer
    mailer.close()


def test_taken(mailer: Mailer, mail_server: Mailbox) -> None:
    assert send(mailer) == Handover(True, "250")
    [message] = mail_server.messages()
    assert (message["subject"], message["text"]) == ("Hello", "Grüße\n")
    assert message["headers"]["Return-Path"] == f"<{FROM}>"


@pytest.mark.parametrize("code", [550, 552, 554])
def test_refused_for_good(mailer: Mailer, mail_server: Mailbox, code: int) -> None:
    mail_server.refuse(TO, code, "5.7.1 We do not want this")
    assert send(mailer) == Handover(False, f"{code} 5.7.1 We do not want this")
    assert send(mailer, "bea@example.org").taken, "one refusal does not spoil the session"


@pytest.mark.parametrize("code", [421, 450, 451, 452])
def test_refused_for_now(mailer: Mailer, mail_server: Mailbox, code: int) -> None:
    mail_server.refuse(TO, code)
    with pytest.raises(Unreachable, match=str(code)):
        send(mailer)
    mail_server.refuse(TO, 250)
    assert send(mailer).taken


def test_one_session_is_kept(mailer: Mailer) -> None:
    send(mailer)
    first = mailer._session()
    send(mailer)
    assert mailer._session() is first


def test_a_session_that_the_server_closed_while_idle(mail_server: Mailbox) -> None:
    server = Controller(mail_server, hostname="127.0.0.1", port=_free_port(), server_kwargs={"timeout": 0.3})
    server.start()
    mailer = Mailer(f"smtp://127.0.0.1:{server.port}")
    try:
        assert send(mailer).taken
        idle = mailer._session().sock
        assert idle is not None
        assert select.select([idle], [], [], 10)[0], "the server hangs up"
        assert send(mailer).taken
        assert len(mail_server.messages()) == 2
    finally:
        mailer.close()
        server.stop()


def test_no_server() -> None:
    mailer = Mailer(f"smtp://127.0.0.1:{_free_port()}")
    with pytest.raises(Unreachable, match="mail server"):
        send(mailer)


def test_a_server_that_went_away_and_came_back() -> None:
    port = _free_port()
    mailer = Mailer(f"smtp://127.0.0.1:{port}")
    with Mailbox(port):
        assert send(mailer).taken
        mailer.close()
    with pytest.raises(Unreachable):
        send(mailer)
    with Mailbox(port):
        assert send(mailer).taken
        mailer.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
