"""Contract 16 to 18: what incremental queries cannot see, answers that are no answers, and requested items."""

from __future__ import annotations

from typing import Any


def test_16_an_ended_membership_leaves_no_trace(account: Any) -> None:
    account.control("/clock", {"advance": 60})
    since = account.rows("sys_user", "user_name=admin")[0]["sys_created_on"]
    account.control("/clock", {"advance": 60})
    nora = account.user("nora@desk.example")
    (membership,) = account.rows("sys_user_grmember", f"user={nora}")
    assert account.admin.call("DELETE", f"/table/sys_user_grmember/{membership['sys_id']}").status_code == 204
    assert account.rows("sys_user_grmember", f"sys_updated_on>{since}^user={nora}") == []
    assert account.rows("sys_user_grmember", f"user={nora}") == []


def test_16_an_inactive_user_keeps_memberships_untouched(account: Any) -> None:
    sam = account.user("sam@desk.example")
    before = account.rows("sys_user_grmember", f"user={sam}^ORDERBYsys_id")
    account.control("/clock", {"advance": 60})
    changed = account.admin.patch("sys_user", sam, {"active": "false"})["sys_updated_on"]
    assert account.rows("sys_user_grmember", f"user={sam}^ORDERBYsys_id") == before
    assert account.rows("sys_user_grmember", f"user={sam}^user.active=true") == []
    assert [row["sys_id"] for row in account.rows("sys_user", f"sys_updated_on>={changed}")] == [sam]


def test_16_groups_have_a_type_and_may_have_a_parent(account: Any) -> None:
    (support,) = account.rows("sys_user_group_type", "name=itil")
    groups = account.rows("sys_user_group", f"active=true^typeLIKE{support['sys_id']}", exclude_reference_link="true")
    assert {row["name"] for row in groups} == {"Service Desk", "Network", "Network / Wifi"}
    by_name = {row["name"]: row for row in groups}
    assert by_name["Network / Wifi"]["parent"] == by_name["Network"]["sys_id"]


def test_17_an_answer_that_was_cut_off_has_a_result_and_an_error(account: Any) -> None:
    account.control("/switches", {"truncate_lists": 1})
    answer = account.call("GET", "/table/incident")
    assert answer.status_code == 200
    assert len(answer.json()["result"]) == 3
    assert answer.json()["error"]["message"] == "Transaction cancelled: maximum execution time exceeded"
    assert len(account.rows("incident")) == 7


def test_17_a_web_page_with_status_200(account: Any) -> None:
    account.control("/switches", {"html_pages": 1})
    answer = account.call("GET", "/table/incident")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert account.call("GET", "/table/incident").json()["result"]


def test_18_a_requested_item_has_states_of_its_own(account: Any) -> None:
    key = account.id("A laptop")
    row = account.one("sc_req_item", key, exclude_reference_link="true")
    assert row["number"].startswith("RITM")
    assert row["requested_for"] == account.user("ann@customer.example")
    assert "caller_id" not in row
    assert account.one("sc_req_item", key, fields="request.requested_for.email") == {
        "request.requested_for.email": "ann@customer.example"
    }
    labels = {}
    for state in ("3", "7"):
        labels[state] = account.patch("sc_req_item", key, {"state": state}, display_value="true")["state"]
    assert labels == {"3": "Closed Complete", "7": "Closed Skipped"}
    incident = account.patch("incident", account.id("Open"), {"state": "3"}, display_value="all")
    assert incident["state"]["display_value"] == "On Hold"


def test_18_solving_an_item_closes_it_and_an_incident_stays_active(account: Any) -> None:
    for subject, state, active in (("A laptop", "3", "false"), ("Open", "6", "true")):
        key = account.id(subject)
        fields = account.control(f"/tickets/{key}/solve", {})["fields"]
        assert (fields["state"], fields["active"]) == (state, active)
    item = account.one("sc_req_item", account.id("A laptop"))
    assert item["closed_at"]
    assert item["stage"] == "complete"
    account.control(f"/tickets/{account.id('A laptop')}/reopen", {})
    again = account.one("sc_req_item", account.id("A laptop"))
    assert (again["state"], again["active"], again["closed_at"]) == ("2", "true", "")


def test_18_choices_can_be_read(account: Any) -> None:
    rows = account.rows("sys_choice", "name=incident^element=state^ORDERBYsequence", fields="value,label")
    assert [(row["value"], row["label"]) for row in rows] == [
        ("1", "New"),
        ("2", "In Progress"),
        ("3", "On Hold"),
        ("6", "Resolved"),
        ("7", "Closed"),
        ("8", "Canceled"),
    ]
