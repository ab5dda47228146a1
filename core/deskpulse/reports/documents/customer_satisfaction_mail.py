"""The Customer Satisfaction Report by mail: the answer in it, the PDF attached, to those who may have reports."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.errors import Refused
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound import outbox, plain_mail
from deskpulse.outbound.models import Job
from deskpulse.outbound.plain_mail import Attachment
from deskpulse.reports.documents.customer_satisfaction import customer_satisfaction
from deskpulse.reports.documents.customer_satisfaction_letter import letter as write
from deskpulse.reports.documents.customer_satisfaction_pdf import TITLE, customer_satisfaction_pdf
from deskpulse.reports.responses.mail import authorised
from deskpulse.scoring.periods import Month, parse_month

MAIL_REPORT = "mail_customer_satisfaction"
DASHBOARD = "/dashboard"


def file_name(month: Month) -> str:
    """Of the report on a month."""
    return f"customer-satisfaction-{month}.pdf"


def queue(
    desk: Desk, session: Session, organisation: Organisation, month: Month, to: Sequence[str], actor: str
) -> None:
    """Have the report of a month mailed, to each recipient by a job of their own."""
    for address in to:
        payload = {"month": str(month), "to": address, "actor": actor}
        outbox.queue(desk, session, MAIL_REPORT, payload, organisation_id=organisation.id)
    detail = {"to": list(to), "month": str(month)}
    organisations.audit(desk, session, organisation.id, actor, "report mailed", TITLE, detail)


def mail(desk: Desk, job: Job) -> None:
    """Job: make the report and mail it to one recipient. Raises Refused for one who may not have it any more."""
    address, month = job.payload["to"], parse_month(job.payload["month"])
    with desk.db.read() as session:
        organisation = session.get_one(Organisation, job.organisation_id)
        if address.lower() not in authorised(session, organisation):
            raise Refused(f"{address} is not authorised to receive reports any more")
        report = customer_satisfaction(session, organisation, month, desk.now())
    letter = write(report, month, f"{desk.settings.base_url}{DASHBOARD}?month={month}", job.payload["actor"])
    handover = plain_mail.send(
        desk,
        address,
        f"{TITLE}: {organisation.name}, {report.period.label}",
        letter.text,
        name=f"report-{job.id}",
        html=letter.html,
        pictures=[letter.picture],
        attachments=[Attachment(file_name(month), "application/pdf", customer_satisfaction_pdf(report))],
    )
    if not handover.taken:
        raise Refused(f"the mail server refused the report to {address}: {handover.answer}")
