"""Charts as plain Vega-Lite specifications: the same for browser, mail and PDF.

A specification knows no colours: they come with :mod:`deskpulse.reports.charts.drawing`, light or dark. Nothing is told
by colour alone: bands have their words and a fixed order, lines their dashes, single points their numbers; and each
chart has a ``summary`` for those who do not see it. Keep a table with the same numbers beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from deskpulse.reports.standings import Standing
from deskpulse.scoring.bands import Band, band_of

Spec: TypeAlias = dict[str, Any]
Link: TypeAlias = Callable[..., str]
"""The address that a bar or point leads to, by its key, and by its band where it has one; without it, nowhere."""
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
BANDS = {Band.PROMOTER: "promoters", Band.PASSIVE: "passives", Band.DETRACTOR: "detractors"}
FULL, HALF = 960, 460
"""Widths of a picture in pixels, where nothing else gives them."""


@dataclass(frozen=True, slots=True)
class Chart:
    """``spec`` is as wide as what it stands in; ``summary`` says in a sentence or two what can be seen."""

    title: str
    summary: str
    spec: Spec
    width: int = FULL


def stacked_months(months: Sequence[tuple[Any, Standing]], link: Link | None = None) -> Chart:
    """Answers by band for each month, stacked, with the score as a line; months are given with their key for links."""
    bars, points = [], []
    for key, one in months:
        points.append({"month": one.name, **_figures(one), **_href(link, key)})
        for order, (band, number) in enumerate(_by_band(one)):
            if not number:
                continue
            piece = {"month": one.name, "band": BANDS[band], "order": order, "answers": number}
            bars.append({**piece, **_href(link, key, band)})
    x = _months([one.name for _, one in months])
    stacked = {
        "data": {"values": bars},
        "mark": {"type": "bar", "style": "piece", "cursor": "pointer" if link else "default"},
        "encoding": {
            "x": x,
            "y": {"field": "answers", "type": "quantitative", "stack": "zero", "axis": {"title": "Answers"}},
            "color": _bands_in_colour(legend=True),
            "order": {"field": "order", "type": "quantitative"},
            "tooltip": _tooltip(month="Month", band="Band", answers="Answers"),
            **_linked(link),
        },
    }
    line = {
        "data": {"values": points},
        "layer": [{"mark": {"type": "line", "style": "halo"}}, {"mark": {"type": "line", "point": {"style": "dot"}}}],
        "encoding": {
            "x": x,
            "y": {
                "field": "score",
                "type": "quantitative",
                "scale": {"domain": [-100, 100]},
                "axis": {"title": "NPS (line)", "orient": "right", "grid": False, "values": [-100, -50, 0, 50, 100]},
            },
            "tooltip": _tooltip(month="Month", nps="NPS", interval="95 % interval", n="Answers"),
            **_linked(link),
        },
    }
    layers = {"layer": [stacked, line], "resolve": {"scale": {"y": "independent"}}, "height": 260}
    return Chart("NPS by month", _course([one for _, one in months]), _spec(layers))


def distribution(scores: Mapping[int, int], link: Link | None = None) -> Chart:
    """How many answers gave each score from 0 to 10."""
    values = [
        {"score": score, "band": BANDS[band_of(score)], "answers": number} | (_href(link, score) if number else {})
        for score, number in scores.items()
    ]
    words = "datum.value == 3 ? [datum.label, 'detractors'] : datum.value == 7 ? [datum.label, 'passives'] : "
    words += "datum.value == 9 ? [datum.label, 'promoters'] : datum.label"
    x = {"field": "score", "type": "ordinal", "axis": {"title": None, "labelAngle": 0, "labelExpr": words}}
    y = {"field": "answers", "type": "quantitative", "axis": {"title": "Answers", "tickCount": 4}}
    bars = {
        "mark": {"type": "bar", "style": "piece", "cursor": "pointer" if link else "default"},
        "encoding": {
            "color": _bands_in_colour(legend=False),
            "tooltip": _tooltip(score="Score", band="Band", answers="Answers"),
            **_linked(link),
        },
    }
    numbers = {
        "mark": {"type": "text", "dy": -7},
        "encoding": {"text": {"field": "answers", "type": "quantitative", "format": ","}},
    }
    layers = {"data": {"values": values}, "encoding": {"x": x, "y": y}, "layer": [bars, numbers], "height": 200}
    return Chart("Scores given", _spread(scores), _spec(layers), HALF)


def intervals(title: str, standings: Sequence[Standing], link: Link | None = None) -> Chart:
    """Scores of several with their 95 % intervals, in the order given; withheld ones say so."""
    values = []
    for number, one in enumerate(standings):
        row = {"place": number, "name": one.name, "kind": _kind(one), **_figures(one)}
        values.append({**row, **_href(link, one.key)})
    names = {row["place"]: row["name"] for row in values}
    y = {
        "field": "place",
        "type": "ordinal",
        "axis": {"title": None, "labelExpr": f"{json.dumps(names)}[datum.value]", "labelLimit": 150, "ticks": False},
    }
    x = {"type": "quantitative", "scale": {"domain": [-100, 100]}}
    axis = {"title": "NPS with 95 % interval", "values": [-100, -50, 0, 50, 100]}
    tooltip = _tooltip(name="Name", nps="NPS", interval="95 % interval", n="Answers", kind="Standing")
    shown = [{"filter": "isValid(datum.score)"}]
    span = {
        "transform": shown,
        "mark": "rule",
        "encoding": {"x": {"field": "low", **x, "axis": axis}, "x2": {"field": "high"}, "tooltip": tooltip},
    }
    point = {
        "transform": shown,
        "mark": {"type": "point", "style": "dot", "size": 70},
        "encoding": {
            "x": {"field": "score", **x},
            "shape": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": ["firm", "indicative"], "range": ["circle", "diamond"]},
                "legend": {"title": None, "orient": "top"} if any(one.indicative for one in standings) else None,
            },
            "tooltip": tooltip,
            **_linked(link),
        },
    }
    withheld = {
        "transform": [{"filter": "!isValid(datum.score)"}],
        "mark": {"type": "text", "style": "withheld"},
        "encoding": {"x": {"datum": 0, **x}, "text": {"field": "nps"}, "tooltip": tooltip},
    }
    layers = {
        "data": {"values": values},
        "encoding": {"y": y},
        "layer": [span, point, withheld],
        "height": 30 * len(standings),
    }
    return Chart(title, _order(standings), _spec(layers), HALF)


def lines(title: str, series: Mapping[str, Sequence[Standing]], over: str = "Month", link: Link | None = None) -> Chart:
    """The course of several scores over the same months, one line each, told apart by dashes as well as by colour.

    ``over`` is what the points are, where they are not months.
    """
    values = [
        {"series": name, "month": one.name, **_figures(one), **(_href(link, one.key) if one.counts.n else {})}
        for name, course in series.items()
        for one in course
    ]
    of_series = {"field": "series", "type": "nominal", "scale": {"domain": list(series)}, "title": None}
    dashes = {**of_series, "legend": {"orient": "top", "symbolType": "stroke", "symbolSize": 400, "labelLimit": 150}}
    tooltip = _tooltip(series="Name", month=over, nps="NPS", interval="95 % interval", n="Answers")
    spec = {
        "data": {"values": values},
        "encoding": {
            "x": _months([one.name for one in max(series.values(), key=len, default=())]),
            "y": {
                "field": "score",
                "type": "quantitative",
                "scale": {"domain": [-100, 100]},
                "axis": {"title": "NPS", "values": [-100, -50, 0, 50, 100]},
            },
            "tooltip": tooltip,
        },
        "layer": [
            {"mark": "line", "encoding": {"color": dashes, "strokeDash": dashes}},
            {
                "mark": {"type": "point", "style": "plain-dot", "cursor": "pointer" if link else "default"},
                "encoding": {"detail": {"field": "series"}, **_linked(link)},
            },
        ],
        "height": 260,
    }
    summary = " ".join(f"{name}: {_course(course)}" for name, course in series.items())
    return Chart(title, summary, _spec(spec))


def _spec(parts: Spec) -> Spec:
    return {"$schema": SCHEMA, "width": "container", "autosize": {"type": "fit-x", "contains": "padding"}, **parts}


def _months(names: Sequence[str]) -> Spec:
    """Months along the bottom, in the order given, the year below; as many labels as have room."""
    label = {"labelExpr": "split(datum.label, ' ')", "labelAngle": 0, "labelOverlap": "greedy", "labelSeparation": 8}
    return {"field": "month", "type": "ordinal", "sort": list(names), "axis": {"title": None, **label}}


def _by_band(one: Standing) -> list[tuple[Band, int]]:
    counts = one.counts
    return [
        (Band.DETRACTOR, counts.detractors),
        (Band.PASSIVE, counts.passives),
        (Band.PROMOTER, counts.promoters),
    ]


def _figures(one: Standing) -> Spec:
    """A standing as a chart's values: numbers to draw, words to read."""
    if one.score is None or one.interval is None:
        return {"score": None, "nps": _unscored(one), "n": one.counts.n}
    low, high = one.interval.rounded
    span = {"low": low, "high": high, "interval": f"{_signed(low)} to {_signed(high)}"}
    return {"score": one.score, "nps": _signed(one.score), "n": one.counts.n, **span}


