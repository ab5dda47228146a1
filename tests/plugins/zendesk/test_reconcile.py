"""The export page by page: cursors, lost cursors, ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from responses.matchers import query_param_matcher

from deskpulse.plugin_api import Connection, EventKind, Misread, RateLimited, Refused
from deskpulse_zendesk import reconcile

EXPORT = "https://acme.zendesk.com/api/v2/incremental/tickets/cursor.json"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)

Make = Callable[..., Connection]


def page(zendesk: responses.RequestsMock, query: dict[str, str], **raw: Any) -> None:
    body = {"tickets": [], "after_cursor": None, "before_cursor": None, "end_of_stream": True, **raw}
    zendesk.get(EXPORT, json=body, match=[query_param_matcher({**query, "include": "metric_sets"})])


def started(zendesk: responses.RequestsMock) -> int:
    query = parse_qs(urlsplit(zendesk.calls[0].request.url or "").query)
    return int(query["start_time"][0])


def raw_row(key: int, status: str, at: str, **more: Any) -> dict[str, Any]:
    return {"id": key, "status": status, "updated_at": at, "tags": [], **more}


def test_pages_until_the_end_of_the_stream(connection: Make, zendesk: responses.RequestsMock) -> None:
    rows = [
        raw_row(1, "solved", "2026-03-01T12:00:05Z", metric_set={"reopens": 1}),
        raw_row(2, "open", "2026-03-01T12:00:06Z"),
    ]
    page(zendesk, {"start_time": "1772366400"}, tickets=rows, after_cursor="c1", end_of_stream=False)
    deleted = [raw_row(3, "deleted", "2026-03-01T12:10:00Z"), raw_row(4, "closed", "2026-03-01T12:09:00Z")]
    beside = [{"ticket_id": 4, "reopens": 0}]
    page(zendesk, {"cursor": "c1"}, tickets=deleted, after_cursor="c2", metric_sets=beside)
    pages = list(reconcile.closed_since(connection(), START.isoformat()))
    assert [[(e.kind, e.ticket.id, e.resolution_key) for e in events] for events, _ in pages] == [
        [(EventKind.CLOSED, "1", "1")],
        [(EventKind.CLOSED, "3", None), (EventKind.CLOSED, "4", "0")],
    ]
    assert pages[-1][1] == "2026-03-01T12:10:00+00:00|c2"


def test_the_next_run_goes_on_from_the_cursor(connection: Make, zendesk: responses.RequestsMock) -> None:
    page(zendesk, {"cursor": "c2"})
    ((events, cursor),) = reconcile.closed_since(connection(), "2026-03-01T12:10:00+00:00|c2")
    assert (events, cursor) == ([], "2026-03-01T12:10:00+00:00|c2")


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_lost_cursor_costs_an_overlap(connection: Make, zendesk: responses.RequestsMock, status: int) -> None:
    lost = query_param_matcher({"cursor": "old"}, strict_match=False)
    zendesk.get(EXPORT, status=status, json={"error": "x"}, match=[lost])
    page(zendesk, {"start_time": str(1772366400 - 3600)}, after_cursor="new")
    ((_, cursor),) = reconcile.closed_since(connection(), f"{START.isoformat()}|old")
    assert cursor == "2026-03-01T11:00:00+00:00|new"


def test_a_refused_start_is_an_error(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(EXPORT, status=422, json={"error": "InvalidValue"})
    with pytest.raises(Refused):
        list(reconcile.closed_since(connection(), START.isoformat()))


@pytest.mark.parametrize("cursor", ["", "rubbish"])
def test_a_cursor_without_a_time_goes_a_day_back(
    connection: Make, zendesk: responses.RequestsMock, cursor: str
) -> None:
    zendesk.get(EXPORT, json={"tickets": [], "after_cursor": None, "end_of_stream": True})
    list(reconcile.closed_since(connection(), cursor))
    assert abs(started(zendesk) - (datetime.now(UTC) - timedelta(days=1)).timestamp()) < 60


def test_a_start_never_lies_in_the_minute_that_the_export_holds_back(
    connection: Make, zendesk: responses.RequestsMock
) -> None:
    zendesk.get(EXPORT, json={"tickets": [], "after_cursor": None, "end_of_stream": True})
    list(reconcile.closed_since(connection(), datetime.now(UTC).isoformat()))
    assert started(zendesk) <= datetime.now(UTC).timestamp() - 60


def test_a_stream_that_stands_still_ends(connection: Make, zendesk: responses.RequestsMock) -> None:
    page(zendesk, {"cursor": "c1"}, after_cursor="c1", end_of_stream=False)
    assert len(list(reconcile.closed_since(connection(), f"{START.isoformat()}|c1"))) == 1


def test_ten_calls_a_minute_are_waited_for(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(EXPORT, status=429, body="slow", headers={"Retry-After": "60"})
    zendesk.get(EXPORT, json={"tickets": [], "after_cursor": "c", "end_of_stream": True})
    assert len(list(reconcile.closed_since(connection(), START.isoformat()))) == 1


def test_a_pause_beyond_patience_is_for_later(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(EXPORT, status=429, body="slow", headers={"Retry-After": "600"})
    with pytest.raises(RateLimited):
        list(reconcile.closed_since(connection(), START.isoformat()))


def test_a_page_of_another_shape_is_a_misread(connection: Make, zendesk: responses.RequestsMock) -> None:
    zendesk.get(EXPORT, json={"tickets": None})
    with pytest.raises(Misread):
        list(reconcile.closed_since(connection(), START.isoformat()))
