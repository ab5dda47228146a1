"""The Net Promoter Score."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.nps import nps

numbers = st.integers(0, 10**6)
some_counts = st.builds(BandCounts, numbers, numbers, numbers)


@pytest.mark.parametrize(
    ("counts", "score"),
    [
        (BandCounts(), None),
        (BandCounts(1, 0, 0), 100),
        (BandCounts(0, 1, 0), 0),
        (BandCounts(0, 0, 1), -100),
        (BandCounts(70, 20, 10), 60),
        (BandCounts(1, 1, 1), 0),
        (BandCounts(2, 0, 1), 33),
        (BandCounts(1, 0, 2), -33),
        (BandCounts(1, 2, 0), 33),
        (BandCounts(2, 1, 0), 67),
        (BandCounts(1, 199, 0), 1),
        (BandCounts(0, 199, 1), -1),
        (BandCounts(1, 7, 0), 13),
        (BandCounts(0, 7, 1), -13),
    ],
    ids=str,
)
def test_worked_examples(counts: BandCounts, score: int | None) -> None:
    assert nps(counts) == score


@given(some_counts)
def test_lies_between_the_ends(counts: BandCounts) -> None:
    score = nps(counts)
    assert (score is None) == (counts.n == 0)
    assert score is None or -100 <= score <= 100


@given(some_counts)
def test_turns_its_sign_when_opinions_turn(counts: BandCounts) -> None:
    turned = nps(BandCounts(counts.detractors, counts.passives, counts.promoters))
    score = nps(counts)
    assert turned == (None if score is None else -score)


@given(some_counts, st.integers(1, 1000))
def test_is_the_same_for_any_multiple(counts: BandCounts, times: int) -> None:
    multiple = BandCounts(counts.promoters * times, counts.passives * times, counts.detractors * times)
    assert nps(multiple) == nps(counts)


@given(some_counts)
def test_never_falls_when_a_detractor_becomes_a_promoter(counts: BandCounts) -> None:
    if counts.detractors:
        before = nps(counts)
        after = nps(BandCounts(counts.promoters + 1, counts.passives, counts.detractors - 1))
        assert before is not None
        assert after is not None
        assert after >= before


@given(some_counts.filter(lambda counts: counts.n > 0))
def test_agrees_with_another_arithmetic(counts: BandCounts) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(100 * (counts.promoters - counts.detractors)) / counts.n
        assert nps(counts) == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
