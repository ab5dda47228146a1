"""Documents to download: the Customer Satisfaction Report of a month."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, request

from deskpulse.reports.documents import customer_satisfaction_pdf as document
from deskpulse.reports.documents.customer_satisfaction import customer_satisfaction, last_month
from deskpulse.scoring.periods import parse_month
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

blueprint = Blueprint("documents", __name__)


@blueprint.get("/customer-satisfaction-report")
@gate
def customer_satisfaction_report() -> Response:
    """The report of ``month`` (2026-07), or of the last complete month, as PDF."""
    now, asked = desk.now(), request.args.get("month", "").strip()
    try:
        month = parse_month(asked) if asked else last_month(g.organisation, now)
        with desk.db.read() as session:
            report = customer_satisfaction(session, g.organisation, month, now)
    except ValueError as problem:
        abort(400, f"month: {problem}.")
    answer = Response(document.customer_satisfaction_pdf(report), mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"customer-satisfaction-{month}.pdf")
    return answer
