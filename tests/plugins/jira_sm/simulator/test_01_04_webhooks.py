"""Behaviours 1 to 4: signatures, retries, lost and doubled deliveries, and what bodies lack."""

from __future__ import annotations

import hashlib
import hmac
import json
from threading import Event
from typing import Any

import pytest
from werkzeug import Response

from deskpulse_jira_sm.simulator.delivery import signature

VENDOR_VECTORS = [
    (
        "It's a Secret to Everybody",
        b"Hello World!",
        "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
    ),
    (
        "nps-demo-secret",
        '{"summary":"Käse 🧀"}'.encode(),
        "sha256=11468244ff678f8908a667c3c778da011ac393d3d07718b7b5d5d117a2f0e6d4",
    ),
    (
        "nps-demo-secret",
        (
            b'{"timestamp":1735442025214,"webhookEvent":"jira:issue_updated","issue_event_type_name":"issue_generic",'
            b'"issue":{"id":"10021","key":"SUP-22"},"changelog":{"id":"10026","items":[{"field":"status","fieldtype":"jira",'
            b'"fieldId":"status","from":"3","fromString":"In Progress","to":"5","toString":"Resolved"}]}}'
        ),
        "sha256=c870c8c2a23e112b7e85d3a85d284613448c7be3d97fb9e36ba8c99c652ce6a9",
    ),
]


def _bodies(receiver: Any, count: int) -> list[Any]:
    return [json.loads(one.body) for one in receiver.wait(count)]


@pytest.mark.parametrize(("secret", "body", "header"), VENDOR_VECTORS)
def test_01_the_vendors_vectors_hold(secret: str, body: bytes, header: str) -> None:
    assert signature(secret, body) == header


def test_01_the_raw_body_is_signed(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url, secret="Käse")
    site.issue(summary="Käse 🧀")
    delivery = receiver.wait(1)[0]
    digest = hmac.new("Käse".encode(), delivery.body, hashlib.sha256).hexdigest()
    assert delivery.headers["X-Hub-Signature"] == f"sha256={digest}"
    assert delivery.headers["User-Agent"] == "Atlassian Webhook HTTP Client"
    assert delivery.headers["Content-Type"] == "application/json"


def test_01_without_a_secret_there_is_no_signature_and_a_secret_is_never_told(site: Any, receiver: Any) -> None:
    made = site.webhook(receiver.url, secret="")
    assert made["isSigned"] is False
    site.issue()
    assert "X-Hub-Signature" not in receiver.wait(1)[0].headers
    path = made["self"].removeprefix(site.base)
    changed = site.put(path, {"secret": "s3cret"}, 200)
    assert changed["isSigned"] is True
    assert "s3cret" not in json.dumps([changed, *site.get("/rest/webhooks/1.0/webhook")])
    assert site.put(path, {"name": "Other"}, 200)["isSigned"] is True, "left out on PUT, the secret stays"


def test_01_only_https_addresses_and_known_events_are_taken(site: Any, receiver: Any) -> None:
    path, sound = "/rest/webhooks/1.0/webhook", {"name": "x", "url": receiver.url, "events": ["jira:issue_updated"]}
    for change in (
        {"url": "http://nps.example.com"},
        {"url": "https://nps.example.com:80/in"},
        {"events": ["moon"]},
        {"events": []},
        {"name": ""},
    ):
        assert site.call("POST", path, sound | change).status_code == 400
    made = site.post(path, sound)
    assert site.call("DELETE", made["self"].removeprefix(site.base)).status_code == 204
    assert site.get(path) == []


