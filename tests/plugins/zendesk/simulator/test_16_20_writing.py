"""Behaviours 16, 17, 19 and 20: tags, comments, ticket fields and user fields."""

from __future__ import annotations

from typing import Any

import pytest


def test_16_put_appends_post_sets_delete_removes(account: Any) -> None:
    path = f"/tickets/{account.ticket(tags=['a'])['id']}/tags"
    assert account.put(path, {"tags": ["b", "a"]})["tags"] == ["a", "b"]
    assert account.call("DELETE", path, {"tags": ["a"]}).json()["tags"] == ["b"]
    assert account.post(path, {"tags": ["c"]})["tags"] == ["c"]
    assert account.get(path)["tags"] == ["c"]


def test_16_tags_in_a_ticket_put_replace(account: Any) -> None:
    number = account.ticket(tags=["a", "b"])["id"]
    assert account.put(f"/tickets/{number}", {"ticket": {"tags": ["c"]}})["ticket"]["tags"] == ["c"]


@pytest.mark.parametrize("path", ["", "/tags"])
def test_16_a_safe_update_that_is_late_conflicts(account: Any, path: str) -> None:
    ticket = account.ticket()
    account.control("/clock", {"advance": 5})
    account.put(f"/tickets/{ticket['id']}", {"ticket": {"priority": "low"}})
    guarded = {"tags": ["x"], "safe_update": True, "updated_stamp": ticket["updated_at"]}
    body = guarded if path else {"ticket": guarded}
    assert account.call("PUT", f"/tickets/{ticket['id']}{path}", body).status_code == 409
    guarded["updated_stamp"] = account.get(f"/tickets/{ticket['id']}")["ticket"]["updated_at"]
    assert account.call("PUT", f"/tickets/{ticket['id']}{path}", body).status_code == 200


def test_17_a_comment_without_public_is_seen_by_the_customer(account: Any) -> None:
    number = account.ticket()["id"]
    account.put(f"/tickets/{number}", {"ticket": {"comment": {"body": "oops"}}})
    account.put(f"/tickets/{number}", {"ticket": {"comment": {"body": "note", "public": False}}})
    comments = account.get(f"/tickets/{number}/comments")["comments"]
    assert [(comment["body"], comment["public"]) for comment in comments] == [
        ("It burns", True),
        ("oops", True),
        ("note", False),
    ]


def test_17_comments_and_audits_page_both_ways(account: Any) -> None:
    number = account.ticket()["id"]
    for word in ("one", "two"):
        account.put(f"/tickets/{number}", {"ticket": {"comment": {"body": word, "public": False}}})
    first = account.get(f"/tickets/{number}/comments", params={"page[size]": 2, "sort": "-created_at"})
    assert [comment["body"] for comment in first["comments"]] == ["two", "one"]
    rest = account.session.get(first["links"]["next"], timeout=10).json()
    assert [comment["body"] for comment in rest["comments"]] == ["It burns"]
    audits = account.get(f"/tickets/{number}/audits", params={"per_page": 2})
    assert (len(audits["audits"]), audits["count"]) == (2, 3)
    assert audits["audits"][0]["events"][0]["type"] == "Comment"
    names = {event.get("field_name") for event in audits["audits"][0]["events"]}
    assert {"subject", "status", "requester_id"} <= names


def _field(account: Any, **raw: Any) -> int:
    return int(account.post("/ticket_fields", {"ticket_field": {"title": "NPS score", **raw}})["ticket_field"]["id"])


def _value(ticket: Any, number: int) -> Any:
    return next(field["value"] for field in ticket["custom_fields"] if field["id"] == number)


def test_19_only_listed_fields_change_and_integers_read_as_strings(account: Any) -> None:
    score, text = _field(account, type="integer"), _field(account, type="text")
    ticket = account.ticket(custom_fields=[{"id": text, "value": "kept"}])
    assert _value(ticket, score) is None
    path = f"/tickets/{ticket['id']}"
    ticket = account.put(path, {"ticket": {"custom_fields": [{"id": score, "value": 9}]}})["ticket"]
    assert (_value(ticket, score), _value(ticket, text)) == ("9", "kept")
    assert ticket["fields"] == ticket["custom_fields"]
    wrong = {"ticket": {"custom_fields": [{"id": score, "value": "nine"}]}}
    assert account.call("PUT", path, wrong).status_code == 422


def test_19_unknown_field_ids_are_ignored_or_refused_by_switch(account: Any) -> None:
    path = f"/tickets/{account.ticket()['id']}"
    raw = {"ticket": {"custom_fields": [{"id": 42, "value": 9}]}}
    answer = account.call("PUT", path, raw)
    assert answer.status_code == 200
    assert "ticket.custom_fields.42" in answer.headers["x-zendesk-api-warn"]
    account.control("/switches", {"unknown_field_422": True})
    assert account.call("PUT", path, raw).status_code == 422


def test_19_a_field_required_on_solve_breaks_later_updates(account: Any) -> None:
    field = _field(account, type="text", required=False)
    path = f"/tickets/{account.ticket(status='solved')['id']}"
    account.control("/switches", {"required_on_solve": field})
    answer = account.call("PUT", path, {"ticket": {"comment": {"body": "NPS", "public": False}}})
    assert answer.status_code == 422
    reason = answer.json()["details"]["base"][0]
    assert reason["description"] == "NPS score: is required when solving a ticket"
    assert (reason["ticket_field_id"], reason["ticket_field_type"]) == (field, "FieldText")


