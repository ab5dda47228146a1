"""Addresses, the families' ways of paging, and refusals in any of their shapes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from deskpulse.plugin_api import Answer, Connection, Misread, RateLimited, Refused, TicketRef
from deskpulse_jira_sm import links, paging
from deskpulse_jira_sm.client import Client, is_issue, words
from deskpulse_jira_sm.lookups import find_ticket

MakeConnection = Callable[..., Connection]
SITE = "https://acme.atlassian.net"


class Pages:
    """Answers in order; remembers what was asked."""

    def __init__(self, *pages: Any) -> None:
        self.pages = list(pages)
        self.asked: list[dict[str, str]] = []

    def __call__(self, path: str, params: Any) -> Any:
        self.asked.append(dict(params))
        return self.pages.pop(0)


def rows(*numbers: int) -> list[dict[str, int]]:
    return [{"id": number} for number in numbers]


def drained(pages: Any) -> list[int]:
    return [row["id"] for page in pages for row in page]


def test_platform_pages_advance_by_what_they_gave() -> None:
    lowered = Pages({"values": rows(1, 2), "isLast": False}, {"values": rows(3), "isLast": True})
    assert drained(paging.by_position(lowered, "/x", "values")) == [1, 2, 3]
    assert [one["startAt"] for one in lowered.asked] == ["0", "2"]


def test_lists_end_by_their_total_or_with_an_empty_page() -> None:
    assert drained(paging.by_position(Pages({"c": rows(1, 2), "total": 2}), "/x", "c")) == [1, 2]
    assert drained(paging.by_position(Pages({"c": rows(1), "total": 9}, {"c": [], "total": 9}), "/x", "c")) == [1]
    assert drained(paging.by_position(Pages({"c": rows(1)}), "/x", "c")) == [1], "neither told: a short page ends it"


def test_arrays_end_with_an_empty_page_only() -> None:
    filtered = Pages(rows(1), rows(2, 3), [])
    assert drained(paging.by_array(filtered, "/x")) == [1, 2, 3]
    assert [one["startAt"] for one in filtered.asked] == ["0", "50", "100"], "rows are dropped after the slice was cut"


def test_searches_follow_their_token() -> None:
    asked: list[Any] = []
    answers = [{"issues": rows(1), "nextPageToken": "t"}, {"issues": rows(2), "isLast": True}]

    def ask(more: Any) -> Any:
        asked.append(dict(more))
        return answers.pop(0)

    assert drained(paging.by_token(ask)) == [1, 2]
    assert asked == [{}, {"nextPageToken": "t"}]
    again = [{"issues": rows(1), "nextPageToken": "t"}, {"issues": rows(2), "nextPageToken": "t"}]
    assert drained(paging.by_token(lambda _: again.pop(0))) == [1, 2], "a token that comes again leads nowhere"


def test_desk_pages_end_by_is_last_page() -> None:
    pages = Pages({"values": rows(1), "isLastPage": False, "isLast": True}, {"values": rows(2), "isLastPage": True})
    assert drained(paging.by_desk(pages, "/x")) == [1, 2]


@pytest.mark.parametrize("raw", [None, [], "x", {"values": None}, {"values": {}}])
def test_a_page_that_is_none_is_misread(raw: Any) -> None:
    with pytest.raises(Misread):
        drained(paging.by_position(Pages(raw), "/x", "values"))


@pytest.mark.parametrize("key", ["", "0", "../x", "1/../2", "a b", "sup-1", "SUP-", "SUP-1/x", "1" * 30, "å"])
def test_what_is_no_issue_is_never_asked_for(
    connection: MakeConnection, jira: responses.RequestsMock, key: str
) -> None:
    assert not is_issue(key)
    assert Client(connection()).issue(key, ["summary"]) is None
    assert len(jira.calls) == 0


def test_ids_and_keys_are_issues() -> None:
    assert is_issue("10021")
    assert is_issue("SUP-22")
    assert is_issue("HR_2-7")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errorMessages": ["gone"], "errors": {"customfield_1": "not on screen"}}, "gone; not on screen"),
        ({"errorMessage": "No.", "i18nErrorMessage": {"i18nKey": "x"}}, "No."),
        ({"code": 401, "message": "Unauthorized; scope does not match"}, "Unauthorized; scope does not match"),
        ({"errors": [{"message": "unknown field"}]}, "unknown field"),
        ({}, "HTTP 400"),
        ([], "HTTP 400"),
    ],
)
def test_refusals_are_told_in_any_shape(body: Any, said: str) -> None:
    assert words(Answer(400, {}, json.dumps(body).encode())) == said
    assert words(Answer(502, {}, b"<html>")) == "HTTP 502"


def test_an_invisible_issue_is_none(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{SITE}/rest/api/3/issue/10021", status=404, json={"errorMessages": ["Issue does not exist"]})
    assert Client(connection()).issue("10021", ["summary"]) is None


def test_a_colon_in_an_account_id_is_encoded(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{SITE}/rest/api/3/user", json={"accountId": "qm:a:b"})
    Client(connection()).user("qm:a:b")
    assert jira.calls[0].request.url == f"{SITE}/rest/api/3/user?accountId=qm%3Aa%3Ab"
    assert Client(connection()).user("qm:a/../b") is None


def test_details_live_at_the_gateway_whatever_the_access(
    connection: MakeConnection, jira: responses.RequestsMock
) -> None:
    base = "https://api.atlassian.com/jsm/csm/cloudid/c-1/api/v1"
    jira.put(f"{base}/customer/qm%3Aa%3Ab/details", json={})
    Client(connection(facts={"cloud_id": "c-1"})).set_detail("qm:a:b", "Last NPS", "9")
    request = jira.calls[0].request
    assert request.url.endswith("details?fieldName=Last+NPS")
    assert json.loads(request.body) == {"values": ["9"]}


@pytest.mark.parametrize("reason", ["jira-burst-based", "jira-per-issue-on-write", "jira-quota-global-based"])
def test_a_pause_is_told(connection: MakeConnection, jira: responses.RequestsMock, reason: str) -> None:
    headers = {"Retry-After": "120", "RateLimit-Reason": reason, "X-RateLimit-Reset": _iso(timedelta(seconds=120))}
    jira.get(f"{SITE}/rest/api/3/myself", status=429, headers=headers)
    client = Client(connection())
    with pytest.raises(RateLimited) as caught:
        client.me()
    assert caught.value.retry_after == 120
    with pytest.raises(RateLimited):
        client.me()
    assert len(jira.calls) == 1, "the whole connection waits, and asks nothing meanwhile"


def test_a_pause_without_headers_is_a_usual_one(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    jira.get(f"{SITE}/rest/api/3/myself", status=429)
    with pytest.raises(RateLimited) as caught:
        Client(connection()).me()
    assert caught.value.retry_after == 30


def _iso(ahead: timedelta) -> str:
    return (datetime.now(UTC) + ahead).isoformat(timespec="seconds").replace("+00:00", "Z")


def test_links_lead_agents_to_the_issue(connection: MakeConnection) -> None:
    assert links.ticket_url(connection(), TicketRef("10021", "SUP-22")) == f"{SITE}/browse/SUP-22"
    assert links.ticket_url(connection(), TicketRef("10021", "")) == f"{SITE}/issues/?jql=id%20%3D%2010021"
    oauth = connection(settings={"auth": "oauth"})
    assert links.ticket_url(oauth, TicketRef("10021", "SUP-22")).startswith(SITE), "never the gateway's address"


def test_a_site_must_be_named(connection: MakeConnection) -> None:
    for settings in ({"site": ""}, {"site": "acme.example"}, {"deployment": "data_center"}):
        with pytest.raises(Refused, match="setting"):
            links.site_url(connection(settings=settings).settings)


def test_a_long_history_is_read_whole(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    """An issue brings its latest changes along, and says how many there are; the rest is read from the changelog."""

    def change(number: int, at: str, source: str, target: str) -> Any:
        names = {"3": "In Progress", "5": "Resolved"}
        item = {"fieldId": "status", "from": source, "to": target}
        item |= {"fromString": names[source], "toString": names[target]}
        return {"id": str(number), "created": f"2026-01-0{number}T{at}+0000", "items": [item], "author": {}}

    last = change(3, "10:00:00.000", "3", "5")
    whole = [change(1, "10:00:00.000", "3", "5"), change(2, "10:00:00.000", "5", "3"), last]
    fields = {
        "summary": "VPN",
        "status": {"id": "5", "name": "Resolved", "statusCategory": {"key": "done"}},
        "project": {"id": "1", "key": "SUP", "name": "Support", "projectTypeKey": "service_desk"},
        "statuscategorychangedate": "2026-01-03T10:00:00.000+0000",
    }
    log = {"startAt": 0, "maxResults": 1, "total": 3, "histories": [last]}
    jira.get(f"{SITE}/rest/api/3/issue/10021", json={"id": "10021", "key": "SUP-1", "fields": fields, "changelog": log})
    pages = [{"values": whole[:2], "isLast": False}, {"values": whole[2:], "isLast": True}]
    for page in pages:
        jira.get(f"{SITE}/rest/api/3/issue/10021/changelog", json=page)
    found = find_ticket(connection(facts={"status_categories": "3:indeterminate 5:done"}), "10021")
    assert found is not None
    assert found.resolution_key == "10021:2026-01-03T10:00:00.000Z"
    assert found.past_resolution_keys == ("10021:2026-01-01T10:00:00.000Z",)
    assert len(jira.calls) == 3, "the categories are remembered"
