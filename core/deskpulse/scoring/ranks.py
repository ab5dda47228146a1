"""Honest ranks: from which to which place a member of a league table may stand, given how few have answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import erfc, sqrt
from typing import TypeVar

from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.intervals import FALSE_DISCOVERIES, Estimate, largest_discovery

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class RankRange:
    """The best and the worst place that a member may hold among ``of`` members; 1 is the top."""

    best: int
    worst: int
    of: int

    def __str__(self) -> str:
        places = ordinal(self.best)
        if self.worst != self.best:
            places += f"-{ordinal(self.worst)}"
        return f"{places} of {self.of}"


def rank_ranges(counts: Mapping[K, BandCounts]) -> Mapping[K, RankRange]:
    """The range of ranks of every member.

    Each pair is compared by the z test of `intervals.Difference`, and all pairs are corrected together (Benjamini-
    Hochberg). A member's best rank is one more than the members certainly better than it; its worst leaves below it
    only those that are certainly worse. Members that cannot be told apart share their places. The work grows with the
    square of the members: 200 take about 10 ms.

    Who takes part is the caller's decision; a member without answers raises ValueError.
    """
    estimates: dict[K, Estimate] = {}
    for key, its in counts.items():
        estimate = Estimate.of(its)
        if estimate is None:
            raise ValueError(f"{key!r} has no answers and cannot be ranked")
        estimates[key] = estimate
    above: Counter[K] = Counter()
    below: Counter[K] = Counter()
    for better, worse in _certain(estimates):
        above[worse] += 1
        below[better] += 1
    members = len(estimates)
    return {key: RankRange(1 + above[key], members - below[key], members) for key in estimates}


def ordinal(place: int) -> str:
    """A place in words' short form: 1st, 2nd, 3rd, 4th, 11th, 21st."""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"


def _certain(estimates: Mapping[K, Estimate]) -> Iterator[tuple[K, K]]:
    """Pairs of which the first is better than the second by more than noise.

    The arithmetic of `intervals.difference` without its records, since there are many pairs.
    """
    # Ascending by the adjusted estimate, so that the second of a pair is never the lower one.
    ascending = sorted(estimates.items(), key=lambda item: item[1].adjusted)
    found = []
    for (worse, low), (better, high) in combinations(ascending, 2):
        if high.score > low.score:
            p = erfc((high.adjusted - low.adjusted) / sqrt(2 * (high.variance + low.variance)))
            if p <= FALSE_DISCOVERIES:
                found.append((p, better, worse))
    bound = largest_discovery((p for p, _, _ in found), among=len(ascending) * (len(ascending) - 1) // 2)
    return ((better, worse) for p, better, worse in found if p <= bound)
