"""Behaviours 16 to 19: fields, groups and agents, archived tickets, jobs, and answers that get lost."""

from __future__ import annotations

from typing import Any

import pytest
import requests


def test_16_a_new_field_tells_its_generated_name(account: Any) -> None:
    made = account.text_field("NPS score (0-10)", type="custom_number")
    assert made["name"] == "cf_nps_score_0_10"
    listed = next(one for one in account.get("/ticket_fields") if one["id"] == made["id"])
    assert (listed["name"], listed["default"], listed["type"]) == (made["name"], False, "custom_number")
    assert account.get(f"/admin/ticket_fields/{made['id']}")["label"] == "NPS score (0-10)"
    assert account.get("/tickets/3")["custom_fields"][made["name"]] is None


def test_16_the_same_label_again_is_a_duplicate(account: Any) -> None:
    raw = {"label": "NPS", "label_for_customers": "NPS", "type": "custom_text"}
    for path in ("/admin/ticket_fields", "/contact_fields"):
        account.post(path, raw)
        assert account.refused("POST", path, raw | {"label": "nps"}, status=409) == {"label": "duplicate_value"}


def test_16_a_renamed_field_keeps_its_name(account: Any) -> None:
    made = account.text_field("Old")
    renamed = account.put(f"/admin/ticket_fields/{made['id']}", {"label": "New"})
    assert (renamed["label"], renamed["name"]) == ("New", "cf_old")
    assert account.text_field("Old!")["name"] == "cf_old1"


@pytest.mark.parametrize("path", ["/admin/ticket_fields", "/contact_fields"])
def test_16_a_low_plan_refuses_new_fields(account: Any, path: str) -> None:
    account.control("/switches", {"withheld": ["ticket_fields", "contact_fields"]})
    answer = account.call("POST", path, {"label": "NPS", "label_for_customers": "NPS", "type": "custom_text"})
    assert (answer.status_code, answer.json()["code"]) == (403, "require_feature")


def test_16_a_field_of_no_known_type_is_refused(account: Any) -> None:
    raw = {"label": "NPS", "label_for_customers": "NPS", "type": "number"}
    assert account.refused("POST", "/contact_fields", raw) == {"type": "invalid_value"}
    assert account.refused("POST", "/contact_fields", {"type": "custom_text"})["label"] == "missing_field"


def test_17_groups_tell_their_members_and_the_list_of_agents_no_groups(account: Any) -> None:
    sam, nora = account.agent("sam@desk.example")["id"], account.agent("nora@desk.example")["id"]
    groups = {one["name"]: one for one in account.get("/groups")}
    assert groups["Service Desk"]["agent_ids"] == [sam]
    assert {sam, nora} <= set(groups["Network"]["agent_ids"])
    listed = next(one for one in account.get("/agents") if one["id"] == sam)
    assert "group_ids" not in listed
    assert listed["contact"]["email"] == "sam@desk.example"
    assert account.get(f"/agents/{sam}")["group_ids"] == [groups["Service Desk"]["id"], groups["Network"]["id"]]


def test_17_old_accounts_leave_members_out_and_others_list_groups(account: Any) -> None:
    account.control("/switches", {"group_agent_ids": False, "agents_list_groups": True})
    assert "agent_ids" not in account.get("/groups")[0]
    assert "group_ids" in account.get("/agents")[0]
    assert account.get("/admin/groups")[0]["automatic_agent_assignment"] == {"enabled": False}


def test_17_a_deactivated_agent_vanishes_from_the_list(account: Any) -> None:
    nora = account.agent("nora@desk.example")["id"]
    assert nora in [one["id"] for one in account.get("/agents")]
    account.control(f"/agents/{nora}", {"active": False})
    assert nora not in [one["id"] for one in account.get("/agents")]
    assert account.get(f"/agents/{nora}")["deactivated"] is True
    assert account.agent("gone@desk.example")["id"] not in [one["id"] for one in account.get("/agents")]


