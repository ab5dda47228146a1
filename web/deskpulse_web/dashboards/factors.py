"""Factor drivers: what promoters praise, what detractors blame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dashboards import drivers, drivers_charts
from deskpulse.reports.dimensions import TICKED
from deskpulse.reports.question import NONE, Question
from deskpulse.scoring.bands import Band
from deskpulse_web.dashboards.dashboard import Dashboard, rows


def view(session: Session, organisation: Organisation, question: Question) -> Mapping[str, Any]:
    """All factors with their counts by band and how the score differs."""
    minimum = Preferences.of(organisation.preferences).minimum_responses
    found = drivers.drivers(session, question.scope, minimum)

    def of_factor(code: str, band: Band | None = None, *, ticked: bool = True) -> str:
        changes: dict[str, str] = {TICKED + code: "yes" if ticked else NONE} if code else {"factor": NONE}
        return rows(question, **changes, **({"band": band.value} if band else {}))

    chosen = [code for code in question.values("factor") if code != NONE]
    of_any = rows(question, factor=chosen or [one.code for one in found.factors])
    charts = (
        {}
        if found.whole.withheld or not found.ticking
        else {"praise": drivers_charts.praise_and_blame(found, of_factor)}
    )
    return {
        "found": found,
        "of_factor": of_factor,
        "of_any": of_any,
        "of_bands": {band: rows(question, band=band.value) for band in Band},
        "bands": list(Band),
        "charts": charts,
    }


DASHBOARD = Dashboard("FACTORS", "Factors", "dashboards/factors.html", view)
