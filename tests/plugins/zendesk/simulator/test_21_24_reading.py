"""Behaviours 21, 22 and 24: incremental exports, awkward directories, search, and idempotent creation."""

from __future__ import annotations

import time
from typing import Any

import pytest


def test_21_the_cursor_walks_every_ticket_and_hides_the_last_minute(account: Any) -> None:
    fresh = account.ticket()["id"]
    body = account.get("/incremental/tickets/cursor.json", params={"start_time": 0})
    assert [ticket["subject"] for ticket in body["tickets"]] == ["Old and closed", "Still open", "Just solved"]
    assert body["end_of_stream"] is True
    assert body["after_url"].endswith(f"cursor={body['after_cursor']}")

    account.control("/clock", {"advance": 61})
    account.call("DELETE", f"/tickets/{body['tickets'][1]['id']}")
    account.control("/clock", {"advance": 61})
    following = account.get("/incremental/tickets/cursor", params={"cursor": body["after_cursor"]})
    assert [(ticket["id"], ticket["status"]) for ticket in following["tickets"]] == [
        (fresh, "new"),
        (body["tickets"][1]["id"], "deleted"),
    ]
    assert account.call("GET", f"/tickets/{body['tickets'][1]['id']}").status_code == 404


def test_21_pages_are_bounded_and_carry_metrics(account: Any) -> None:
    params: dict[str, Any] = {"start_time": 0, "per_page": 2, "include": "metric_sets"}
    body = account.get("/incremental/tickets/cursor", params=params)
    assert (len(body["tickets"]), body["end_of_stream"]) == (2, False)
    assert "metric_set" in body["tickets"][0]


def test_21_ten_exports_a_minute(account: Any) -> None:
    codes = [account.call("GET", "/incremental/users/cursor", params={"start_time": 0}).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


def test_21_too_recent_a_start_is_refused(account: Any) -> None:
    params = {"start_time": int(time.time())}
    assert account.call("GET", "/incremental/tickets", params=params).status_code == 422


def test_21_time_based_pages_repeat_what_shares_a_second(account: Any) -> None:
    for number in range(3):
        account.post("/organizations", {"organization": {"name": f"Company {number}"}})
    account.control("/clock", {"advance": 10})
    account.post("/organizations", {"organization": {"name": "Company later"}})
    account.control("/clock", {"advance": 120})
    first = account.get("/incremental/organizations.json", params={"start_time": 0, "per_page": 1})
    assert first["count"] == len(first["organizations"]) >= 1
    assert first["end_of_stream"] is False
    seen, page = list(first["organizations"]), first
    while not page["end_of_stream"]:
        page = account.get("/incremental/organizations", params={"start_time": page["end_time"], "per_page": 1})
        seen += page["organizations"]
    names = [row["name"] for row in seen]
    assert set(names) == {"Company 0", "Company 1", "Company 2", "Company later"}
    assert len(names) > len(set(names))


def test_22_a_deleted_group_is_listed_until_excluded(account: Any) -> None:
    group = next(row for row in account.get("/groups")["groups"] if row["name"] == "Network")
    assert account.call("DELETE", f"/groups/{group['id']}").status_code == 204
    assert {row["name"]: row["deleted"] for row in account.get("/groups")["groups"]}["Network"] is True
    shown = account.get("/groups", params={"exclude_deleted": "true"})["groups"]
    assert [row["name"] for row in shown] == ["Service Desk"]
    assert all(row["group_id"] != group["id"] for row in account.get("/group_memberships")["group_memberships"])


def test_22_agents_in_several_groups(account: Any) -> None:
    sam = account.user("sam@desk.example")
    rows = account.get(f"/users/{sam}/group_memberships")["group_memberships"]
    assert [row["default"] for row in rows] == [True, False]
    assert {row["id"] for row in rows}.isdisjoint(row["group_id"] for row in rows)
    network = rows[1]["group_id"]
    users = account.get(f"/groups/{network}/users")["users"]
    assert [user["name"] for user in users] == ["Sam Agent", "Nora Net", "Gone Guy"]
    assert [user["suspended"] for user in users] == [False, False, True]


def test_22_a_downgraded_agent_vanishes_from_the_staff(account: Any) -> None:
    nora = account.user("nora@desk.example")
    account.put(f"/users/{nora}", {"user": {"role": "end-user"}})
    staff = account.get("/users?role[]=agent&role[]=admin")["users"]
    assert nora not in [user["id"] for user in staff]
    assert account.get(f"/users/{nora}/group_memberships")["group_memberships"] == []


def test_22_tickets_without_assignee_group_or_address(account: Any) -> None:
    rows = {row["subject"]: row for row in account.get("/tickets", params={"include": "users"})["tickets"]}
    bare = rows["Still open"]
    assert (bare["assignee_id"], bare["group_id"], bare["organization_id"]) == (None, None, None)
    phil = account.get(f"/users/{rows['Just solved']['requester_id']}")["user"]
    assert (phil["name"], phil["email"]) == ("Phone Phil", None)
    assert rows["Just solved"]["via"]["channel"] == "voice"
    account.call("DELETE", f"/users/{phil['id']}")
    assert account.call("GET", f"/users/{phil['id']}").status_code == 404


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("type:ticket status:solved", ["Just solved"]),
        ("type:ticket status<solved", ["Still open"]),
        ("type:ticket status>=solved -tags:category_hardware", ["Just solved"]),
        ("type:ticket requester:ann@customer.example sort:asc", ["Old and closed", "Still open"]),
        ("type:ticket assignee:none", ["Still open"]),
        ('type:ticket group:"Service Desk"', ["Old and closed"]),
        ("type:ticket updated<7days", ["Old and closed"]),
        ("type:ticket burns", []),
        ("closed type:ticket", ["Old and closed"]),
    ],
)
def test_search_understands_the_query_words(account: Any, query: str, subjects: list[str]) -> None:
    body = account.get("/search.json", params={"query": query})
    assert [row["subject"] for row in body["results"]] == subjects
    assert body["count"] == len(subjects)
    assert account.get("/search/count", params={"query": query})["count"] == len(subjects)


