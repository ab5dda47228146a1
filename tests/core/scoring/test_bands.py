"""The three bands of the scale."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.scoring.bands import HIGHEST, LOWEST, Band, BandCounts, band_of

scores = st.integers(LOWEST, HIGHEST)
some_counts = st.builds(BandCounts, *[st.integers(0, 10**6)] * 3)


def test_every_score_has_its_published_band() -> None:
    bands = [band_of(score) for score in range(LOWEST, HIGHEST + 1)]
    assert bands == [Band.DETRACTOR] * 7 + [Band.PASSIVE] * 2 + [Band.PROMOTER] * 2


@given(st.integers().filter(lambda score: not LOWEST <= score <= HIGHEST))
def test_outside_the_scale_there_is_no_band(score: int) -> None:
    with pytest.raises(ValueError, match=str(score)):
        band_of(score)


@given(scores, scores)
def test_a_better_score_is_never_in_a_worse_band(one: int, other: int) -> None:
    order = [Band.DETRACTOR, Band.PASSIVE, Band.PROMOTER]
    low, high = sorted((one, other))
    assert order.index(band_of(low)) <= order.index(band_of(high))


@given(st.lists(scores))
def test_counting_loses_nobody(answers: list[int]) -> None:
    counts = BandCounts.of(iter(answers))
    assert counts.n == len(answers)
    assert counts.promoters == sum(score >= 9 for score in answers)
    assert counts.detractors == sum(score <= 6 for score in answers)


@given(st.lists(scores), st.lists(scores))
def test_counts_of_parts_add_up(some: list[int], more: list[int]) -> None:
    assert BandCounts.of(some) + BandCounts.of(more) == BandCounts.of(some + more)


@given(some_counts, some_counts, some_counts)
def test_addition_knows_no_order(one: BandCounts, two: BandCounts, three: BandCounts) -> None:
    assert (one + two) + three == one + (three + two)
    assert one + BandCounts() == one
