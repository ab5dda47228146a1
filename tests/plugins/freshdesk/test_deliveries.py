"""Webhook calls to events: our rules' body, ready-made bodies, wrapped and bare, and rubbish; and who may call."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import Delivery, DeliveryRejected, EventKind, Misread, TicketEvent, TicketRef
from deskpulse.testing.factories import make_connection
from deskpulse_freshdesk import deliveries
from deskpulse_freshdesk.kind import KIND

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
CONNECTION = make_connection("freshdesk", settings={"domain": "acme", "resolved_statuses": "8"})


def read(body: Any) -> list[TicketEvent]:
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    return list(deliveries.read(CONNECTION, Delivery({}, body, NOW)))


@pytest.mark.parametrize(("event", "kind"), [("resolved", EventKind.CLOSED), ("reopened", EventKind.REOPENED)])
@pytest.mark.parametrize("key", ["205", 205])
@pytest.mark.parametrize("wrapped", [False, True])
def test_our_rules_say_which_ticket(event: str, kind: EventKind, key: object, wrapped: bool) -> None:
    body: Any = {"v": 1, "event": event, "ticket_id": key}
    (found,) = read({"freshdesk_webhook": body} if wrapped else body)
    assert (found.kind, found.ticket, found.resolution_key) == (kind, TicketRef("205", "205"), None)


@pytest.mark.parametrize(
    ("triggered", "kind"),
    [
        ("{status:{from:2,to:4}}", EventKind.CLOSED),
        ("{status:{from:4,to:5}}", EventKind.CLOSED),
        ("{status:{from:2,to:8}}", EventKind.CLOSED),
        ("{priority:{from:1,to:2}},{status:{from:5,to:2}}", EventKind.REOPENED),
        ("{status:{from:2,to:3}}", None),
        ("{ticket_action:created}", None),
        ("{note_type:private}", None),
        ("{reply_sent:sent}", None),
    ],
)
def test_a_ready_made_body_is_read_by_the_numbers_of_statuses(triggered: str, kind: EventKind | None) -> None:
    body = {
        "triggered_event": triggered,
        "ticket_id": "205",
        "ticket_url": "http://acme.freshdesk.com/helpdesk/tickets/205",
        "ticket_status": "Gelöst ☃",
        "ticket_description": "<div>Das &quot;Gerät&quot; brennt</div>",
    }
    assert [event.kind for event in read({"freshdesk_webhook": body})] == ([kind] if kind else [])


@pytest.mark.parametrize("version", [1, "1"])
def test_our_version_may_come_as_text(version: object) -> None:
    """As ids do: the rules keep a body as text, or as pairs of texts."""
    assert len(read({"v": version, "event": "resolved", "ticket_id": "205"})) == 1


@pytest.mark.parametrize("body", [b"", b"\n", b"{}", json.dumps(deliveries.rule_body("resolved")).encode()])
def test_empty_calls_and_unfilled_templates_say_nothing(body: bytes) -> None:
    assert read(body) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no object"),
        ({"freshdesk_webhook": None}, "no object"),
        ({"v": 2, "event": "resolved", "ticket_id": "1"}, "version"),
        ({"v": True, "event": "resolved", "ticket_id": "1"}, "version"),
        ({"v": 1, "event": "eaten", "ticket_id": "1"}, "neither"),
        ({"v": 1, "event": ["resolved"], "ticket_id": "1"}, "neither"),
        ({"v": 1, "event": "resolved", "ticket_id": ""}, "not the id"),
        ({"v": 1, "event": "resolved", "ticket_id": "../agents/me"}, "not the id"),
        ({"v": 1, "event": "resolved", "ticket_id": "١٢"}, "not the id"),
        ({"v": 1, "event": "resolved", "ticket_id": True}, "not the id"),
        ({"ticket_id": "1", "ticket_status": "Resolved"}, "neither v nor triggered_event"),
    ],
)
def test_anything_else_is_a_misread_that_says_why(body: Any, words: str) -> None:
    with pytest.raises(Misread, match=words):
        read(body)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "v": st.sampled_from([1, 2, None, "1"]),
        "event": JSON_VALUES | st.sampled_from(["resolved", "reopened"]),
        "ticket_id": JSON_VALUES,
        "triggered_event": JSON_VALUES | st.just("{status:{from:2,to:4}}"),
        "freshdesk_webhook": JSON_VALUES,
    },
)


@given(st.binary(max_size=200) | (JSON_VALUES | SHAPED).map(lambda value: json.dumps(value).encode()))
def test_no_body_raises_anything_but_misread(body: bytes) -> None:
    with contextlib.suppress(Misread):
        assert all(event.ticket.id.isdecimal() for event in read(body))


# -- who may call: nothing is signed, so the secret in the header is all there is


@pytest.mark.parametrize("headers", [{}, {"x-deskpulse-secret": ""}, {"x-deskpulse-secret": "wrong"}])
def test_without_the_secret_nobody_is_heard(headers: dict[str, str]) -> None:
    with pytest.raises(DeliveryRejected):
        KIND.scheme.verify(Delivery(headers, b"{}", NOW), ["the-secret"])


def test_the_secret_and_the_former_one_are_accepted_and_there_is_no_id() -> None:
    for given_secret in ("the-secret", "the-former"):
        call = Delivery({"x-deskpulse-secret": given_secret}, b"anything", NOW)
        assert KIND.scheme.verify(call, ["the-secret", "the-former"]).delivery_id is None
