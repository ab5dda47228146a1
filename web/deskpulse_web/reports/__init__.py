"""Single responses, and the report on many."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template

from deskpulse.reports.responses import response as single
from deskpulse.surveys import factors
from deskpulse_web.auth import gate
from deskpulse_web.context import desk
from deskpulse_web.reports import survey_responses

blueprint = Blueprint(
    "reports", __name__, template_folder="templates", static_folder="static", static_url_path="/reports-static"
)
blueprint.add_app_template_filter(factors.labels, "reasons")
blueprint.get("/survey-responses", endpoint="survey_responses")(survey_responses.show)
blueprint.post("/survey-responses", endpoint="send_survey_responses")(survey_responses.send)
WAYS = {"token": "our invitation", "signed": "a signed link of the helpdesk", "unsigned": "a link of the helpdesk"}
"""How an answer came, by its entrance."""


@blueprint.get("/responses/<int:response_id>")
@gate
def response(response_id: int) -> str:
    """One response with everything that was frozen about its ticket."""
    with desk.db.read() as session:
        row = single.response(session, g.organisation.id, response_id)
    if row is None:
        abort(404)
    answer = row.Response
    return render_template(
        "reports/response.html", row=row, reasons=factors.labels(answer.factors, answer.score), ways=WAYS
    )
