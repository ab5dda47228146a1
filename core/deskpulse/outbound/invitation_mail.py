"""The invitation as mail: question and links in the first screen, readable in any client, sent with its own envelope.

The HTML is made from MJML once per process; each mail only fills in its values, all escaped. It needs no images and no
style sheet: without either it is still a table of eleven links. The scale has no colours, so that it suggests nothing.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from importlib import resources
from string import Template
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from deskpulse.errors import Refused
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.outbound import headers, mail_page
from deskpulse.outbound.verp import envelope_sender
from deskpulse.records import Invitation, Receipt, ReceiptState
from deskpulse.surveys.wording import HIGHEST, LOWEST, QUESTION

if TYPE_CHECKING:
    from deskpulse.desk import Desk

NEXT_STEP = "Your number opens a page where you can add a comment before you send it."
OPT_OUT = "Do not ask me again"
PACKAGE = "deskpulse.outbound"
KEY = re.compile(r"invite-([1-9][0-9]*)")
LONGEST_SUBJECT, LONGEST_NUMBER, LONGEST_NAME = 120, 40, 80

_CELL = (
    '<td align="center" bgcolor="#f3f5f8" style="border:1px solid #8a95a3;border-radius:4px;padding:0;'
    'mso-padding-alt:13px 0;font-size:18px;line-height:20px;">\n<a href="{link}?score={score}" '
    'aria-label="{score} of 10" style="display:block;padding:13px 0;color:#1f2933;font-weight:600;'
    'text-decoration:none;">{score}</a></td>\n'
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who asks: what a mail shows of the organisation, and the address it comes from."""

    organisation: str
    name: str
    address: str
    brand_colour: str
    time_zone: str

    @classmethod
    def of(cls, desk: Desk, organisation_code: str) -> Sender:
        """Read the organisation as a sender. Raises Refused where no organisation has that code."""
        with desk.db.read() as session:
            wanted = select(Organisation.name, Organisation.time_zone, Organisation.preferences)
            row = session.execute(wanted.where(Organisation.code == organisation_code)).one_or_none()
        if row is None:
            raise Refused(f"no organisation has the code {organisation_code!r}")
        preferences, name = Preferences.of(row.preferences), headers.clean(row.name, LONGEST_NAME)
        return cls(
            organisation=name,
            name=headers.clean(preferences.sender_name, LONGEST_NAME) or name,
            address=parseaddr(desk.settings.mail_from)[1],
            brand_colour=preferences.brand_colour,
            time_zone=row.time_zone,
        )


def send(desk: Desk, invitation: Invitation, organisation_code: str) -> Receipt:
    """Hand the invitation to the mail server.

    The receipt is DONE with the Message-ID, or REFUSED with the server's words. Raises
    :class:`~deskpulse.errors.Unreachable` where trying later may help. Sent twice, both mails have one Message-ID.
    """
    found = KEY.fullmatch(invitation.key)
    if found is None:
        raise ValueError(f"{invitation.key!r} is not the key of an invite")
    if not invitation.recipient_email:
        return Receipt(ReceiptState.REFUSED, "The customer has no e-mail address.")
    try:
        recipient = headers.address(invitation.recipient_email)
    except ValueError as error:
        return Receipt(ReceiptState.REFUSED, str(error))
    message = compose(invitation, Sender.of(desk, organisation_code), recipient, desk.now())
    handover = desk.mailer.send(message, sender=envelope_sender(desk, int(found[1])), recipient=recipient)
    if not handover.taken:
        return Receipt(ReceiptState.REFUSED, handover.answer)
    return Receipt(ReceiptState.DONE, handover.answer, invitation.message_id)


def compose(invitation: Invitation, sender: Sender, recipient: str, now: datetime) -> EmailMessage:
    """Write the whole message, ready to hand over."""
    number = headers.clean(invitation.ticket.number or invitation.ticket.id, LONGEST_NUMBER)
    ticket_subject = headers.isolated(headers.clean(invitation.subject, LONGEST_SUBJECT))
    topic = f'"{ticket_subject}" ({number})' if ticket_subject else f"your ticket {number}"
    subject = f"How did we do with {topic}?"
    message = headers.new_message(
        {
            "From": headers.mailbox(sender.name, sender.address),
            "To": headers.mailbox(headers.clean(invitation.recipient_name, LONGEST_NAME), recipient),
            # where a mailing list or gateway rewrites From, an answer by hand still reaches the organisation
            "Reply-To": headers.mailbox(sender.name, sender.address),
            "Subject": headers.unstructured("Subject", subject),
            "Date": format_datetime(now),
            "Message-ID": f"<{invitation.message_id.strip('<>')}>",
            "List-Unsubscribe": f"<{invitation.opt_out_link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            # three dialects of "no automatic answer, please": RFC 3834, older responders and helpdesks, Exchange
            "Auto-Submitted": "auto-generated",
            "Precedence": "bulk",
            "X-Auto-Response-Suppress": "OOF, AutoReply",
        }
    )
    until = invitation.expires_at.astimezone(ZoneInfo(sender.time_zone))
    values = {
        "title": subject,
        "preheader": f"{QUESTION} One click on a number from 0 to 10.",
        "brand": sender.brand_colour,
        "organisation": sender.organisation,
        "about": f"Your ticket {number}: {ticket_subject}" if ticket_subject else f"Your ticket {number}",
        "question": QUESTION,
        "lowest": LOWEST,
        "highest": HIGHEST,
        "next_step": NEXT_STEP,
        "reason": f"You get this mail because your ticket was resolved. Its links are yours alone and work until "
        f"{until.day} {until:%B %Y}.",
        "opt_out": invitation.opt_out_link,
        "opt_out_label": OPT_OUT,
    }
    headers.add_text(message, _text(values, invitation.link))
    headers.add_html(message, _html(values, invitation.link))
    return message


def _text(values: dict[str, str], link: str) -> str:
    scores = "\n".join(f"{score:>2}: {link}?score={score}" for score in range(11))
    return _plain().substitute(values, scores=scores, end="")


def _html(values: dict[str, str], link: str) -> str:
    cells = [_CELL.format(link=html.escape(link), score=score) for score in range(11)]
    markup = {"scores_0_to_5": "".join(cells[:6]), "scores_6_to_10": "".join(cells[6:])}
    return mail_page.page(PACKAGE, "templates/invitation.mjml", values, **markup)


@lru_cache
def _plain() -> Template:
    return Template(resources.files(PACKAGE).joinpath("templates/invitation.txt").read_text("utf-8"))
