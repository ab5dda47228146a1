"""What webhooks missed: found by a search with minutes read twice, and told once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import responses

from deskpulse.plugin_api import Connection, EventKind
from deskpulse_jira_sm import plugin

MakeConnection = Callable[..., Connection]
LONG_AGO = datetime.now(UTC) - timedelta(days=3)


def drained(site: Any, cursor: str, **settings: str) -> tuple[dict[str, Any], str]:
    found: dict[str, Any] = {}
    for events, after in plugin.deskpulse_closed_since(site.connection(**settings), cursor):
        found |= {event.ticket.id: event for event in events}
        cursor = after
    return found, cursor


def test_what_was_missed_is_found_once(site: Any) -> None:
    site.provision()
    site.program("POST", "/faults", lose_webhooks=99)
    printer, mouse, call = (site.ticket(name) for name in ("Printer", "Mouse", "Call"))
    for action in ("solve", "reopen", "solve"):
        site.program("POST", f"/tickets/{printer}/{action}")
    site.program("POST", f"/tickets/{mouse}/transition", name="Cancel request")
    site.program("POST", f"/tickets/{call}/solve")
    site.program("POST", f"/tickets/{call}/reopen")
    assert site.events() == []

    found, cursor = drained(site, LONG_AGO.isoformat())
    assert set(found) == {printer}, "neither the cancelled one nor the open one"
    assert (found[printer].kind, found[printer].ticket.number) == (EventKind.CLOSED, "SD-1")
    again, cursor = drained(site, cursor)
    assert again == {}, "what was told is not told again, though its minute is read again"
    site.program("POST", f"/tickets/{call}/solve")
    assert set(drained(site, cursor)[0]) == {call}


def test_an_index_that_lags_is_waited_for_by_the_overlap(site: Any) -> None:
    site.program("POST", "/switches", search_lag=60)
    printer, call = site.ticket("Printer"), site.ticket("Call")
    site.program("POST", f"/tickets/{printer}/solve")
    found, cursor = drained(site, LONG_AGO.isoformat())
    assert found == {}, "the index does not know it yet"
    site.program("POST", "/clock", advance=61)
    site.program("POST", f"/tickets/{call}/solve")
    found, cursor = drained(site, cursor)
    assert set(found) == {printer}
    site.program("POST", "/clock", advance=61)
    assert set(drained(site, cursor)[0]) == {call}


def test_only_the_projects_that_count(site: Any) -> None:
    for subject in ("Printer", "Call"):
        site.program("POST", f"/tickets/{site.ticket(subject)}/solve")
    assert set(drained(site, LONG_AGO.isoformat(), projects=site.project("Field"))[0]) == {site.ticket("Call")}


def test_an_odd_cursor_reads_the_last_day(site: Any) -> None:
    site.program("POST", f"/tickets/{site.ticket('Printer')}/solve")
    assert set(drained(site, "nonsense")[0]) == {site.ticket("Printer")}


def test_the_search_is_bounded_relative_and_reads_known_ones_past_the_index(
    connection: MakeConnection, jira: responses.RequestsMock
) -> None:
    jira.post("https://acme.atlassian.net/rest/api/3/search/jql", json={"issues": [], "isLast": True})
    since = datetime.now(UTC) - timedelta(minutes=85, seconds=30)
    pages = list(
        plugin.deskpulse_closed_since(connection(settings={"projects": "SUP, OPS"}), f"{since.isoformat()}|7 8 x")
    )
    (call,) = jira.calls
    asked = json.loads(call.request.body)
    assert asked["jql"] == (
        'project in ("SUP", "OPS") AND statusCategory = Done AND statusCategoryChangedDate >= "-91m" '
        "ORDER BY statusCategoryChangedDate ASC, key ASC"
    )
    assert asked["reconcileIssues"] == [7, 8]
    assert "status" in asked["fields"], "else Jira gives ids only"
    assert [events for events, _ in pages] == [[]]
    assert pages[0][1].startswith(since.isoformat())
