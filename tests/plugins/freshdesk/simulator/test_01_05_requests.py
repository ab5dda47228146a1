"""Behaviours 1 to 5 and 20: credentials, refusals, limits, pages, the list's window, and the version header."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests


def test_01_an_api_key_opens_whatever_the_password(account: Any) -> None:
    key = account.session.auth[0]
    for password in ("X", "", "anything"):
        answer = account.call("GET", "/agents/me", auth=(key, password))
        assert answer.json()["contact"]["email"] == "deskpulse@acme.example"


@pytest.mark.parametrize("auth", [None, ("wrong", "X"), ("X", "right-key-as-password")])
def test_01_any_other_credentials_are_a_401_in_json(account: Any, auth: Any) -> None:
    answer = requests.get(f"{account.base}/api/v2/tickets", auth=auth, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_credentials"


def test_01_a_role_that_does_not_reach_is_a_403(account: Any) -> None:
    nora = account.agent("nora@desk.example")
    for method, path in (("GET", "/admin/ticket_fields"), ("GET", "/automations/4/rules"), ("POST", "/contact_fields")):
        answer = account.call(method, path, auth=(nora["api_key"], "X"))
        assert (answer.status_code, answer.json()["code"]) == (403, "access_denied")


def test_01_a_key_ends_with_its_agent_or_a_reset(account: Any) -> None:
    nora = account.agent("nora@desk.example")
    account.control(f"/agents/{nora['id']}", {"active": False})
    assert account.call("GET", "/agents/me", auth=(nora["api_key"], "X")).status_code == 401
    fresh = account.control(f"/agents/{account.get('/agents/me')['id']}/reset_key")["api_key"]
    assert account.call("GET", "/agents/me").status_code == 401
    assert account.call("GET", "/agents/me", auth=(fresh, "X")).status_code == 200


def test_01_a_key_sees_the_tickets_that_its_agent_sees(account: Any) -> None:
    nora = account.agent("nora@desk.example")
    key = (nora["api_key"], "X")
    for scope, seen in ((1, {2, 3}), (2, {2}), (3, {2})):
        account.put(f"/agents/{nora['id']}", {"ticket_scope": scope})
        assert {one["id"] for one in account.call("GET", "/tickets", auth=key).json()} == seen
    for method, path in (("GET", "/tickets/3"), ("POST", "/tickets/3/notes")):
        answer = account.call(method, path, {"body": "x"}, auth=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "access_denied")


def test_01_a_suspended_account_refuses_everyone(account: Any) -> None:
    account.control("/switches", {"suspended": True})
    answer = account.call("GET", "/tickets")
    assert (answer.status_code, answer.json()["code"]) == (403, "account_suspended")


def test_01_the_host_must_be_the_accounts_own(account: Any) -> None:
    for host, status in (("acme.freshdesk.com", 200), ("other.freshdesk.com", 404), ("support.acme.example", 404)):
        assert account.call("GET", "/agents/me", headers={"Host": host}).status_code == status


def test_02_an_unknown_key_is_refused(account: Any) -> None:
    assert account.refused("PUT", "/tickets/3", {"bogus": 1, "tags": ["x"]}) == {"bogus": "invalid_field"}
    assert account.refused("GET", "/tickets?bogus=1") == {"bogus": "invalid_field"}
    assert account.get("/tickets/3")["tags"] == []


def test_02_another_type_is_a_mismatch_and_another_choice_lists_the_choices(account: Any) -> None:
    assert account.refused("PUT", "/tickets/3", {"priority": "high", "tags": "x"}) == {
        "priority": "datatype_mismatch",
        "tags": "datatype_mismatch",
    }
    problem = account.call("PUT", "/tickets/3", {"status": 77}).json()["errors"][0]
    assert problem["code"] == "invalid_value"
    assert problem["message"] == "It should be one of these values: '2,3,4,5,6,7'"


def test_02_null_clears_only_what_may_be_empty(account: Any) -> None:
    wrong = dict.fromkeys(("status", "subject", "tags"))
    assert account.refused("PUT", "/tickets/3", wrong) == dict.fromkeys(wrong, "datatype_mismatch")
    sam = account.agent("sam@desk.example")["id"]
    assert account.put("/tickets/3", {"responder_id": sam})["responder_id"] == sam
    assert account.put("/tickets/3", {"responder_id": None, "type": None})["responder_id"] is None


def test_02_what_must_be_there_is_missed(account: Any) -> None:
    missed = account.refused("POST", "/tickets", {"subject": "x"})
    assert missed == dict.fromkeys(("description", "status", "priority", "requester_id"), "missing_field")


def test_02_a_404_has_no_body(account: Any) -> None:
    for path in ("/tickets/999", "/nonsense", "/automations/2/rules"):
        answer = account.call("GET", path)
        assert (answer.status_code, answer.content) == (404, b"")


def test_02_other_refusals(account: Any) -> None:
    wrong = account.session.put(f"{account.base}/api/v2/tickets/3", data='{"tags":[]}', timeout=10)
    assert wrong.status_code == 415
    assert account.call("GET", "/tickets/3", headers={"Accept": "text/html"}).status_code == 406
    method = account.call("PATCH", "/tickets/3", {})
    assert (method.status_code, method.headers["Allow"]) == (405, "DELETE, GET, PUT")
    headers = {"Content-Type": "application/json"}
    broken = account.session.put(f"{account.base}/api/v2/tickets/3", data="{", headers=headers, timeout=10)
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_json")
    taken = {"name": "Ann again", "email": "ANN@customer.example"}
    assert account.refused("POST", "/contacts", taken, status=409) == {"email": "duplicate_value"}
    doubled = account.session.get(f"{account.base}/api/v2//tickets", timeout=10)
    assert (doubled.status_code, doubled.json()["errors"][0]["code"]) == (400, "invalid_field")


def test_03_headers_tell_of_the_limit_of_the_plan(account: Any) -> None:
    for plan, total in (("growth", "200"), ("pro", "400"), ("enterprise", "700"), ("trial", "50")):
        account.control("/switches", {"plan": plan})
        assert account.call("GET", "/agents/me").headers["X-RateLimit-Total"] == total
    account.control("/limits", {})
    first = account.call("GET", "/agents/me")
    assert (first.headers["X-RateLimit-Remaining"], first.headers["X-RateLimit-Used-CurrentRequest"]) == ("49", "1")


def test_03_an_include_costs_more_and_numbers_may_be_floats(account: Any) -> None:
    answer = account.call("GET", "/tickets/3?include=stats,requester")
    assert answer.headers["X-RateLimit-Used-CurrentRequest"] == "3"
    account.control("/switches", {"include_cost": 2, "float_limits": True})
    answer = account.call("GET", "/tickets/3?include=stats")
    assert answer.headers["X-RateLimit-Used-CurrentRequest"] == "3.0"
    assert answer.headers["X-RateLimit-Total"] == "700.0"


def test_03_the_whole_account_has_a_limit_which_failures_count_towards(account: Any) -> None:
    account.control("/limits", {"account_per_minute": 2})
    assert account.call("GET", "/nonsense").status_code == 404
    assert account.call("GET", "/tickets/999").status_code == 404
    assert account.call("GET", "/tickets/998").status_code == 404
    answer = account.call("GET", "/tickets/3")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert "exceeded the limit" in answer.json()["message"]
    account.advance(seconds=61)
    assert account.call("GET", "/tickets/3").status_code == 200


def test_03_an_old_account_is_counted_by_the_hour(account: Any) -> None:
    account.control("/limits", {"account_per_minute": 1, "window": 3600})
    account.get("/tickets/3")
    assert int(account.call("GET", "/tickets/3").headers["Retry-After"]) > 3000
    account.advance(minutes=59)
    assert account.call("GET", "/tickets/3").status_code == 429


def test_03_endpoints_have_limits_of_their_own(account: Any) -> None:
    account.control("/limits", {"lists_per_minute": 1, "ticket_writes_per_minute": 1})
    for method, path, body in (
        ("GET", "/tickets", None),
        ("GET", "/contacts", None),
        ("PUT", "/tickets/3", {"tags": []}),
    ):
        assert account.call(method, path, body).status_code == 200
        assert account.call(method, path, body).status_code == 429
    assert account.call("GET", "/tickets/3").status_code == 200


def test_03_headers_may_be_missing_on_a_429(account: Any) -> None:
    account.control("/switches", {"headers_on_429": False})
    account.control("/limits", {"account_per_minute": 0})
    answer = account.call("GET", "/tickets/3")
    assert answer.status_code == 429
    assert not {"Retry-After", "X-RateLimit-Total"} & answer.headers.keys()


def test_03_the_free_plan_has_no_api(account: Any) -> None:
    account.control("/switches", {"plan": "free"})
    answer = account.call("GET", "/tickets")
    assert (answer.status_code, answer.json()["code"]) == (403, "require_feature")


def test_04_lists_are_bare_arrays_with_a_link_to_the_next_page_only(account: Any) -> None:
    account.control("/populate", {"groups": 128, "agents": 0})
    usual = account.call("GET", "/groups")
    assert len(usual.json()) == 30
    assert usual.headers["Link"] == f'<{account.base}/api/v2/groups?page=2&per_page=30>; rel="next"'
    pages, path = [], f"{account.base}/api/v2/groups?per_page=100"
    while path:
        answer = account.session.get(path, timeout=10)
        pages.append(len(answer.json()))
        path = answer.links.get("next", {}).get("url")
    assert pages == [100, 30]
    assert account.refused("GET", "/groups?per_page=101") == {"per_page": "invalid_value"}
    assert account.refused("GET", "/groups?page=x") == {"page": "datatype_mismatch"}
    assert account.get("/groups?page=99") == []


def test_04_search_has_ten_pages_of_thirty_and_tells_the_total(account: Any) -> None:
    for number in range(31):
        account.ticket(subject=f"T{number}", tags=["many"])
    found = account.get("/search/tickets", params={"query": '"tag:many AND (status:2 OR status:3)"'})
    assert (found["total"], len(found["results"])) == (31, 30)
    assert len(account.get("/search/tickets", params={"query": '"tag:many"', "page": 2})["results"]) == 1
    wrong: tuple[Any, ...] = (
        {"query": "tag:many"},
        {"query": '"tag:many"', "page": 11},
        *({"query": text} for text in (f'"tag:{"x" * 520}"', '"moon:1"', '"tag:many AND"', '"(tag:many"')),
    )
    for query in wrong:
        assert account.call("GET", "/search/tickets", params=query).status_code == 400


def test_04_search_by_time_and_with_a_lagging_index(account: Any) -> None:
    today = datetime.now(UTC).date().isoformat()
    number = account.ticket(subject="Fresh", tags=["fresh"])
    query = {"query": f"\"tag:'fresh' AND updated_at:>'{today}'\""}
    assert [one["id"] for one in account.get("/search/tickets", params=query)["results"]] == [number]
    assert account.get("/search/contacts", params={"query": "\"email:'ann@customer.example'\""})["total"] == 1
    account.control("/switches", {"search_lag": 60.0})
    assert account.get("/search/tickets", params=query)["total"] == 0


def test_05_the_list_hides_what_was_made_more_than_thirty_days_ago(account: Any) -> None:
    assert {one["id"] for one in account.get("/tickets")} == {2, 3}
    since = {"updated_since": "2000-01-01T00:00:00Z"}
    assert {one["id"] for one in account.get("/tickets", params=since)} == {1, 2, 3}


def test_05_updated_since_is_inclusive(account: Any) -> None:
    moment = account.put("/tickets/3", {"priority": 2})["updated_at"]
    assert [one["id"] for one in account.get("/tickets", params={"updated_since": moment})] == [3]
    later = (datetime.fromisoformat(moment) + timedelta(seconds=1)).isoformat().replace("+00:00", "Z")
    assert account.get("/tickets", params={"updated_since": later}) == []
    assert account.refused("GET", "/tickets?updated_since=soon") == {"updated_since": "datatype_mismatch"}


def test_05_rows_shift_between_pages_while_data_changes(account: Any) -> None:
    order = {"order_by": "updated_at", "order_type": "asc", "per_page": 1, "updated_since": "2000-01-01T00:00:00Z"}
    first = account.get("/tickets", params=order)[0]["id"]
    account.put(f"/tickets/{first}", {"priority": 2})
    rest = [account.get("/tickets", params=order | {"page": page})[0]["id"] for page in (2, 3)]
    assert {first, *rest} != {1, 2, 3}


def test_05_filters_and_what_a_list_leaves_out(account: Any) -> None:
    number = account.ticket()
    account.delete(f"/tickets/{number}")
    account.control(f"/tickets/{account.ticket()}/spam")
    assert [one["id"] for one in account.get("/tickets?filter=deleted")] == [number]
    assert len(account.get("/tickets?filter=spam")) == 1
    row = account.get("/tickets")[0]
    assert not {"description", "stats", "requester"} & row.keys()
    row = account.get("/tickets?include=description,stats,requester")[0]
    assert {"description", "stats", "requester"} <= row.keys()
    assert account.call("GET", "/tickets?page=301").status_code == 400


def test_20_every_answer_tells_the_version_also_without_credentials(account: Any) -> None:
    for answer in (
        account.call("GET", "/tickets"),
        account.call("GET", "/tickets/999"),
        requests.get(f"{account.base}/api/v2/contacts", timeout=10),
    ):
        assert answer.headers["X-Freshdesk-Api-Version"] == "latest=v2; requested=v2"
        assert answer.headers["X-Request-Id"]