def test_02_the_identifier_stays_and_the_count_comes_with_the_second_try(site: Any, receiver: Any) -> None:
    site.control("/delivery", {"scale": 0.0001})
    receiver.answer = lambda number: Response(status=503 if number < 3 else 202)
    site.webhook(receiver.url)
    site.issue()
    tries = receiver.wait(3)
    assert len({one.headers["X-Atlassian-Webhook-Identifier"] for one in tries}) == 1
    assert [one.headers.get("X-Atlassian-Webhook-Retry") for one in tries] == [None, "1", "2"]
    assert len({one.body for one in tries}) == 1


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
def test_02_five_retries_at_the_most(site: Any, receiver: Any, status: int) -> None:
    site.control("/delivery", {"scale": 0.00001})
    receiver.answer = lambda number: Response(status=status)
    site.webhook(receiver.url)
    site.issue()
    receiver.wait(6)
    assert site.sim.wait_idle()
    (delivery,) = site.control("/deliveries", method="GET")
    assert [one["status_code"] for one in delivery["attempts"]] == [status] * 6


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 301])
def test_02_other_answers_are_final(site: Any, receiver: Any, status: int) -> None:
    site.control("/delivery", {"scale": 0.0})
    receiver.answer = lambda number: Response(status=status)
    site.webhook(receiver.url)
    site.issue()
    receiver.wait(1)
    assert site.sim.wait_idle()
    (delivery,) = site.control("/deliveries", method="GET")
    assert len(delivery["attempts"]) == 1


def test_02_waits_are_five_to_fifteen_minutes_on_the_sites_clock(site: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=503 if number == 1 else 202)
    site.webhook(receiver.url)
    site.issue()
    receiver.wait(1)
    assert site.sim.wait_idle()
    site.control("/clock", {"advance": 299})
    assert site.sim.wait_idle()
    assert len(receiver.got) == 1
    site.control("/clock", {"advance": 602})
    receiver.wait(2)


def test_02_after_half_an_hour_of_failures_there_is_a_single_attempt(site: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=503)
    site.webhook(receiver.url)
    site.issue()
    receiver.wait(1)
    assert site.sim.wait_idle()
    site.control("/clock", {"advance": 901})
    receiver.wait(2)
    assert site.sim.wait_idle()
    site.control("/clock", {"advance": 1000})
    receiver.wait(3)
    site.issue()
    receiver.wait(4)
    assert site.sim.wait_idle()
    site.control("/clock", {"advance": 86400})
    assert site.sim.wait_idle()
    assert len(receiver.got) == 4


def test_02_a_receiver_that_is_too_slow_is_tried_again(site: Any, receiver: Any) -> None:
    enough = Event()
    site.control("/delivery", {"scale": 0.0001, "timeout": 0.1})

    def slow(number: int) -> Response:
        if number == 1:
            enough.wait(5)
        return Response(status=202)

    receiver.answer = slow
    site.webhook(receiver.url)
    site.issue()
    receiver.wait(2)
    enough.set()


def test_03_deliveries_are_doubled_lost_and_shuffled(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url, events=["jira:issue_created"])
    site.control("/faults", {"duplicate_webhooks": 1})
    site.issue(summary="twice")
    first, second = receiver.wait(2)
    name = "X-Atlassian-Webhook-Identifier"
    assert (first.headers[name], first.body) == (second.headers[name], second.body)
    site.control("/faults", method="DELETE")
    site.control("/faults", {"lose_webhooks": 1})
    site.issue(summary="lost")
    site.control("/faults", {"reorder_webhooks": 2})
    site.issue(summary="one")
    site.issue(summary="two")
    told = [body["issue"]["fields"]["summary"] for body in _bodies(receiver, 4)[2:]]
    assert told == ["two", "one"]


def test_03_bulk_operations_flow_second(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url, events=["jira:issue_updated"])
    keys = [site.issue(), site.issue()]
    site.transition(keys[0], "11")
    assert receiver.wait(1)[0].headers["X-Atlassian-Webhook-Flow"] == "Primary"
    site.control("/bulk/solve", {"ids": keys})
    solved = [one for one in receiver.wait(5) if "Resolved" in one.body.decode()]
    assert {one.headers["X-Atlassian-Webhook-Flow"] for one in solved} >= {"Secondary"}


