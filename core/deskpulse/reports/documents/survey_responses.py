"""The Survey Responses Report as PDF."""

from __future__ import annotations

from itertools import islice
from typing import Any

from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.documents import figures
from deskpulse.reports.documents.passages import passage
from deskpulse.reports.documents.typesetting import typeset
from deskpulse.reports.responses.page import ticket_links
from deskpulse.reports.responses.report import Mark, Report, mark
from deskpulse.reports.responses.rows import ResponseRow
from deskpulse.scoring.bands import band_of
from deskpulse.surveys import factors

MOST_ROWS = 1_000
"""Responses in one document: about 100 pages, made in two seconds and 400 MB. CSV has no such bound."""
COLUMN, NARROW = 14, 10
"""Characters that fit a column, and the narrow one of tickets."""


def survey_responses_pdf(desk: Desk, organisation: Organisation, report: Report) -> bytes:
    """The report on A4 pages; only the first :data:`MOST_ROWS` of its rows are read, which the document then says."""
    rows = list(islice(report.rows, MOST_ROWS))
    with desk.db.read() as session:
        links = ticket_links(desk, session, organisation, rows)
    n = report.standing.counts.n
    return typeset(
        "survey_responses.typ",
        {
            "title": report.title,
            "organisation": report.organisation,
            "brand": Preferences.of(organisation.preferences).brand_colour,
            "period": dict(report.criteria).get("Period", ""),
            "criteria": [{"name": name, "value": passage(value)} for name, value in report.criteria],
            "score": figures.standing(report.standing),
            "heading": f"{figures.number(n)} response{'' if n == 1 else 's'}",
            "cut": _cut(len(rows), n),
            "rows": [_row(report, row, links.get(row.id, "")) for row in rows],
        },
    )


def _cut(shown: int, n: int) -> str:
    if shown >= n or shown < MOST_ROWS:
        return ""
    return f"Shown are the first {figures.number(shown)} of them. The CSV file of this report has all."


def _row(report: Report, row: ResponseRow, link: str) -> dict[str, Any]:
    local = row.answered_at.astimezone(report.time_zone)
    return {
        "day": figures.day(local),
        "time": f"{local:%H:%M}",
        "customer": passage(row.customer, COLUMN),
        "ticket": passage(row.ticket, NARROW),
        "url": link,
        "segments": [passage(one, COLUMN) for one in (row.segment1, row.segment2) if one],
        "agent": passage(row.agent, COLUMN),
        "group": passage(row.group, COLUMN),
        "factors": _factors(report, row),
        "score": row.score,
        "band": str(band_of(row.score)),
        "comment": passage(row.comment),
        "contact": row.contact_wanted,
    }


def _factors(report: Report, row: ResponseRow) -> list[dict[str, str]]:
    """Those that the customer ticked, worded as the customer read them."""
    marked = ((factor, mark(row, factor)) for factor in report.factors)
    return [
        {"mark": "tick" if one is Mark.PRAISE else "cross", "words": factors.labels([factor.code], row.score)[0]}
        for factor, one in marked
        if one is not Mark.NONE
    ]
