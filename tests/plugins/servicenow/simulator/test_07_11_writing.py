"""Contract 7 to 11: finding by sys_id only, what a write changes and what it does not, notes, numbers and times."""

from __future__ import annotations

from typing import Any

MISSING = {
    "error": {"message": "No Record found", "detail": "Record doesn't exist or ACL restricts the record retrieval"},
    "status": "failure",
}
REFUSED = {
    "error": {
        "message": "Operation Failed",
        "detail": "ACL Exception Update Failed due to security constraints",
    },
    "status": "failure",
}


def test_07_a_number_is_no_sys_id(account: Any) -> None:
    for method, body in (("GET", None), ("PATCH", {"state": "2"})):
        answer = account.call(method, "/table/incident/INC0010003", body)
        assert (answer.status_code, answer.json()) == (404, MISSING)


def test_07_a_hidden_record_looks_missing(account: Any) -> None:
    key = account.id("Open")
    account.control("/switches", {"hidden": {"task": "short_description=Open"}})
    for answer in (account.call("GET", f"/table/incident/{key}"), account.call("PATCH", f"/table/incident/{key}", {})):
        assert (answer.status_code, answer.json()) == (404, MISSING)
    assert account.admin.one("incident", key)["number"] == "INC0010003"


def test_08_a_patch_merges_and_moves_the_systems_fields(account: Any) -> None:
    key = account.id("Open")
    before = account.one("incident", key)
    account.control("/clock", {"advance": 60})
    sent = {"priority": "1", "no_such_field": "x", "sys_mod_count": "99", "sys_id": "f" * 32, "sys_created_by": "me"}
    after = account.patch("incident", key, sent)
    assert after["priority"] == "1"
    assert after["short_description"] == "Open"
    assert "no_such_field" not in after
    assert after["sys_id"] == key
    assert after["sys_created_by"] == before["sys_created_by"]
    assert int(after["sys_mod_count"]) == int(before["sys_mod_count"]) + 1
    assert after["sys_updated_on"] > before["sys_updated_on"]
    assert after["sys_updated_by"] == "deskpulse.integration"


def test_08_a_patch_that_changes_nothing_leaves_no_trace(account: Any) -> None:
    key = account.id("Open")
    before = account.one("incident", key)
    assert account.patch("incident", key, {"priority": before["priority"], "nothing": "1"}) == before


def test_08_the_answer_can_be_narrowed_or_left_away(account: Any) -> None:
    key = account.id("Open")
    assert account.patch("incident", key, {"priority": "2"}, fields="priority,sys_id") == {
        "priority": "2",
        "sys_id": key,
    }
    silent = account.call("PATCH", f"/table/incident/{key}", {"priority": "1"}, headers={"X-no-response-body": "true"})
    assert (silent.status_code, silent.content) == (200, b"")
    assert account.one("incident", key)["priority"] == "1"


def test_08_columns_without_the_right_to_write(account: Any) -> None:
    key = account.id("Open")
    account.control("/switches", {"unwritable": {"task": ["priority"]}})
    assert account.patch("incident", key, {"priority": "1", "category": "network"}, fields="priority,category") == {
        "priority": "3",
        "category": "network",
    }
    account.control("/switches", {"field_acl_refuses": True})
    answer = account.call("PATCH", f"/table/incident/{key}", {"priority": "1", "category": "software"})
    assert (answer.status_code, answer.json()) == (403, REFUSED)
    assert account.one("incident", key)["category"] == "network"
    ann = account.user("ann@customer.example")
    answer = account.call("PATCH", f"/table/sys_user/{ann}", {"phone": "1"})
    assert (answer.status_code, answer.json()) == (403, REFUSED)


def test_08_displayed_input(account: Any) -> None:
    key = account.id("Open")
    sent = {"state": "On Hold", "caller_id": "Phone Phil"}
    row = account.patch(
        "incident", key, sent, input_display_value="true", display_value="true", exclude_reference_link="true"
    )
    assert (row["state"], row["caller_id"]) == ("On Hold", "Phone Phil")


