"""Behaviour 5: cursor paging where asked for, numbered pages otherwise."""

from __future__ import annotations

from typing import Any


def test_05_cursors_walk_a_long_list_once(account: Any) -> None:
    account.control("/populate", {"groups": 250})
    seen: list[int] = []
    path, params = f"{account.base}/api/v2/groups", {"page[size]": "500"}
    while True:
        body = account.session.get(path, params=params, timeout=10).json()
        assert len(body["groups"]) <= 100
        seen += [group["id"] for group in body["groups"]]
        if not body["meta"]["has_more"]:
            break
        assert "page%5Bafter%5D=" in body["links"]["next"]
        path, params = body["links"]["next"], {}
    assert len(seen) == len(set(seen)) == 252
    assert body["links"]["next"] is None
    assert body["links"]["prev"] is not None


def test_05_a_list_that_grows_meanwhile_is_not_read_twice(account: Any) -> None:
    first = account.get("/groups", params={"page[size]": 1})
    account.control("/populate", {"groups": 3})
    rest = account.get("/groups", params={"page[size]": 100, "page[after]": first["meta"]["after_cursor"]})
    assert len(rest["groups"]) == 4
    back = account.get("/groups", params={"page[size]": 100, "page[before]": rest["meta"]["before_cursor"]})
    assert [group["id"] for group in back["groups"]] == [first["groups"][0]["id"]]


def test_05_numbered_pages_are_the_default(account: Any) -> None:
    body = account.get("/users", params={"per_page": 2})
    assert "meta" not in body
    assert body["previous_page"] is None
    assert body["count"] == 6
    following = account.session.get(body["next_page"], timeout=10).json()
    assert len(following["users"]) == 2
    assert account.get("/users", params={"per_page": 2, "page": 3})["next_page"] is None


def test_05_numbered_pages_end_at_ten_thousand_rows(account: Any) -> None:
    assert account.call("GET", "/tickets", params={"per_page": 100, "page": 100}).status_code == 200
    assert account.call("GET", "/tickets", params={"per_page": 100, "page": 101}).status_code == 400


def test_05_a_cursor_that_was_made_up_is_refused(account: Any) -> None:
    assert account.call("GET", "/tickets", params={"page[size]": 2, "page[after]": "####"}).status_code == 400


def test_05_staff_are_found_by_role(account: Any) -> None:
    body = account.get("/users?role[]=agent&role[]=admin&page[size]=100")
    assert [user["name"] for user in body["users"]] == ["DeskPulse", "Sam Agent", "Nora Net", "Gone Guy"]
