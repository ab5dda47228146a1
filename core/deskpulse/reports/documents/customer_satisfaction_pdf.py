"""The Customer Satisfaction Report as PDF: a record of scores turned into words, figures and charts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deskpulse.reports.charts import charts
from deskpulse.reports.charts import drawing as charts_drawing
from deskpulse.reports.charts.charts import Chart
from deskpulse.reports.documents import figures
from deskpulse.reports.documents.customer_satisfaction import CustomerSatisfaction, Department, Ranked, Ticked
from deskpulse.reports.documents.passages import passage
from deskpulse.reports.documents.typesetting import typeset
from deskpulse.reports.documents.voices import Comment
from deskpulse.reports.funnel.funnel import Counts
from deskpulse.reports.funnel.stages import Stage
from deskpulse.reports.levels import MONTHS
from deskpulse.reports.standings import FIRM, Standing
from deskpulse.scoring.bands import BandCounts, band_of
from deskpulse.scoring.intervals import Difference
from deskpulse.scoring.periods import Month

TITLE = "Customer Satisfaction Report"
LINES_DRAWN = 6
"""Departments in one chart; the table beside it has all."""


def customer_satisfaction_pdf(report: CustomerSatisfaction) -> bytes:
    """The report, set on A4 pages."""
    before = report.period.previous().label
    single = report.change is not None and report.change.more_than_noise
    return typeset(
        "customer_satisfaction.typ",
        {
            "title": TITLE,
            "organisation": report.organisation,
            "brand": report.colour,
            "period": report.period.label,
            "before": before,
            "score": figures.standing(report.standing),
            "change": _change(report.change, is_clear=single) | {"since": before},
            "rate": response_rate(report.reached),
            "trend": _picture(trend(report)),
            "months": [_month(month, one) for month, one in report.months.items()],
            "unfinished": "" if isinstance(report.period, Month) else list(report.months)[-1].label,
            "lines": _picture(_lines(report)),
            "departments": [_department(one) for one in report.departments],
            "firm": FIRM,
            "top": [_ranked(one) for one in report.top],
            "bottom": [_ranked(one) for one in report.bottom],
            "praised": [_ticked(one) for one in report.praised],
            "blamed": [_ticked(one) for one in report.blamed],
            "best": [_comment(one) for one in report.best],
            "worst": [_comment(one) for one in report.worst],
            "silence": _silence(report),
            "minimum": report.minimum,
            "zone": report.time_zone,
        },
    )


def trend(report: CustomerSatisfaction) -> Chart:
    """Answers by band and the score, month by month."""
    return charts.stacked_months([(None, one) for one in _by_month(report.months)])


def alternative(chart: Chart) -> str:
    """What stands for a chart where it is not seen."""
    return f"{chart.title}. {chart.summary}"


def response_rate(reached: Counts) -> dict[str, str] | None:
    """Of what was delivered, how much was answered; nothing where nothing was delivered."""
    delivered, confirmed = reached[Stage.DELIVERED], reached[Stage.CONFIRMED]
    if not delivered:
        return None
    return {
        "percent": figures.percent(confirmed, delivered),
        "confirmed": figures.number(confirmed),
        "delivered": figures.number(delivered),
        "resolved": figures.number(reached[Stage.RESOLVED]),
    }


def _picture(chart: Chart) -> dict[str, str]:
    return {"svg": charts_drawing.svg(chart), "alt": alternative(chart)}


def _by_month(months: Mapping[Month, Standing]) -> list[Standing]:
    """For charts: months by their short names, without the counts of those that are withheld."""
    return [
        replace(one, name=_short(month), counts=BandCounts() if one.withheld else one.counts)
        for month, one in months.items()
    ]


def _lines(report: CustomerSatisfaction) -> Chart:
    drawn = report.departments[:LINES_DRAWN]
    courses = {one.standing.name: _by_month(dict(zip(report.months, one.months, strict=True))) for one in drawn}
    return charts.lines("NPS of departments by month", courses)


def _short(month: Month) -> str:
    return f"{MONTHS[month.first.month - 1]} {month.first.year}"


def _month(month: Month, standing: Standing) -> dict[str, Any]:
    return figures.standing(standing) | {"name": _short(month).replace(" 20", " \N{RIGHT SINGLE QUOTATION MARK}")}


def _change(change: Difference | None, *, is_clear: bool) -> dict[str, Any]:
    words = figures.change(change, is_clear=is_clear)
    return {"words": words, "clear": is_clear}


def _department(one: Department) -> dict[str, Any]:
    its = figures.standing(one.standing)
    return its | {"name": passage(one.standing.name), "change": _change(one.change, is_clear=one.is_clear)}


def _ranked(one: Ranked) -> dict[str, Any]:
    return figures.standing(one.standing) | {"name": passage(one.standing.name), "place": str(one.place)}


def _ticked(one: Ticked) -> dict[str, str]:
    return {"words": one.words, "count": figures.number(one.count), "percent": figures.percent(one.count, one.of)}


def _comment(one: Comment) -> dict[str, Any]:
    return {"score": one.score, "band": str(band_of(one.score)), "words": passage(one.words)}


def _silence(report: CustomerSatisfaction) -> str:
    if report.standing.withheld:
        return "Left out, as too few have answered."
    return "Nobody wrote a comment that tells enough."
