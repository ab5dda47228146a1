"""Behaviours 5 and 6: what done means, and finding issues by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest


def _state(site: Any, key: str) -> tuple[str, str | None, str]:
    fields = site.fields(key)
    resolution = fields["resolution"]["name"] if fields["resolution"] else None
    return fields["status"]["statusCategory"]["key"], resolution, fields["statuscategorychangedate"]


def test_05_the_category_changes_and_its_date_with_it(site: Any) -> None:
    key = site.issue()
    first = _state(site, key)
    site.control("/clock", {"advance": 60})
    site.transition(key, "31")
    resolved = _state(site, key)
    assert (first[0], resolved[:2]) == ("new", ("done", "Done"))
    assert resolved[2] > first[2]
    site.control("/clock", {"advance": 60})
    site.transition(key, "41")
    assert _state(site, key) == resolved, "Resolved to Closed stays within done"
    site.control("/clock", {"advance": 60})
    site.transition(key, "61")
    reopened = _state(site, key)
    assert reopened[:2] == ("indeterminate", None)
    assert reopened[2] > resolved[2]
    site.put(f"/issue/{key}", {"fields": {"labels": ["x"]}})
    assert _state(site, key)[2] == reopened[2]


def test_05_done_without_and_resolution_while_not_done(site: Any) -> None:
    key = site.issue()
    site.transition(key, "71")
    assert _state(site, key)[:2] == ("done", None)
    assert site.fields(key)["resolutiondate"] is None
    site.control("/switches", {"keep_resolution": True})
    other = site.issue()
    site.transition(other, "31")
    site.transition(other, "61")
    assert _state(site, other)[:2] == ("indeterminate", "Done")
    third = site.issue()
    site.put(f"/issue/{third}", {"fields": {"resolution": {"name": "Duplicate"}}})
    assert _state(site, third)[:2] == ("new", "Duplicate")


def test_05_a_team_managed_project_sets_no_resolution(site: Any) -> None:
    site.control("/projects", {"name": "Team", "key": "TEAM", "simplified": True})
    key = site.issue("TEAM")
    site.transition(key, "31")
    assert _state(site, key)[:2] == ("done", None)
    assert site.fields(key)["project"]["simplified"] is True


def test_05_a_transition_that_is_not_offered_is_refused(site: Any) -> None:
    key = site.issue()
    offered = [one["id"] for one in site.get(f"/issue/{key}/transitions")["transitions"]]
    assert offered == ["11", "21", "31", "51", "71"]
    assert site.call("POST", f"/issue/{key}/transitions", {"transition": {"id": "41"}}).status_code == 400


def test_06_ids_only_unless_asked(site: Any) -> None:
    body = site.search("project = SD")
    assert all(row.keys() == {"id"} for row in body["issues"])
    assert body["isLast"] is True
    assert "total" not in body
    rich = site.search("project = SD", fields=["status", "reporter"])["issues"][0]
    assert rich.keys() == {"id", "key", "self", "fields"}
    assert rich["fields"].keys() == {"status", "reporter"}


def test_06_tokens_lead_through_the_pages(site: Any) -> None:
    keys = {site.issue() for _ in range(5)}
    jql = "summary ~ Printer ORDER BY key ASC"
    found, token = [], None
    while True:
        page = site.search(jql, maxResults=2, fields=["summary"], **({"nextPageToken": token} if token else {}))
        found += [row["key"] for row in page["issues"]]
        assert page["isLast"] == ("nextPageToken" not in page)
        if page["isLast"]:
            break
        token = page["nextPageToken"]
    assert set(found) == keys
    assert len(found) == 5
    late = {"jql": jql, "maxResults": 2, "nextPageToken": token}
    site.control("/clock", {"advance": 7 * 86400 + 1})
    assert site.call("POST", "/search/jql", late).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"jql": "ORDER BY created"},
        {"jql": ""},
        {"jql": "project = SD", "maxResults": 5001},
        {"jql": "project = NOPE"},
        {"jql": "status = Nowhere"},
        {"jql": "moon = full"},
        {"jql": "project = SD AND"},
        {"jql": "project in SD"},
        {"jql": "updated > tomorrow"},
        {"jql": "project = SD", "nextPageToken": "x"},
        {"jql": "project = SD", "reconcileIssues": list(range(51))},
    ],
)
def test_06_unbounded_or_wrong_queries_are_refused(site: Any, body: Any) -> None:
    answer = site.call("POST", "/search/jql", body)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"]


def test_06_the_old_search_is_gone(site: Any) -> None:
    assert site.call("GET", "/search", params={"jql": "project = SD"}).status_code == 410
    assert site.call("POST", "/search", {"jql": "project = SD"}).status_code == 410


def test_06_jql_reads_as_people_write_it(site: Any) -> None:
    key = site.issue()
    number = site.get(f"/issue/{key}")["id"]
    for jql in (
        "project in (SD, NETW) AND statusCategory != Done AND summary ~ printer",
        f"key = {key}",
        f"id in ({number}, 999)",
        f"project = SD and (key = {key} OR key = {key.lower()}) and not status = Closed",
        "project = 'Service Desk' AND resolution IS EMPTY AND assignee is EMPTY AND summary ~ 'printer'",
        'updated >= -90m AND statusCategory = "To Do" AND created > -5m',
        "reporter = currentUser()",
    ):
        assert site.found(jql) == {key}, jql
    site.transition(key, "31")
    assert key in site.found("project in (SD) AND statusCategory = Done AND statusCategoryChangedDate >= -90m")
    assert site.found("statusCategory = done AND statusCategoryChangedDate < -2d") == {"SD-1"}


def test_06_dates_have_minutes_and_the_callers_zone(site: Any) -> None:
    key = site.issue()
    site.transition(key, "31")
    zone = ZoneInfo("America/New_York")
    minute = datetime.now(UTC).astimezone(zone).replace(second=0, microsecond=0) - timedelta(minutes=1)
    jql = f'key = {key} AND statusCategoryChangedDate >= "{minute:%Y-%m-%d %H:%M}"'
    me = site.get("/myself")["accountId"]
    assert site.found(jql) == {key}, "in UTC that was hours ago"
    site.control(f"/users/{me}", {"time_zone": "America/New_York"})
    assert site.found(jql) == {key}
    later = minute + timedelta(minutes=5)
    assert site.found(f'key = {key} AND statusCategoryChangedDate >= "{later:%Y-%m-%d %H:%M}"') == set()
    assert site.fields(key)["created"].endswith(("-0500", "-0400"))


def test_06_the_index_lags_unless_reconciled(site: Any) -> None:
    old = site.issue()
    site.control("/switches", {"search_lag": 30})
    site.transition(old, "31")
    new = site.issue()
    done = "summary ~ printer AND statusCategory = Done"
    assert site.found(done) == set()
    assert site.found("summary ~ printer") == {old}
    numbers = [int(site.get(f"/issue/{key}")["id"]) for key in (old, new)]
    assert site.found(done, reconcileIssues=numbers) == {old}
    assert site.found("summary ~ printer", reconcileIssues=numbers) == {old, new}
    site.control("/clock", {"advance": 31})
    assert site.found(done) == {old}
