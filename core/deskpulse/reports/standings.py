"""A score with what it must not be shown without: its name, what it rests on, and how far it can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.intervals import Interval, interval
from deskpulse.scoring.nps import nps

FIRM = 30
"""Answers from which a score is more than indicative, and may be ranked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A score of the organisation, a group, an agent or whatever answers are grouped by.

    Below ``minimum`` answers it is withheld; ``hidden`` where it would tell what is withheld elsewhere, and then it may
    come without its counts. ``key`` is that of its dimension.
    """

    name: str
    counts: BandCounts
    minimum: int
    key: Any = None
    hidden: bool = False

    @property
    def withheld(self) -> bool:
        """Whether there are answers, but no score may be shown."""
        return self.hidden or 0 < self.counts.n < self.minimum

    @property
    def indicative(self) -> bool:
        """Whether the score rests on too few answers to be ranked."""
        return not self.withheld and 0 < self.counts.n < FIRM

    @property
    def firm(self) -> bool:
        """Whether the score may be ranked."""
        return not self.withheld and self.counts.n >= FIRM

    @property
    def score(self) -> int | None:
        """The NPS, unless withheld or without responses."""
        return None if self.withheld else nps(self.counts)

    @property
    def interval(self) -> Interval | None:
        """Where the true score lies with 95 % confidence, unless withheld or without responses."""
        return None if self.withheld else interval(self.counts)

    def hide(self) -> Standing:
        """The same, not to be shown."""
        return replace(self, hidden=True)
