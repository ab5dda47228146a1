"""The Net Promoter Score of some band counts."""

from __future__ import annotations

from fractions import Fraction

from deskpulse.scoring.bands import BandCounts


def nps(counts: BandCounts) -> int | None:
    """Share of promoters minus share of detractors, in whole points from -100 to +100; ``None`` without answers.

    NPS = 100 (promoters - detractors) / n, rounded half away from zero, in exact arithmetic so that a half is a half.
    """
    if counts.n == 0:
        return None
    exact = Fraction(100 * (counts.promoters - counts.detractors), counts.n)
    rounded = int(abs(exact) + Fraction(1, 2))
    return rounded if exact >= 0 else -rounded
