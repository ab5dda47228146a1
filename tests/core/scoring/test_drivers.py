"""Drivers: shares of those who praise and blame, points lost and won, and the difference with its interval."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.drivers import Driver, Scores
from deskpulse.scoring.nps import nps

SCORES = some.dictionaries(some.integers(0, 10), some.integers(0, 40)).map(Scores)


def test_a_case_by_hand() -> None:
    """Ten answers; the factor is ticked by 2 of 5 promoters, 1 of 2 passives and 2 of 3 detractors."""
    driver = Driver(Scores({10: 1, 9: 1, 7: 1, 3: 1, 0: 1}), Scores({10: 3, 8: 1, 6: 1}))
    shares = (driver.of_promoters, driver.of_passives, driver.of_detractors)
    assert shares == (Fraction(2, 5), Fraction(1, 2), Fraction(2, 3))
    assert (driver.gain, driver.loss) == (20, 20)
    assert driver.ticked.mean == Fraction(29, 5)
    assert driver.others.mean == Fraction(44, 5)
    effect = driver.effect
    assert effect is not None
    assert effect.change == 0 - 40
    # n' = 8 on both sides; s' = 0 and 2/8; variances 0.6875/8 and (0.6875 - 0.25^2)/8; -0.25 +- 1.96 sqrt(0.1640625)
    assert (round(effect.interval.low, 1), round(effect.interval.high, 1)) == (-104.4, 54.4)
    assert not effect.more_than_noise


def test_without_answers_nothing_is_said() -> None:
    driver = Driver(Scores(), Scores())
    assert (driver.of_promoters, driver.of_passives, driver.of_detractors) == (None, None, None)
    assert (driver.gain, driver.loss, driver.effect, driver.ticked.mean) == (None, None, None, None)
    one_side = Driver(Scores({9: 3}), Scores())
    assert (one_side.of_promoters, one_side.effect) == (Fraction(1), None)


def test_a_part_is_taken_from_a_whole() -> None:
    assert Scores({9: 3, 0: 1}).without(Scores({9: 1, 0: 1})).by_score == {9: 2}
    with pytest.raises(ValueError, match="more answers"):
        Scores({9: 1}).without(Scores({8: 1}))


@given(SCORES, SCORES)
def test_the_loss_is_what_the_score_would_gain_if_all_who_blame_were_passive(ticked: Scores, others: Scores) -> None:
    driver = Driver(ticked, others)
    whole = ticked.counts + others.counts
    if not whole.n:
        return
    blamed = ticked.counts.detractors
    mended = BandCounts(whole.promoters, whole.passives + blamed, whole.detractors - blamed)
    exact = [Fraction(100 * (one.promoters - one.detractors), one.n) for one in (mended, whole)]
    assert exact[0] - exact[1] == driver.loss
    assert driver.gain is not None
    assert 0 <= driver.gain <= 100


@given(SCORES, SCORES)
def test_the_effect_is_the_difference_of_the_two_scores_that_stand_beside_it(ticked: Scores, others: Scores) -> None:
    effect = Driver(ticked, others).effect
    scores = nps(ticked.counts), nps(others.counts)
    if scores[0] is None or scores[1] is None:
        assert effect is None
    else:
        assert effect is not None
        assert effect.change == scores[0] - scores[1]
        assert -200 <= effect.interval.low <= effect.interval.high <= 200


@given(SCORES)
def test_bands_and_mean_are_those_of_the_scores(scores: Scores) -> None:
    each = [score for score, number in scores.by_score.items() for _ in range(number)]
    assert scores.counts == BandCounts.of(each)
    assert scores.mean == (Fraction(sum(each), len(each)) if each else None)
