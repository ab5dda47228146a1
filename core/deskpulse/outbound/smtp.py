"""Handing mail to the mail server: one kept session for each thread, and the server's answer as a fact."""

from __future__ import annotations

import smtplib
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import SplitResult, unquote, urlsplit

from deskpulse.errors import Unreachable

TIMEOUT = 20.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Handover:
    """The mail server's answer for one recipient: taken, or refused for good with its words."""

    taken: bool
    answer: str


class Mailer:
    """Sends mail by an ``smtp://``, ``smtps://`` or ``smtp+starttls://`` URL with optional ``user:password@``."""

    def __init__(self, url: str) -> None:
        self._url: SplitResult = urlsplit(url)
        self._local = threading.local()

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> Handover:
        """Hand one message over; ``sender`` is the envelope's, where bounces go.

        Raises :class:`~deskpulse.errors.Unreachable` where trying later may help (no server, 4xx).
        """
        try:
            return self._send(message, sender, recipient)
        except smtplib.SMTPServerDisconnected:
            self._drop()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Unreachable(f"mail server: {type(error).__name__}") from None
        try:  # a kept session may have been closed by the server while idle: once more, on a fresh one
            return self._send(message, sender, recipient)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise Unreachable(f"mail server: {type(error).__name__}") from None

    def close(self) -> None:
        """End this thread's session."""
        self._drop()

    def _send(self, message: EmailMessage, sender: str, recipient: str) -> Handover:
        try:
            self._session().send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = refused.recipients[recipient]
        except smtplib.SMTPResponseException as error:
            code, text = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else b""
        else:
            return Handover(True, "250")
        answer = f"{code} {text.decode('utf-8', 'replace')}".strip()
        if code == 421 or code < 500:
            self._drop()
            raise Unreachable(f"mail server: {answer}")
        return Handover(False, answer)

    def _session(self) -> smtplib.SMTP:
        session: smtplib.SMTP | None = getattr(self._local, "session", None)
        if session is None:
            host, port = self._url.hostname or "localhost", self._url.port
            if self._url.scheme == "smtps":
                session = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT)
            else:
                session = smtplib.SMTP(host, port or 25, timeout=TIMEOUT)
                if self._url.scheme == "smtp+starttls":
                    session.starttls()
            if self._url.username:
                session.login(unquote(self._url.username), unquote(self._url.password or ""))
            self._local.session = session
        return session

    def _drop(self) -> None:
        session: smtplib.SMTP | None = getattr(self._local, "session", None)
        self._local.session = None
        if session is not None:
            session.close()
