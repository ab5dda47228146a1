"""Behaviours 16 and 17: Data Center, and issues that move or go."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
import requests
from werkzeug import Response

PATH = "/rest/jira-webhook/1.0/webhooks"


def _webhook(server: Any, url: str, **more: Any) -> Any:
    raw = {"name": "NPS", "url": url, "events": ["jira:issue_updated"], "active": True, "scopeType": "global"}
    return server.post(PATH, raw | more)


def test_16_the_secret_is_read_from_the_configuration_alone(server: Any, receiver: Any) -> None:
    _webhook(server, receiver.url, secret="ignored")
    key = server.issue()
    server.transition(key, "31")
    assert "X-Hub-Signature" not in receiver.wait(1)[0].headers
    configuration = {"SECRET": "k", "EXCLUDE_BODY": "false", "FILTERS": "project = SD"}
    made = _webhook(server, receiver.url, configuration=configuration)
    assert isinstance(made["id"], int)
    assert "SECRET" not in json.dumps(made)
    server.transition(key, "61")
    signed = [one for one in receiver.wait(3)[1:] if "X-Hub-Signature" in one.headers]
    assert [one.headers["X-Hub-Signature"] for one in signed] == [
        "sha256=" + hmac.new(b"k", signed[0].body, hashlib.sha256).hexdigest()
    ]


def test_16_no_identifier_and_no_retries(server: Any, receiver: Any) -> None:
    receiver.answer = lambda number: Response(status=503)
    _webhook(server, receiver.url)
    server.control("/delivery", {"scale": 0.0})
    server.transition(server.issue(), "31")
    headers = receiver.wait(1)[0].headers
    assert server.sim.wait_idle()
    assert len(receiver.got) == 1
    assert not [name for name in headers if name.startswith("X-Atlassian-Webhook")]


def test_16_people_have_names_keys_and_addresses(server: Any, receiver: Any) -> None:
    _webhook(server, receiver.url + "?id={issue.id}")
    key = server.issue(assignee={"name": "sam@desk.example"})
    server.transition(key, "31")
    delivery = receiver.wait(1)[0]
    body = json.loads(delivery.body)
    assert delivery.path.endswith(f"?id={body['issue']['id']}")
    assert body["user"]["emailAddress"] == "deskpulse@acme.example"
    assert body["issue"]["self"].endswith(f"/rest/api/2/issue/{body['issue']['id']}")
    assignee = body["issue"]["fields"]["assignee"]
    assert assignee["key"].startswith("JIRAUSER1")
    assert "accountId" not in assignee
    assert server.get("/user", params={"key": assignee["key"]})["name"] == "sam@desk.example"
    assert server.get("/user", params={"username": "sam@desk.example"})["key"] == assignee["key"]


def test_16_v2_is_wiki_text_and_v3_is_unknown(server: Any) -> None:
    key = server.issue(description="*bold*")
    assert server.fields(key)["description"] == "*bold*"
    assert server.post(f"/issue/{key}/comment", {"body": "hi"})["body"] == "hi"
    assert server.call("GET", "/rest/api/3/myself").status_code == 404
    assert server.get("/rest/api/latest/myself")["key"]
    info = requests.get(f"{server.base}/rest/api/2/serverInfo", timeout=10).json()
    assert (info["deploymentType"], info["versionNumbers"][0]) == ("Server", 10)
    assert requests.get(f"{server.base}/_edge/tenant_info", timeout=10).status_code == 404


def test_16_an_issue_has_no_date_of_its_category(server: Any) -> None:
    key = server.issue()
    assert "statuscategorychangedate" not in server.fields(key)
    assert server.call("POST", "/search", {"jql": "statusCategoryChangedDate > -1d"}).status_code == 400


def test_16_search_has_totals(server: Any) -> None:
    for _ in range(3):
        server.issue()
    body = server.post(
        "/search", {"jql": "summary ~ printer", "startAt": 1, "maxResults": 1, "fields": ["status"]}, 200
    )
    assert (body["total"], body["startAt"], len(body["issues"])) == (3, 1, 1)
    assert body["issues"][0]["fields"].keys() == {"status"}
    assert server.get("/search", params={"jql": "summary ~ printer"})["total"] == 3


def test_16_tokens_are_bearers_and_limits_a_bucket(server: Any) -> None:
    assert requests.get(f"{server.base}/rest/api/2/myself", auth=("a", "b"), timeout=10).status_code == 401
    server.control("/limits", {"bucket": 2})
    answers = [server.call("GET", "/myself") for _ in range(5)]
    limited = answers[-1]
    assert limited.status_code == 429
    assert {"Retry-After", "X-RateLimit-Limit", "X-RateLimit-FillRate"} <= limited.headers.keys()
    assert "RateLimit-Reason" not in limited.headers


def test_16_many_desk_calls_are_experimental_and_there_is_no_forge(server: Any) -> None:
    path = "/rest/servicedeskapi/organization"
    assert server.call("GET", path).status_code == 412
    assert server.call("GET", path, headers={"X-ExperimentalApi": "opt-in"}).status_code == 200
    assert server.call("GET", "/rest/servicedeskapi/servicedesk").status_code == 200
    with pytest.raises(ValueError, match="Data Center"):
        server.sim.install_app(b"", {})


def test_17_a_move_to_another_workflow_is_a_change_of_status(site: Any, receiver: Any) -> None:
    site.control("/projects", {"name": "Team", "key": "TEAM", "simplified": True})
    key = site.issue()
    site.transition(key, "31")
    solved = site.fields(key)["statuscategorychangedate"]
    site.webhook(receiver.url, events=["jira:issue_updated"])
    site.control(f"/tickets/{key}/move", {"group": "TEAM"})
    body = json.loads(receiver.wait(1)[0].body)
    (item,) = (one for one in body["changelog"]["items"] if one["fieldId"] == "status")
    assert (item["fromString"], item["toString"]) == ("Resolved", "To Do")
    assert body["issue"]["fields"]["statuscategorychangedate"] > solved


def test_17_a_moved_issue_keeps_its_id(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url, events=["jira:issue_updated"])
    key = site.issue()
    number = site.get(f"/issue/{key}")["id"]
    site.control(f"/tickets/{key}/move", {"group": "NETW"})
    moved = site.get(f"/issue/{number}")
    assert moved["key"].startswith("NETW-")
    assert site.get(f"/issue/{key}")["id"] == number, "the old key leads on"
    items = json.loads(receiver.wait(1)[0].body)["changelog"]["items"]
    assert [item["field"] for item in items] == ["project", "Key"]


def test_17_a_deleted_issue_is_gone_before_it_is_read(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url, events=["jira:issue_updated", "jira:issue_deleted"])
    key = site.issue()
    site.transition(key, "31")
    site.control(f"/tickets/{key}/delete")
    told = json.loads(receiver.wait(1)[0].body)
    assert site.call("GET", f"/issue/{told['issue']['id']}").status_code == 404
    assert site.call("GET", f"/rest/servicedeskapi/request/{key}").status_code == 404
