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


class _HungUp(Unreachable):
    """The server ended the session."""


class Mailer:
    """Sends mail by an ``smtp://``, ``smtps://`` or ``smtp+starttls://`` URL with optional ``user:password@``."""

    def __init__(self, url: str) -> None:
        self._url: SplitResult = urlsplit(url)
        self._local = threading.local()

    def send(self, message: EmailMessage, *, sender: str, recipient: str) -> Handover:
        """Hand one message over; ``sender`` is the envelope's, where bounces go.

        Raises :class:`~deskpulse.errors.Unreachable` where trying later may help (no server, 4xx).
        """
        is_kept = self._kept() is not None
        try:
            return self._send(message, sender, recipient)
        except _HungUp:
            if not is_kept:
                raise
        # the server had closed the kept session while it was idle: once more, on a fresh one
        return self._send(message, sender, recipient)

    def close(self) -> None:
        """End this thread's session."""
        self._drop()

    def _send(self, message: EmailMessage, sender: str, recipient: str) -> Handover:
        session = self._session()
        text: bytes | str
        try:
            session.send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = refused.recipients[recipient]
        except smtplib.SMTPResponseException as error:
            code, text = error.smtp_code, error.smtp_error
            if code != 421 and isinstance(error, smtplib.SMTPSenderRefused):
                # said before any recipient was named: about us, never about this one
                raise Unreachable(f"mail server: {_words(code, text)}") from None
        except smtplib.SMTPNotSupportedError:
            return Handover(False, "the mail server takes no addresses beyond ASCII (SMTPUTF8)")
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            gone = isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError)
            raise (_HungUp if gone else Unreachable)(f"mail server: {type(error).__name__}") from None
        else:
            return Handover(True, "250")
        if code == 421:
            self._drop()
            raise _HungUp(f"mail server: {_words(code, text)}")
        if code < 500:
            raise Unreachable(f"mail server: {_words(code, text)}")
        return Handover(False, _words(code, text))

    def _session(self) -> smtplib.SMTP:
        """The kept session, or a new one. Whatever goes wrong with a new one is about us, never about a recipient."""
        session = self._kept()
        if session is None:
            try:
                session = self._connect()
            except smtplib.SMTPResponseException as error:
                raise Unreachable(f"mail server: {_words(error.smtp_code, error.smtp_error)}") from None
            except (OSError, smtplib.SMTPException) as error:
                raise Unreachable(f"mail server: {type(error).__name__}") from None
            self._local.session = session
        return session

    def _connect(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "localhost", self._url.port
        if self._url.scheme == "smtps":
            session: smtplib.SMTP = smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT)
        else:
            session = smtplib.SMTP(host, port or 25, timeout=TIMEOUT)
        try:
            if self._url.scheme == "smtp+starttls":
                session.starttls()
            if self._url.username:
                session.login(unquote(self._url.username), unquote(self._url.password or ""))
        except (OSError, smtplib.SMTPException):
            session.close()
            raise
        return session

    def _kept(self) -> smtplib.SMTP | None:
        session: smtplib.SMTP | None = getattr(self._local, "session", None)
        return session

    def _drop(self) -> None:
        session = self._kept()
        self._local.session = None
        if session is not None:
            session.close()


def _words(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {words}".strip()
