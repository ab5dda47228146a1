"""Behaviours 6 to 10: webhooks, their secret, what a delivery carries, and when it is tried again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from werkzeug import Response

from deskpulse_zendesk.simulator.delivery import Timings
from deskpulse_zendesk.simulator.signing import signature
from deskpulse_zendesk.simulator.webhooks import TEST_SECRET

RAW = {
    "name": "NPS plug-in",
    "description": "managed",
    "status": "active",
    "endpoint": "https://nps.example.com/hooks",
    "http_method": "POST",
    "request_format": "json",
    "subscriptions": ["conditional_ticket_events"],
    "authentication": {"type": "basic_auth", "data": {"username": "u", "password": "p"}, "add_position": "header"},
}


def test_06_creation_answers_with_a_ulid_and_no_secret(account: Any) -> None:
    body = account.post("/webhooks", {"webhook": RAW})["webhook"]
    assert len(body["id"]) == 26
    assert isinstance(body["created_by"], str)
    assert body["authentication"] == {"type": "basic_auth", "data": {"username": "u"}, "add_position": "header"}
    assert "." in body["created_at"]
    assert "signing_secret" not in body
    read = account.get(f"/webhooks/{body['id']}")["webhook"]
    assert "." not in read["created_at"]
    token = RAW | {"authentication": {"type": "bearer_token", "data": {"token": "t"}, "add_position": "header"}}
    assert "data" not in account.post("/webhooks", {"webhook": token})["webhook"]["authentication"]


def test_06_patch_merges_and_put_replaces(account: Any) -> None:
    number = account.post("/webhooks", {"webhook": RAW})["webhook"]["id"]
    assert account.call("PATCH", f"/webhooks/{number}", {"webhook": {"name": "New"}}).status_code == 204
    patched = account.get(f"/webhooks/{number}")["webhook"]
    assert (patched["name"], patched["description"]) == ("New", "managed")
    assert patched["authentication"]["data"] == {"username": "u"}

    rest = {key: RAW[key] for key in ("name", "status", "endpoint", "http_method", "request_format")}
    assert account.call("PUT", f"/webhooks/{number}", {"webhook": rest}).status_code == 204
    replaced = account.get(f"/webhooks/{number}")["webhook"]
    assert "authentication" not in replaced
    assert "description" not in replaced
    assert replaced["subscriptions"] == ["conditional_ticket_events"]


def test_06_rule_and_event_subscriptions_neither_mix_nor_change(account: Any) -> None:
    event = "zen:event-type:ticket.status_changed"
    mixed = RAW | {"subscriptions": ["conditional_ticket_events", event]}
    assert account.call("POST", "/webhooks", {"webhook": mixed}).status_code == 400
    number = account.post("/webhooks", {"webhook": RAW})["webhook"]["id"]
    assert account.call("PATCH", f"/webhooks/{number}", {"webhook": {"subscriptions": [event]}}).status_code == 400
    getting = RAW | {"subscriptions": [event], "http_method": "GET"}
    assert account.call("POST", "/webhooks", {"webhook": getting}).status_code == 400


def test_06_listing_filters_by_name_and_omits_links_on_one_page(account: Any) -> None:
    account.post("/webhooks", {"webhook": RAW})
    account.post("/webhooks", {"webhook": RAW | {"name": "Other"}})
    body = account.get("/webhooks", params={"filter[name_contains]": "nps"})
    assert [webhook["name"] for webhook in body["webhooks"]] == ["NPS plug-in"]
    assert body["meta"] == {"has_more": False}
    assert "links" not in body
    paged = account.get("/webhooks", params={"page[size]": 1})
    assert paged["meta"]["has_more"] is True
    following = account.session.get(paged["links"]["next"], timeout=10).json()
    assert following["webhooks"][0]["name"] == "Other"


def test_06_clone_and_delete(account: Any) -> None:
    number = account.post("/webhooks", {"webhook": RAW})["webhook"]["id"]
    copy = account.post(f"/webhooks?clone_webhook_id={number}", {})["webhook"]
    assert copy["name"] == "NPS plug-in (copy)"
    assert account.call("DELETE", f"/webhooks/{copy['id']}").status_code == 204
    assert account.call("GET", f"/webhooks/{copy['id']}").status_code == 404


def test_07_a_reset_secret_signs_at_once(account: Any, receiver: Any) -> None:
    number = account.solving_webhook(receiver.url)
    old = account.get(f"/webhooks/{number}/signing_secret")["signing_secret"]
    assert old["algorithm"] == "SHA256"
    new = account.post(f"/webhooks/{number}/signing_secret", None)["signing_secret"]["secret"]
    assert new != old["secret"]
    account.control(f"/tickets/{account.ticket()['id']}/solve")
    delivery = receiver.wait(1)[0]
    stamp = delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"]
    assert delivery.headers["X-Zendesk-Webhook-Signature"] == signature(new, stamp, delivery.body)


def test_08_deliveries_carry_the_headers_and_sign_timestamp_and_raw_body(account: Any, receiver: Any) -> None:
    number = account.solving_webhook(receiver.url, '{"t": "{{ticket.title}}"}')
    secret = account.get(f"/webhooks/{number}/signing_secret")["signing_secret"]["secret"]
    account.control(f"/tickets/{account.ticket(subject='Café ☃ 😀')['id']}/solve")
    delivery = receiver.wait(1)[0]
    assert delivery.body == '{"t": "Café ☃ 😀"}'.encode()
    assert delivery.headers["Content-Type"] == "application/json; charset=utf-8"
    assert delivery.headers["User-Agent"] == "Zendesk Webhook"
    assert delivery.headers["X-Zendesk-Webhook-Id"] == number
    assert delivery.headers["X-Zendesk-Account-Id"].isdigit()
    assert len(delivery.headers["X-Zendesk-Webhook-Invocation-Id"]) == 26
    stamp = delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"]
    mac = hmac.new(secret.encode(), stamp.encode() + delivery.body, hashlib.sha256)
    assert delivery.headers["X-Zendesk-Webhook-Signature"] == base64.b64encode(mac.digest()).decode()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('{"ticket_id":"35436","status":"Solved"}', "eJeBs8CEjgERqYyFrRCfC5kywwUTHcEp79yCZygVe94="),
        ("", "IaVETEgAyTUvE1ClfHrfLYL58JIT04pEQtrfS546DZ4="),
        ('{"ticket_id":"35436","title":"Café ☃ 😀"}', "UgFr+EHPwl/koDkeiY5jvYt6zQpYWy7WU85stiHOYNY="),
    ],
)
def test_08_the_published_vectors(body: str, wanted: str) -> None:
    assert signature(TEST_SECRET, "2026-03-01T12:00:00Z", body.encode()) == wanted


def test_08_get_webhooks_have_an_empty_body(account: Any, receiver: Any) -> None:
    number = account.webhook(receiver.url, http_method="GET")
    action = {"field": "notification_webhook", "value": [number, [["id", "{{ticket.id}}"]]]}
    account.trigger(number, "", actions=[action])
    ticket = account.ticket()["id"]
    account.control(f"/tickets/{ticket}/solve")
    delivery = receiver.wait(1)[0]
    assert (delivery.method, delivery.path, delivery.body) == ("GET", f"/in?id={ticket}", b"")


def test_08_a_test_request_shows_the_answer(account: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response("hello", 201, {"X-Reply": "yes"})
    asked = {"endpoint": receiver.url, "http_method": "POST", "request_format": "json", "payload": '{"say": "hi"}'}
    body = account.post("/webhooks/test", {"request": asked}, status=200)["response"]
    assert (body["status_code"], body["payload"]) == (201, "hello")
    assert {"key": "X-Reply", "value": "yes"} in body["headers"]
    delivery = receiver.wait(1)[0]
    stamp = delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"]
    assert delivery.headers["X-Zendesk-Webhook-Signature"] == signature(TEST_SECRET, stamp, b'{"say": "hi"}')
    saved = account.webhook(receiver.url)
    assert (
        account.post(f"/webhooks/test?webhook_id={saved}", {"request": {}}, status=200)["response"]["status_code"]
        == 201
    )


def test_09_the_vendors_timings_are_the_default() -> None:
    timings = Timings()
    assert (timings.timeout, timings.timeout_retries) == (12.0, 5)
    assert (timings.conflict_retries, timings.unavailable_retries, timings.longest_retry_after) == (3, 3, 60.0)


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [
        (Response(status=409), 4),
        (Response(status=503, headers={"Retry-After": "0"}), 4),
        (Response(status=429, headers={"Retry-After": "0"}), 4),
        (Response(status=503), 1),
        (Response(status=503, headers={"Retry-After": "60"}), 1),
        (Response(status=500), 1),
        (Response(status=401), 1),
    ],
    ids=["409", "503 soon", "429 soon", "503 silent", "503 late", "500", "401"],
)
def test_09_only_some_answers_are_tried_again(account: Any, receiver: Any, answer: Response, attempts: int) -> None:
    account.control("/delivery", {"retry_wait": 0.02})
    receiver.answer = lambda number: answer
    number = account.solving_webhook(receiver.url)
    account.control(f"/tickets/{account.ticket()['id']}/solve")
    receiver.wait(attempts)
    assert account.sim.wait_idle()
    assert len(receiver.got) == attempts
    listed = account.get(f"/webhooks/{number}/invocations")["invocations"]
    assert [row["status_code"] for row in listed] == [answer.status_code]
    assert listed[0]["status"] == ("terminated" if answer.status_code == 401 else "failed")
    tries = account.get(f"/webhooks/{number}/invocations/{listed[0]['id']}/attempts")["attempts"]
    assert len(tries) == attempts
    assert {delivery.headers["X-Zendesk-Webhook-Invocation-Id"] for delivery in receiver.got} == {listed[0]["id"]}


def test_09_a_timeout_is_tried_five_times_more_each_freshly_signed(account: Any, receiver: Any) -> None:
    def slow(number: int) -> Response:
        time.sleep(0.5 if number <= 6 else 0)
        return Response(status=200)

    receiver.answer = slow
    account.control("/delivery", {"timeout": 0.1, "retry_wait": 0.25})
    number = account.solving_webhook(receiver.url)
    account.control(f"/tickets/{account.ticket()['id']}/solve")
    got = receiver.wait(6)
    assert account.sim.wait_idle()
    assert len(receiver.got) == 6
    assert len({delivery.headers["X-Zendesk-Webhook-Invocation-Id"] for delivery in got}) == 1
    stamps = {d.headers["X-Zendesk-Webhook-Signature-Timestamp"]: d.headers["X-Zendesk-Webhook-Signature"] for d in got}
    assert len(stamps) == len(set(stamps.values())) >= 2
    tries = account.get(
        f"/webhooks/{number}/invocations/{account.get(f'/webhooks/{number}/invocations')['invocations'][0]['id']}/attempts"
    )
    assert {row["status"] for row in tries["attempts"]} == {"Failed: 504"}


def test_10_duplicates_and_disorder_on_demand(account: Any, receiver: Any) -> None:
    account.solving_webhook(receiver.url, "{{ticket.id}}")
    numbers = [account.ticket()["id"] for _ in range(4)]
    account.control("/faults", {"duplicate_webhooks": 1})
    account.control(f"/tickets/{numbers[0]}/solve")
    first, second = receiver.wait(2)
    assert first.headers["X-Zendesk-Webhook-Invocation-Id"] == second.headers["X-Zendesk-Webhook-Invocation-Id"]

    account.control("/faults", method="DELETE")
    account.control("/faults", {"reorder_webhooks": 3})
    for number in numbers[1:]:
        account.control(f"/tickets/{number}/solve")
    order = [int(delivery.body) for delivery in receiver.wait(5)[2:]]
    assert sorted(order) == numbers[1:]
    assert order != numbers[1:]


def test_10_lost_and_circuit_broken_deliveries_never_come(account: Any, receiver: Any) -> None:
    webhook = account.solving_webhook(receiver.url, "{{ticket.id}}")
    numbers = [account.ticket()["id"] for _ in range(3)]
    account.control("/faults", {"circuit_broken": 1, "lose_webhooks": 0})
    account.control(f"/tickets/{numbers[0]}/solve")
    account.control("/faults", {"lose_webhooks": 1})
    account.control(f"/tickets/{numbers[1]}/solve")
    account.control(f"/tickets/{numbers[2]}/solve")
    assert [delivery.body for delivery in receiver.wait(1)] == [str(numbers[2]).encode()]
    assert account.sim.wait_idle()
    listed = account.get(f"/webhooks/{webhook}/invocations")["invocations"]
    assert [row["status"] for row in listed] == ["success", "failed", "circuit broken"]
    assert "status_code" not in listed[2]


def test_10_many_failures_break_the_circuit(account: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=500)
    webhook = account.solving_webhook(receiver.url)
    account.control("/limits", {"updates_per_ticket": 500})
    number = account.ticket()["id"]
    for _ in range(105):
        account.control(f"/tickets/{number}/solve")
        account.control(f"/tickets/{number}/reopen")
        account.sim.wait_idle()
    statuses = [row["status"] for row in account.get(f"/webhooks/{webhook}/invocations?page[size]=100")["invocations"]]
    assert statuses[:5] == ["circuit broken"] * 5
    assert len(receiver.got) == 100


def test_23_the_event_envelope_is_its_own_dialect(account: Any, receiver: Any) -> None:
    account.webhook(receiver.url, subscriptions=["zen:event-type:ticket.status_changed"])
    number = account.ticket()["id"]
    account.put(f"/tickets/{number}", {"ticket": {"status": "solved"}})
    delivery = receiver.wait(1)[0]
    assert delivery.body.endswith(b"}\n")
    assert b'"id": ' in delivery.body
    body = json.loads(delivery.body)
    assert body["type"] == "zen:event-type:ticket.status_changed"
    assert body["subject"] == f"zen:ticket:{number}"
    assert (body["event"]["current"], body["event"]["previous"]) == ("SOLVED", "NEW")
    assert (body["detail"]["id"], body["detail"]["status"]) == (str(number), "SOLVED")
    assert (body["detail"]["assignee_id"], body["detail"]["group_id"]) == ("0", "0")
    assert isinstance(body["account_id"], int)