def test_19_tagger_options_are_replaced_and_their_tags_unique(account: Any) -> None:
    options = [{"name": "Good", "value": "nps_good"}, {"name": "Bad", "value": "nps_bad"}]
    field = _field(account, type="tagger", custom_field_options=options)
    again = {"ticket_field": {"title": "Twin", "type": "tagger", "custom_field_options": options[:1]}}
    assert account.call("POST", "/ticket_fields", again).status_code == 422
    body = account.put(f"/ticket_fields/{field}", {"ticket_field": {"custom_field_options": options[1:]}})
    assert [option["value"] for option in body["ticket_field"]["custom_field_options"]] == ["nps_bad"]
    assert account.call("DELETE", f"/ticket_fields/{field}").status_code == 204


def test_19_the_form_lists_which_fields_show(account: Any) -> None:
    field = _field(account, type="integer")
    form = account.get("/ticket_forms")["ticket_forms"][0]
    assert field in form["ticket_field_ids"]
    raw = {"ticket_form": {"ticket_field_ids": form["ticket_field_ids"][:2]}}
    assert (
        account.put(f"/ticket_forms/{form['id']}", raw)["ticket_form"]["ticket_field_ids"]
        == form["ticket_field_ids"][:2]
    )


def test_20_user_fields_merge_and_unknown_keys_are_ignored(account: Any) -> None:
    for key, kind in (("nps_last_score", "integer"), ("nps_last_date", "date")):
        account.post("/user_fields", {"user_field": {"type": kind, "key": key, "title": key}})
    path = f"/users/{account.user('ann@customer.example')}"
    given = {"user": {"user_fields": {"nps_last_score": 9, "nps_last_date": "2026-03-05", "bogus": 1}}}
    answer = account.call("PUT", path, given)
    assert "user.user_fields.bogus" in answer.headers["x-zendesk-api-warn"]
    fields = answer.json()["user"]["user_fields"]
    assert (fields["nps_last_score"], fields["location"]) == (9, "Berlin")
    assert fields["nps_last_date"] == "2026-03-05T00:00:00Z"
    assert "bogus" not in fields


def test_20_a_duplicate_key_is_refused(account: Any) -> None:
    raw = {"user_field": {"type": "text", "key": "location", "title": "Again"}}
    assert account.call("POST", "/user_fields", raw).status_code == 422
    missing = {"user_field": {"type": "text", "title": "No key"}}
    assert account.call("POST", "/user_fields", missing).status_code == 422


def test_20_create_or_update_matches_by_address(account: Any) -> None:
    raw = {"user": {"name": "Ann C.", "email": "ANN@customer.example", "skip_verify_email": True}}
    assert account.call("POST", "/users/create_or_update", raw).status_code == 200
    raw["user"]["email"] = "new@customer.example"
    assert account.call("POST", "/users/create_or_update", raw).status_code == 201
    assert account.call("POST", "/users", raw).status_code == 422


def test_merging_closes_the_losers(account: Any) -> None:
    winner, loser = account.ticket()["id"], account.ticket()["id"]
    job = account.post(f"/tickets/{winner}/merge", {"ids": [loser]}, status=200)["job_status"]
    assert job["status"] == "queued"
    assert account.get(f"/job_statuses/{job['id']}")["job_status"]["status"] == "completed"
    lost = account.get(f"/tickets/{loser}")["ticket"]
    assert (lost["status"], lost["tags"]) == ("closed", ["closed_by_merge"])


def test_many_tickets_change_as_a_job(account: Any) -> None:
    numbers = [account.ticket(tags=["a"])["id"] for _ in range(2)]
    path = f"/tickets/update_many?ids={numbers[0]},{numbers[1]},999"
    job = account.put(path, {"ticket": {"additional_tags": ["b"]}})["job_status"]
    results = account.get(f"/job_statuses/{job['id']}")["job_status"]["results"]
    assert [row.get("success") for row in results] == [True, True, None]
    assert account.get(f"/tickets/{numbers[0]}")["ticket"]["tags"] == ["a", "b"]


def test_metrics_count_reopens_and_stations(account: Any) -> None:
    sam, nora = account.user("sam@desk.example"), account.user("nora@desk.example")
    number = account.ticket(assignee_id=sam)["id"]
    for raw in (
        {"status": "solved"},
        {"status": "open", "assignee_id": nora, "group_id": _network(account)},
        {"status": "solved"},
    ):
        account.control("/clock", {"advance": 60})
        account.put(f"/tickets/{number}", {"ticket": raw})
    metric = account.get(f"/tickets/{number}/metrics")["ticket_metric"]
    assert (metric["ticket_id"], metric["reopens"]) == (number, 1)
    assert (metric["assignee_stations"], metric["group_stations"]) == (2, 2)
    ticket = account.get(f"/tickets/{number}")["ticket"]
    assert metric["solved_at"] == ticket["updated_at"]
    assert metric["first_resolution_time_in_minutes"]["calendar"] == 1
    for path in (f"/tickets/{number}", f"/tickets/show_many?ids={number}"):
        body = account.get(path, params={"include": "metric_sets,users,groups"})
        shown = body.get("ticket") or body["tickets"][0]
        assert shown["metric_set"] == metric
        assert {user["id"] for user in body["users"]} >= {nora}
        assert [group["name"] for group in body["groups"]] == ["Network"]


def _network(account: Any) -> int:
    return next(int(group["id"]) for group in account.get("/groups")["groups"] if group["name"] == "Network")
