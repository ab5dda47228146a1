"""Charts: what they hold, how they read without eyes, and that the drawing library takes them."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from deskpulse.reports.charts import bundle as charts_bundle
from deskpulse.reports.charts import charts
from deskpulse.reports.charts import drawing as charts_drawing
from deskpulse.reports.charts.charts import Chart
from deskpulse.reports.standings import Standing
from deskpulse.scoring.bands import BandCounts

MONTHS = [
    ("2026-01", Standing("Jan 2026", BandCounts(), 5)),
    ("2026-02", Standing("Feb 2026", BandCounts(2, 1, 0), 5)),
    ("2026-03", Standing("Mar 2026", BandCounts(20, 10, 10), 5)),
    ("2026-04", Standing("Apr 2026", BandCounts(30, 10, 2), 5)),
]
STANDINGS = [
    Standing("Infra & <b>Cloud</b>", BandCounts(30, 10, 2), 5, 1),
    Standing("東京", BandCounts(5, 1, 1), 5, 2),
    Standing("Tiny", BandCounts(1, 0, 0), 5, 3),
]


def link(*keys: Any) -> str:
    return "/rows?" + "&".join(map(str, keys))


def every() -> list[Chart]:
    return [
        charts.stacked_months(MONTHS, link),
        charts.distribution(dict.fromkeys(range(11), 2), link),
        charts.intervals("By department", STANDINGS, link),
        charts.lines("Departments", {"A": [one for _, one in MONTHS], "B": [one for _, one in MONTHS[::-1]]}),
    ]


def values(spec: Any) -> list[dict[str, Any]]:
    """All rows of data in a specification."""
    if isinstance(spec, dict):
        mine = spec.get("data", {}).get("values", [])
        return [*mine, *(row for one in spec.values() for row in values(one) if one is not spec.get("data"))]
    return [row for one in spec for row in values(one)] if isinstance(spec, list) else []


@pytest.mark.parametrize("chart", every(), ids=lambda chart: chart.title)
def test_every_chart_is_drawn_light_and_dark(chart: Chart) -> None:
    light, dark = (charts_drawing.svg(chart, dark=dark, width=400) for dark in (False, True))
    assert light != dark
    assert all(ET.fromstring(one).tag.endswith("svg") for one in (light, dark))


def test_the_same_picture_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = charts.distribution({5: 1})
    first = charts_drawing.svg(chart)
    monkeypatch.setattr("vl_convert.vegalite_to_svg", None)
    assert charts_drawing.svg(charts.distribution({5: 1})) is first


def test_a_picture_for_mail_is_sharp_and_on_white_and_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    chart = charts.stacked_months(MONTHS)
    picture = charts_drawing.png(chart, width=400)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(picture[16:20]) == 2 * 400
    assert int.from_bytes(picture[20:24]) == 2 * int(
        ET.fromstring(charts_drawing.svg(chart, width=400)).attrib["height"]
    )
    begin = picture.index(b"IDAT")
    data = zlib.decompressobj().decompress(picture[begin + 4 :], 5)
    assert data[1:] == b"\xff" * 4, "the first pixel, after the byte that names the filter of its line"
    monkeypatch.setattr("vl_convert.vegalite_to_png", None)
    assert charts_drawing.png(charts.stacked_months(MONTHS), width=400) is picture


def test_a_month_leads_to_its_rows_by_band_and_hides_what_is_withheld() -> None:
    chart = charts.stacked_months(MONTHS, link)
    rows = values(chart.spec)
    bars = {(row["month"], row["band"]): (row["answers"], row["href"]) for row in rows if "band" in row}
    assert bars["Mar 2026", "detractors"] == (10, "/rows?2026-03&detractor")
    assert ("Jan 2026", "promoters") not in bars
    points = {row["month"]: (row["score"], row["nps"], row["n"]) for row in rows if "score" in row}
    assert points == {
        "Jan 2026": (None, "no responses", 0),
        "Feb 2026": (None, "not enough answers yet (n = 3)", 3),
        "Mar 2026": (25, "+25", 40),
        "Apr 2026": (67, "+67", 42),
    }
    assert chart.summary == (
        "From +25 in Mar 2026 (n = 40) to +67 in Apr 2026 (n = 42); highest +67 in Apr 2026, lowest +25 in Mar 2026."
    )


def test_a_distribution_counts_each_score() -> None:
    chart = charts.distribution({0: 3, 10: 1}, link)
    assert [(row["score"], row["answers"], row["band"], row["href"]) for row in values(chart.spec)] == [
        (0, 3, "detractors", "/rows?0"), (10, 1, "promoters", "/rows?10"),
    ]  # fmt: skip
    assert chart.summary == "4 answers; 3 of them gave 0, the most frequent score."
    assert charts.distribution({0: 0}).summary == "No responses."


def test_intervals_tell_firm_indicative_and_withheld_apart() -> None:
    chart = charts.intervals("By department", STANDINGS)
    rows = values(chart.spec)
    assert [(row["kind"], row["score"]) for row in rows] == [("firm", 67), ("indicative", 57), ("no score", None)]
    assert rows[0]["low"] < 67 < rows[0]["high"]
    assert rows[2]["nps"] == "not enough answers yet (n = 1)"
    assert chart.summary.endswith("; 1 without enough answers.")
    assert "href" not in json.dumps(chart.spec)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script has not been made yet."""
    monkeypatch.setattr(charts_bundle, "_made", {})


@pytest.mark.usefixtures("fresh")
def test_the_browsers_script_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts_bundle, "MAKE", "print('drawn', end='')")
    first = charts_bundle.bundle(tmp_path / "cache")
    assert gzip.decompress(first) == b"drawn"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [f"charts-{charts_bundle.VERSION}.js.gz"]
    monkeypatch.setattr(charts_bundle, "MAKE", "raise SystemExit(1)")
    assert charts_bundle.bundle(tmp_path / "elsewhere") == first
    monkeypatch.setattr(charts_bundle, "_made", {})
    assert charts_bundle.bundle(tmp_path / "cache") == first


@pytest.mark.usefixtures("fresh")
def test_a_script_that_cannot_be_kept_is_served_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts_bundle, "MAKE", "print('drawn', end='')")
    (tmp_path / "cache").write_text("a file stands where the directory should be")
    assert gzip.decompress(charts_bundle.bundle(tmp_path / "cache")) == b"drawn"
