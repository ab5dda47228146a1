"""What drives the score: how often a factor is praised or blamed, and how the score differs where it was ticked.

Customers tick what shaped their score. From promoters a tick is praise, from passives and detractors it is blame. With
P promoters, D detractors and n answers in all, of which p promoters and d detractors ticked the factor:

- praised by p / P of promoters, blamed by d / D of detractors, and of passives likewise;
- *gain* 100 p / n and *loss* 100 d / n, in points of NPS = 100 (P - D) / n: had everyone who blames it been passive
  instead, the score would be higher by just the loss. Answers may tick several factors, so what several of them lose
  overlaps and does not add up;
- *effect*: NPS of answers that tick it less NPS of those that do not, with the 95 % interval of the adjusted Wald
  difference (:func:`deskpulse.scoring.intervals.difference`).

None of this is cause. What a tick means depends on the band, and people who are unhappy tick other factors, and more or
fewer of them, than people who are happy. A factor with a negative effect is one that unhappy people speak of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from deskpulse.scoring.bands import HIGHEST, LOWEST, Band, BandCounts, band_of
from deskpulse.scoring.intervals import Difference, difference


@dataclass(frozen=True, slots=True)
class Scores:
    """How many answers gave each score from 0 to 10; scores that nobody gave may be left out."""

    by_score: Mapping[int, int] = field(default_factory=dict)

    @property
    def counts(self) -> BandCounts:
        """The same by band."""
        found = dict.fromkeys(Band, 0)
        for score, number in self.by_score.items():
            found[band_of(score)] += number
        return BandCounts(found[Band.PROMOTER], found[Band.PASSIVE], found[Band.DETRACTOR])

    @property
    def mean(self) -> Fraction | None:
        """The mean score from 0 to 10; ``None`` without answers."""
        n = sum(self.by_score.values())
        return Fraction(sum(score * number for score, number in self.by_score.items()), n) if n else None

    def without(self, part: Scores) -> Scores:
        """The answers that are not in a part of these. Raises ValueError where it is no part of them."""
        every = range(LOWEST, HIGHEST + 1)
        left = {score: self.by_score.get(score, 0) - part.by_score.get(score, 0) for score in every}
        if min(left.values()) < 0:
            raise ValueError("a part has more answers of some score than the whole")
        return Scores({score: number for score, number in left.items() if number})


@dataclass(frozen=True, slots=True)
class Driver:
    """One factor: the answers that tick it, and those that do not."""

    ticked: Scores
    others: Scores

    @property
    def of_promoters(self) -> Fraction | None:
        """Share of promoters who praise it; ``None`` without promoters."""
        return _share(self.ticked.counts.promoters, self.others.counts.promoters)

    @property
    def of_passives(self) -> Fraction | None:
        """Share of passives who tick it as what was not quite right."""
        return _share(self.ticked.counts.passives, self.others.counts.passives)

    @property
    def of_detractors(self) -> Fraction | None:
        """Share of detractors who blame it."""
        return _share(self.ticked.counts.detractors, self.others.counts.detractors)

    @property
    def gain(self) -> Fraction | None:
        """Points of NPS that come from promoters who praise it; ``None`` without answers."""
        return self._points(self.ticked.counts.promoters)

    @property
    def loss(self) -> Fraction | None:
        """Points of NPS that are lost to detractors who blame it."""
        return self._points(self.ticked.counts.detractors)

    @property
    def effect(self) -> Difference | None:
        """NPS where it is ticked less NPS where it is not; ``None`` where either has no answers."""
        return difference(self.others.counts, self.ticked.counts)

    def _points(self, some: int) -> Fraction | None:
        n = self.ticked.counts.n + self.others.counts.n
        return Fraction(100 * some, n) if n else None


def _share(part: int, rest: int) -> Fraction | None:
    return Fraction(part, part + rest) if part + rest else None
