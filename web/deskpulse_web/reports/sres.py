"""The dashboard SRES: single responses, where every number of every other dashboard leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports.question import Question
from deskpulse.reports.responses.sorting import Sort
from deskpulse_web.dashboards.dashboard import ROWS, Dashboard, address
from deskpulse_web.reports.survey_responses import place, read


def view(session: Session, _organisation: Organisation, question: Question) -> Mapping[str, Any]:
    """A page of responses, and the ways to the next one and to other orders."""
    listed = read(session, question)
    here = address(ROWS, question)
    behind = place(listed, dashid=ROWS)
    return {
        "listed": listed,
        "sorts": list(Sort),
        "sorted_by": lambda sort: f"{here}&{urlencode({'sort': int(sort)})}",
        "next_page": f"{url_for('dashboards.dashboard')}?{behind}" if behind else None,
        "first_page": f"{here}&sort={int(listed.sort)}" if request.args.get("after") else None,
        "report_page": f"{url_for('reports.survey_responses')}?{question.address()}",
    }


DASHBOARD = Dashboard(ROWS, "Responses", "reports/sres.html", view, own=("sort",))
