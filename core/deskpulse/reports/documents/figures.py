"""Scores and counts as documents print them."""

from __future__ import annotations

from datetime import date
from typing import Any

from deskpulse.reports.levels import MONTHS
from deskpulse.reports.standings import Standing
from deskpulse.scoring.bands import Band, BandCounts
from deskpulse.scoring.intervals import Difference


def signed(points: int) -> str:
    """Points with their sign, minus being a true one."""
    return f"{points:+}".replace("-", "\N{MINUS SIGN}") if points else "0"


def number(count: int) -> str:
    """A count with its thousands set apart by a space that does not break."""
    return f"{count:,}".replace(",", "\N{NO-BREAK SPACE}")


def percent(part: int, whole: int) -> str:
    """A share in whole per cent; "<1 %" where that would hide that there is any."""
    rounded = round(100 * part / whole)
    return f"<1{_NARROW}%" if part and not rounded else f"{rounded}{_NARROW}%"


def day(one: date) -> str:
    """A day that fits a narrow column: "5 Aug 2026"."""
    return f"{one.day} {MONTHS[one.month - 1]} {one.year}"


def standing(one: Standing) -> dict[str, Any]:
    """A score with what it must not be printed without, as the house sets it; ``why`` there is none, where so."""
    if one.score is None or one.interval is None:
        return {"score": None, "why": why_not(one), "bands": None}
    low, high = one.interval.rounded
    return {
        "score": signed(one.score),
        "n": number(one.counts.n),
        "low": signed(low),
        "high": signed(high),
        "indicative": one.indicative,
        "bands": bands(one.counts),
    }


def why_not(one: Standing) -> str:
    """Why a score is not printed. A hidden one reads like one with few answers: neither says how many."""
    if one.hidden or one.counts.n:
        return f"not enough answers yet (shown from {one.minimum})"
    return "no responses"


def bands(counts: BandCounts) -> list[dict[str, Any]]:
    """The three bands with count and share. Needs answers."""
    numbers = zip(Band, (counts.promoters, counts.passives, counts.detractors), strict=True)
    return [
        {
            "band": str(band),
            "word": f"{band}{'' if count == 1 else 's'}",
            "count": number(count),
            "share": count / counts.n,
            "percent": percent(count, counts.n),
        }
        for band, count in numbers
    ]


def change(difference: Difference | None, *, is_clear: bool) -> str:
    """What became of a score; noise is called no clear change."""
    if difference is None:
        return "nothing to compare with"
    return f"{signed(difference.change)} points" if is_clear else "no clear change"


_NARROW = "\N{NARROW NO-BREAK SPACE}"
