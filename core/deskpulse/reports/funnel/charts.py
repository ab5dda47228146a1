"""Charts of the response funnel: its stages as bars, and the response rate by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from deskpulse.reports.charts.charts import SCHEMA, Chart
from deskpulse.reports.funnel.funnel import Counts, Line
from deskpulse.reports.funnel.stages import Stage

FEW = 30
"""Delivered invitations from which a month's rate is more than a hint."""


def stages(counts: Counts, link: Callable[[Stage], str]) -> Chart:
    """One bar for each stage, the longest first."""
    values = [
        {
            "order": stage.value,
            "stage": stage.label,
            "number": counts[stage],
            "meaning": stage.meaning,
            "href": link(stage),
        }
        for stage in Stage
    ]
    y = {"field": "stage", "type": "ordinal", "sort": None, "axis": {"title": None, "ticks": False, "labelLimit": 150}}
    x = {"field": "number", "type": "quantitative", "axis": {"title": "Resolutions", "tickCount": 4, "tickMinStep": 1}}
    bars = {
        "mark": {"type": "bar", "style": "piece", "cursor": "pointer"},
        "encoding": {
            "tooltip": _tooltip(stage="Stage", number="Resolutions", meaning="Counts"),
            "href": {"field": "href"},
        },
    }
    numbers = {
        "mark": {"type": "text", "align": "left", "dx": 5},
        "encoding": {"text": {"field": "number", "type": "quantitative", "format": ","}},
    }
    layers = {
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [bars, numbers],
        "height": 26 * len(values),
    }
    said = ", ".join(f"{stage.label.lower()} {counts[stage]}" for stage in Stage)
    return Chart("Response funnel", f"{said[:1].upper()}{said[1:]}.", _spec(layers))


def rates(months: Sequence[Line], link: Callable[[Line], str]) -> Chart:
    """The response rate of each month; a gap where nothing was delivered, a ring where little was."""
    values = [
        {
            "month": one.name,
            "rate": float(rate) if (rate := one.counts.rate) is not None else None,
            "words": "nothing delivered" if rate is None else f"{float(100 * rate):.1f} %",
            "confirmed": one.counts[Stage.CONFIRMED],
            "delivered": one.counts[Stage.DELIVERED],
            "kind": f"under {FEW} delivered" if one.counts[Stage.DELIVERED] < FEW else f"{FEW} or more delivered",
            "href": link(one),
        }
        for one in months
    ]
    label = {"labelExpr": "split(datum.label, ' ')", "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8}
    x = {"field": "month", "type": "ordinal", "sort": None, "axis": {"title": None, **label}}
    y = {
        "field": "rate",
        "type": "quantitative",
        "scale": {"domainMin": 0},
        "axis": {"title": "Response rate", "format": ".0%", "tickCount": 5},
    }
    kinds = [f"{FEW} or more delivered", f"under {FEW} delivered"]
    few = any(value["kind"] == kinds[1] and value["rate"] is not None for value in values)
    points = {
        "transform": [{"filter": "isValid(datum.rate)"}],
        "mark": {"type": "point", "style": "dot", "cursor": "pointer"},
        "encoding": {
            "shape": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": kinds, "range": ["circle", "diamond"]},
                "legend": {"title": None, "orient": "top"} if few else None,
            },
            "tooltip": _tooltip(month="Month", words="Response rate", confirmed="Confirmed", delivered="Delivered"),
            "href": {"field": "href"},
        },
    }
    layers = {
        "data": {"values": values},
        "encoding": {"x": x, "y": y},
        "layer": [{"mark": "line"}, points],
        "height": 220,
    }
    return Chart("Response rate by month", _course(months), _spec(layers))


def _course(months: Sequence[Line]) -> str:
    rated = [(one.name, rate) for one in months if (rate := one.counts.rate) is not None]
    if not rated:
        return f"{len(months)} months in which nothing was delivered."
    said = [f"{float(100 * rate):.1f} % in {name}" for name, rate in (rated[0], rated[-1])]
    return f"From {said[0]} to {said[1]}." if len(rated) > 1 else f"{said[0]}."


def _tooltip(**fields: str) -> list[dict[str, str]]:
    return [{"field": name, "title": title, "type": "nominal"} for name, title in fields.items()]


def _spec(parts: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": SCHEMA, "width": "container", "autosize": {"type": "fit-x", "contains": "padding"}, **parts}