def test_17_memberships_change_from_both_sides(account: Any) -> None:
    sam = account.agent("sam@desk.example")["id"]
    group = account.post("/groups", {"name": "Print", "agent_ids": [sam]})
    assert account.get(f"/agents/{sam}")["group_ids"][-1] == group["id"]
    account.put(f"/agents/{sam}", {"group_ids": []})
    assert account.get(f"/groups/{group['id']}")["agent_ids"] == []
    account.put(f"/groups/{group['id']}", {"agent_ids": [sam], "name": "Printing"})
    account.delete(f"/groups/{group['id']}")
    assert account.get(f"/agents/{sam}")["group_ids"] == []
    assert account.refused("POST", "/groups", {"name": "Network"}, status=409) == {"name": "duplicate_value"}


def test_17_a_deleted_agent_becomes_a_contact(account: Any) -> None:
    nora = account.agent("nora@desk.example")["id"]
    account.delete(f"/agents/{nora}")
    assert account.call("GET", f"/agents/{nora}").status_code == 404
    assert account.get(f"/contacts/{nora}")["email"] == "nora@desk.example"


def test_18_an_archived_ticket_is_found_by_redirect_and_takes_no_change(account: Any) -> None:
    account.post("/tickets/3/notes", {"body": "before"})
    account.control("/tickets/3/archive")
    answer = account.call("GET", "/tickets/3?include=stats", allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{account.base}/api/v2/tickets/archived/3")
    assert account.get("/tickets/3")["archived"] is True
    assert account.get("/tickets/archived/3?include=stats")["stats"]["closed_at"]
    assert [one["body"] for one in account.get("/tickets/archived/3/conversations")] == ["before"]
    for method, path in (("PUT", "/tickets/3"), ("POST", "/tickets/3/notes"), ("POST", "/tickets/3/reply")):
        assert account.call(method, path, {"body": "x"}).status_code == 404
    assert 3 not in [one["id"] for one in account.get("/tickets")]
    account.delete("/tickets/archived/3")
    assert account.call("GET", "/tickets/3").status_code == 404


def test_19_an_answer_may_be_lost_after_the_work_was_done(account: Any) -> None:
    for fault in ({"status": 500, "after": True}, {"drop": True, "after": True}):
        account.control("/faults", fault | {"path": "/api/v2/tickets/3/notes", "method": "POST"})
        try:
            assert account.call("POST", "/tickets/3/notes", {"body": "NPS #1"}).status_code == 500
        except requests.ConnectionError:
            assert "drop" in fault
    assert len(account.get("/tickets/3/conversations")) == 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [({"status": 500}, "internal_error"), ({"status": 401}, "invalid_credentials"), ({"status": 403}, "access_denied")],
)
def test_19_faults_speak_as_the_vendor_does(account: Any, fault: Any, code: str) -> None:
    account.control("/faults", fault)
    answer = account.call("GET", "/tickets/3")
    assert (answer.status_code, answer.json()["code"]) == (fault["status"], code)
    assert answer.headers["X-Freshdesk-Api-Version"]
    assert account.call("GET", "/tickets/3").status_code == 200


def test_19_a_gateways_page_and_a_wait_that_is_told(account: Any) -> None:
    account.control("/faults", {"status": 503, "retry_after": 7})
    answer = account.call("GET", "/tickets/3")
    assert (answer.headers["Content-Type"], answer.headers["Retry-After"]) == ("text/html; charset=utf-8", "7")
    account.control("/faults", {"status": 429, "retry_after": 5})
    assert account.call("GET", "/tickets/3").headers["Retry-After"] == "5"


def test_19_many_tickets_are_changed_by_one_job(account: Any) -> None:
    account.rule({"field_name": "add_tag", "value": ["resolved"]})
    action = {"ids": [2, 3, 999], "properties": {"status": 5}}
    job = account.post("/tickets/bulk_update", {"bulk_action": action}, status=202)
    answer = account.session.get(job["href"], timeout=10).json()
    assert answer["status"] == "COMPLETED"
    assert [one["success"] for one in answer["data"]] == [True, True, False]
    assert account.get("/tickets/3")["status"] == 5