def test_09_creating_answers_201_with_a_location(account: Any) -> None:
    ann = account.user("ann@customer.example")
    answer = account.call("POST", "/table/incident", {"short_description": "New one", "caller_id": ann})
    assert answer.status_code == 201
    row = answer.json()["result"]
    assert row["number"] == "INC0010008"
    assert (row["state"], row["incident_state"], row["active"]) == ("1", "1", "true")
    assert answer.headers["Location"] == f"{account.base}/api/now/table/incident/{row['sys_id']}"
    refused = account.call("POST", "/table/sys_user_group", {"name": "Mine"})
    assert refused.status_code == 403
    assert refused.json()["error"]["detail"] == "ACL Exception Insert Failed due to security constraints"


def test_09_a_closed_incident_is_for_administrators(account: Any) -> None:
    key = account.id("Old")
    answer = account.call("PATCH", f"/table/incident/{key}", {"work_notes": "late"})
    assert (answer.status_code, answer.json()) == (403, REFUSED)
    account.admin.patch("incident", key, {"work_notes": "late"})
    assert account.admin.rows("sys_journal_field", f"element_id={key}")[0]["value"] == "late"


def test_09_deleting(account: Any) -> None:
    key = account.id("Open")
    assert account.call("DELETE", f"/table/incident/{key}").status_code == 403
    assert account.admin.call("DELETE", f"/table/incident/{key}").status_code == 204
    assert account.call("GET", f"/table/incident/{key}").status_code == 404


def test_10_notes_are_appended_and_read_empty(account: Any) -> None:
    key = account.id("Open")
    for _ in range(2):
        assert account.patch("incident", key, {"work_notes": "NPS 9 [nps:7f3a]"})["work_notes"] == ""
    found = account.admin.rows("sys_journal_field", f"element_id={key}^element=work_notes^valueLIKE[nps:7f3a]")
    assert [(row["name"], row["value"], row["sys_created_by"]) for row in found] == [
        ("incident", "NPS 9 [nps:7f3a]", "deskpulse.integration")
    ] * 2
    assert account.one("incident", key)["sys_mod_count"] == "2"
    shown = account.one("incident", key, display_value="all")["work_notes"]
    assert shown["value"] == ""
    assert shown["display_value"].count("DeskPulse (Work notes)\nNPS 9 [nps:7f3a]\n\n") == 2


def test_10_the_journal_needs_a_right_of_its_own(account: Any) -> None:
    account.patch("incident", account.id("Open"), {"work_notes": "psst"})
    assert account.rows("sys_journal_field") == []


def test_11_numbers_and_booleans_are_strings(account: Any) -> None:
    key = account.id("Open")
    row = account.patch("incident", key, {"reopen_count": 2000, "active": True})
    assert (row["reopen_count"], row["active"]) == ("2000", "true")
    shown = account.one("incident", key, display_value="all")
    assert shown["reopen_count"] == {"display_value": "2,000", "value": "2000"}
    assert shown["active"] == {"display_value": "true", "value": "true"}


def test_11_times_are_utc_and_shown_in_the_readers_zone_and_format(account: Any) -> None:
    key, me = account.id("Open"), account.rows("sys_user", "user_name=deskpulse.integration")[0]["sys_id"]
    account.patch("incident", key, {"resolved_at": "2026-01-05 09:00:00"})
    both = account.one("incident", key, display_value="all")["resolved_at"]
    assert both == {"display_value": "2026-01-05 09:00:00", "value": "2026-01-05 09:00:00"}
    account.admin.patch("sys_user", me, {"time_zone": "Europe/Berlin", "date_format": "dd.MM.yyyy"})
    both = account.one("incident", key, display_value="all")["resolved_at"]
    assert both == {"display_value": "05.01.2026 10:00:00", "value": "2026-01-05 09:00:00"}
    sent = {"resolved_at": "06.01.2026 01:30:00"}
    assert account.patch("incident", key, sent, input_display_value="true")["resolved_at"] == "2026-01-06 00:30:00"
