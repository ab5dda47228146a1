"""The overview: where support stands, how it got there, and what was said last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports.charts import charts
from deskpulse.reports.dashboards import overview
from deskpulse.reports.question import Question
from deskpulse.reports.responses import rows as responses
from deskpulse.scoring.bands import Band
from deskpulse.scoring.periods import Month
from deskpulse_web.dashboards.dashboard import ROWS, Dashboard, address, rows

LATEST = 10


def view(session: Session, organisation: Organisation, question: Question) -> Mapping[str, Any]:
    """Score, change, trend, distribution, departments and the newest responses."""
    found = overview.overview(session, organisation, question)

    # Put together by hand, since there are over a hundred.
    any_time = rows(question, **dict.fromkeys(("month", "from", "to")))
    any_band = rows(question, **dict.fromkeys(("month", "from", "to", "band")))

    def of_month(month: Month, band: Band | None = None) -> str:
        # The running month, too, is meant by its calendar, where month= would mean 30 days.
        days = f"&from={month.first}&to={month.last}"
        return f"{any_band}{days}&band={band.value}" if band else any_time + days

    def of_score(score: int) -> str:
        return rows(question, min=str(score), max=str(score))

    def of_department(key: int, band: Band | None = None, code: str = ROWS) -> str:
        changes: dict[str, Any] = {"rgid": found.codes[key]}
        if not question.groups:
            changes["combine"] = None
        if band:
            changes["band"] = band.value
        return address(code, question, **changes)

    def of_department_by_band(key: int) -> dict[Band, str]:
        return {band: of_department(key, band) for band in Band}

    return {
        "overview": found,
        "before": question.during(question.period.previous()),
        "bands": {band.value: band for band in Band},
        "of_bands": {band: rows(question, band=band.value) for band in Band},
        "of_department_by_band": of_department_by_band,
        "of_month": of_month,
        "of_score": of_score,
        "of_department": of_department,
        "latest": responses.rows(session, question.scope, limit=LATEST).rows,
        "charts": {
            "trend": charts.stacked_months(list(found.trend.items()), of_month),
            "scores": charts.distribution(found.scores, of_score),
            "departments": charts.intervals("By department", found.departments, of_department),
        },
    }


DASHBOARD = Dashboard("OVERVIEW", "Overview", "dashboards/overview.html", view)
