"""The response funnel, and the list of resolutions behind each of its numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel import charts as funnel_charts
from deskpulse.reports.funnel import funnel
from deskpulse.reports.funnel import rows as funnel_rows
from deskpulse.reports.funnel.journeys import BY_RULE
from deskpulse.reports.funnel.rows import Selection, people_asked
from deskpulse.reports.funnel.stages import Stage, reason_label
from deskpulse.reports.levels import Tree
from deskpulse.reports.question import NONE, Question
from deskpulse.surveys.channels import EMAIL, HELPDESK
from deskpulse_web.dashboards.dashboard import Dashboard, address, rows

OWN = ("stage", "reason", "via", "people")
"""Parameters that choose a number of the funnel; ``before`` is the place in its list."""
CHANNELS = {
    EMAIL: "E-mail by DeskPulse",
    HELPDESK: "Message of the helpdesk, handed over by DeskPulse",
    BY_RULE: "Message that a rule in the helpdesk sends",
}


def view(session: Session, organisation: Organisation, question: Question) -> Mapping[str, Any]:
    """The funnel or, with a ``stage`` in the address, the resolutions that one of its numbers stands for.

    People are counted where the address asks for them.
    """
    selection = Selection.of(request.args.items())
    names: dict[str, Any] = {"reason_label": reason_label, "channels": CHANNELS, "Stage": Stage}
    if selection is not None:
        return names | _list(session, organisation, question, selection)
    return names | _funnel(session, organisation, question)


def _list(session: Session, organisation: Organisation, question: Question, selection: Selection) -> dict[str, Any]:
    page = funnel_rows.page(session, organisation, question, selection)
    mine = {name: value for name, value in request.args.items() if name in OWN}
    return {
        "selection": selection,
        "page": page,
        "states": funnel_rows.STATES,
        "next_page": _own(question, **mine, before=page.before) if page.before else None,
        "first_page": _own(question, **mine) if selection.before else None,
        "whole": _own(question, people="y") if selection.people else _own(question),
    }


def _funnel(session: Session, organisation: Organisation, question: Question) -> dict[str, Any]:
    found = funnel.funnel(session, organisation, question)
    months = funnel.trend(session, organisation, question)
    people = funnel.people(session, organisation, question) if people_asked(request.args.items()) else None
    codes = _codes(session, question)

    def of_stage(stage: Stage | str, **more: str) -> str:
        return _own(question, stage=stage.code if isinstance(stage, Stage) else stage, **more)

    def of_month(line: funnel.Line, stage: Stage = Stage.DELIVERED) -> str:
        days: dict[str, Any] = {"from": line.key.first.isoformat(), "to": line.key.last.isoformat(), "month": None}
        return address("RATE", question, **days, stage=stage.code)

    def of_department(line: funnel.Line, stage: Stage) -> str:
        changes: dict[str, Any] = {"rgid": codes[line.key]}
        if not question.groups:
            changes["combine"] = None
        return address("RATE", question, **changes, stage=stage.code)

    def of_channel(line: funnel.Line, stage: Stage) -> str:
        return of_stage(stage, via=line.key)

    return {
        "selection": None,
        "of_channel": of_channel,
        "found": found,
        "people": people,
        "with_people": _own(question, people="y"),
        "without_people": _own(question),
        "months": months,
        "ever": funnel.any_resolved(session, organisation.id),
        "of_stage": of_stage,
        "of_month": of_month,
        "of_department": of_department,
        "answers": rows(question),
        "charts": {
            "stages": funnel_charts.stages(found.counts, of_stage),
            "rates": funnel_charts.rates(months, of_month),
        },
    }


def _own(question: Question, **own: str | None) -> str:
    return address("RATE", question, **own)


def _codes(session: Session, question: Question) -> Mapping[int, list[str]]:
    """The codes that lead to what is counted for each department: those asked for, or the department's own."""
    tree = Tree.of(session, question.organisation_id)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for group in question.groups:
        department = tree.department_of(group.id)
        found[department.id if department else 0].append(group.code)
    for department in tree.departments():
        found[department.id] = found[department.id] or [department.code]
    found[0] = found[0] or [NONE]
    return found


DASHBOARD = Dashboard("RATE", "Response rate", "dashboards/rate.html", view, own=OWN)
