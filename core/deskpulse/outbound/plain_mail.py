"""Plain mail to those who look after DeskPulse: news, what to do, and files, from the installation's own sender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from hashlib import sha256
from typing import TYPE_CHECKING

from deskpulse.outbound import headers
from deskpulse.outbound.smtp import Handover

if TYPE_CHECKING:
    from deskpulse.desk import Desk

LONGEST_SUBJECT, LONGEST_NAME = 120, 80


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along; ``media_type`` such as ``text/csv``."""

    file_name: str
    media_type: str
    content: bytes

    @property
    def content_id(self) -> str:
        """A name that no other content in the world has, for those that stand inside a message."""
        return f"{sha256(self.content).hexdigest()[:32]}@deskpulse"


def send(
    desk: Desk,
    to: str,
    subject: str,
    text: str,
    *,
    name: str = "",
    html: str = "",
    pictures: Sequence[Attachment] = (),
    attachments: Sequence[Attachment] = (),
) -> Handover:
    """Hand one message over. ``name``, where given, makes its Message-ID, so that a second copy is known as one.

    ``html``, in ASCII, says the same as ``text``; ``pictures`` stand in it, each as ``cid:`` and its
    :attr:`~Attachment.content_id`.

    Raises ValueError where ``to`` is no address, :class:`~deskpulse.errors.Unreachable` where trying later may help.
    """
    recipient, sender = headers.address(to), parseaddr(desk.settings.mail_from)[1]
    message = _compose(desk, recipient, subject, text, name)
    if html:
        _add_page(message, html, pictures)
    for one in attachments:
        maintype, _, subtype = one.media_type.partition("/")
        message.add_attachment(one.content, maintype=maintype, subtype=subtype, filename=one.file_name)
    return desk.mailer.send(message, sender=sender, recipient=recipient)


def _add_page(message: EmailMessage, html: str, pictures: Sequence[Attachment]) -> None:
    """The HTML as another way to read the message, in one part with its pictures (RFC 2387)."""
    headers.add_html(message, html)
    *_, page = message.iter_parts()
    for one in pictures:
        maintype, _, subtype = one.media_type.partition("/")
        page.add_related(
            one.content, maintype=maintype, subtype=subtype, cid=f"<{one.content_id}>", filename=one.file_name,
            disposition="inline",
        )  # fmt: skip
    if pictures:
        page.set_param("type", "text/html")


def _compose(desk: Desk, recipient: str, subject: str, text: str, name: str) -> EmailMessage:
    sender_name, sender = parseaddr(desk.settings.mail_from)
    domain = sender.rpartition("@")[2]
    message = headers.new_message(
        {
            "From": headers.mailbox(headers.clean(sender_name, LONGEST_NAME), sender),
            "To": recipient,
            "Subject": headers.unstructured("Subject", headers.clean(subject, LONGEST_SUBJECT)),
            "Date": format_datetime(desk.now()),
            "Message-ID": f"<{name}@{domain}>" if name else make_msgid(domain=domain),
            "Auto-Submitted": "auto-generated",
        }
    )
    headers.add_text(message, text)
    return message
