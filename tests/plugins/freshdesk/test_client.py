"""Single calls: paging, redirects, empty bodies, limits, ids in paths; the check of a connection; groups' members."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import responses
from responses.matchers import query_param_matcher

from deskpulse.plugin_api import AuthExpired, Connection, Misread, RateLimited, Refused, Unreachable
from deskpulse_freshdesk import check, lookups, sync
from deskpulse_freshdesk.client import Client, problems, rate_limit

API = "https://acme.freshdesk.com/api/v2"
ME = {"id": 48, "ticket_scope": 1, "contact": {"name": "DeskPulse", "email": "nps@acme.example"}}
VERSION = {"X-Freshdesk-Api-Version": "latest=v2; requested=v2"}
TICKET = {"id": 205, "status": 4, "requester_id": 613, "requester": {"id": 613, "name": "Rita"}, "stats": {}}

Make = Callable[..., Connection]


def page(freshdesk: responses.RequestsMock, path: str, number: int, rows: list[Any], *, more: bool = False) -> None:
    link = '<https://evil.example/api/v2/steal?page=2>; rel="next"'
    freshdesk.get(
        f"{API}{path}",
        json=rows,
        headers={"Link": link} if more else {},
        match=[query_param_matcher({"page": str(number), "per_page": "100"}, strict_match=False)],
    )


def test_the_key_is_the_user_and_the_password_does_not_matter(
    connection: Make, freshdesk: responses.RequestsMock
) -> None:
    freshdesk.get(f"{API}/agents/me", json=ME)
    Client(connection(secrets={"api_key": "abcdefghij1234567890"})).me()
    sent = freshdesk.calls[0].request.headers["Authorization"]
    assert sent == "Basic YWJjZGVmZ2hpajEyMzQ1Njc4OTA6WA=="
    assert base64.b64decode(sent.split()[1]) == b"abcdefghij1234567890:X"


def test_a_trailing_slash_is_taken_off(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get("https://proxy.example.com/api/v2/agents/me", json=ME)
    Client(connection(settings={"base_url": "https://proxy.example.com/"})).me()
    assert "//api" not in str(freshdesk.calls[0].request.url)


def test_pages_are_counted_and_the_link_is_never_followed(connection: Make, freshdesk: responses.RequestsMock) -> None:
    page(freshdesk, "/groups", 1, [{"id": 1}], more=True)
    page(freshdesk, "/groups", 2, [{"id": 2}, "rubbish"])
    found = [raw["id"] for rows in Client(connection()).groups() for raw in rows]
    assert found == [1, 2]
    assert {str(call.request.url).split("/")[2] for call in freshdesk.calls} == {"acme.freshdesk.com"}


@pytest.mark.parametrize("body", [{"groups": []}, None, "x"])
def test_a_list_of_another_shape_is_a_misread(connection: Make, freshdesk: responses.RequestsMock, body: Any) -> None:
    freshdesk.get(f"{API}/groups", json=body)
    with pytest.raises(Misread):
        list(Client(connection()).groups())


@pytest.mark.parametrize("key", ["", "0", "1/../../agents/me", "12?x=1", "abc", "9" * 21])
def test_an_id_that_cannot_be_one_asks_nobody(connection: Make, key: str, freshdesk: responses.RequestsMock) -> None:
    assert lookups.find_ticket(connection(), key) is None
    assert lookups.find_agent(connection(), key) is None
    assert lookups.find_customer(connection(), key) is None
    assert len(freshdesk.calls) == 0


@pytest.mark.parametrize("status", [404, 405])
def test_what_is_not_there_is_none_though_the_answer_has_no_body(
    connection: Make, freshdesk: responses.RequestsMock, status: int
) -> None:
    for path in ("tickets", "agents", "contacts"):
        freshdesk.get(f"{API}/{path}/1", status=status, body="")
    assert lookups.find_ticket(connection(), "1") is None
    assert lookups.find_agent(connection(), "1") is None
    assert lookups.find_customer(connection(), "1") is None


def test_an_archived_ticket_is_read_at_its_own_address(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get(f"{API}/tickets/205", status=301, headers={"Location": "https://evil.example/stolen"})
    freshdesk.get(f"{API}/tickets/archived/205", json=TICKET | {"status": 5})
    found = lookups.find_ticket(connection(), "205")
    assert found is not None
    assert found.resolution_key == "0"


def test_an_archive_that_takes_no_include_is_read_without(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get(f"{API}/tickets/205", status=301)
    freshdesk.get(
        f"{API}/tickets/archived/205", status=400, json={"errors": [{"field": "include", "code": "invalid_field"}]}
    )
    freshdesk.get(f"{API}/tickets/archived/205", json={"id": 205, "status": 5})
    found = Client(connection()).ticket("205")
    assert found is not None
    assert (found["status"], found["archived"]) == (5, True)


def test_another_redirect_is_refused(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get(f"{API}/tickets/205", status=302, headers={"Location": "https://evil.example/stolen"})
    with pytest.raises(Refused):
        Client(connection()).ticket("205")


def test_a_requester_who_is_an_agent_is_found_among_agents(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get(f"{API}/tickets/205", json={"id": 205, "status": 2, "requester_id": 320, "stats": {}})
    freshdesk.get(f"{API}/contacts/320", status=404)
    freshdesk.get(f"{API}/agents/320", json={"id": 320, "contact": {"name": "Anton", "email": "a@acme.example"}})
    found = lookups.find_ticket(connection(), "205")
    assert found is not None
    assert found.customer is not None
    assert (found.customer.id, found.customer.email) == ("320", "a@acme.example")


# -- limits and refusals


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"x-ratelimit-total": "700", "x-ratelimit-remaining": "699"}, (700, 699)),
        ({"x-ratelimit-total": "50.0", "x-ratelimit-remaining": "3.0"}, (50, 3)),
        ({"x-ratelimit-total": "many", "x-ratelimit-remaining": "few"}, None),
        ({"x-ratelimit-total": "inf", "x-ratelimit-remaining": "1"}, None),
        ({}, None),
    ],
)
def test_the_rate_limit_is_read_from_the_answer(headers: dict[str, str], wanted: tuple[int, int] | None) -> None:
    assert rate_limit(headers) == wanted


def test_a_rate_limit_is_waited_for_where_there_is_patience(
    connection: Make, freshdesk: responses.RequestsMock
) -> None:
    limited: dict[str, Any] = {"status": 429, "json": {"message": "exceeded"}, "headers": {"Retry-After": "43"}}
    freshdesk.get(f"{API}/agents/me", **limited)
    freshdesk.get(f"{API}/agents/me", json=ME)
    with pytest.raises(RateLimited):
        Client(connection()).me()
    assert Client(connection(), patience=120).me()["id"] == 48


def test_a_refusal_names_fields_and_no_secret(connection: Make, freshdesk: responses.RequestsMock) -> None:
    body = {
        "description": "Validation failed",
        "errors": [{"field": "custom_fields.cf_plan", "message": "It should be a/an String", "code": "missing_field"}],
    }
    freshdesk.put(f"{API}/tickets/205", status=400, json=body)
    freshdesk.put(f"{API}/tickets/206", status=404, body="")
    client = Client(connection())
    answer = client.update_ticket("205", {"tags": []})
    assert problems(answer) == "custom_fields.cf_plan: It should be a/an String"
    assert problems(client.update_ticket("206", {"tags": []})) == "no reason given (404)"


def test_a_key_echoed_by_an_error_is_redacted(connection: Make, freshdesk: responses.RequestsMock) -> None:
    encoded = base64.b64encode(b"the-api-key-1:X").decode()
    freshdesk.get(f"{API}/agents/me", status=403, body=f"you sent the-api-key-1, that is {encoded}")
    with pytest.raises(Refused) as refused:
        Client(connection()).me()
    assert "the-api-key-1" not in str(refused.value)
    assert encoded not in str(refused.value)


# -- the check


def readable(freshdesk: responses.RequestsMock, **statuses: int) -> None:
    for path in check.READABLE:
        name = path.strip("/").split("/")[0]
        freshdesk.get(f"{API}{path}", json=[], status=statuses.get(name, 200), headers=VERSION)


def test_a_good_connection(connection: Make, freshdesk: responses.RequestsMock) -> None:
    limits = {"X-RateLimit-Total": "700", "X-RateLimit-Remaining": "690"}
    freshdesk.get(f"{API}/agents/me", json=ME, headers=VERSION)
    readable(freshdesk)
    freshdesk.replace(responses.GET, f"{API}/automations/4/rules", json=[], headers=VERSION | limits)
    report = check.check(connection())
    assert report.ok, report.lines
    assert report.account == "acme: DeskPulse"
    assert any("700 calls a minute" in line for line in report.lines)
    assert any("belongs to one agent" in warning for warning in report.warnings)


def test_a_role_that_is_too_small_is_named(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get(f"{API}/agents/me", json=ME | {"ticket_scope": 3}, headers=VERSION)
    readable(freshdesk, groups=403)
    report = check.check(connection())
    assert not report.ok
    assert any("May not read support groups (403)" in line for line in report.lines)
    assert any("does not see all tickets" in warning for warning in report.warnings)


def test_an_account_without_rules_can_be_connected(connection: Make, freshdesk: responses.RequestsMock) -> None:
    """They are made by hand there: a connection that could not be saved would never show how."""
    freshdesk.get(f"{API}/agents/me", json=ME, headers=VERSION)
    readable(freshdesk, automations=403)
    report = check.check(connection())
    assert report.ok, report.lines
    assert any("automation rules" in warning and "by hand" in warning for warning in report.warnings)
    assert not any("automation rules" in line for line in report.lines)


def test_what_is_not_freshdesk_is_recognised(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get(f"{API}/agents/me", json=ME)
    report = check.check(connection())
    assert not report.ok
    assert "does not look like Freshdesk" in report.lines[0]


def test_without_a_key_nobody_is_asked(connection: Make, freshdesk: responses.RequestsMock) -> None:
    assert not check.check(connection(secrets={})).ok
    assert len(freshdesk.calls) == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [({"status": 401, "json": {"code": "invalid_credentials"}}, AuthExpired), ({"status": 502}, Unreachable)],
)
def test_a_bad_key_and_a_host_that_is_down_are_reported(
    connection: Make, freshdesk: responses.RequestsMock, answer: dict[str, Any], error: type[Exception]
) -> None:
    freshdesk.get(f"{API}/agents/me", **answer)
    report = check.check(connection())
    assert not report.ok
    with pytest.raises(error):
        Client(connection()).me()


# -- groups whose members only the agents tell


def test_members_are_asked_of_agents_where_groups_leave_them_out(
    connection: Make, freshdesk: responses.RequestsMock
) -> None:
    page(freshdesk, "/groups", 1, [{"id": 1, "name": "Desk"}, {"id": 2, "name": "Field"}])
    page(
        freshdesk,
        "/agents",
        1,
        [{"id": 7, "contact": {"name": "A"}}, {"id": 8, "group_ids": [2], "contact": {"name": "B"}}],
    )
    freshdesk.get(f"{API}/agents/7", json={"id": 7, "group_ids": [1, 2], "contact": {"name": "A"}})
    found = {group.name: [agent.name for agent in group.members] for group in sync.groups(connection())}
    assert found == {"Desk": ["A"], "Field": ["A", "B"]}


def test_a_member_who_is_not_listed_is_inactive(connection: Make, freshdesk: responses.RequestsMock) -> None:
    page(
        freshdesk,
        "/groups",
        1,
        [{"id": 1, "name": "Desk", "agent_ids": [7, 9]}, {"id": 2, "name": "F", "agent_ids": [9]}],
    )
    page(freshdesk, "/agents", 1, [{"id": 7, "contact": {"name": "A"}}])
    freshdesk.get(f"{API}/agents/9", status=404)
    freshdesk.get(f"{API}/contacts/9", json={"id": 9, "name": "Gone"})
    desk, field = sync.groups(connection())
    assert [(agent.name, agent.active) for agent in desk.members] == [("A", True), ("Gone", False)]
    assert field.members == desk.members[1:]
    assert [str(call.request.url) for call in freshdesk.calls].count(f"{API}/agents/9") == 1
