"""The list of changed tickets: pages that shift, times that are equal, cursors, ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from deskpulse.plugin_api import Connection, EventKind, Misread, RateLimited, Refused, SampleTicket, SampleWorld, moment
from deskpulse_freshdesk import reconcile
from deskpulse_freshdesk.client import PAGE
from deskpulse_freshdesk.values import stamp

TICKETS = "https://acme.freshdesk.com/api/v2/tickets"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)

Make = Callable[..., Connection]


class Listing:
    """Tickets as the list gives them: ``updated_since`` is inclusive, and pages are cut anew for each call."""

    def __init__(self, freshdesk: responses.RequestsMock) -> None:
        self.rows: list[dict[str, Any]] = []
        self.gone: list[dict[str, Any]] = []
        self.after_page: Callable[[], object] = lambda: None
        freshdesk.add_callback(responses.GET, TICKETS, self._answer)
        self.asked: list[dict[str, str]] = []

    def row(self, key: int, at: datetime, status: int = 4, **more: Any) -> None:
        stats = {"resolved_at": stamp(at), "status_updated_at": stamp(at), "reopened_at": None}
        self.rows = [one for one in self.rows if one["id"] != key]
        self.rows.append({"id": key, "status": status, "updated_at": stamp(at), "stats": stats, **more})

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}
        self.asked.append(query)
        assert (query["order_by"], query["order_type"], query["include"]) == ("updated_at", "asc", "stats")
        since = moment(query["updated_since"])
        assert since is not None
        rows = self.rows if "filter" not in query else [row for row in self.gone if row.get(query["filter"])]
        rows = sorted(
            (row for row in rows if row["updated_at"] >= stamp(since)), key=lambda row: str(row["updated_at"])
        )
        first = (int(query["page"]) - 1) * PAGE
        found = rows[first : first + PAGE]
        if "filter" not in query:
            self.after_page()
        return 200, {}, json.dumps(found)


def read(connection: Connection, cursor: str) -> tuple[list[str], str]:
    """The ids that are told, and where to go on."""
    told: list[str] = []
    for events, after in reconcile.closed_since(connection, cursor):
        told += [event.ticket.id for event in events]
        cursor = after
    return told, cursor


@pytest.fixture
def listing(freshdesk: responses.RequestsMock) -> Listing:
    return Listing(freshdesk)


def test_every_change_is_told_once(connection: Make, listing: Listing) -> None:
    for number in range(1, 2 * PAGE + 31):
        listing.row(number, START + timedelta(minutes=number))
    told, cursor = read(connection(), START.isoformat())
    assert told == [str(number) for number in range(1, 2 * PAGE + 31)]
    assert {query["page"] for query in listing.asked} == {"1"}, "no page is counted while times differ"
    again, _ = read(connection(), cursor)
    assert again == []


def test_rows_that_move_while_we_read_leave_no_hole(connection: Make, listing: Listing) -> None:
    for number in range(1, 2 * PAGE + 1):
        listing.row(number, START + timedelta(minutes=number))
    late = START + timedelta(days=1)

    def touch() -> None:
        listing.after_page = lambda: None
        listing.row(5, late)  # moves to the end, and everything behind it one place up

    listing.after_page = touch
    told, _ = read(connection(), START.isoformat())
    assert set(told) == {str(number) for number in range(1, 2 * PAGE + 1)}
    assert told.count("5") == 2, "the change made meanwhile is another one"


def test_many_changes_at_one_moment_are_paged(connection: Make, listing: Listing) -> None:
    for number in range(1, 3 * PAGE):
        listing.row(number, START)
    listing.row(1000, START + timedelta(minutes=1))
    told, _ = read(connection(), START.isoformat())
    assert sorted(map(int, told)) == [*range(1, 3 * PAGE), 1000]


def test_beyond_the_last_page_it_says_so(connection: Make, listing: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "LAST_PAGE", 2)
    for number in range(1, 3 * PAGE):
        listing.row(number, START)
    with pytest.raises(Refused, match="lists no more"):
        read(connection(), START.isoformat())


def test_what_shows_up_late_is_found_and_the_rest_is_not_told_again(connection: Make, listing: Listing) -> None:
    listing.row(1, START)
    _, cursor = read(connection(), (START - timedelta(hours=1)).isoformat())
    listing.row(2, START - timedelta(seconds=90))
    listing.row(3, START + timedelta(seconds=1))
    told, cursor = read(connection(), cursor)
    assert told == ["2", "3"]
    listing.row(3, START + timedelta(hours=1), status=5)
    told, cursor = read(connection(), cursor)
    assert told == ["3"]
    assert len(cursor) < 100, "what will not be read again is not named"


def test_two_changes_within_one_second_are_two(connection: Make, listing: Listing) -> None:
    listing.row(1, START, status=2)
    listing.row(2, START, status=5)
    _, cursor = read(connection(), START.isoformat())
    listing.row(1, START, status=4)
    assert read(connection(), cursor)[0] == ["1"]


def test_what_is_gone_is_not_passed_over_where_a_run_breaks_off(connection: Make, listing: Listing) -> None:
    listing.row(1, START + timedelta(hours=1))
    listing.gone = [{"id": 8, "status": 2, "updated_at": stamp(START), "deleted": True}]
    pages = reconcile.closed_since(connection(), START.isoformat())
    broken_off = [cursor for events, cursor in pages for event in events if event.ticket.id == "1"][-1]
    assert read(connection(), broken_off)[0] == []
    first = next(reconcile.closed_since(connection(), START.isoformat()))
    assert [event.ticket.id for event in first[0]] == ["8"]
    assert read(connection(), first[1])[0] == ["1"]


def test_deleted_and_spam_tickets_are_told(connection: Make, listing: Listing) -> None:
    listing.gone = [
        {"id": 8, "status": 2, "updated_at": stamp(START), "deleted": True},
        {"id": 9, "status": 4, "updated_at": stamp(START), "spam": True, "stats": {}},
    ]
    pages = reconcile.closed_since(connection(), START.isoformat())
    events = [event for events, _ in pages for event in events]
    assert [(event.kind, event.ticket.id) for event in events] == [(EventKind.CLOSED, "8"), (EventKind.CLOSED, "9")]


def test_an_account_that_does_not_list_deleted_tickets_is_read_all_the_same(
    connection: Make, freshdesk: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    row = {"id": 7, "status": 4, "updated_at": stamp(START), "stats": {}}

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        return (400, {}, "") if "filter=" in str(request.url) else (200, {}, json.dumps([row]))

    freshdesk.add_callback(responses.GET, TICKETS, answer)
    assert read(connection(), START.isoformat())[0] == ["7"]
    assert "does not list what is deleted (400)" in caplog.text


@pytest.mark.parametrize("cursor", ["", "rubbish", "rubbish|1@x"])
def test_a_cursor_without_a_time_goes_a_day_back(connection: Make, listing: Listing, cursor: str) -> None:
    read(connection(), cursor)
    since = moment(listing.asked[0]["updated_since"])
    assert since is not None
    assert abs(since - (datetime.now(UTC) - timedelta(days=1))) < timedelta(minutes=5)


def test_more_than_thirty_days_are_asked_for_by_time(connection: Make, listing: Listing) -> None:
    long_ago = START - timedelta(days=400)
    listing.row(1, long_ago + timedelta(hours=1))
    assert read(connection(), long_ago.isoformat())[0] == ["1"]
    assert all("updated_since" in query for query in listing.asked)


def test_limits_are_waited_for_within_patience(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get(TICKETS, status=429, headers={"Retry-After": "60"})
    freshdesk.get(TICKETS, json=[])
    assert len(list(reconcile.closed_since(connection(), START.isoformat()))) == 3
    freshdesk.replace(responses.GET, TICKETS, status=429, headers={"Retry-After": "600"})
    with pytest.raises(RateLimited):
        list(reconcile.closed_since(connection(), START.isoformat()))


def test_a_page_of_another_shape_is_a_misread(connection: Make, freshdesk: responses.RequestsMock) -> None:
    freshdesk.get(TICKETS, json={"tickets": []})
    with pytest.raises(Misread):
        list(reconcile.closed_since(connection(), START.isoformat()))


def test_against_the_simulator(desk: Any) -> None:
    at = datetime.now(UTC) - timedelta(days=90)
    solved = [
        SampleTicket(f"S{n}", "rita@example.com", None, None, at, at + timedelta(minutes=n // 50)) for n in range(250)
    ]
    desk.simulator.load(SampleWorld(tickets=solved))
    first = desk.ticket("S0")
    desk.api("DELETE", f"/tickets/{first}")
    told, cursor = read(desk.connection(), (at - timedelta(days=1)).isoformat())
    wanted = {str(one["id"]) for one in desk.program("GET", "/tickets") if one["subject"].startswith("S")}
    assert wanted <= set(told)
    assert read(desk.connection(), cursor)[0] == []