def _unscored(one: Standing) -> str:
    if not one.withheld:
        return "no responses"
    return "not enough answers yet" + (f" (n = {one.counts.n})" if one.counts.n else "")


def _kind(one: Standing) -> str:
    if one.score is None:
        return "no score"
    return "indicative" if one.indicative else "firm"


def _bands_in_colour(*, legend: bool) -> Spec:
    shown = {"title": None, "orient": "top"} if legend else None
    words = list(BANDS.values())
    return {"field": "band", "type": "ordinal", "scale": {"domain": words, "range": "ordinal"}, "legend": shown}


def _tooltip(**fields: str) -> list[Spec]:
    return [{"field": name, "title": title, "type": "nominal"} for name, title in fields.items()]


def _href(link: Link | None, *keys: Any) -> Spec:
    return {"href": link(*keys)} if link else {}


def _linked(link: Link | None) -> Spec:
    return {"href": {"field": "href"}} if link else {}


def _signed(score: int) -> str:
    return f"{score:+d}".replace("-", "\N{MINUS SIGN}") if score else "0"


def _course(months: Sequence[Standing]) -> str:
    scored = [one for one in months if one.score is not None]
    if not scored:
        return f"{len(months)} months, none with enough answers for a score."
    ends = [f"{_signed(one.score or 0)} in {one.name} (n = {one.counts.n})" for one in (scored[0], scored[-1])]
    best, worst = max(scored, key=lambda one: one.score or 0), min(scored, key=lambda one: one.score or 0)
    extremes = f"highest {_signed(best.score or 0)} in {best.name}, lowest {_signed(worst.score or 0)} in {worst.name}"
    return f"From {ends[0]} to {ends[1]}; {extremes}." if len(scored) > 1 else f"{ends[0]}."


def _spread(scores: Mapping[int, int]) -> str:
    total = sum(scores.values())
    if not total:
        return "No responses."
    most = max(scores, key=lambda score: scores[score])
    return f"{total} answers; {scores[most]} of them gave {most}, the most frequent score."


def _order(standings: Sequence[Standing]) -> str:
    scored = [f"{one.name} {_signed(one.score)} (n = {one.counts.n})" for one in standings if one.score is not None]
    left = len(standings) - len(scored)
    return "; ".join(scored or ["No score"]) + (f"; {left} without enough answers." if left else ".")
