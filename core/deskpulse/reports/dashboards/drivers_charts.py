"""The chart of factor drivers: praise to the right, blame to the left."""

from __future__ import annotations

from collections.abc import Callable

from deskpulse.reports.charts.charts import BANDS, SCHEMA, Chart
from deskpulse.reports.dashboards.drivers import Drivers
from deskpulse.scoring.bands import Band


def praise_and_blame(found: Drivers, link: Callable[[str, Band], str]) -> Chart:
    """For each factor the share of promoters who praise it, and the shares of passives and detractors who blame it.

    Detractors' bars go left; passives' shares are in the table.
    """
    values = []
    for one in found.factors:
        shares = ((Band.PROMOTER, one.driver.of_promoters, 1), (Band.DETRACTOR, one.driver.of_detractors, -1))
        for band, share, side in shares:
            if share:
                words = one.praise if band is Band.PROMOTER else one.blame
                values.append(
                    {
                        "factor": one.name,
                        "band": BANDS[band],
                        "share": side * float(share),
                        "words": words,
                        "percent": f"{float(100 * share):.0f} % of {BANDS[band]}",
                        "answers": getattr(one.ticked.counts, f"{band.value}s"),
                        "href": link(one.code, band),
                    }
                )
    names = [one.name for one in found.factors if one.ticked.counts.n]
    shown = {"field": "band", "type": "ordinal", "scale": {"domain": list(BANDS.values()), "range": "ordinal"}}
    spec = {
        "$schema": SCHEMA,
        "width": "container",
        "autosize": {"type": "fit-x", "contains": "padding"},
        "data": {"values": values},
        "height": 26 * len(names),
        "mark": {"type": "bar", "style": "piece", "cursor": "pointer"},
        "encoding": {
            "y": {
                "field": "factor",
                "type": "ordinal",
                "scale": {"domain": names},
                "axis": {"title": None, "ticks": False, "labelLimit": 190},
            },
            "x": {
                "field": "share",
                "type": "quantitative",
                "stack": None,
                "axis": {
                    "title": "\N{LEFTWARDS ARROW} blamed \N{MIDDLE DOT} praised \N{RIGHTWARDS ARROW}",
                    "labelExpr": "format(abs(datum.value), '.0%')",
                    "tickCount": 5,
                },
            },
            "color": {**shown, "legend": {"title": None, "orient": "top", "values": [*BANDS.values()][::2]}},
            "tooltip": [
                {"field": name, "title": title, "type": "nominal"}
                for name, title in (
                    ("factor", "Factor"),
                    ("words", "Ticked"),
                    ("percent", "By"),
                    ("answers", "Answers"),
                )
            ],
            "href": {"field": "href"},
        },
    }
    return Chart("Praised and blamed", _said(found), spec)


def _said(found: Drivers) -> str:
    whole = found.whole.counts
    praised = max(found.factors, key=lambda one: one.ticked.counts.promoters)
    blamed = max(found.factors, key=lambda one: one.ticked.counts.detractors)
    said = []
    if number := praised.ticked.counts.promoters:
        said.append(f"Promoters praise most: {praised.praise} ({number} of {whole.promoters}).")
    if number := blamed.ticked.counts.detractors:
        said.append(f"Detractors blame most: {blamed.blame} ({number} of {whole.detractors}).")
    return " ".join(said) or "Only passives ticked a factor."
