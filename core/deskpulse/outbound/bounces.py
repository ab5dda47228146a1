"""Bounces: what a mail server reports about an invitation that it could not deliver.

Only a final failure ends an invite. A delay, an out-of-office reply, a read receipt or an answer by hand is noted and
changes nothing: the invitation may have arrived, or still will.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import getaddresses, parseaddr
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import update

from deskpulse.outbound.headers import clean
from deskpulse.outbound.verp import invite_of_bounce
from deskpulse.surveys.invites import BOUNCED, SENT
from deskpulse.surveys.models import Invite

if TYPE_CHECKING:
    from deskpulse.desk import Desk

RECIPIENT_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
LONGEST_DETAIL = 300
_DAEMON = re.compile(r"(mailer-daemon|postmaster|mail-daemon|mdaemon)@?", re.IGNORECASE)
_STATUS = re.compile(r"(?<![\d.])([45])\.\d{1,3}\.\d{1,3}(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.-])([45])[0-5]\d[ -]")
_DELAY = re.compile(r"\b(delay(ed)?|warning|not yet|will (keep trying|retry)|still being retried)\b", re.IGNORECASE)
_ORIGINAL = re.compile(r"^-{2,}.*\b(original|copy|returned)\b.*$", re.IGNORECASE | re.MULTILINE)


class Meaning(StrEnum):
    """What a message to a bounce address says about the invitation."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    AUTOMATIC_REPLY = "automatic reply"
    OTHER = "no bounce"


@dataclass(frozen=True, slots=True)
class Reading:
    """The meaning, and the mail server's own words for administrators."""

    meaning: Meaning
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a message: the invite it belongs to, if any, and whether that was ended by it."""

    invite_id: int | None
    reading: Reading
    recorded: bool


def file(desk: Desk, raw: bytes, recipient: str | None = None) -> Filed:
    """Take in one message to a bounce address, and end its invite where it reports a final failure.

    ``recipient`` is the envelope's, where the mail server says it; the message's own header fields are tried too: an
    address cannot be made up, so it does not matter who wrote it there. Only an invite that is ``sent`` changes.
    """
    message = message_from_bytes(raw)
    reading = read(message)
    found = (invite_of_bounce(desk, address) for address in _recipients(message, recipient))
    invite_id = next((each for each in found if each is not None), None)
    if invite_id is None or reading.meaning is not Meaning.FAILED:
        return Filed(invite_id, reading, recorded=False)
    end = update(Invite).where(Invite.id == invite_id, Invite.state == SENT)
    end = end.values(state=BOUNCED, detail=reading.detail, ended_at=desk.now())
    with desk.db.write() as session:
        ended = session.scalar(end.returning(Invite.id))
    return Filed(invite_id, reading, recorded=ended is not None)


def read(message: Message) -> Reading:
    """Say what a message means. Never raises: whatever is not understood is no bounce.

    A report is looked for first: many mail servers mark their reports ``Auto-Submitted: auto-replied`` as well.
    """
    reports = list(_recipient_reports(message))
    if reports:
        return max((_of_report(each) for each in reports), key=lambda reading: _WEIGHT.index(reading.meaning))
    if message.get_content_type() == "multipart/report":
        return Reading(Meaning.OTHER, f"a report of another kind: {_field(message, 'Subject')}")
    by_daemon = bool(_DAEMON.match(parseaddr(_field(message, "From"))[1]))
    if by_daemon or (_field(message, "Return-Path") == "<>" and not _is_automatic(message)):
        return _of_prose(message, by_daemon=by_daemon)
    is_reply = _is_automatic(message)
    return Reading(Meaning.AUTOMATIC_REPLY if is_reply else Meaning.OTHER, _field(message, "Subject"))


_WEIGHT = (Meaning.OTHER, Meaning.DELIVERED, Meaning.DELAYED, Meaning.FAILED)


def _recipient_reports(message: Message) -> Iterator[Message]:
    """Find the blocks of a delivery status (RFC 3464, RFC 6533) that speak of one recipient each."""
    for part in message.walk():
        blocks = part.get_payload()
        if not isinstance(blocks, list):
            continue
        if part.get_content_type() == "message/global-delivery-status":  # which the parser takes for one message
            texts = "".join(str(block) for block in blocks if isinstance(block, Message)).split("\n\n")
            blocks = [message_from_string(text) for text in texts]
        elif part.get_content_type() != "message/delivery-status":
            continue
        yield from (block for block in blocks if isinstance(block, Message) and block["Action"])
        return


def _of_report(block: Message) -> Reading:
    """Read one block: ``failed`` is final by definition, whatever the status: the mail server has given up trying."""
    action = _field(block, "Action").partition(" ")[0].lower()
    diagnostic = _field(block, "Diagnostic-Code").partition(";")
    status = _field(block, "Status").partition(" ")[0]
    words = (diagnostic[2] or diagnostic[0]).strip()
    detail = words if status and status in words else f"{status} {words}".strip()
    meaning = {"failed": Meaning.FAILED, "delayed": Meaning.DELAYED}.get(action, Meaning.DELIVERED)
    return Reading(meaning, clean(detail or action, LONGEST_DETAIL))


def _of_prose(message: Message, *, by_daemon: bool) -> Reading:
    """Read a mail server's report in words only: final unless its subject, or every code in it, says otherwise.

    Where not even the sender's name is a mail server's, it takes a code to believe it.
    """
    subject = _field(message, "Subject")
    codes = [
        found for line in _text(message).splitlines() if (found := _STATUS.search(line) or _REPLY_CODE.search(line))
    ]
    final = next((found.string for found in codes if found[1] == "5"), None)
    if _DELAY.search(subject) or (codes and final is None):
        return Reading(Meaning.DELAYED, subject)
    if final is None and not by_daemon:
        return Reading(Meaning.OTHER, subject)
    return Reading(Meaning.FAILED, clean(final or subject, LONGEST_DETAIL))


def _is_automatic(message: Message) -> bool:
    submitted = _field(message, "Auto-Submitted").partition(";")[0].strip().lower()
    precedence = _field(message, "Precedence").lower()
    marks = any(name in message for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply"))
    return submitted not in {"", "no"} or precedence in {"auto_reply", "auto-reply"} or marks


def _recipients(message: Message, recipient: str | None) -> Iterator[str]:
    if recipient:
        yield recipient
    for name in RECIPIENT_FIELDS:
        yield from (address for _, address in getaddresses([str(value) for value in message.get_all(name, [])]))


def _field(message: Message, name: str) -> str:
    return clean(str(message.get(name, "")), LONGEST_DETAIL)


def _text(message: Message) -> str:
    """Get the first text of a message, up to where the returned original begins."""
    for part in message.walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            words = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            return _ORIGINAL.split(words, maxsplit=1)[0]
    return ""
