"""The comparison of agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports.charts import charts
from deskpulse.reports.dashboards import agents
from deskpulse.reports.dashboards.narrowing import to_keys
from deskpulse.reports.dimensions import AGENT, COMMENTED
from deskpulse.reports.question import Question
from deskpulse.scoring.bands import Band
from deskpulse_web.dashboards.dashboard import Dashboard, address, rows

DRAWN = 25
"""Agents in the chart: more would push the table out of sight, which draws an interval for each of them anyway."""
CODE = "AGENTS"


def view(session: Session, organisation: Organisation, question: Question) -> Mapping[str, Any]:
    """One page of agents, and the addresses that lead on from it."""
    asked = request.args.get("page", "")
    page = int(asked) if asked.isdecimal() and len(asked) < 6 else 1
    found = agents.agents(session, organisation, question, request.args.get("sort", ""), page)
    before = question.during(question.period.previous())

    def of_agent(key: int, *, earlier: bool = False, **further: str) -> str:
        return rows(before if earlier else question, **(to_keys(question, AGENT, [key], {}) or {}), **further)

    def bands_of(key: int) -> dict[Band, str]:
        return {band: of_agent(key, band=band.value) for band in Band}

    def at(page: int, sort: str = found.sort) -> str:
        return f"{address(CODE, question)}&sort={sort}&page={page}"

    drawn = [member.standing for member in found.members[:DRAWN]]
    return {
        "agents": found,
        "before": before.period,
        "of_member": of_agent,
        "bands_of": bands_of,
        "commented": {COMMENTED.name: "yes"},
        "at": at,
        "charts": {"agents": charts.intervals("NPS by agent", drawn, of_agent)} if drawn else {},
        "drawn": len(drawn),
    }


DASHBOARD = Dashboard(CODE, "Agents", "dashboards/agents.html", view, own=("sort", "page"))
