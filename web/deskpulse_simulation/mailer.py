"""Mails that the helpdesk writes to people: kept for reading, and really sent where there is a mail server."""

from __future__ import annotations

import html
import queue
import re
import smtplib
import threading
from collections import deque
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from urllib.parse import urlsplit

from deskpulse_simulation.clock import stamp
from deskpulse_simulation.records import Json, Mail

KEPT = 5000
"""Mails."""
_TAG = re.compile(r"<[^>]+>")
_LINK = re.compile(r"(https?://[^\s<>\"]+)")


def _no_headers(_: Mail) -> Mapping[str, str]:
    return {}


class Mailer:
    """The account's outgoing mail. Sending happens on a thread of its own.

    ``smtp_url`` (``smtp://host:port``) may be changed at any time; without one, mails are only kept. ``sender`` is the
    From header, ``headers`` gives the vendor's own headers of a mail.
    """

    def __init__(
        self, smtp_url: str | None, sender: str, headers: Callable[[Mail], Mapping[str, str]] = _no_headers
    ) -> None:
        self.smtp_url = smtp_url
        self._sender = sender
        self._headers = headers
        self._kept: deque[Mail] = deque(maxlen=KEPT)
        self._queue: queue.SimpleQueue[Mail | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start sending, once."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="mail", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop after what is queued."""
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(timeout=10)

    def send(self, mail: Mail) -> None:
        """Keep a mail, and queue it for the mail server where there is one."""
        self._kept.append(mail)
        if self.smtp_url:
            self._queue.put(mail)

    def listing(self) -> list[Json]:
        """Everything written so far, oldest first."""
        return [
            {
                "to": mail.to,
                "subject": mail.subject,
                "body": mail.body,
                "at": stamp(mail.sent_at),
                "ticket_id": mail.ticket_id,
                "rule": mail.rule,
                "sent": mail.sent,
            }
            for mail in self._kept
        ]

    def _work(self) -> None:
        while (mail := self._queue.get()) is not None:
            parts = urlsplit(self.smtp_url or "")
            try:
                with smtplib.SMTP(parts.hostname or "127.0.0.1", parts.port or 25, timeout=10) as server:
                    server.send_message(self.message(mail))
                mail.sent = True
            except OSError:
                mail.sent = False

    def message(self, mail: Mail) -> EmailMessage:
        """The mail as it goes out: plain text, and the same as HTML with links that can be clicked."""
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = " ".join(mail.subject.split())
        for name, value in self._headers(mail).items():
            message[name] = value
        marked_up = _TAG.search(mail.body) is not None
        message.set_content(html.unescape(_TAG.sub("", mail.body)) if marked_up else mail.body)
        shown = mail.body if marked_up else _LINK.sub(r'<a href="\1">\1</a>', html.escape(mail.body, quote=False))
        message.add_alternative(f"<html><body>{shown.replace(chr(10), '<br>')}</body></html>", subtype="html")
        return message
