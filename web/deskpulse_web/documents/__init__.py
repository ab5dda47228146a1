"""Documents to download or to mail: the Customer Satisfaction Report of a month.

A link that names recipients shows them first, and a button: whatever opens links in advance must not send mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from deskpulse.reports.documents import customer_satisfaction_mail as delivery
from deskpulse.reports.documents.customer_satisfaction import customer_satisfaction, last_month
from deskpulse.reports.documents.customer_satisfaction_pdf import TITLE, customer_satisfaction_pdf
from deskpulse.reports.responses.mail import NotSent, recipients
from deskpulse.scoring.periods import Month, of_month, parse_month
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

blueprint = Blueprint("documents", __name__, template_folder="templates")


@blueprint.get("/customer-satisfaction-report")
@gate
def customer_satisfaction_report() -> Response | str:
    """The report of ``month`` (2026-07), or of the last complete month, as PDF; ``sendto`` asks before it mails."""
    month = _month()
    if request.args.get("sendto", "").strip():
        with desk.db.read() as session:
            return render_template("documents/send.html", title=TITLE, month=month, to=_recipients(session))
    with desk.db.read() as session:
        report = customer_satisfaction(session, g.organisation, month, desk.now())
    answer = Response(customer_satisfaction_pdf(report), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=delivery.file_name(month))
    return answer


@blueprint.post("/customer-satisfaction-report")
@gate
def mail_customer_satisfaction_report() -> Any:
    """Mail it to those whom ``sendto`` names."""
    month = _month()
    with desk.db.write() as session:
        to = _recipients(session)
        if not to:
            abort(400, "sendto: nobody is named.")
        delivery.queue(desk, session, g.organisation, month, to, g.user.email)
    flash(f"The report of {month.label} is on its way to {', '.join(to)}.")
    return redirect(url_for("dashboards.first"))


def _month() -> Month:
    """The month that is asked for, if it has begun."""
    asked, now = request.args.get("month", "").strip(), desk.now()
    if not asked:
        return last_month(g.organisation, now)
    try:
        month = parse_month(asked)
        of_month(month, now, ZoneInfo(g.organisation.time_zone))
    except ValueError as problem:
        abort(400, f"month: {problem}.")
    return month


def _recipients(session: Session) -> Sequence[str]:
    try:
        return recipients(session, g.organisation, request.args.get("sendto", ""))
    except NotSent as problem:
        abort(403, str(problem))
