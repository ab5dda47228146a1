"""How sure a Net Promoter Score is, and whether two of them differ by more than noise.

A score rests on a sample, most often a small one. The adjusted Wald method adds three made-up answers, 3/4 of one in
each end class, before it applies the formula for the standard error of a multinomial difference:

    n' = n + 3,  p' = (P + 0.75) / n',  d' = (D + 0.75) / n'
    s' = p' - d',  SE = sqrt((p' + d' - (p' - d')^2) / n')

Source: B. Rocks, "Interval Estimation for the Net Promoter Score", The American Statistician 70 (2016), in the variant
that J. Sauro and J. Lewis recommend (measuringu.com/nps-confidence-intervals). The plain Wald interval covers as little
as 55 % at n = 5; this one stays near its 95 %.

Everything here takes answers to be independent. One person who answers often makes a score look surer than it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import erfc, floor, sqrt
from typing import TypeVar

from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.nps import nps

Z_95 = 1.96
FALSE_DISCOVERIES = 0.05
ADDED_ANSWERS, ADDED_PER_END = 3, 0.75

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``low`` to ``high``, in points."""

    low: float
    high: float

    @property
    def rounded(self) -> tuple[int, int]:
        """Low and high in whole points, half away from zero as the score itself, for people to read."""
        return _whole(self.low), _whole(self.high)

    @classmethod
    def around(cls, centre: float, margin: float, furthest: float) -> Interval:
        """Centre and margin as shares of one become points, clipped to plus and minus the furthest possible."""
        low, high = 100 * (centre - margin), 100 * (centre + margin)
        return cls(max(-furthest, low), min(furthest, high))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one sample says: the score as shown (points), and the adjusted estimate and its variance (shares of one)."""

    score: int
    adjusted: float
    variance: float

    @classmethod
    def of(cls, counts: BandCounts) -> Estimate | None:
        """Estimate of some counts by the module's formula; ``None`` without answers."""
        score = nps(counts)
        if score is None:
            return None
        n = counts.n + ADDED_ANSWERS
        p, d = (counts.promoters + ADDED_PER_END) / n, (counts.detractors + ADDED_PER_END) / n
        return cls(score, p - d, (p + d - (p - d) ** 2) / n)


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one sample to another.

    ``change`` is the difference of the two whole scores, so that it agrees with what stands beside it. ``interval``
    (95 %, in points from -200 to 200) and ``z`` belong to the adjusted estimates:
    z = (s2' - s1') / sqrt(SE1^2 + SE2^2).
    """

    change: int
    interval: Interval
    z: float

    @property
    def p(self) -> float:
        """How likely a difference at least this large is without any true change (two-sided).

        One where the scores do not move the way the estimates do: the made-up answers pull a score that rests on one
        or two answers so far to the middle that it may cross another one.
        """
        return erfc(abs(self.z) / sqrt(2)) if self.change * self.z > 0 else 1.0

    @property
    def more_than_noise(self) -> bool:
        """Whether |z| > 1.96, for a single comparison; for many at once see `beyond_noise`."""
        return abs(self.z) > Z_95 and self.change * self.z > 0


def interval(counts: BandCounts) -> Interval | None:
    """The 95 % interval s' +- 1.96 SE in points, clipped to [-100, 100]; ``None`` without answers.

    Its centre lies nearer to zero than the score. With a single answer the score itself, 100 or -100, lies outside.
    """
    estimate = Estimate.of(counts)
    if estimate is None:
        return None
    return Interval.around(estimate.adjusted, Z_95 * sqrt(estimate.variance), 100)


def difference(before: BandCounts, after: BandCounts) -> Difference | None:
    """Compare two samples that share no answer: two periods, or two groups; ``None`` where either has no answers."""
    first, second = Estimate.of(before), Estimate.of(after)
    if first is None or second is None:
        return None
    change = second.adjusted - first.adjusted
    error = sqrt(first.variance + second.variance)
    return Difference(second.score - first.score, Interval.around(change, Z_95 * error, 200), change / error)


def beyond_noise(differences: Mapping[K, Difference]) -> frozenset[K]:
    """Which of many differences, looked at together, are more than noise.

    Of a hundred groups in which nothing changed, five pass a single test. Here at most 5 % of those that pass are
    expected to be noise: `largest_discovery` gives the bound on p.
    """
    bound = largest_discovery(difference.p for difference in differences.values())
    return frozenset(key for key, difference in differences.items() if difference.p <= bound)


def largest_discovery(values: Iterable[float], among: int | None = None) -> float:
    """The largest p that still counts, at a false discovery rate of 5 %; below zero where none does.

    With m values in ascending order it is the last p(k) <= 0.05 k / m. ``among`` gives m where values that cannot count
    (p > 0.05) were left out. Source: Y. Benjamini and Y. Hochberg, "Controlling the False Discovery Rate", Journal of
    the Royal Statistical Society B 57 (1995).
    """
    ordered = sorted(values)
    m = len(ordered) if among is None else among
    within = [p for k, p in enumerate(ordered, start=1) if p <= FALSE_DISCOVERIES * k / m]
    return within[-1] if within else -1.0


def _whole(points: float) -> int:
    nearest = floor(abs(points) + 0.5)
    return nearest if points >= 0 else -nearest
