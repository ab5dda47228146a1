"""Intervals and differences: worked by hand, by simulation, and for any counts at all."""

from __future__ import annotations

from functools import cache
from math import erfc, sqrt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.intervals import Difference, Interval, beyond_noise, difference, interval, largest_discovery
from deskpulse.scoring.nps import nps

numbers = st.one_of(st.integers(0, 20), st.integers(0, 10**6))
some_counts = st.builds(BandCounts, numbers, numbers, numbers)
answered = some_counts.filter(lambda counts: counts.n > 0)


def sure(counts: BandCounts) -> Interval:
    found = interval(counts)
    assert found is not None
    return found


def compared(before: BandCounts, after: BandCounts) -> Difference:
    found = difference(before, after)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # n' = 4, p' = 0.4375, d' = 0.1875, SE = sqrt(0.5625 / 4) = 0.375, margin 73.5 around 25
        (BandCounts(1, 0, 0), -48.5, 98.5),
        # n' = 8, p' = 0.71875, d' = 0.09375, SE = sqrt(0.421875 / 8) = 0.22964, margin 45.01 around 62.5, clipped
        (BandCounts(5, 0, 0), 17.49, 100),
        # n' = 103, p' = 0.686893, d' = 0.104369, SE = sqrt(0.451927 / 103) = 0.066239, margin 12.98 around 58.25
        (BandCounts(70, 20, 10), 45.27, 71.24),
        # n' = 13, p' = d' = 0.0576923, SE = sqrt(0.1153846 / 13) = 0.094211, margin 18.47 around 0
        (BandCounts(0, 10, 0), -18.47, 18.47),
    ],
    ids=str,
)
def test_worked_intervals(counts: BandCounts, low: float, high: float) -> None:
    assert (sure(counts).low, sure(counts).high) == pytest.approx((low, high), abs=0.005)


def test_whole_points_for_people() -> None:
    assert sure(BandCounts(70, 20, 10)).rounded == (45, 71)
    assert Interval(-48.5, 98.5).rounded == (-49, 99)
    assert Interval(-0.4, 0.4).rounded == (0, 0)


def test_without_answers_nothing_is_said() -> None:
    assert interval(BandCounts()) is None
    assert difference(BandCounts(), BandCounts(1)) is None
    assert difference(BandCounts(1), BandCounts()) is None


# True shares of promoters and detractors in percent, n, and the coverage found in 8,000 simulated samples elsewhere.
COVERAGE = [
    (75, 10, 5, 0.918),
    (75, 10, 10, 0.963),
    (75, 10, 30, 0.952),
    (75, 10, 100, 0.951),
    (85, 5, 5, 0.897),
    (85, 5, 20, 0.965),
    (50, 25, 30, 0.949),
]


@pytest.mark.parametrize(("promoters", "detractors", "n", "published"), COVERAGE)
def test_the_true_score_lies_within_about_as_often_as_promised(
    promoters: int, detractors: int, n: int, published: float
) -> None:
    chance, samples = Random(f"{promoters}/{detractors}/{n}"), 4000
    of_sample = cache(lambda p, d: sure(BandCounts(p, n - p - d, d)))
    within = 0
    for _ in range(samples):
        bands = chance.choices("pnd", [promoters, 100 - promoters - detractors, detractors], k=n)
        found = of_sample(bands.count("p"), bands.count("d"))
        within += found.low <= promoters - detractors <= found.high
    assert 0.89 <= within / samples <= 0.985
    assert within / samples == pytest.approx(published, abs=0.015)


@given(answered)
def test_an_interval_stays_on_the_scale(counts: BandCounts) -> None:
    assert -100 <= sure(counts).low < sure(counts).high <= 100


@given(answered.filter(lambda counts: counts.n > 1))
def test_the_score_lies_within_its_interval(counts: BandCounts) -> None:
    score = nps(counts)
    assert score is not None
    low, high = sure(counts).rounded
    assert low <= score <= high


