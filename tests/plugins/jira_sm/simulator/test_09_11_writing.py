"""Behaviours 9 to 11: comments, edits that are whole or not at all, properties, fields and screens."""

from __future__ import annotations

import json
from typing import Any

import pytest

DESK = "/rest/servicedeskapi"
INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]
NUMBER = "com.atlassian.jira.plugin.system.customfieldtypes:float"
SEARCHER = "com.atlassian.jira.plugin.system.customfieldtypes:exactnumber"
SELECT = "com.atlassian.jira.plugin.system.customfieldtypes:select"


def _document(*texts: Any) -> Any:
    return {"version": 1, "type": "doc", "content": [{"type": "paragraph", "content": list(texts)}]}


def _text(words: str, *marks: str) -> Any:
    return {"type": "text", "text": words} | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


@pytest.mark.parametrize(
    "body",
    [
        "NPS 9",
        {"type": "doc", "content": []},
        _document(_text("")),
        {"version": 1, "type": "doc", "content": [_text("bare")]},
        None,
    ],
)
def test_09_a_comment_is_a_document(site: Any, body: Any) -> None:
    answer = site.call("POST", f"/issue/{site.issue()}/comment", {"body": body})
    assert answer.status_code == 400
    assert answer.json()["errors"]


def test_09_public_unless_marked_internal(site: Any) -> None:
    key = site.issue()
    document = _document(_text("NPS "), _text("9", "strong"))
    public = site.post(f"/issue/{key}/comment", {"body": document})
    internal = site.post(f"/issue/{key}/comment", {"body": document, "properties": INTERNAL})
    assert (public["jsdPublic"], internal["jsdPublic"]) == (True, False)
    assert public["body"] == document
    listed = site.get(f"/issue/{key}/comment")
    assert (listed["total"], [one["jsdPublic"] for one in listed["comments"]]) == (2, [True, False])
    path = f"/issue/{key}/comment/{internal['id']}"
    assert site.put(path, {"body": document}, 200)["jsdPublic"] is False
    assert site.put(path, {"body": document, "properties": []}, 200)["jsdPublic"] is True
    v2 = site.call("POST", f"/rest/api/2/issue/{key}/comment", {"body": "NPS *9*"})
    assert v2.json()["body"] == "NPS *9*"
    assert site.get(f"/issue/{key}/comment/{v2.json()['id']}")["body"] == document


def test_09_servicedeskapi_honours_public(site: Any) -> None:
    key = site.key("Still open")
    path = f"{DESK}/request/{key}/comment"
    assert site.post(path, {"body": "NPS 9", "public": False})["public"] is False
    assert site.post(path, {"body": "Hello"})["public"] is True
    assert [one["jsdPublic"] for one in site.get(f"/issue/{key}/comment")["comments"]] == [False, True]
    assert [one["body"] for one in site.get(path, params={"internal": "false"})["values"]] == ["Hello"]
    assert site.call("POST", path, {"body": ""}).status_code == 400
    assert site.call("POST", path, {"body": "x" * 32_768}).status_code == 400


def test_09_a_public_comment_mails_the_customer_an_internal_one_nobody(site: Any) -> None:
    path = f"{DESK}/request/{site.key('Still open')}/comment"
    site.post(path, {"body": "secret", "public": False})
    site.post(path, {"body": "See https://nps.example.com/s/abc"})
    (mail,) = site.control("/mails", method="GET")
    assert mail["to"] == "ann@customer.example"
    assert "https://nps.example.com/s/abc" in mail["body"]
    site.post(f"{DESK}/request/{site.key('Just solved')}/comment", {"body": "no address"})
    assert len(site.control("/mails", method="GET")) == 1


def test_09_automation_reopens_on_comments(site: Any) -> None:
    key = site.key("Just solved")
    site.post(f"{DESK}/request/{key}/comment", {"body": "How was it?"})
    assert site.fields(key)["status"]["name"] == "Resolved"
    site.control("/switches", {"reopen_on_agent_comment": True})
    site.post(f"{DESK}/request/{key}/comment", {"body": "internal", "public": False})
    assert site.fields(key)["status"]["name"] == "Resolved"
    site.post(f"{DESK}/request/{key}/comment", {"body": "How was it?"})
    assert site.fields(key)["status"]["name"] == "In Progress"
    site.control(f"/tickets/{key}/solve")
    site.control(f"/tickets/{key}/comment", {"customer": True, "text": "Still broken"})
    assert site.control(f"/tickets/{key}", method="GET")["open"] is True


