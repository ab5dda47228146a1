"""The three bands of the 0-10 scale, and the counts that every score is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

LOWEST, HIGHEST = 0, 10


class Band(StrEnum):
    """Promoter 9-10, passive 7-8, detractor 0-6 (Reichheld, "The One Number You Need to Grow", HBR 12/2003)."""

    PROMOTER = "promoter"
    PASSIVE = "passive"
    DETRACTOR = "detractor"


def band_of(score: int) -> Band:
    """The band of a score from 0 to 10. Raises ValueError outside the scale."""
    if not LOWEST <= score <= HIGHEST:
        raise ValueError(f"a score lies between {LOWEST} and {HIGHEST}, not {score}")
    if score >= 9:
        return Band.PROMOTER
    return Band.PASSIVE if score >= 7 else Band.DETRACTOR


@dataclass(frozen=True, slots=True)
class BandCounts:
    """How many answers fell in each band."""

    promoters: int = 0
    passives: int = 0
    detractors: int = 0

    @classmethod
    def of(cls, scores: Iterable[int]) -> BandCounts:
        """Count the bands of some scores."""
        bands = [band_of(score) for score in scores]
        return cls(bands.count(Band.PROMOTER), bands.count(Band.PASSIVE), bands.count(Band.DETRACTOR))

    @property
    def n(self) -> int:
        """All answers."""
        return self.promoters + self.passives + self.detractors

    def __add__(self, other: BandCounts) -> BandCounts:
        return BandCounts(
            self.promoters + other.promoters, self.passives + other.passives, self.detractors + other.detractors
        )
