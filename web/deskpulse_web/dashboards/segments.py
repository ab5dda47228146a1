"""Scores by segment, by both segments crossed, and by department within a segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports.charts import charts
from deskpulse.reports.dashboards import segments
from deskpulse.reports.dashboards.narrowing import to_department, to_keys
from deskpulse.reports.dimensions import SEGMENT1, SEGMENT2, Dimension
from deskpulse.reports.pivots.grid import Line
from deskpulse.reports.question import Question
from deskpulse.scoring.bands import Band
from deskpulse_web.dashboards.dashboard import Dashboard, address, rows

BY, DEPARTMENT = "by", "department"
"""The parameter that chooses departments, and its value."""
CODE = "SEGMENTS"
DRAWN = 25


def view(session: Session, organisation: Organisation, question: Question) -> Mapping[str, Any]:
    """Segments by themselves and crossed, or departments within them."""
    chosen = request.args.get(BY) == DEPARTMENT
    common = {
        "by_department": chosen,
        "to_segments": address(CODE, question),
        "to_departments": f"{address(CODE, question)}&{BY}={DEPARTMENT}",
        "charts": {},
    }
    return common | (_departments if chosen else _segments)(session, organisation, question)


def _segments(session: Session, organisation: Organisation, question: Question) -> dict[str, Any]:
    found = segments.segments(session, organisation, question)
    before = question.during(question.period.previous())

    def links(one: Dimension) -> Any:
        def to(key: str, *, earlier: bool = False, **further: str) -> str:
            return rows(before if earlier else question, **(to_keys(question, one, [key], {}) or {}), **further)

        return to

    def bands(one: Dimension) -> Any:
        return lambda key: {band: links(one)(key, band=band.value) for band in Band}

    def of_cell(row: Line | None, column: Line | None) -> str | None:
        return _cell(question, (SEGMENT1, row), (SEGMENT2, column))

    sections = [
        {"name": one.name, "title": one.label, "members": members, "of_member": links(one), "bands_of": bands(one)}
        for one, members in ((SEGMENT1, found.first), (SEGMENT2, found.second))
        if members
    ]
    return {
        "whole": found.whole,
        "before": before.period,
        "sections": sections,
        "crossed": found.crossed,
        "of_cell": of_cell,
        "charts": {
            section["name"]: charts.intervals(
                f"NPS by {section['title'].lower()}",
                [member.standing for member in section["members"][:DRAWN]],
                section["of_member"],
            )
            for section in sections
        },
    }


def _departments(session: Session, organisation: Organisation, question: Question) -> dict[str, Any]:
    found = segments.by_department(session, organisation, question)

    def of_cell(one: Dimension) -> Any:
        def to(row: Line | None, column: Line | None) -> str | None:
            if row and row.merged:
                return None
            department = to_department(question, found.tree.groups.get(row.keys[0]), found.tree) if row else {}
            return _cell(question, (one, column), **department)

        return to

    return {
        "whole": found.whole,
        "grids": [(one, grid, of_cell(one)) for one, grid in found.grids.items()],
    }


def _cell(question: Question, *chosen: tuple[Dimension, Line | None], **changes: Any) -> str | None:
    """The rows of a cell, or of a total where a line is missing; ``None`` where they cannot be told in an address."""
    for one, line in chosen:
        if line is not None:
            narrowed = to_keys(question, one, line.keys, {})
            if narrowed is None:
                return None
            changes |= narrowed
    return rows(question, **changes)


DASHBOARD = Dashboard(CODE, "Segments", "dashboards/segments.html", view, own=(BY,))
