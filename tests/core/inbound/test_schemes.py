"""Schemes: published vectors, forged and replayed deliveries, rotation."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.errors import DeliveryRejected
from deskpulse.inbound.schemes import (
    MISMATCH,
    NO_SECRET,
    STALE,
    UNSIGNED,
    BasicAuth,
    HmacSignature,
    Part,
    Scheme,
    SharedSecret,
    check_freshness,
)
from deskpulse.records import Verified
from deskpulse.testing.factories import make_delivery

SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
STAMP, AT = "2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = b'{"ticket_id":"35436","status":"Solved"}'
SIGNATURE = "eJeBs8CEjgERqYyFrRCfC5kywwUTHcEp79yCZygVe94="
BOTH = (Part.TIMESTAMP, Part.BODY)
STAMPED = HmacSignature("X-Signature", signed_parts=BOTH, timestamp_header="X-Timestamp", id_header="X-Id")
PLAIN_HEX = HmacSignature("X-Hub", encoding="hex", prefix="sha256=")
SENT = {"X-Signature": SIGNATURE, "X-Timestamp": STAMP, "X-Id": "once"}


def verdict(
    scheme: Scheme, headers: Mapping[str, str], *secrets: str, body: bytes = BODY, at: datetime = AT
) -> str | None:
    """The reason of the refusal, or None where the delivery is accepted."""
    try:
        assert isinstance(scheme.verify(make_delivery(body, headers=headers, received_at=at), secrets), Verified)
    except DeliveryRejected as refusal:
        return refusal.reason
    return None


def hex_signature(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def test_published_vector_keyed_with_the_text_of_the_secret() -> None:
    assert verdict(STAMPED, SENT, SECRET) is None
    assert verdict(STAMPED, SENT, base64.b64decode(SECRET).decode()) == MISMATCH


def test_vector_of_rfc_4231() -> None:
    signature = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    scheme = HmacSignature("X-Sign", encoding="hex")
    assert verdict(scheme, {"X-Sign": signature}, "Jefe", body=b"what do ya want for nothing?") is None


def test_delivery_id_is_read() -> None:
    delivery = make_delivery(BODY, headers=SENT, received_at=AT)
    assert STAMPED.verify(delivery, [SECRET]) == Verified("once")


def test_scheme_without_ids_gives_none() -> None:
    delivery = make_delivery(headers={"X-Hub": f"sha256={hex_signature('s', b'{}')}"})
    assert PLAIN_HEX.verify(delivery, ["s"]) == Verified(None)


def test_header_names_have_no_case() -> None:
    assert verdict(STAMPED, {header.upper(): value for header, value in SENT.items()}, SECRET) is None


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({}, UNSIGNED),
        (SENT | {"X-Signature": ""}, UNSIGNED),
        (SENT | {"X-Signature": "not base64!"}, MISMATCH),
        (SENT | {"X-Signature": "\u00e5\u00e4"}, MISMATCH),
        (SENT | {"X-Signature": SIGNATURE[:-4]}, MISMATCH),
        (SENT | {"X-Timestamp": "2026-03-01T12:00:01Z"}, MISMATCH),
        (SENT | {"X-Timestamp": ""}, MISMATCH),
        ({"X-Signature": SIGNATURE}, MISMATCH),
    ],
)
def test_what_is_not_signed_is_refused(headers: dict[str, str], reason: str) -> None:
    assert verdict(STAMPED, headers, SECRET) == reason


def test_other_bodies_and_secrets_are_refused() -> None:
    assert verdict(STAMPED, SENT, SECRET, body=BODY + b" ") == MISMATCH
    assert verdict(STAMPED, SENT, "another") == MISMATCH
    assert verdict(STAMPED, SENT) == NO_SECRET


def test_every_current_secret_is_tried() -> None:
    assert verdict(STAMPED, SENT, "newest", SECRET) is None
    assert verdict(STAMPED, SENT, SECRET, "oldest") is None


@pytest.mark.parametrize("sign", [1, -1])
def test_freshness_ends_at_the_tolerance_both_ways(sign: int) -> None:
    assert verdict(STAMPED, SENT, SECRET, at=AT + sign * STAMPED.tolerance) is None
    assert verdict(STAMPED, SENT, SECRET, at=AT + sign * (STAMPED.tolerance + timedelta(seconds=1))) == STALE


@pytest.mark.parametrize("stamp", ["", "soon", "9" * 30, "9" * 5000, "-1", "\u0663", "2026-13-01T00:00:00Z"])
def test_unreadable_times_are_stale(stamp: str) -> None:
    with pytest.raises(DeliveryRejected, match=STALE):
        check_freshness(stamp, AT, timedelta(minutes=5))


@pytest.mark.parametrize("stamp", [str(int(AT.timestamp())), "2026-03-01T12:00:00", "2026-03-01T13:00:00+01:00"])
def test_times_are_read_in_every_usual_form(stamp: str) -> None:
    check_freshness(stamp, AT, timedelta(seconds=1))


@given(st.datetimes(timezones=st.just(UTC)), st.timedeltas(timedelta(0), timedelta(days=1)))
def test_freshness_is_a_distance(at: datetime, tolerance: timedelta) -> None:
    fresh = abs(at - AT) <= tolerance
    try:
        check_freshness(at.astimezone(timezone(timedelta(0))).isoformat(), AT, tolerance)
    except DeliveryRejected:
        assert not fresh
    else:
        assert fresh


@given(st.text(), st.text(), st.binary())
def test_strange_headers_are_refused_and_never_break(signature: str, stamp: str, body: bytes) -> None:
    headers = {"X-Signature": signature, "X-Timestamp": stamp, "X-Hub": signature, "authorization": signature}
    for scheme in (STAMPED, PLAIN_HEX, SharedSecret("X-Hub", prefix="key "), BasicAuth()):
        assert verdict(scheme, headers, "a secret nobody guesses", body=body) in (UNSIGNED, MISMATCH)


@given(st.text(min_size=1).filter(str.isprintable), st.binary(), st.binary(min_size=1))
def test_signature_holds_for_one_body_only(secret: str, body: bytes, more: bytes) -> None:
    headers = {"X-Hub": f"sha256={hex_signature(secret, body)}"}
    assert verdict(PLAIN_HEX, headers, secret, body=body) is None
    assert verdict(PLAIN_HEX, headers, secret, body=body + more) == MISMATCH


def test_prefix_belongs_to_the_signature() -> None:
    good = hex_signature("s", BODY)
    assert verdict(PLAIN_HEX, {"X-Hub": f"sha256={good}"}, "s") is None
    assert verdict(PLAIN_HEX, {"X-Hub": good}, "s") == UNSIGNED
    assert verdict(PLAIN_HEX, {"X-Hub": "sha256="}, "s") == UNSIGNED


def test_something_may_stand_between_the_signed_parts() -> None:
    """As computed apart from us, over the time, a full stop and the body."""
    scheme = HmacSignature(
        "X-Signature", prefix="v1=", signed_parts=BOTH, separator=".", timestamp_header="X-Timestamp"
    )
    body = b'{"event":"ticket.resolved","table":"incident","sys_id":"1c741bd70b2322007518478d83673af3",'
    body += b'"number":"INC0000060","state":"6","sys_mod_count":"15"}'
    sent = {"X-Timestamp": "1767225600", "X-Signature": "v1=ST62AiTSXNuxdIqqzxU4Imykj/qFA1no+vbmwyn08ko="}
    at = datetime.fromtimestamp(1767225600, UTC)
    assert verdict(scheme, sent, "nps-demo-secret", body=body, at=at) is None
    assert verdict(replace(scheme, separator=""), sent, "nps-demo-secret", body=body, at=at) == MISMATCH


def test_digest_can_be_another() -> None:
    scheme = HmacSignature("X-Sign", encoding="hex", digest="sha512")
    assert verdict(scheme, {"X-Sign": hmac.new(b"s", BODY, hashlib.sha512).hexdigest()}, "s") is None
    assert verdict(scheme, {"X-Sign": hex_signature("s", BODY)}, "s") == MISMATCH


def test_shared_secret() -> None:
    scheme = SharedSecret("X-Token", prefix="Key ", id_header="X-Id")
    assert verdict(scheme, {"X-Token": "Key new"}, "new", "old") is None
    assert verdict(scheme, {"X-Token": "Key old"}, "new", "old") is None
    assert verdict(scheme, {"X-Token": "new"}, "new") == MISMATCH
    assert verdict(scheme, {"X-Token": "Key other"}, "new") == MISMATCH
    assert verdict(scheme, {}, "new") == UNSIGNED
    assert verdict(scheme, {"X-Token": "Key new"}) == NO_SECRET
    delivery = make_delivery(headers={"X-Token": "Key new", "X-Id": "7"})
    assert scheme.verify(delivery, ["new"]) == Verified("7")


def test_basic_auth() -> None:
    sent = {"Authorization": "Basic " + base64.b64encode("us\u00e9r:pa:ss".encode()).decode()}
    assert verdict(BasicAuth(), sent, "us\u00e9r:pa:ss") is None
    assert verdict(BasicAuth(), sent, "other", "us\u00e9r:pa:ss") is None
    assert verdict(BasicAuth(), sent, "us\u00e9r:pa") == MISMATCH
    assert verdict(BasicAuth(), {}, "us\u00e9r:pa:ss") == UNSIGNED
    assert verdict(BasicAuth(), sent) == NO_SECRET
