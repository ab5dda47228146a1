"""The Survey Responses Report as a file, to download or to be mailed to those who may have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.access.models import User
from deskpulse.desk import Desk
from deskpulse.directory.models import Contact
from deskpulse.errors import Refused
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.outbound import outbox, plain_mail
from deskpulse.outbound.models import Job
from deskpulse.outbound.plain_mail import Attachment
from deskpulse.reports.documents.survey_responses import survey_responses_pdf
from deskpulse.reports.question import Question, parse
from deskpulse.reports.responses.report import TITLE, Report, report
from deskpulse.reports.responses.sorting import Sort
from deskpulse.reports.tally import count

MAIL_REPORT = "mail_survey_responses"
EVERY_USER = "adminselect"
"""CIOPulse's word for the organisation's own people."""
MOST_MAILED = 20_000
"""Responses in a mailed CSV: some 5 MB, which every mail server takes."""
TEXT = """\
{title} of {organisation}

{criteria}

{n} responses; the file is attached. {asked_by} asked DeskPulse to send it to you.
"""


class NotSent(Exception):
    """The report cannot be mailed as asked; the message says why, for the person who asked."""


class FileKind(StrEnum):
    """What the report can be had as."""

    CSV = "csv"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """As in ``Content-Type``."""
        return "text/csv" if self is FileKind.CSV else "application/pdf"


def pieces(desk: Desk, organisation: Organisation, made: Report, kind: FileKind) -> Iterator[bytes]:
    """The file, in pieces; a CSV of any size in constant memory."""
    if kind is FileKind.PDF:
        yield survey_responses_pdf(desk, organisation, made)
    else:
        yield from (piece.encode() for piece in made.csv())


def authorised(session: Session, organisation: Organisation) -> Mapping[str, str]:
    """Everyone whom reports may be mailed to, by address in lower case: users, contacts, and preferred recipients."""
    found = {}
    for address in re.split(r"[\s,;]+", Preferences.of(organisation.preferences).report_recipients):
        if address:
            found[address.lower()] = address
    for table in (Contact, User):
        wanted = select(table.email).where(table.organisation_id == organisation.id)
        found |= {address.lower(): address for address in session.scalars(wanted) if address}
    return found


def recipients(session: Session, organisation: Organisation, sendto: str) -> Sequence[str]:
    """The addresses that ``sendto`` names: some after commas, or all users. Raises NotSent naming who may not."""
    if sendto.strip().lower() == EVERY_USER:
        return session.scalars(select(User.email).where(User.organisation_id == organisation.id)).all()
    known = authorised(session, organisation)
    asked = [address for address in re.split(r"[\s,;]+", sendto) if address]
    if strangers := [address for address in asked if address.lower() not in known]:
        raise NotSent(
            f"Reports may not be mailed to {', '.join(strangers)}. They go to users and contacts of the organisation, "
            "and to addresses in its preference report_recipients."
        )
    return list(dict.fromkeys(known[address.lower()] for address in asked))


def check_size(session: Session, question: Question, kind: FileKind) -> None:
    """Raises NotSent for a file that is too large for mail."""
    if kind is FileKind.CSV and (n := count(session, question.scope).n) > MOST_MAILED:
        raise NotSent(
            f"{n} responses are too many for a mail, which takes {MOST_MAILED} at most. Download the file, or choose "
            "a shorter period."
        )


def queue(
    desk: Desk,
    session: Session,
    organisation: Organisation,
    question: Question,
    sort: Sort,
    kind: FileKind,
    to: Sequence[str],
    actor: str,
) -> None:
    """Have the report mailed, to each recipient by a job of their own; its days are those of now."""
    for address in to:
        payload = {
            "asked": [list(pair) for pair in question.during(question.period).asked], "sort": int(sort),
            "kind": kind.value, "to": address, "actor": actor,
        }  # fmt: skip
        outbox.queue(desk, session, MAIL_REPORT, payload, organisation_id=organisation.id)
    organisations.audit(desk, session, organisation.id, actor, "report mailed", TITLE, {"to": list(to)})


def mail(desk: Desk, job: Job) -> None:
    """Job: make the report and mail it to one recipient. Raises Refused for one who may not have it any more."""
    address, kind, sort = job.payload["to"], FileKind(job.payload["kind"]), Sort(job.payload["sort"])
    with desk.db.read() as session:
        organisation = session.get_one(Organisation, job.organisation_id)
        if address.lower() not in authorised(session, organisation):
            raise Refused(f"{address} is not authorised to receive reports any more")
        question = parse(session, organisation, [(name, value) for name, value in job.payload["asked"]], desk.now())
    made = report(desk, organisation, question, sort)
    content = b"".join(pieces(desk, organisation, made, kind))
    text = TEXT.format(
        title=made.title,
        organisation=organisation.name,
        criteria="\n".join(f"{name}: {value}" for name, value in made.criteria),
        n=made.standing.counts.n,
        asked_by=job.payload["actor"],
    )
    handover = plain_mail.send(
        desk,
        address,
        f"{made.title}: {organisation.name}, {question.period.label}",
        text,
        name=f"report-{job.id}",
        attachments=[Attachment(f"{made.file_name}.{kind}", kind.media_type, content)],
    )
    if not handover.taken:
        raise Refused(f"the mail server refused the report to {address}: {handover.answer}")
