"""Tokens of OAuth as plug-ins hold them: what an answer brings, when they end, and what a failed refresh means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskpulse.access_tokens import AccessTokens, refresh_once, tokens_of
from deskpulse.errors import AuthExpired, HelpdeskError, Misread, RateLimited, Refused, Unreachable
from deskpulse.http import Answer
from deskpulse.testing.factories import make_connection

PAIR = {"access_token": "access-1", "refresh_token": "refresh-1"}


def answer(body: Any) -> Answer:
    return Answer(200, {}, json.dumps(body).encode())


@pytest.mark.parametrize(("seconds", "known"), [(3600, True), ("3600", True), (None, False), (True, False)])
def test_the_end_of_a_token_is_kept_where_the_answer_tells_it(seconds: Any, known: bool) -> None:
    found = tokens_of(make_connection(), answer({"access_token": "access-2", "expires_in": seconds}))
    assert bool(found["access_expires_at"]) is known


def test_an_answer_without_a_new_refresh_token_leaves_the_old_one() -> None:
    assert tokens_of(make_connection(), answer({"access_token": "a"}), "refresh-1")["refresh_token"] == "refresh-1"


@pytest.mark.parametrize("body", [{}, [], {"access_token": ""}, "access"])
def test_an_answer_without_an_access_token_is_misread(body: Any) -> None:
    with pytest.raises(Misread):
        tokens_of(make_connection(), answer(body))


@pytest.mark.parametrize(("seconds", "expired"), [(-1, True), (30, True), (90, False)])
def test_a_token_expires_a_margin_before_its_end(seconds: int, expired: bool) -> None:
    ends = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    assert AccessTokens(make_connection(secrets={"access_expires_at": ends})).expired is expired


@pytest.mark.parametrize("ends", ["", "soon", "2020-01-01T00:00:00"])
def test_a_token_whose_end_is_unknown_has_not_expired(ends: str) -> None:
    assert not AccessTokens(make_connection(secrets={"access_expires_at": ends})).expired


def test_what_somebody_else_has_renewed_is_taken_over() -> None:
    connection = make_connection(secrets=PAIR)
    first, second = AccessTokens(connection), AccessTokens(connection)
    first.renew(lambda _newest: {"access_token": "access-2"})
    second.renew(lambda _newest: pytest.fail("the token is renewed twice"))
    assert first.secrets == second.secrets == {**PAIR, "access_token": "access-2"}


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Unreachable("no answer"), "lost"),
        (Misread("not JSON"), "lost"),
        (RateLimited("maintenance", retry_after=1, status=503), "lost"),
        (Refused("invalid_grant", status=400), "refused: invalid_grant"),
    ],
)
def test_a_refresh_that_may_have_cost_the_pair_asks_for_a_new_grant(error: HelpdeskError, message: str) -> None:
    with pytest.raises(AuthExpired, match=message):
        refresh_once(PAIR, raiser(error))


def test_a_refresh_that_was_only_put_off_may_be_tried_again() -> None:
    with pytest.raises(RateLimited):
        refresh_once(PAIR, raiser(RateLimited("slow down", retry_after=1, status=429)))


def test_without_a_refresh_token_nobody_is_asked() -> None:
    with pytest.raises(AuthExpired, match="no refresh token"):
        refresh_once({}, raiser(AssertionError("asked")))


def raiser(error: Exception) -> Any:
    def trade(_grant: Mapping[str, str]) -> Mapping[str, str]:
        raise error

    return trade
