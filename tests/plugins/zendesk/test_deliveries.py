"""Webhook calls to events: our triggers' body, the event envelope, test calls, and rubbish."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import Delivery, DeliveryRejected, EventKind, Misread, TicketRef
from deskpulse_zendesk import deliveries
from deskpulse_zendesk.kind import KIND

NOW = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
"""The vendor's constant for unsaved webhooks; its text is the key, undecoded."""


def deliver(body: bytes | str | Any, headers: dict[str, str] | None = None) -> Delivery:
    if not isinstance(body, bytes):
        body = (body if isinstance(body, str) else json.dumps(body)).encode()
    return Delivery(headers or {}, body, NOW)


def envelope(current: str, previous: str = "OPEN", key: str = "5158") -> bytes:
    """As recorded: string ids, "0" for nobody, spaces, a trailing newline."""
    raw = {
        "account_id": 123,
        "id": "2b24ef10-19d3-4e8d-8b0a-1f3a2c0a7a55",
        "time": "2026-03-01T11:59:58.123456789Z",
        "type": "zen:event-type:ticket.status_changed",
        "subject": f"zen:ticket:{key}",
        "zendesk_event_version": "2022-11-06",
        "detail": {"id": key, "status": current, "assignee_id": "0", "group_id": "0", "actor_id": "1", "tags": []},
        "event": {"current": current, "previous": previous, "meta": {"sequence": {"id": "01H", "position": 1}}},
    }
    return json.dumps(raw, indent=1).encode() + b"\n"


@pytest.mark.parametrize(("event", "kind"), [("solved", EventKind.CLOSED), ("reopened", EventKind.REOPENED)])
@pytest.mark.parametrize("key", ["35436", 35436])
def test_our_triggers_say_which_ticket_was_solved_or_reopened(event: str, kind: EventKind, key: object) -> None:
    (found,) = deliveries.read(deliver({"v": 1, "event": event, "ticket_id": key}))
    assert (found.kind, found.ticket, found.resolution_key) == (kind, TicketRef("35436", "35436"), None)


@pytest.mark.parametrize(
    ("current", "previous", "kind"),
    [
        ("SOLVED", "OPEN", EventKind.CLOSED),
        ("CLOSED", "SOLVED", EventKind.CLOSED),
        ("OPEN", "SOLVED", EventKind.REOPENED),
        ("PENDING", "SOLVED", EventKind.REOPENED),
        ("HOLD", "OPEN", None),
        ("DELETED", "SOLVED", None),
        ("ARCHIVED", "CLOSED", None),
    ],
)
def test_event_webhooks_are_read_too(current: str, previous: str, kind: EventKind | None) -> None:
    found = deliveries.read(deliver(envelope(current, previous)))
    assert [event.kind for event in found] == ([kind] if kind else [])
    assert all(event.at == datetime(2026, 3, 1, 11, 59, 58, 123456, UTC) for event in found)


@pytest.mark.parametrize("body", [b"", b"\n", b"{}", deliveries.trigger_body("solved").encode()])
def test_the_vendors_test_calls_say_nothing(body: bytes) -> None:
    assert list(deliveries.read(deliver(body))) == []


def test_other_events_do_not_concern_us() -> None:
    assert list(deliveries.read(deliver({"type": "zen:event-type:ticket.tags_changed", "detail": {}}))) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "no object"),
        ({"v": 2, "event": "solved", "ticket_id": "1"}, "version"),
        ({"v": True, "event": "solved", "ticket_id": "1"}, "version"),
        ({"v": 1, "event": "eaten", "ticket_id": "1"}, "neither"),
        ({"v": 1, "event": ["solved"], "ticket_id": "1"}, "neither"),
        ({"v": 1, "event": "solved", "ticket_id": ""}, "not the id"),
        ({"v": 1, "event": "solved", "ticket_id": "../users/1"}, "not the id"),
        ({"v": 1, "event": "solved", "ticket_id": "١٢"}, "not the id"),
        ({"v": 1, "event": "solved", "ticket_id": True}, "not the id"),
        ({"type": "issue.closed"}, "no Zendesk event"),
        ({"type": "zen:event-type:ticket.status_changed", "detail": None, "event": {}}, "no detail"),
        (envelope("SOLVED", key="0"), "not the id"),
    ],
)
def test_anything_else_is_a_misread_that_says_why(body: Any, words: str) -> None:
    with pytest.raises(Misread, match=words):
        deliveries.read(deliver(body))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SHAPED = st.fixed_dictionaries(
    {},
    optional={
        "v": st.sampled_from([1, 2, None, "1"]),
        "event": JSON_VALUES | st.sampled_from(["solved", "reopened"]),
        "ticket_id": JSON_VALUES,
        "type": JSON_VALUES | st.just(deliveries.STATUS_CHANGED),
        "detail": JSON_VALUES | st.fixed_dictionaries({"id": JSON_VALUES}),
        "time": JSON_VALUES,
    },
)


@given(st.binary(max_size=200) | (JSON_VALUES | SHAPED).map(lambda value: json.dumps(value).encode()))
def test_no_body_raises_anything_but_misread(body: bytes) -> None:
    with contextlib.suppress(Misread):
        assert all(event.ticket.id.isdecimal() for event in deliveries.read(deliver(body)))


def signed(body: bytes, signature: str, stamp: str = "2026-03-01T12:00:00Z") -> Delivery:
    headers = {
        "x-zendesk-webhook-signature": signature,
        "x-zendesk-webhook-signature-timestamp": stamp,
        "x-zendesk-webhook-invocation-id": "01J9",
    }
    return deliver(body, headers)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        ('{"ticket_id":"35436","status":"Solved"}', "eJeBs8CEjgERqYyFrRCfC5kywwUTHcEp79yCZygVe94="),
        ("", "IaVETEgAyTUvE1ClfHrfLYL58JIT04pEQtrfS546DZ4="),
        ('{"ticket_id":"35436","title":"Café ☃ 😀"}', "UgFr+EHPwl/koDkeiY5jvYt6zQpYWy7WU85stiHOYNY="),
    ],
)
def test_the_declared_scheme_accepts_the_vendors_signatures(body: str, signature: str) -> None:
    assert KIND.scheme.verify(signed(body.encode(), signature), [TEST_SECRET]).delivery_id == "01J9"


@pytest.mark.parametrize(
    "signature",
    [
        "+2rwbJih0OVoKtm5GEdCUE/hzoD3LPSzll6cNxRmOAo=",  # the body before the time, as an old page of the vendor has it
        "k49spes3l1P/tQAMUUxK9PL4NGwXOesaZFuHIQ82XLk=",  # keyed with the decoded secret
    ],
)
def test_the_two_wellknown_mistakes_are_refused(signature: str) -> None:
    with pytest.raises(DeliveryRejected):
        KIND.scheme.verify(signed(b'{"ticket_id":"35436","status":"Solved"}', signature), [TEST_SECRET])


def test_a_captured_call_is_stale_later() -> None:
    body, stamp = b"{}", "2026-03-01T11:50:00Z"
    signature = base64.b64encode(hmac.digest(TEST_SECRET.encode(), stamp.encode() + body, hashlib.sha256)).decode()
    with pytest.raises(DeliveryRejected, match="window"):
        KIND.scheme.verify(signed(body, signature, stamp), [TEST_SECRET])