@given(answered)
def test_an_interval_turns_with_opinions(counts: BandCounts) -> None:
    turned = sure(BandCounts(counts.detractors, counts.passives, counts.promoters))
    assert (-turned.high, -turned.low) == pytest.approx((sure(counts).low, sure(counts).high))


@given(answered, st.integers(2, 50))
def test_more_answers_of_the_same_kind_make_it_narrower(counts: BandCounts, times: int) -> None:
    more = BandCounts(counts.promoters * times, counts.passives * times, counts.detractors * times)
    one, many = compared(counts, counts).interval, compared(more, more).interval
    assert many.high - many.low < one.high - one.low


def test_a_worked_difference() -> None:
    """Estimates 0.582524 and 0.776699, variances 0.00438764 and 0.00276785, z = 0.194175 / 0.0845901."""
    found = compared(BandCounts(70, 20, 10), BandCounts(85, 10, 5))
    assert found.change == 20
    assert found.z == pytest.approx(2.29548, abs=1e-4)
    assert (found.interval.low, found.interval.high) == pytest.approx((2.838, 35.997), abs=0.005)
    assert found.more_than_noise
    assert not compared(BandCounts(7, 2, 1), BandCounts(17, 2, 1)).more_than_noise


@given(answered, answered)
def test_a_difference_seen_from_the_other_side(one: BandCounts, other: BandCounts) -> None:
    forth, back = compared(one, other), compared(other, one)
    assert (back.change, back.z) == (-forth.change, pytest.approx(-forth.z))
    assert (back.p, back.more_than_noise) == (pytest.approx(forth.p), forth.more_than_noise)


@given(answered, answered)
def test_what_is_more_than_noise_goes_where_the_scores_go(one: BandCounts, other: BandCounts) -> None:
    found = compared(one, other)
    if found.more_than_noise:
        assert found.change * found.z > 0
        assert found.interval.low > 0 or found.interval.high < 0
        assert found.p < 0.0501


def test_made_up_answers_do_not_turn_a_change_round() -> None:
    """A single promoter (100, adjusted 25) and very many answers (99): the estimate rises while the score falls."""
    found = compared(BandCounts(1), BandCounts(990_000, 10_000, 0))
    assert (found.change, found.z > 1.96, found.more_than_noise, found.p) == (-1, True, False, 1.0)


def test_the_example_that_came_with_the_correction() -> None:
    """Fifteen p values from section 3.2 of the paper by Benjamini and Hochberg: four count."""
    values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    values += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    assert largest_discovery(values) == 0.0095
    assert largest_discovery(values[:9], among=15) == 0.0095
    assert largest_discovery([0.06, 0.5]) < 0
    assert largest_discovery([]) < 0


@given(st.dictionaries(st.integers(), st.builds(Difference, st.just(1), st.just(Interval(0, 1)), st.floats(0, 6))))
def test_the_correction_by_its_definition(differences: dict[int, Difference]) -> None:
    m, found = len(differences), beyond_noise(differences)
    p = {key: erfc(value.z / sqrt(2)) if value.z > 0 else 1.0 for key, value in differences.items()}
    least = 0.05 * len(found) / m if m else 0
    assert all(p[key] <= least for key in found)
    for more in range(len(found) + 1, m + 1):
        assert sum(value <= 0.05 * more / m for value in p.values()) < more


def test_of_groups_without_change_hardly_any_stands_out() -> None:
    """Forty groups in which nothing changed, four hundred times: tested alone, two of them would pass each time."""
    chance, tries = Random(20), 400

    def sample() -> BandCounts:
        bands = chance.choices("pnd", [60, 25, 15], k=60)
        return BandCounts(bands.count("p"), bands.count("n"), bands.count("d"))

    alone = together = 0
    for _ in range(tries):
        differences = {group: compared(sample(), sample()) for group in range(40)}
        alone += any(one.more_than_noise for one in differences.values())
        together += bool(beyond_noise(differences))
    assert alone / tries > 0.75
    assert together / tries < 0.1
