"""The demo's mail server: real SMTP on loopback that delivers everything into one mailbox in memory."""

from __future__ import annotations

import asyncio
import socket
import threading
from base64 import b64encode
from collections import deque
from collections.abc import Coroutine
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import TracebackType
from typing import Any, Self, TypedDict
from weakref import WeakSet

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

NEWEST = 2_000
"""Messages that are kept."""
PATIENCE = 10.0
"""Seconds in which connections are ended."""

Message = TypedDict(
    "Message",
    {
        "to": str,
        "from": str,
        "subject": str,
        "text": str,
        "html": str,
        "headers": dict[str, str],
        "received_at": str,
    },
)
"""One delivered message. ``to`` is the envelope's recipient; its sender is ``headers["Return-Path"]``, as after any
final delivery. A header field that occurs several times is joined by line breaks."""


class Mailbox:
    """A mail server that keeps the newest messages, for every recipient, and can be told to refuse some.

    Use it as a context manager, or ``start()`` and ``stop()`` it. A message is there once the sender has its answer.
    """

    def __init__(self, port: int = 0, *, host: str = "127.0.0.1", keep: int = NEWEST) -> None:
        self._server = SmtpServer(self, hostname=host, port=port, ident="DeskPulse demo mailbox", enable_SMTPUTF8=True)
        self._kept: deque[tuple[int, Message, dict[str, str]]] = deque(maxlen=keep)
        self._refused: dict[str, str] = {}
        self._received = 0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where to send mail, as the setting ``smtp_url`` wants it. Known once started."""
        return f"smtp://{self._server.hostname}:{self._server.port}"

    def start(self) -> None:
        """Begin to take mail."""
        self._server.start()

    def stop(self) -> None:
        """Take no more mail; what was received stays."""
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def messages(self) -> list[Message]:
        """All that is kept, oldest first."""
        return [message for _, message in self.numbered()]

    def numbered(self) -> list[tuple[int, Message]]:
        """Like :meth:`messages`, with numbers that never change: the first message ever received is 1."""
        with self._lock:
            return [(number, message) for number, message, _ in self._kept]

    def pictures(self, number: int) -> dict[str, str]:
        """What stands in the HTML of that message as ``cid:``, each as ``data:`` address by its Content-ID."""
        with self._lock:
            return next((pictures for each, _, pictures in self._kept if each == number), {})

    def refuse(self, address: str, code: int, words: str = "") -> None:
        """From now on answer ``RCPT TO`` for this address with this code (4xx or 5xx); 250 takes it again."""
        answer = words or ("5.1.1 No such mailbox here" if code >= 500 else "4.2.0 Greylisted, try again later")
        with self._lock:
            if code < 400:
                self._refused.pop(address.lower(), None)
            else:
                self._refused[address.lower()] = f"{code} {answer}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        with self._lock:
            refused = self._refused.get(address.lower())
        if refused:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Deliver a message."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        received = message_from_bytes(content, policy=default)
        message = _read(received, envelope.mail_from or "", envelope.rcpt_tos)
        with self._lock:
            self._received += 1
            self._kept.append((self._received, message, _pictures(received)))
            return f"250 OK: message {self._received}"


class SmtpServer(Controller):
    """aiosmtpd's server in a thread of its own, on any free port for port 0; it hangs up when it stops."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._connected: WeakSet[SMTP] = WeakSet()

    def factory(self) -> SMTP:
        """A new connection's protocol."""
        connected: SMTP = super().factory()  # type: ignore[no-untyped-call]  # aiosmtpd gives it no type
        self._connected.add(connected)
        return connected

    def stop(self, no_assert: bool = False) -> None:
        """Take no more connections, and end those that there are."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(PATIENCE)
        super().stop(no_assert)

    async def _hang_up(self) -> None:
        if isinstance(self.server, asyncio.Server):
            for listening in self.server.sockets:
                self.loop.remove_reader(listening)
        while True:  # a connection only just accepted is a task yet, and would be lost if the server were closed first
            for connected in list(self._connected):
                if isinstance(connected.transport, asyncio.WriteTransport):
                    connected.transport.abort()
            running = asyncio.all_tasks() - {asyncio.current_task()}
            if not running:
                break
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)  # the loop closes their sockets
        await asyncio.sleep(0)

    def _create_server(self) -> Coroutine[Any, Any, asyncio.AbstractServer]:
        listening = socket.create_server((self.hostname, self.port))
        self.port = listening.getsockname()[1]
        return self.loop.create_server(self._factory_invoker, sock=listening)


def _read(message: EmailMessage, sender: str, recipients: list[str]) -> Message:
    headers = {"Return-Path": f"<{sender}>"}
    for name, value in message.items():
        headers[name] = f"{headers[name]}\n{value}" if name in headers else str(value)
    return {
        "to": ", ".join(recipients),
        "from": headers.get("From", ""),
        "subject": headers.get("Subject", ""),
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "headers": headers,
        "received_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content()).replace("\r\n", "\n")
    except (LookupError, ValueError):  # an unknown character set, a broken encoding
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _pictures(message: EmailMessage) -> dict[str, str]:
    found = {}
    for part in message.walk():
        content = part.get_payload(decode=True)
        if part.get_content_maintype() == "image" and part["Content-ID"] and isinstance(content, bytes):
            address = f"data:{part.get_content_type()};base64,{b64encode(content).decode()}"
            found[part["Content-ID"].strip().strip("<>")] = address
    return found
