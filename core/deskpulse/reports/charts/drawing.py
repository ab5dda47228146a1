"""Charts become pictures: their colours and letters, light and dark, and the library that draws them."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from importlib import resources

import vl_convert

from deskpulse.reports.charts.charts import Chart, Spec

PICTURES_KEPT = 128
MAILED_KEPT = 8
"""Of those as PNG, some 200 kB each: enough for the jobs that mail one chart to several people."""
PER_PIXEL = 2
"""Dots in each direction, for sharp screens."""
PAPER = "#ffffff"
_LINES = ["#1f5fbf", "#a8500c", "#1f7a50", "#7b3fe4", "#9d2235", "#56646c", "#006f88", "#a2006d"]
_LINES_IN_DARK = ["#8ab8ff", "#ffb37a", "#75d6a3", "#c4a5ff", "#f5969f", "#b9c4ca", "#6fd0e6", "#ff9bdc"]


def theme(*, dark: bool = False) -> Spec:
    """Colours and letters of a chart, as Vega-Lite's ``config``."""
    ink, faint, paper = ("#dee2e6", "#495057", "#212529") if dark else ("#343a40", "#dee2e6", "#ffffff")
    lines = _LINES_IN_DARK if dark else _LINES
    bands = ["#4fb487", "#e6b450", "#e0606d"] if dark else ["#2f8a60", "#c27c0e", "#9d2235"]
    axis = {"labelColor": ink, "titleColor": ink, "domainColor": faint, "tickColor": faint, "gridColor": faint}
    return {
        "background": None,
        "font": "Noto Sans, system-ui, sans-serif",
        "aria": False,
        "view": {"stroke": None},
        "axis": {**axis, "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "gridOpacity": 0.7},
        "legend": {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "orient": "top"},
        "range": {"ordinal": bands, "category": lines},
        "mark": {"color": lines[0]},
        "line": {"strokeWidth": 2.25, "strokeJoin": "round"},
        "rule": {"color": lines[0], "strokeWidth": 2},
        "text": {"color": ink, "fontSize": 11},
        "style": {
            "piece": {"stroke": paper, "strokeWidth": 0.75},
            "halo": {"stroke": paper, "strokeWidth": 5, "opacity": 0.8},
            "dot": {"filled": True, "fill": lines[0], "stroke": paper, "strokeWidth": 1, "size": 36, "opacity": 1},
            "plain-dot": {"filled": True, "color": ink, "size": 18, "opacity": 1},
            "withheld": {"color": ink, "fontStyle": "italic"},
        },
    }


def svg(chart: Chart, *, dark: bool = False, width: int | None = None) -> str:
    """A chart as a picture. The first one of a process takes about a second, others 40 to 110 ms, equal ones nothing.

    The drawing library does not survive a fork after its first picture: draw in the process that serves.
    """
    return _drawn(_filled(chart, theme(dark=dark), width))


def png(chart: Chart, *, width: int | None = None) -> bytes:
    """A chart as a picture for mail, at :data:`PER_PIXEL` dots for each of ``width``.

    On white, as mail programs that prefer dark leave pictures as they are. Takes as long as :func:`svg` or twice that;
    what is said there about forks holds here, too.
    """
    return _rastered(_filled(chart, theme() | {"background": PAPER}, width))


def _filled(chart: Chart, config: Spec, width: int | None) -> str:
    return json.dumps({**chart.spec, "width": width or chart.width, "config": config}, sort_keys=True)


@lru_cache(maxsize=PICTURES_KEPT)
def _drawn(spec: str) -> str:
    _fonts()
    drawn: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return drawn


@lru_cache(maxsize=MAILED_KEPT)
def _rastered(spec: str) -> bytes:
    _fonts()
    drawn: bytes = vl_convert.vegalite_to_png(spec, scale=PER_PIXEL, allowed_base_urls=[])
    return drawn


@cache
def _fonts() -> None:
    """Letters of many scripts, so that names are as wide in the picture as they are thought to be."""
    for fonts in ("manimgx_fonts", "manimgx_fonts_cjk"):
        vl_convert.register_font_directory(str(resources.files(fonts)))
