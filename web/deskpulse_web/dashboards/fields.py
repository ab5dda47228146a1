"""The free pivot, and what is known about how it was counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports.charts import charts
from deskpulse.reports.charts.charts import Chart, Link
from deskpulse.reports.dashboards.fields import TIME_LIKE, FieldsReport, fields_report
from deskpulse.reports.dashboards.narrowing import to_keys
from deskpulse.reports.dimensions import GROUP, Dimension
from deskpulse.reports.levels import Tree
from deskpulse.reports.pivots import pivots
from deskpulse.reports.pivots.grid import Grid, Line
from deskpulse.reports.question import Question
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import NOTHING
from deskpulse_web.context import desk
from deskpulse_web.dashboards.dashboard import Dashboard, address, rows

ROWS, COLUMNS = "rows", "columns"
DRAWN, MOST_SERIES = 25, 6
CODE = "FIELDS"


def view(session: Session, organisation: Organisation, question: Question) -> Mapping[str, Any]:
    """The table, a chart where it helps, and whether the next asking will be quicker."""
    down, across = request.args.get(ROWS, ""), request.args.get(COLUMNS, "")
    report = fields_report(session, organisation, question, down, across)
    codes: dict[int, str] = {}
    if GROUP in report.by:
        codes = {group.id: group.code for group in Tree.of(session, organisation.id).groups.values()}

    def of_cell(row: Line | None, column: Line | None) -> str | None:
        changes: dict[str, Any] = {}
        for one, line in ((report.rows, row), (report.columns, column)):
            if one is not None and line is not None:
                narrowed = to_keys(question, one, line.keys, codes)
                if narrowed is None:
                    return None
                changes |= narrowed
        return rows(question, **changes)

    def of_row(place: int) -> str:
        return of_cell(report.grid.rows[place], None) or address(CODE, question)

    def of_point(place: tuple[int, int]) -> str:
        row, column = place
        return of_cell(report.grid.rows[row], report.grid.columns[column]) or address(CODE, question)

    return {
        "report": report,
        "chosen": (down or report.rows.name, across if report.columns else ""),
        "of_cell": of_cell,
        "pivot": pivots.asked(desk, question.scope, *report.by),
        "charts": {"pivot": chart} if (chart := _chart(report, of_row, of_point)) else {},
    }


def _chart(report: FieldsReport, of_row: Link, of_point: Link) -> Chart | None:
    """Lines over what is like a time, intervals of a single dimension otherwise, none of two."""
    grid = report.grid
    if not grid.whole.counts.n:
        return None
    if report.rows in TIME_LIKE:
        return charts.lines(_title(report), _series(grid, by_row=False), report.rows.label, of_point)
    if report.columns in TIME_LIKE and report.columns:
        return charts.lines(_title(report), _series(grid, by_row=True), report.columns.label, of_point)
    return None if report.columns else charts.intervals(_title(report), grid.row_totals[:DRAWN], of_row)


def _series(grid: Grid, *, by_row: bool) -> dict[str, Sequence[Standing]]:
    """One line for each of the largest rows, or columns, over the other."""
    lines, over = (grid.rows, grid.columns) if by_row else (grid.columns, grid.rows)

    def at(line: int, point: int) -> Standing:
        place = (line, point) if by_row else (point, line)
        cell = grid.cells.get(place)
        return Standing(over[point].name, cell.counts if cell else NOTHING, grid.whole.minimum, place)

    return {
        line.name: [at(number, point) for point in range(len(over))] for number, line in enumerate(lines[:MOST_SERIES])
    }


def _title(report: FieldsReport) -> str:
    return f"NPS by {_word(report.rows)}" + (f" and {_word(report.columns)}" if report.columns else "")


def _word(one: Dimension) -> str:
    return one.label[:1].lower() + one.label[1:]


DASHBOARD = Dashboard(CODE, "Fields", "dashboards/fields.html", view, own=(ROWS, COLUMNS))
