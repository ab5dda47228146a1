"""Calls of our business rule: their signature, and what they say."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import Delivery, DeliveryRejected, EventKind, Misread, TicketRef
from deskpulse_servicenow import deliveries
from deskpulse_servicenow.kind import KIND

KEY = "1c741bd70b2322007518478d83673af3"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "nps-demo-secret"
SIGNED_BODY = (
    b'{"event":"ticket.resolved","table":"incident","sys_id":"1c741bd70b2322007518478d83673af3",'
    b'"number":"INC0000060","state":"6","sys_mod_count":"15"}'
)
SIGNATURE = "v1=ST62AiTSXNuxdIqqzxU4Imykj/qFA1no+vbmwyn08ko="
"""Worked out apart from the code: Base64 of HMAC-SHA256 over ``1767225600.`` and the body."""
HEADERS = {"x-deskpulse-timestamp": "1767225600", "x-deskpulse-signature": SIGNATURE, "x-deskpulse-event-id": "e:6:0"}
BODY = {
    "v": 1,
    "event": "ticket.resolved",
    "event_id": f"{KEY}:6:0",
    "instance": "acme",
    "table": "incident",
    "sys_id": KEY,
    "number": "INC0000060",
    "state": "6",
    "resolved_at": "2016-12-13 21:43:14",
    "closed_at": "",
    "reopen_count": "0",
    "sys_mod_count": "15",
}


def deliver(body: Any, headers: dict[str, str] | None = None) -> Delivery:
    return Delivery(headers or {}, body if isinstance(body, bytes) else json.dumps(body).encode(), NOW)


def test_a_worked_example_of_a_signature_is_accepted() -> None:
    assert len(SIGNED_BODY) == 145
    verified = KIND.scheme.verify(Delivery(HEADERS, SIGNED_BODY, NOW), [SECRET])
    assert verified.delivery_id == "e:6:0"


@pytest.mark.parametrize("late", [timedelta(seconds=301), -timedelta(seconds=301)])
def test_a_signed_time_must_be_near(late: timedelta) -> None:
    with pytest.raises(DeliveryRejected):
        KIND.scheme.verify(Delivery(HEADERS, SIGNED_BODY, NOW + late), [SECRET])


@pytest.mark.parametrize(
    "headers",
    [
        {"x-deskpulse-signature": SIGNATURE.removeprefix("v1=")},
        {"x-deskpulse-signature": "v1=493eb60224d25cdbb1748aaacf1538226ca48ffa850359e8faf6e6c329f4f24a"},
        {"x-deskpulse-timestamp": "1767225601"},
    ],
    ids=["no version", "hex, which generateMac never gives", "another time"],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(DeliveryRejected):
        KIND.scheme.verify(Delivery({**HEADERS, **headers}, SIGNED_BODY, NOW), [SECRET])


def test_two_secrets_are_current_while_one_takes_the_others_place() -> None:
    delivery = Delivery(HEADERS, SIGNED_BODY, NOW)
    assert KIND.scheme.verify(delivery, ["the next one", SECRET])
    with pytest.raises(DeliveryRejected):
        KIND.scheme.verify(replace(delivery, body=SIGNED_BODY + b" "), [SECRET])


def test_a_resolution_is_read_with_its_key() -> None:
    (found,) = deliveries.read(deliver(BODY))
    assert (found.kind, found.ticket) == (EventKind.CLOSED, TicketRef(KEY, "INC0000060"))
    assert found.resolution_key == "0"
    assert found.at == datetime(2016, 12, 13, 21, 43, 14, tzinfo=UTC)


def test_resolving_and_closing_have_one_key() -> None:
    (resolved,) = deliveries.read(deliver(BODY))
    (closed,) = deliveries.read(deliver({**BODY, "state": "7", "event_id": f"{KEY}:7:0"}))
    assert resolved.resolution_key == closed.resolution_key


def test_a_requested_items_key_is_its_time_of_closing() -> None:
    body = {**BODY, "table": "sc_req_item", "state": "3", "reopen_count": "", "closed_at": "2026-01-05 09:00:00"}
    (found,) = deliveries.read(deliver(body))
    assert found.resolution_key == "2026-01-05T09:00:00"
    (unknown,) = deliveries.read(deliver({**body, "closed_at": ""}))
    assert unknown.resolution_key is None


def test_a_reopen_is_read() -> None:
    (found,) = deliveries.read(deliver({**BODY, "event": "ticket.reopened", "state": "2", "reopen_count": "1"}))
    assert (found.kind, found.resolution_key) == (EventKind.REOPENED, None)


@pytest.mark.parametrize("body", [b"", b"\n", b"{}"])
def test_an_empty_call_says_nothing(body: bytes) -> None:
    assert list(deliveries.read(deliver(body))) == []


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        {**BODY, "v": 2},
        {**BODY, "v": True},
        {**BODY, "event": "ticket.deleted"},
        {**BODY, "event": []},
        {**BODY, "sys_id": "INC0000060"},
        {**BODY, "sys_id": "../sys_user"},
        {**BODY, "sys_id": None},
    ],
)
def test_what_our_rule_does_not_send_is_misread(body: Any) -> None:
    with pytest.raises(Misread):
        deliveries.read(deliver(body))


@given(
    st.binary() | st.fixed_dictionaries({name: st.text() for name in BODY}).map(lambda raw: json.dumps(raw).encode())
)
def test_no_body_does_harm(body: bytes) -> None:
    with contextlib.suppress(Misread):
        deliveries.read(deliver(body))