def test_10_an_edit_is_whole_or_not_at_all(site: Any, receiver: Any) -> None:
    number = site.post("/field", {"name": "NPS score", "type": NUMBER, "searcherKey": SEARCHER})["id"]
    site.webhook(receiver.url, events=["jira:issue_updated"])
    key = site.issue()
    answer = site.call("PUT", f"/issue/{key}", {"fields": {"labels": ["x"], number: 9}})
    assert answer.status_code == 400
    message = f"Field '{number}' cannot be set. It is not on the appropriate screen, or unknown."
    assert answer.json() == {"errorMessages": [], "errors": {number: message}}
    assert site.fields(key)["labels"] == []
    site.post(f"/screens/addToDefault/{number}", {}, 200)
    assert site.call("PUT", f"/issue/{key}", {"fields": {number: "nine"}}).status_code == 400
    properties = [{"key": "nps.summary", "value": {"score": 9}}]
    site.put(f"/issue/{key}?notifyUsers=false", {"fields": {number: 9}, "properties": properties})
    assert site.get(f"/issue/{key}?properties=nps.summary")["properties"] == {"nps.summary": {"score": 9}}
    assert site.fields(key)[number] == 9.0
    body = json.loads(receiver.wait(1)[0].body)
    assert body["user"]["accountId"] == site.get("/myself")["accountId"]
    assert body["changelog"]["items"][0]["fieldId"] == number
    same = site.put(f"/issue/{key}?returnIssue=true", {"fields": {number: 9}}, 200)
    assert same["fields"][number] == 9.0
    assert site.sim.wait_idle()
    assert len(receiver.got) == 1, "nothing changed is no update"


def test_10_a_closed_issue_refuses_edits_but_takes_properties(site: Any) -> None:
    key = site.key("Old and closed")
    assert site.call("PUT", f"/issue/{key}", {"fields": {"labels": ["x"]}}).status_code == 400
    site.put(f"/issue/{key}/properties/nps.summary", {"score": 3}, 201)


def test_10_properties_make_no_update(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url, events=["jira:issue_updated", "issue_property_set"])
    key = site.issue()
    path = f"/issue/{key}/properties/nps.summary"
    before = site.fields(key)["updated"]
    site.put(path, {"score": 9}, 201)
    site.put(path, {"score": 8}, 200)
    assert site.get(path) == {"key": "nps.summary", "value": {"score": 8}}
    assert site.call("PUT", path, "x" * 32_767).status_code == 400
    assert site.call("PUT", path, "x" * 32_766).status_code == 200
    told = [json.loads(one.body)["webhookEvent"] for one in receiver.wait(3)]
    assert site.sim.wait_idle()
    assert set(told) == {"issue_property_set"}
    assert len(receiver.got) == 3
    assert site.fields(key)["updated"] == before
    assert site.call("DELETE", path).status_code == 204
    assert site.call("GET", path).status_code == 404


def test_10_properties_of_many_issues_at_once(site: Any) -> None:
    keys = [site.issue(), site.issue()]
    rows = [{"issueID": int(site.get(f"/issue/{key}")["id"]), "properties": {"nps.summary": 9}} for key in keys]
    answer = site.call("POST", "/issue/properties/multi", {"issues": rows}, allow_redirects=False)
    assert answer.status_code == 303
    assert [site.get(f"/issue/{key}/properties/nps.summary")["value"] for key in keys] == [9, 9]
    assert site.call("POST", "/issue/properties/multi", {"issues": []}).status_code == 400


def test_10_comments_raise_two_events(site: Any, receiver: Any) -> None:
    site.webhook(receiver.url, events=["jira:issue_updated", "comment_created"])
    site.post(f"/issue/{site.issue()}/comment", {"body": _document(_text("hi")), "properties": INTERNAL})
    told = {json.loads(one.body)["webhookEvent"]: json.loads(one.body) for one in receiver.wait(2)}
    assert told.keys() == {"jira:issue_updated", "comment_created"}
    assert "changelog" not in told["jira:issue_updated"]
    assert told["comment_created"]["comment"]["jsdPublic"] is False


