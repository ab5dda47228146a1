"""Webhooks that an OAuth app registers for itself (section 2.1 of the vendor's facts)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import requests

SCOPES = "read:jira-work manage:jira-webhook"


def _ask(site: Any, method: str, path: str, body: Any = None, token: str = "") -> requests.Response:
    headers = {"Authorization": f"Bearer {token or site.tokens['access_token']}"}
    url = f"{site.base}{site.gateway()}/rest/api/3{path}"
    return requests.request(method, url, json=body, headers=headers, timeout=10)


def _wanted(url: str, **more: Any) -> Any:
    webhook = {"events": ["jira:issue_updated"], "jqlFilter": "project = SD", "fieldIdsFilter": ["status"]}
    return {"url": url, "webhooks": [webhook | more]}


def test_a_delivery_carries_a_token_signed_with_the_apps_secret(site: Any, receiver: Any) -> None:
    site.consent(SCOPES)
    made = _ask(site, "POST", "/webhook", _wanted(receiver.url)).json()["webhookRegistrationResult"]
    assert made[0]["createdWebhookId"] >= 1000
    assert site.get("/rest/webhooks/1.0/webhook") == [], "the administrator's list has its own"
    key = site.issue()
    site.put(f"/issue/{key}", {"fields": {"labels": ["x"]}})
    site.transition(key, "31")
    delivery = receiver.wait(1)[0]
    assert site.sim.wait_idle()
    assert len(receiver.got) == 1, "other fields than the status are not told"
    assert "X-Hub-Signature" not in delivery.headers
    text, _, signature = delivery.headers["Authorization"].removeprefix("Bearer ").rpartition(".")
    client = site.control("/oauth/client")
    digest = hmac.new(client["client_secret"].encode(), text.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == signature
    claims = text.partition(".")[2]
    assert json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"] == client["client_id"]


def test_it_ends_after_thirty_days_unless_refreshed(site: Any, receiver: Any) -> None:
    site.consent(SCOPES)
    number = _ask(site, "POST", "/webhook", _wanted(receiver.url)).json()["webhookRegistrationResult"][0][
        "createdWebhookId"
    ]
    key = site.issue()
    site.control("/clock", {"advance": 20 * 86400})
    site.consent(SCOPES)
    assert _ask(site, "PUT", "/webhook/refresh", {"webhookIds": [number]}).status_code == 200
    site.control("/clock", {"advance": 20 * 86400})
    site.transition(key, "31")
    receiver.wait(1)
    site.control("/clock", {"advance": 11 * 86400})
    site.transition(key, "61")
    assert site.sim.wait_idle()
    assert len(receiver.got) == 1
    site.consent(SCOPES)
    assert _ask(site, "GET", "/webhook").json()["values"] == []


def test_bad_ones_fail_each_for_itself(site: Any) -> None:
    site.consent(SCOPES)
    wanted = _wanted("https://nps.example.com")
    (sound,) = wanted["webhooks"]
    wanted["webhooks"] += [
        sound | {"jqlFilter": "summary ~ x"},
        sound | {"events": ["moon"]},
        sound | {"jqlFilter": ""},
    ]
    answer = _ask(site, "POST", "/webhook", wanted)
    assert answer.status_code == 200
    assert ["errors" in one for one in answer.json()["webhookRegistrationResult"]] == [False, True, True, True]
    more = _wanted("https://nps.example.com")
    more["webhooks"] *= 5
    assert sum("errors" in one for one in _ask(site, "POST", "/webhook", more).json()["webhookRegistrationResult"]) == 1


def test_they_are_for_apps_alone(site: Any, receiver: Any) -> None:
    assert site.call("POST", "/webhook", _wanted(receiver.url)).status_code == 403
    site.consent("read:jira-work")
    assert _ask(site, "POST", "/webhook", _wanted(receiver.url)).status_code == 401
