"""Handing mail over: what each kind of answer, silence and absence of a mail server means."""

from __future__ import annotations

import select
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from io import BufferedRWPair

import pytest

from deskpulse.demo.mailbox import Mailbox, SmtpServer
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
    server = SmtpServer(mail_server, hostname="127.0.0.1", port=0, server_kwargs={"timeout": 0.3})
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


class _Scripted:
    """A mail server that says what it was told to, session after session; ``MAIL 2`` is the second answer to MAIL."""

    def __init__(self, *sessions: dict[str, str]) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://user:secret@127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, args=(sessions,))
        self._thread.start()

    def close(self) -> None:
        self._listening.close()
        self._thread.join(10)

    def _serve(self, sessions: tuple[dict[str, str], ...]) -> None:
        for answers in sessions:
            peer, _ = self._listening.accept()
            with peer, peer.makefile("rwb") as lines:
                self._talk(lines, answers)

    def _talk(self, lines: BufferedRWPair, answers: dict[str, str]) -> None:
        usual = {"EHLO": "250-me\r\n250 AUTH PLAIN", "AUTH": "235 ok", "DATA": "354 go on", "QUIT": "221 bye"}
        usual |= {
            "GREETING": "220 me",
            "HELO": "250 me",
            "MAIL": "250 ok",
            "RCPT": "250 ok",
            "RSET": "250 ok",
            ".": "250 ok",
        }
        said, in_data, times = "GREETING", False, Counter[str]()
        while True:
            if not in_data:
                times[said] += 1
                answer = answers.get(f"{said} {times[said]}") or (usual | answers)[said]
                lines.write(f"{answer}\r\n".encode())
                lines.flush()
                in_data = answer.startswith("354")
                if answer.startswith(("221", "421")):
                    return
            line = lines.readline().decode().strip()
            if in_data and line == ".":
                in_data = False
            if not line and not in_data:
                return
            said = line.partition(" ")[0].upper()


def _exchange(*sessions: dict[str, str], times: int = 1) -> list[Handover]:
    server = _Scripted(*sessions)
    mailer = Mailer(server.url)
    try:
        return [send(mailer) for _ in range(times)]
    finally:
        mailer.close()
        server.close()


@pytest.mark.parametrize(
    ("said_to", "answer"),
    [("GREETING", "554 no service"), ("AUTH", "535 bad password"), ("MAIL", "550 not your sender")],
)
def test_a_mail_server_that_refuses_us_refuses_no_recipient(said_to: str, answer: str) -> None:
    with pytest.raises(Unreachable, match=answer):
        _exchange({said_to: answer})


def test_a_session_that_the_server_ends_with_a_word() -> None:
    assert _exchange({"MAIL 2": "421 4.4.2 idle for too long"}, {}, times=2) == [Handover(True, "250")] * 2


def test_a_message_that_is_refused_for_its_content() -> None:
    assert _exchange({".": "554 5.7.1 looks like spam"}) == [Handover(False, "554 5.7.1 looks like spam")]


def test_a_mail_server_without_smtputf8(mail_server: Mailbox) -> None:
    server = SmtpServer(mail_server, hostname="127.0.0.1", port=0, enable_SMTPUTF8=False)
    server.start()
    mailer = Mailer(f"smtp://127.0.0.1:{server.port}")
    try:
        handover = send(mailer, "señor@example.org")
        assert not handover.taken
        assert "SMTPUTF8" in handover.answer
        assert send(mailer).taken
    finally:
        mailer.close()
        server.stop()
