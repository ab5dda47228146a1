"""Mailing a Support Lead the links of the groups that they lead.

Links alone, no file of bookmarks beside them: such a file makes mail servers take the message for spam.
"""

from __future__ import annotations

from html import escape

from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.directory.models import Contact
from deskpulse.errors import Refused
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound import outbox, plain_mail
from deskpulse.outbound.models import Job
from deskpulse.reports.launchpad import personal_set
from deskpulse.reports.launchpad.personal_set import OfGroup, PersonalSet

MAIL_SET = "mail_personal_set"
INTRODUCTION = (
    "These pages show what customers say about the groups that you lead at {organisation}. Keep this mail, or "
)
INTRODUCTION += "save the links among your bookmarks: they always show the present state."
ACCESS = "Displays open {displays}; dashboards and reports ask you to sign in."
OPEN, CLOSED = "for everyone who has the link", "once you have signed in"


def queue(desk: Desk, session: Session, organisation: Organisation, contact: Contact, actor: str) -> None:
    """Have the set mailed to the contact's own address, and to no other."""
    payload = {"contact_id": contact.id}
    outbox.queue(desk, session, MAIL_SET, payload, organisation_id=organisation.id)
    organisations.audit(desk, session, organisation.id, actor, "personal set mailed", contact.email)


def mail(desk: Desk, job: Job) -> None:
    """Job: mail one set as it is now. Raises Refused where the mail server takes no mail for the contact."""
    with desk.db.read() as session:
        organisation = session.get_one(Organisation, job.organisation_id)
        contact = personal_set.contact(session, organisation.id, int(job.payload["contact_id"]))
        if contact is None:
            return
        found = personal_set.personal_set(session, organisation, contact, desk.settings.base_url)
    subject = f"Your pages at {organisation.name}"
    introduction = INTRODUCTION.format(organisation=organisation.name)
    access = ACCESS.format(displays=OPEN if personal_set.displays_are_open(organisation) else CLOSED)
    handover = plain_mail.send(
        desk, contact.email, subject, _text(found, introduction, access), name=f"personal-set-{job.id}",
        html=_html(found, introduction, access),
    )  # fmt: skip
    if not handover.taken:
        raise Refused(f"the mail server refused the links for {contact.email}: {handover.answer}")


def _text(found: PersonalSet, introduction: str, access: str) -> str:
    parts = [introduction, *(_group_text(group) for group in found.groups), access]
    return "\n\n".join(parts) + "\n"


def _group_text(group: OfGroup) -> str:
    return "\n".join([group.title, *(f"  {one.title}: {one.url}" for one in group.addresses)])


def _html(found: PersonalSet, introduction: str, access: str) -> str:
    lines = ["<!doctype html>", '<html lang="en"><body style="font-family: sans-serif; line-height: 1.5">']
    lines.append(f"<p>{escape(introduction)}</p>")
    for group in found.groups:
        lines += [f"<h2>{escape(group.title)}</h2>", "<ul>"]
        lines += [f'<li><a\nhref="{escape(one.url)}">{escape(one.title)}</a>: {escape(one.about)}</li>'
                  for one in group.addresses]  # fmt: skip
        lines.append("</ul>")
    lines += [f"<p>{escape(access)}</p>", "</body></html>", ""]
    return "\n".join(lines).encode("ascii", "xmlcharrefreplace").decode("ascii")
