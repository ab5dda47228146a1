"""Honest ranks of a league table."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.intervals import beyond_noise, difference
from deskpulse.scoring.nps import nps
from deskpulse.scoring.ranks import RankRange, ordinal, rank_ranges

numbers = st.one_of(st.integers(0, 12), st.integers(0, 5000))
answered = st.builds(BandCounts, numbers, numbers, numbers).filter(lambda counts: counts.n > 0)
leagues = st.dictionaries(st.integers(), answered, max_size=9)


def test_far_apart_with_many_answers_each_has_its_place() -> None:
    league = {"low": BandCounts(100, 300, 600), "high": BandCounts(900, 50, 50), "middle": BandCounts(500, 300, 200)}
    ranges = rank_ranges(league)
    assert {key: str(value) for key, value in ranges.items()} == {
        "high": "1st of 3",
        "middle": "2nd of 3",
        "low": "3rd of 3",
    }
    assert list(ranges) == list(league)


def test_who_cannot_be_told_apart_shares_the_places() -> None:
    league = {
        "best": BandCounts(950, 40, 10),
        "one": BandCounts(30, 12, 8),
        "two": BandCounts(31, 12, 7),
        "three": BandCounts(29, 14, 7),
        "worst": BandCounts(20, 80, 900),
    }
    words = [str(value) for value in rank_ranges(league).values()]
    assert words == ["1st of 5", "2nd-4th of 5", "2nd-4th of 5", "2nd-4th of 5", "5th of 5"]


def test_many_equals_stay_equal() -> None:
    assert set(rank_ranges({key: BandCounts(40, 10, 10) for key in range(14)}).values()) == {RankRange(1, 14, 14)}


def test_a_pair_that_differs_alone_may_not_among_many() -> None:
    pair = {"a": BandCounts(70, 20, 10), "b": BandCounts(84, 10, 6)}
    assert rank_ranges(pair) == {"a": RankRange(2, 2, 2), "b": RankRange(1, 1, 2)}
    among_many = rank_ranges(pair | {f"c{number}": BandCounts(77, 15, 8) for number in range(12)})
    assert among_many["a"] == among_many["b"] == RankRange(1, 14, 14)


def test_nobody_and_one() -> None:
    assert rank_ranges({}) == {}
    assert rank_ranges({"alone": BandCounts(0, 0, 3)}) == {"alone": RankRange(1, 1, 1)}


def test_without_answers_there_is_no_rank() -> None:
    with pytest.raises(ValueError, match="'silent' has no answers"):
        rank_ranges({"silent": BandCounts(), "other": BandCounts(1)})


@given(leagues)
def test_ranks_follow_from_the_differences_of_all_pairs(league: dict[int, BandCounts]) -> None:
    pairs = {}
    for one, other in combinations(league, 2):
        found = difference(league[one], league[other])
        assert found is not None
        pairs[one, other] = found
    certain = [(other, one) if pairs[one, other].z > 0 else (one, other) for one, other in beyond_noise(pairs)]
    for key, ranks in rank_ranges(league).items():
        assert ranks.best == 1 + sum(worse == key for _, worse in certain)
        assert ranks.worst == len(league) - sum(better == key for better, _ in certain)


@given(leagues)
def test_the_plain_rank_lies_within(league: dict[int, BandCounts]) -> None:
    scores = {key: nps(counts) or 0 for key, counts in league.items()}
    for key, ranks in rank_ranges(league).items():
        plain = 1 + sum(score > scores[key] for score in scores.values())
        assert 1 <= ranks.best <= plain <= ranks.worst <= ranks.of == len(league)


@pytest.mark.parametrize(
    ("place", "word"),
    [
        *[(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (10, "10th"), (11, "11th"), (12, "12th"), (13, "13th")],
        *[(21, "21st"), (22, "22nd"), (23, "23rd"), (101, "101st"), (111, "111th"), (112, "112th"), (122, "122nd")],
    ],
)
def test_places_in_words(place: int, word: str) -> None:
    assert ordinal(place) == word
