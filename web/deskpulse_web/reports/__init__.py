"""Overview and single responses."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template

from deskpulse.organisation.preferences import Preferences
from deskpulse.reports import overview as overview_report
from deskpulse.surveys import factors
from deskpulse_web.auth import gate
from deskpulse_web.context import desk

blueprint = Blueprint("reports", __name__, template_folder="templates")
WAYS = {"token": "our invitation", "signed": "a signed link of the helpdesk", "unsigned": "a link of the helpdesk"}
"""How an answer came, by its entrance."""


@blueprint.get("/overview")
@gate
def overview() -> str:
    """Scores of organisation, groups and agents, and the newest responses."""
    return render_template(
        "reports/overview.html",
        overview=overview_report.overview(desk, g.organisation),
        minimum=Preferences.of(g.organisation.preferences).minimum_responses,
    )


@blueprint.get("/responses/<int:response_id>")
@gate
def response(response_id: int) -> str:
    """One response with everything that was frozen about its ticket."""
    with desk.db.read() as session:
        rows = overview_report.responses(session, g.organisation.id, limit=1, response_id=response_id)
    if not rows:
        abort(404)
    answer = rows[0].Response
    return render_template(
        "reports/response.html", row=rows[0], reasons=factors.labels(answer.factors, answer.score), ways=WAYS
    )