def test_10_a_changelog_newest_or_oldest_first(site: Any) -> None:
    key = site.issue()
    site.transition(key, "11")
    site.transition(key, "31")
    whole = site.get(f"/issue/{key}?expand=changelog")["changelog"]["histories"]
    paged = site.get(f"/issue/{key}/changelog")
    assert [one["id"] for one in whole] == [one["id"] for one in reversed(paged["values"])]
    assert paged["isLast"] is True
    assert whole[0]["items"][0]["toString"] == "Resolved"


def test_11_a_field_made_twice_is_two_fields(site: Any) -> None:
    wanted = {"name": "NPS score", "type": NUMBER, "searcherKey": SEARCHER}
    first, second = site.post("/field", wanted), site.post("/field", wanted)
    assert first["id"] != second["id"]
    found = site.get("/field/search", params={"query": "NPS", "type": "custom"})["values"]
    assert [one["name"] for one in found] == ["NPS score"] * 2
    assert site.call("POST", "/field", {"name": "x", "type": "moon"}).status_code == 400
    assert site.call("POST", "/field", {"name": "", "type": NUMBER}).status_code == 400


def test_11_a_field_is_put_on_a_screen_once(site: Any) -> None:
    number = site.post("/field", {"name": "NPS score", "type": NUMBER})["id"]
    screen = site.get("/screens")["values"][0]["id"]
    tab = site.get(f"/screens/{screen}/tabs")[0]["id"]
    path = f"/screens/{screen}/tabs/{tab}/fields"
    site.post(path, {"fieldId": number}, 200)
    assert number in [one["id"] for one in site.get(path)]
    assert site.call("POST", path, {"fieldId": number}).status_code == 400
    assert site.call("POST", f"/screens/addToDefault/{number}").status_code == 400


def test_11_association_reaches_company_managed_projects_only(site: Any) -> None:
    number = site.post("/field", {"name": "NPS score", "type": NUMBER})["id"]
    team = site.control("/projects", {"name": "Team", "key": "TEAM", "simplified": True})
    fields = [{"type": "FIELD_ID", "identifier": number}]

    def wanted(project: str) -> Any:
        return {"fields": fields, "associationContexts": [{"type": "PROJECT_ID", "identifier": project}]}

    assert site.call("PUT", "/field/association", wanted(team["id"])).status_code == 400
    site.put("/field/association", wanted(site.get("/project/SD")["id"]))
    site.put(f"/issue/{site.issue('NETW')}", {"fields": {number: 7}})
    assert site.call("PUT", f"/issue/{site.issue('TEAM')}", {"fields": {number: 7}}).status_code == 400


def test_11_a_deleted_field_leaves_screens_and_issues(site: Any) -> None:
    number = site.post("/field", {"name": "NPS score", "type": NUMBER})["id"]
    site.post(f"/screens/addToDefault/{number}", {}, 200)
    key = site.issue(**{number: 9})
    answer = site.call("DELETE", f"/field/{number}", allow_redirects=False)
    assert answer.status_code == 303
    assert site.get(answer.headers["Location"].removeprefix(site.base))["status"] == "COMPLETE"
    assert number not in site.fields(key)
    assert site.call("DELETE", f"/field/{number}").status_code == 404


def test_11_choices_of_a_select_field(site: Any) -> None:
    number = site.post("/field", {"name": "NPS group", "type": SELECT})["id"]
    site.post(f"/screens/addToDefault/{number}", {}, 200)
    context = site.get(f"/field/{number}/context")["values"][0]["id"]
    path = f"/field/{number}/context/{context}/option"
    site.post(path, {"options": [{"value": "Promoter"}, {"value": "Detractor"}]}, 200)
    assert [one["value"] for one in site.get(path)["values"]] == ["Promoter", "Detractor"]
    assert site.call("POST", path, {"options": [{"value": "Promoter"}]}).status_code == 400
    key = site.issue(**{number: {"value": "Promoter"}})
    assert site.fields(key)[number]["value"] == "Promoter"
    assert site.call("PUT", f"/issue/{key}", {"fields": {number: {"value": "Moon"}}}).status_code == 400
