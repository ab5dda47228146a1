"""The Net Promoter Score of some band counts."""

from __future__ import annotations

from deskpulse.scoring.bands import BandCounts


def nps(counts: BandCounts) -> int | None:
    """Share of promoters minus share of detractors, in whole points from -100 to +100; ``None`` without answers.

    NPS = 100 (promoters - detractors) / n, rounded half away from zero, in whole numbers so that a half is a half.
    """
    n = counts.n
    if n == 0:
        return None
    balance = counts.promoters - counts.detractors
    rounded = (200 * abs(balance) + n) // (2 * n)
    return rounded if balance >= 0 else -rounded
