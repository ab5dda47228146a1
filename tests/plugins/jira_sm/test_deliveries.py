"""Which webhook calls are genuine, and what they say; bodies as the vendor documents or as they were recorded."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskpulse.plugin_api import Connection, Delivery, DeliveryRejected, EventKind, Misread
from deskpulse_jira_sm import deliveries

MakeConnection = Callable[..., Connection]
SENT = datetime.fromtimestamp(1735442025.214, UTC)
VENDOR_BODY = (
    b'{"timestamp":1735442025214,"webhookEvent":"jira:issue_updated","issue_event_type_name":"issue_generic",'
    b'"issue":{"id":"10021","key":"SUP-22"},"changelog":{"id":"10026","items":[{"field":"status","fieldtype":"jira",'
    b'"fieldId":"status","from":"3","fromString":"In Progress","to":"5","toString":"Resolved"}]}}'
)
CATEGORIES = {"status_categories": "3:indeterminate 5:done 6:done 10000:new", "account_id": "712020:bot"}
DONE = {"id": "5", "name": "Resolved", "statusCategory": {"id": 3, "key": "done", "name": "Done"}}
OPEN = {"id": "3", "name": "In Progress", "statusCategory": {"id": 4, "key": "indeterminate", "name": "In Progress"}}


def delivery(body: Any, **headers: str) -> Delivery:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Delivery({name.replace("_", "-"): value for name, value in headers.items()}, raw, SENT)


def signed(body: bytes, secret: str, at: datetime = SENT, **headers: str) -> Delivery:
    found = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return Delivery({"x-hub-signature": found, "x-atlassian-webhook-identifier": "i-1", **headers}, body, at)


def changed(*items: dict[str, Any], status: Any = None, event: str | None = "jira:issue_updated", **more: Any) -> Any:
    fields = {} if status is None else {"fields": {"status": status}}
    body = {"issue": {"id": "10021", "key": "SUP-22", **fields}, "changelog": {"items": list(items)}, **more}
    return body if event is None else {"webhookEvent": event, **body}


def status(source: str | None, target: str | None, **more: str) -> dict[str, Any]:
    return {"field": "status", "fieldId": "status", "from": source, "to": target, **more}


def resolution(source: str | None, target: str | None) -> dict[str, Any]:
    return {"field": "resolution", "fieldId": "resolution", "from": source, "to": target}


def kinds(connection: Connection, body: Any) -> list[tuple[EventKind, str]]:
    return [(event.kind, event.ticket.id) for event in deliveries.read(connection, delivery(body))]


# -- genuine


@pytest.mark.parametrize(
    ("secret", "body", "digest"),
    [
        (
            "It's a Secret to Everybody",
            b"Hello World!",
            "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
        ),
        ("nps-demo-secret", VENDOR_BODY, "c870c8c2a23e112b7e85d3a85d284613448c7be3d97fb9e36ba8c99c652ce6a9"),
        (
            "nps-demo-secret",
            '{"summary":"Käse 🧀"}'.encode(),
            "11468244ff678f8908a667c3c778da011ac393d3d07718b7b5d5d117a2f0e6d4",
        ),
    ],
    ids=["vendor", "issue", "utf-8"],
)
def test_the_vendors_vectors_are_accepted(connection: MakeConnection, secret: str, body: bytes, digest: str) -> None:
    ours = connection(secrets={"signing_secret": secret})
    headers = {"x-hub-signature": f"sha256={digest}", "x-atlassian-webhook-identifier": "i-1"}
    assert deliveries.verify(ours, Delivery(headers, body, SENT)).delivery_id == "i-1"


def test_the_raw_body_is_signed_and_nothing_else(connection: MakeConnection) -> None:
    ours = connection(secrets={"signing_secret": "nps-demo-secret"})
    again = json.dumps(json.loads(VENDOR_BODY)).encode()
    genuine = signed(VENDOR_BODY, "nps-demo-secret")
    with pytest.raises(DeliveryRejected, match="signature wrong"):
        deliveries.verify(ours, Delivery(genuine.headers, again, SENT))


@pytest.mark.parametrize("header", ["", "sha1=00", "md5=00", "c870", "sha256="])
def test_other_methods_and_unsigned_calls_are_refused(connection: MakeConnection, header: str) -> None:
    ours = connection(secrets={"signing_secret": "nps-demo-secret", "automation_secret": "a" * 24})
    with pytest.raises(DeliveryRejected):
        deliveries.verify(ours, Delivery({"x-hub-signature": header}, VENDOR_BODY, SENT))
    with pytest.raises(DeliveryRejected):
        deliveries.verify(ours, Delivery({}, VENDOR_BODY, SENT))


def test_a_signed_call_is_too_old_after_two_days(connection: MakeConnection) -> None:
    ours = connection(secrets={"signing_secret": "s3cret"})
    late = signed(VENDOR_BODY, "s3cret", SENT + timedelta(hours=47))
    assert deliveries.verify(ours, late)
    with pytest.raises(DeliveryRejected, match="replay"):
        deliveries.verify(ours, signed(VENDOR_BODY, "s3cret", SENT + timedelta(hours=49)))


def test_an_automation_rule_proves_itself_by_its_own_secret(connection: MakeConnection) -> None:
    ours = connection(
        secrets={"signing_secret": "s3cret", "automation_secret": "a" * 24, "automation_secret_old": "b" * 24}
    )
    for secret in ("a" * 24, "b" * 24):
        assert deliveries.verify(ours, delivery({"issue": "10021"}, x_deskpulse_secret=secret)).delivery_id is None
    for secret in ("c" * 24, "", "s3cret"):
        with pytest.raises(DeliveryRejected):
            deliveries.verify(ours, delivery({"issue": "10021"}, x_deskpulse_secret=secret))


def test_a_wrong_signature_is_not_saved_by_the_other_secret(connection: MakeConnection) -> None:
    ours = connection(secrets={"signing_secret": "s3cret", "automation_secret": "a" * 24})
    both = Delivery({"x-hub-signature": "sha256=00", "x-deskpulse-secret": "a" * 24}, VENDOR_BODY, SENT)
    with pytest.raises(DeliveryRejected):
        deliveries.verify(ours, both)


def test_without_an_automation_secret_no_such_call_is_accepted(connection: MakeConnection) -> None:
    ours = connection(secrets={"signing_secret": "s3cret"})
    with pytest.raises(DeliveryRejected, match="no secret"):
        deliveries.verify(ours, delivery({"issue": "10021"}, x_deskpulse_secret=""))


# -- read


def test_the_vendors_minimal_body_is_a_hint(connection: MakeConnection) -> None:
    assert kinds(connection(), json.loads(VENDOR_BODY)) == [(EventKind.CLOSED, "10021")]
    assert kinds(connection(facts=CATEGORIES), json.loads(VENDOR_BODY)) == [(EventKind.CLOSED, "10021")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (changed(status("3", "5"), status=DONE), EventKind.CLOSED),
        (changed(status("5", "6"), status=DONE), EventKind.CLOSED),
        (changed(status("5", "3"), status=OPEN), EventKind.REOPENED),
        (changed(status("10000", "3"), status=OPEN), None),
        (changed(status("77", "3"), status=OPEN), EventKind.REOPENED),
        (changed({"field": "status", "from": "3", "to": "5"}, status=DONE), EventKind.CLOSED),
        (changed({"field": "Status", "from": "3", "to": "5"}), EventKind.CLOSED),
        (changed({"field": "Estatus", "fieldId": "status", "from": "3", "to": "5"}), EventKind.CLOSED),
        (changed({"field": "status", "fieldId": "customfield_1", "from": "3", "to": "5"}, status=DONE), None),
        (changed(resolution(None, "10000"), status=DONE), EventKind.CLOSED),
        (changed(resolution("1", "2"), status=DONE), None),
        (changed(resolution("1", None), status=OPEN), None),
        (changed({"field": "summary", "fieldId": "summary", "from": None, "to": None}, status=DONE), None),
        (changed({"field": "customfield_10123", "fieldId": "customfield_10123"}, status=DONE), None),
        (changed(status=DONE), None),
    ],
    ids=[
        "resolved", "resolved to closed", "reopened", "started", "from a new status", "no fieldId", "capitalised",
        "translated", "custom field of that name", "resolution set", "resolution changed", "resolution cleared",
        "later edit of a done issue", "our own field", "no items",
    ],
)  # fmt: skip
def test_changes_of_issues(connection: MakeConnection, body: Any, expected: EventKind | None) -> None:
    found = kinds(connection(facts=CATEGORIES), body)
    assert found == ([] if expected is None else [(expected, "10021")])


def test_the_categorys_key_decides_and_not_its_name(connection: MakeConnection) -> None:
    odd = {"id": "3", "name": "Fertig", "statusCategory": {"key": "new", "name": "Done"}}
    assert kinds(connection(facts=CATEGORIES), changed(status("5", "3"), status=odd)) == [(EventKind.REOPENED, "10021")]


def test_creations_and_other_events_concern_nobody(connection: MakeConnection) -> None:
    created = changed({"field": "Status", "from": "", "to": "5"}, status=DONE, event="jira:issue_created")
    assert kinds(connection(), created) == []
    for event in ("comment_created", "issue_property_set", "jira:issue_deleted"):
        assert kinds(connection(), changed(status("3", "5"), event=event)) == []


def test_a_post_functions_body_has_neither_event_nor_changelog(connection: MakeConnection) -> None:
    body = {
        "transition": {"transitionId": 31, "from_status": "In Progress", "to_status": "Resolved"},
        "comment": "",
        "user": {"accountId": "712020:aa"},
        "issue": {"id": "10021", "key": "SUP-22", "fields": {"status": DONE}},
        "timestamp": 1735442025214,
    }
    assert kinds(connection(), body) == [(EventKind.CLOSED, "10021")]
    body["issue"] = {"id": "10021", "key": "SUP-22"}
    assert kinds(connection(), body) == [(EventKind.CLOSED, "10021")], "old ones lack the fields: somebody must look"


def test_our_own_account_is_ignored(connection: MakeConnection) -> None:
    ours = connection(facts=CATEGORIES)
    body = changed(status("3", "5"), status=DONE, user={"accountId": "712020:bot"})
    assert kinds(ours, body) == []
    assert kinds(ours, {**body, "user": {"accountId": "712020:aa"}})
    server = connection(facts={**CATEGORIES, "account_id": "JIRAUSER10000"})
    assert kinds(server, {**body, "user": {"name": "bot", "key": "JIRAUSER10000"}}) == []


def test_automation_bodies(connection: MakeConnection) -> None:
    ours = connection(facts=CATEGORIES)
    assert kinds(ours, {"v": 1, "event": "resolved", "issue": "10021", "key": "SUP-22"}) == [
        (EventKind.CLOSED, "10021")
    ]
    assert kinds(ours, {"v": 1, "event": "reopened", "issue": "10021"}) == [(EventKind.REOPENED, "10021")]
    assert kinds(ours, {"issue": "10021"}) == [(EventKind.CLOSED, "10021")]
    assert kinds(ours, {"id": "10021", "key": "SUP-22", "fields": {"status": DONE}}) == [(EventKind.CLOSED, "10021")]
    assert kinds(ours, {"id": "10021", "key": "SUP-22", "fields": {"status": OPEN}}) == [(EventKind.REOPENED, "10021")]
    assert list(deliveries.read(ours, delivery(b""))) == []
    with pytest.raises(Misread):
        kinds(ours, {"event": "commented", "issue": "10021"})
    for event in ("resolved", "reopened"):
        assert json.loads(deliveries.automation_body(event))["issue"] == "{{issue.id}}"


def test_an_issue_is_named_by_its_id_which_outlives_a_move(connection: MakeConnection) -> None:
    (event,) = deliveries.read(connection(), delivery(changed(status("3", "5"), status=DONE)))
    assert (event.ticket.id, event.ticket.number) == ("10021", "SUP-22")
    body = changed(status("3", "5"), status=DONE)
    del body["issue"]["id"]
    (event,) = deliveries.read(connection(), delivery(body))
    assert (event.ticket.id, event.ticket.number) == ("SUP-22", "SUP-22"), "read again by its key"


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[]", b"1", b'{"issue": []}', b'{"issue": {}}', b'{"webhookEvent": 3}', b'{"issue": "../x"}'],
)
def test_what_we_did_not_arrange_is_misread(connection: MakeConnection, body: bytes) -> None:
    with pytest.raises(Misread):
        list(deliveries.read(connection(), delivery(body)))


def test_the_time_of_the_event_is_told(connection: MakeConnection) -> None:
    (event,) = deliveries.read(connection(), delivery(VENDOR_BODY))
    assert event.at == SENT
    for odd in (None, True, "x", 10**40, -(10**30)):
        (event,) = deliveries.read(connection(), delivery(changed(status("3", "5"), status=DONE, timestamp=odd)))
        assert event.at is None