def test_search_export_is_by_cursor_and_of_one_type(account: Any) -> None:
    assert account.call("GET", "/search/export", params={"query": "solved"}).status_code == 400
    params = {"query": "-tags:nothing", "filter[type]": "ticket", "page[size]": 2}
    first = account.get("/search/export", params=params)
    assert first["meta"]["has_more"] is True
    rest = account.session.get(first["links"]["next"], timeout=10).json()
    assert [len(first["results"]), len(rest["results"])] == [2, 1]


def test_search_lags_when_switched_so(account: Any) -> None:
    account.control("/switches", {"search_lag": 120})
    account.ticket(subject="Unfindable yet")
    query = {"query": "type:ticket unfindable"}
    assert account.get("/search", params=query)["count"] == 0
    account.control("/clock", {"advance": 121})
    assert account.get("/search", params=query)["count"] == 1


def test_24_a_key_answers_once_for_two_hours(account: Any) -> None:
    raw = {"ticket": {"subject": "Once", "comment": {"body": "x"}}}

    def create(body: Any, key: str = "k-1") -> Any:
        return account.call("POST", "/tickets", body, headers={"Idempotency-Key": key})

    first, second = create(raw), create(raw)
    assert (first.status_code, first.headers["x-idempotency-lookup"]) == (201, "miss")
    assert (second.status_code, second.headers["x-idempotency-lookup"]) == (201, "hit")
    assert first.json()["ticket"]["id"] == second.json()["ticket"]["id"]
    other = create({"ticket": {"subject": "Other", "comment": {"body": "x"}}})
    assert other.status_code == 400
    assert other.json() == {
        "error": "IdempotentRequestError",
        "description": "Request parameters don't match the given idempotency key",
    }
    assert create(raw, "k" * 256).status_code == 400
    account.control("/clock", {"advance": 7201})
    assert create(raw).headers["x-idempotency-lookup"] == "miss"