def test_04_webhooks_tell_less_than_rest_and_other_names(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url)
    key = site.issue()
    body = _bodies(receiver, 1)[0]
    people = [body["user"], body["issue"]["fields"]["reporter"], body["issue"]["fields"]["creator"]]
    assert all(not {"emailAddress", "locale", "groups"} & person.keys() for person in people)
    assert body["issue"]["self"] == f"{site.base}/rest/api/2/{body['issue']['id']}"
    assert body["webhookEvent"] == "jira:issue_created"
    assert body["changelog"]["items"][0]["field"] == "Status"
    told, rest = body["issue"]["fields"]["status"], site.fields(key)["status"]
    assert (told["statusCategory"]["name"], rest["statusCategory"]["name"]) == ("New", "To Do")
    assert told["statusCategory"]["key"] == rest["statusCategory"]["key"] == "new"
    document = {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "hi"}]}],
    }
    site.put(f"/issue/{key}", {"fields": {"description": document}})
    assert _bodies(receiver, 2)[1]["issue"]["fields"]["description"] == "hi"
    assert site.fields(key)["description"] == document


def test_04_field_ids_may_be_absent_and_bodies_minimal(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url, events=["jira:issue_updated"])
    key = site.issue()
    site.control("/switches", {"omit_field_id": True, "minimal_bodies": True})
    site.transition(key, "11")
    body = _bodies(receiver, 1)[0]
    assert "fieldId" not in body["changelog"]["items"][0]
    assert "id" not in body["issue"]
    assert "status" not in body["issue"]["fields"]


def test_04_a_post_function_sends_neither_event_nor_changelog(site: Any, receiver: Any) -> None:
    site.control("/switches", {"post_function_bodies": True})
    site.webhook(receiver.url, events=["jira:issue_updated"])
    site.transition(site.issue(), "31")
    body = _bodies(receiver, 1)[0]
    assert not {"webhookEvent", "changelog"} & body.keys()
    assert body["transition"]["to_status"] == "Resolved"


def test_04_filters_are_judged_after_the_change(site: Any, receiver: Any) -> None:
    filters = {"issue-related-events-section": "project in (SD, OPS) AND statusCategory = Done"}
    site.webhook(receiver.url, events=["jira:issue_updated"], filters=filters)
    other, key = site.issue("NETW"), site.issue()
    for one in (other, key):
        site.transition(one, "31")
    site.put(f"/issue/{key}", {"fields": {"labels": ["later"]}})
    told = _bodies(receiver, 2)
    assert [body["issue"]["key"] for body in told] == [key, key]
    assert [[item["fieldId"] for item in body["changelog"]["items"]] for body in told] == [
        ["status", "resolution"],
        ["labels"],
    ]


def test_04_automation_sends_a_web_request_with_a_header(site: Any, receiver: Any) -> None:
    rule = {"url": receiver.url + "?k={{issue.key}}", "to": ["done"], "headers": {"X-Secret": "s3cret"}}
    custom = {
        "body": "custom",
        "custom": '{"id":"{{issue.id}}","s":{{issue.summary.asJsonString}},"by":"{{initiator.displayName}}"}',
    }
    for more in ({"body": "issue_jira"}, {"body": "issue_automation"}, custom, {"body": "empty"}):
        site.control("/automation", rule | more)
    receiver.answer = lambda number: Response(status=503)
    key = site.issue(summary='say "hi"')
    site.transition(key, "11")
    site.transition(key, "31")
    calls = receiver.wait(4)
    assert site.sim.wait_idle()
    assert len(receiver.got) == 4, "a rule's request is not repeated"
    assert {one.headers["X-Secret"] for one in calls} == {"s3cret"}
    assert {one.path for one in calls} == {f"/in?k={key}"}
    bodies = [json.loads(one.body) for one in calls if one.body]
    assert {"id": site.get(f"/issue/{key}")["id"], "s": 'say "hi"', "by": "DeskPulse"} in bodies
    assert sum("changelog" in body for body in bodies) == 1
    assert "s3cret" not in json.dumps(site.control("/automation", method="GET"))
