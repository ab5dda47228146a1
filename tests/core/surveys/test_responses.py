"""Which responses of a ticket count."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deskpulse.surveys import factors
from deskpulse.surveys.answers import answer_of
from deskpulse.surveys.models import Response
from deskpulse.surveys.responses import elect

START = datetime(2026, 1, 1, tzinfo=UTC)


def response(number: int, entrance: str, day: int) -> Response:
    at = START + timedelta(days=day)
    return Response(id=number, entrance=entrance, status="counted", current=False, first_answered_at=at)


def elected(*given: tuple[str, int]) -> str:
    found = [response(number, *one) for number, one in enumerate(given)]
    elect(reversed(found))
    return "".join("r" if one.status == "review" else "c" if one.current else "-" for one in found)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("token", 0)], "c"),
        ([("token", 0), ("token", 30)], "-c"),
        ([("token", 0), ("token", 31)], "cc"),
        ([("token", 0), ("signed", 1)], "-c"),
        ([("signed", 0), ("unsigned", 1)], "cr"),
        ([("signed", 0), ("unsigned", 31)], "cc"),
        ([("unsigned", 0), ("unsigned", 1)], "-c"),
        ([("unsigned", 0), ("token", 1), ("unsigned", 2)], "-cr"),
        ([("token", 0), ("token", 20), ("token", 40)], "--c"),
        ([("token", 0), ("token", 31), ("token", 45)], "c-c"),
    ],
)
def test_election(given: list[tuple[str, int]], expected: str) -> None:
    assert elected(*given) == expected


@given(some.lists(some.tuples(some.sampled_from(["token", "signed", "unsigned"]), some.integers(0, 120)), max_size=8))
def test_some_response_always_counts_and_none_too_near(given: list[tuple[str, int]]) -> None:
    found = [response(number, *one) for number, one in enumerate(given)]
    elect(found)
    days = sorted(one.first_answered_at for one in found if one.current)
    assert bool(days) is bool(found)
    assert all(later - earlier > timedelta(days=30) for earlier, later in pairwise(days))
    elect([one for one in found if one.status == "counted"])
    assert sorted(one.first_answered_at for one in found if one.current) == days


def test_factors_are_random_by_link_and_stable() -> None:
    first = [factor.code for factor in factors.shuffled("one")]
    assert first == [factor.code for factor in factors.shuffled("one")]
    assert len({tuple(factor.code for factor in factors.shuffled(str(seed))) for seed in range(20)}) > 15
    assert sorted(first) == sorted(factors.BY_CODE)
    assert factors.labels(["speed", "gone"], 9) == ("Solved quickly", "gone")
    assert factors.labels(["speed"], 8) == ("Took too long to solve",)


def test_an_answer_is_made_to_fit() -> None:
    assert answer_of(0, ["x", "skill", "skill"], " a\r\nb\0\ud800 ", contact_wanted=True).comment == "a\nb"
    with pytest.raises(ValueError, match="between 0 and 10"):
        answer_of(11, [], "", contact_wanted=False)
