"""Behaviours 12 to 15: who may see what, how much at once, who reports issues, and details of customers."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
import requests

CLASSIC = "read:jira-work"


def test_12_invisible_is_missing_and_wrong_is_refused(site: Any) -> None:
    key = site.issue()
    assert requests.get(f"{site.base}/rest/api/3/issue/{key}", timeout=10).status_code == 404, "nobody signed in"
    assert requests.get(f"{site.base}/rest/api/3/myself", timeout=10).status_code == 401
    assert site.call("GET", f"/issue/{key}", auth=("deskpulse@acme.example", "wrong")).status_code == 401
    assert site.call("GET", f"/issue/{key}", auth=site.as_user("nora@desk.example")).status_code == 404
    missing = site.call("GET", "/issue/SD-999")
    assert missing.status_code == 404
    assert missing.json()["errorMessages"] == ["Issue does not exist or you do not have permission to see it."]
    site.control("/switches", {"hidden_projects": ["SD"]})
    assert site.call("GET", f"/issue/{key}").json() == missing.json()
    assert site.found("summary ~ Printer") == set()


def test_12_tokens_end_after_a_year(site: Any) -> None:
    assert site.call("GET", "/myself").status_code == 200
    site.control("/clock", {"advance": 366 * 86400})
    assert site.call("GET", "/myself").status_code == 401


def test_12_properties_of_others_need_an_administrator(site: Any) -> None:
    ann = site.fields(site.key("Still open"))["reporter"]["accountId"]
    path, params = "/user/properties/nps.last", {"accountId": ann}
    agent = site.as_user("sam@desk.example")
    refused = site.call("PUT", path, {"score": 9}, params=params, auth=agent)
    assert refused.status_code == 403
    site.put(path, {"score": 9}, 201, params=params)
    site.put(path, {"score": 8}, 200, params=params)
    assert site.get(path, params=params)["value"] == {"score": 8}
    own = {"accountId": site.call("GET", "/myself", auth=agent).json()["accountId"]}
    assert site.call("PUT", path, 1, params=own, auth=agent).status_code == 201
    assert site.call("POST", "/field", {"name": "x"}, auth=agent).status_code == 403
    assert site.call("GET", "/rest/webhooks/1.0/webhook", auth=agent).status_code == 403


def test_12_each_token_has_its_host(site: Any) -> None:
    gateway = site.gateway()
    scoped = site.as_user("deskpulse@acme.example", "scoped", scopes=["read:jira-user", CLASSIC])
    assert site.call("GET", "/myself", auth=scoped).status_code == 401
    assert site.call("GET", f"{gateway}/rest/api/3/myself").status_code == 401, "classic at the gateway"
    assert site.call("GET", f"{gateway}/rest/api/3/myself", auth=scoped).status_code == 200
    page = site.call("GET", f"{gateway}/rest/api/3/project/search?maxResults=1", auth=scoped).json()
    assert page["nextPage"].startswith(f"{site.base}{gateway}/rest/api/3/project/search")
    beyond = site.call("GET", f"{gateway}/rest/servicedeskapi/servicedesk", auth=scoped)
    assert (beyond.status_code, beyond.json()) == (401, {"code": 401, "message": "Unauthorized; scope does not match"})
    assert site.call("POST", f"{gateway}/rest/webhooks/1.0/webhook", {}, auth=scoped).status_code == 401
    assert site.call("GET", "/ex/jira/another/rest/api/3/myself", auth=scoped).status_code == 404
    whole = site.sim.access("scoped_token")
    auth = (whole.settings["email"], whole.secrets["api_token"])
    assert site.call("GET", f"{gateway}/rest/servicedeskapi/servicedesk", auth=auth).status_code == 200


def _limited(answer: requests.Response, reason: str) -> None:
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Reason"] == reason
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    datetime.fromisoformat(answer.headers["X-RateLimit-Reset"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer.headers["X-RateLimit-Reset"])


def test_13_bursts_are_counted_by_endpoint(still: Any) -> None:
    still.control("/limits", {"get": 2})
    still.control("/faults", {"status": 429, "retry_after": 7, "path": "/rest/api/3/status"})
    injected = still.call("GET", "/status")
    _limited(injected, "jira-burst-based")
    assert injected.headers["Retry-After"] == "7"
    answers = [still.call("GET", "/priority") for _ in range(3)]
    limited = next(one for one in answers if one.status_code == 429)
    _limited(limited, "jira-burst-based")
    assert still.call("GET", "/resolution").status_code == 200
    near = next(one for one in answers if one.headers["X-RateLimit-Remaining"] == "0" and one.status_code == 200)
    assert near.headers["X-RateLimit-NearLimit"] == "true"
    assert "X-RateLimit-Reset" not in near.headers


def test_13_customers_of_a_desk_five_a_second(still: Any) -> None:
    path = "/rest/servicedeskapi/servicedesk/1/customer"
    answers = [still.call("GET", path, headers={"X-ExperimentalApi": "opt-in"}).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_13_writes_to_one_issue(still: Any) -> None:
    one, other = still.issue(), still.issue()
    still.control("/limits", {"issue_writes_30s": 3, "put": 1000})
    path = "properties/nps.summary"
    answers = [still.call("PUT", f"/issue/{one}/{path}", 1) for _ in range(4)]
    _limited(answers[3], "jira-per-issue-on-write")
    assert still.call("PUT", f"/issue/{other}/{path}", 1).status_code == 201
    still.control("/clock", {"advance": 31})
    assert still.call("PUT", f"/issue/{one}/{path}", 1).status_code == 200


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"points_per_hour": 3}, "jira-quota-global-based"),
        ({"tenant_points_per_hour": 3}, "jira-quota-tenant-based"),
    ],
)
def test_13_points_are_for_apps_and_come_back_with_the_hour(still: Any, limits: Any, reason: str) -> None:
    still.control("/limits", limits)
    token = still.consent()
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{still.base}{still.gateway()}/rest/api/3/myself"
    assert requests.get(url, headers=headers, timeout=10).status_code == 200
    _limited(requests.get(url, headers=headers, timeout=10), reason)
    assert still.call("GET", "/myself").status_code == 200, "API tokens have no quota"
    still.control("/clock", {"advance": 3600})
    assert requests.get(url, headers={"Authorization": f"Bearer {still.consent()}"}, timeout=10).status_code == 200


def test_13_a_429_may_come_without_headers_and_a_503_with_retry_after(site: Any) -> None:
    for reason in ("jira-per-issue-on-write", "jira-quota-global-based", "jira-quota-tenant-based"):
        site.control("/faults", {"status": 429, "reason": reason})
        _limited(site.call("GET", "/status"), reason)
    site.control("/faults", {"status": 429, "reason": "none"})
    bare = site.call("GET", "/status")
    assert bare.status_code == 429
    assert not {"Retry-After", "RateLimit-Reason", "X-RateLimit-Reset"} & bare.headers.keys()
    site.control("/faults", {"status": 503, "retry_after": 3})
    busy = site.call("GET", "/status")
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "3")


def test_14_reporters_of_all_kinds(site: Any) -> None:
    made = {
        "customer": {"name": "Cy", "email": "cy@customer.example", "kind": "customer"},
        "hidden": {"name": "Hid", "email": "hid@desk.example", "email_hidden": True},
        "inactive": {"name": "Idle", "email": "idle@desk.example", "active": False},
        "app": {"name": "Bot", "kind": "app"},
        "deleted": {"name": "Dora", "email": "dora@customer.example", "kind": "customer"},
    }
    people, keys = {}, {}
    for word, values in made.items():
        people[word] = site.control("/users", values)["accountId"]
        keys[word] = site.issue(reporter={"accountId": people[word]})
    site.control(f"/users/{people['deleted']}", {"deleted": True})
    told = {word: site.fields(key)["reporter"] for word, key in keys.items()}
    assert told["customer"]["accountType"] == "customer"
    assert told["customer"]["accountId"].startswith("qm:")
    assert told["customer"]["emailAddress"] == "cy@customer.example"
    assert "emailAddress" not in told["hidden"]
    assert told["hidden"]["accountType"] == "atlassian"
    assert told["inactive"]["active"] is False
    assert told["app"]["accountType"] == "app"
    assert (told["deleted"]["accountId"], told["deleted"]["displayName"]) == ("unknown", "Former user")
    assert site.call("GET", "/user", params={"accountId": people["deleted"]}).status_code == 404
    assert "emailAddress" not in site.get("/user", params={"accountId": people["hidden"]})
    assert site.call("GET", "/user/email", params={"accountId": people["hidden"]}).status_code == 403
    assert site.fields(keys["app"])["assignee"] is None


def test_14_every_tenth_address_may_be_hidden(site: Any) -> None:
    for number in range(12):
        site.control("/users", {"name": f"C{number}", "email": f"c{number}@customer.example", "kind": "customer"})

    def addresses() -> int:
        return sum("emailAddress" in one for one in site.get("/users/search", params={"maxResults": 100}))

    before = addresses()
    site.control("/switches", {"hide_tenth_email": True})
    assert addresses() == before - 1
    site.control("/switches", {"hide_all_emails": True})
    assert addresses() == 0


def test_15_details_of_customers(site: Any) -> None:
    base = f"/jsm/csm/cloudid/{site.control('/site', method='GET')['cloud_id']}/api/v1"
    ann = site.fields(site.key("Still open"))["reporter"]["accountId"]
    path = f"{base}/customer/{ann}/details"

    def put(values: Any, name: str = "Last NPS", where: str = path) -> int:
        return int(site.call("PUT", where, {"values": values}, params={"fieldName": name}).status_code)

    assert put(["9"]) == 404, "the field is unknown"
    site.post(f"{base}/customer/details", {"name": "Last NPS", "type": {"name": "NUMBER"}})
    assert site.call("POST", f"{base}/customer/details", {"name": "x"}).status_code == 400
    assert put(["9"]) == 200
    assert put([9]) == 400
    assert put("9") == 400
    told = site.get(f"{base}/customer/{ann}")
    assert [one["values"] for one in told["details"] if one["name"] == "Last NPS"] == [["9"]]
    site.control("/switches", {"details_delay": 10})
    new = site.control("/users", {"name": "Newt", "kind": "customer"})["accountId"]
    assert put(["9"], where=f"{base}/customer/{new}/details") == 404, "made a moment ago"
    site.control("/clock", {"advance": 11})
    assert put(["9"], where=f"{base}/customer/{new}/details") == 200
    assert site.call("POST", f"{base}/customer/details/bulk", {}).status_code == 400
    assert site.call("POST", f"{base}/customer/details/bulk", {}, headers={"Idempotency-Key": "1"}).status_code == 202
    site.control("/switches", {"customer_details": False})
    assert site.call("GET", f"{base}/customer/details").status_code == 404
