"""Whom to ask."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.organisation.preferences import Preferences
from deskpulse.records import Agent, Customer, History, Outcome, PastInvite, Ticket, TicketRef
from deskpulse.surveys import rules

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TICKET = Ticket(
    ref=TicketRef("1", "1"),
    subject="Printer",
    customer=Customer("c1", "Ada", "ada@example.org"),
    agent=Agent("a1", "Bob"),
    group=None,
    resolution_key="0",
)
HISTORY = History(
    ticket=TICKET,
    now=NOW,
    person="ada@example.org",
    invites=(),
    suppressed=False,
    resolver_is_customer=False,
    preferences=asdict(Preferences()),
)


def past(state: str = "expired", *, same: bool = False, **ago: float) -> PastInvite:
    return PastInvite(TicketRef("1" if same else "2"), same, NOW - timedelta(**ago), state)


def with_invites(*invites: PastInvite) -> History:
    return replace(HISTORY, invites=sorted(invites, key=lambda invite: invite.at, reverse=True))


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (HISTORY, rules.ASKED),
        (replace(HISTORY, ticket=replace(TICKET, outcome=Outcome.MERGED)), rules.MERGED),
        (replace(HISTORY, ticket=replace(TICKET, outcome=Outcome.DELETED)), rules.DELETED),
        (replace(HISTORY, ticket=replace(TICKET, customer=None)), rules.NO_CUSTOMER),
        (replace(HISTORY, resolver_is_customer=True), rules.OWN_TICKET),
        (replace(HISTORY, suppressed=True), rules.OPTED_OUT),
        (replace(HISTORY, person="c1:77", channel=None), rules.NO_ADDRESS),
        (with_invites(past(days=29, hours=23)), rules.ASKED_RECENTLY),
        (with_invites(past(days=30)), rules.ASKED),
        (with_invites(past("withdrawn", same=True, hours=23, minutes=59)), rules.ASKED_RECENTLY),
        (with_invites(past("withdrawn", same=True, hours=24)), rules.ASKED),
        (with_invites(past("expired", same=True, hours=25)), rules.ASKED),
        (with_invites(past("sent", same=True, days=3)), rules.STILL_OPEN),
        (with_invites(past(same=True, days=3), past(same=True, days=9)), rules.TOO_OFTEN),
        (with_invites(past(same=True, days=3), past(days=9)), rules.ASKED_RECENTLY),
    ],
)
def test_each_rule_has_its_reason(history: History, reason: str) -> None:
    verdict = rules.decide(history)
    assert verdict.reason == reason
    assert verdict.ask is (reason == rules.ASKED)
    assert verdict.explanation.endswith(".")


def test_a_missing_address_does_not_matter_where_the_helpdesk_asks() -> None:
    assert rules.decide(replace(HISTORY, person="c1:77", channel="helpdesk")).ask


@given(st.integers(0, 200), st.booleans(), st.sampled_from(["sent", "answered", "withdrawn", "expired", "bounced"]))
def test_the_floor_holds_whatever_was_asked_about(hours: int, same: bool, state: str) -> None:
    verdict = rules.floor(with_invites(past(state, same=same, hours=hours)))
    assert (verdict is not None) is (hours < 24)


@given(st.lists(st.tuples(st.integers(1, 2000), st.booleans()), max_size=5))
def test_nobody_is_asked_twice_within_the_quiet_time(earlier: list[tuple[int, bool]]) -> None:
    history = with_invites(*(past(same=same, hours=hours) for hours, same in earlier))
    if rules.decide(history).ask:
        assert all(hours >= (24 if same else 30 * 24) for hours, same in earlier)
