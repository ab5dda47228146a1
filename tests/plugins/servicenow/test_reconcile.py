"""What calls missed: the order of reading, places in a cursor, and changes that appear late."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from deskpulse.plugin_api import Connection, TicketEvent
from deskpulse_servicenow import reconcile

API = "https://acme.service-now.com/api/now/table"
BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)

Make = Callable[..., Connection]


def row(number: int, minute: int, *, state: str = "6", reopens: str = "0") -> dict[str, Any]:
    at = f"{BEGIN + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S}"
    values = {"sys_id": f"{number:032x}", "number": f"INC{number:07}", "state": state, "reopen_count": reopens}
    return {name: {"value": text, "display_value": text} for name, text in {**values, "sys_updated_on": at}.items()}


def queries(servicenow: responses.RequestsMock) -> list[str]:
    return [parse_qs(urlsplit(str(call.request.url)).query)["sysparm_query"][0] for call in servicenow.calls]


def stock(servicenow: responses.RequestsMock, *pages: list[dict[str, Any]]) -> None:
    """Incidents page by page, and no requested items."""
    left = list(pages)

    def answer(_request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        page = left.pop(0) if left else []
        total = str(10_000 if left else 0)
        return 200, {"X-Total-Count": total}, json.dumps({"result": page})

    servicenow.add_callback("GET", f"{API}/incident", answer, content_type="application/json")
    servicenow.get(f"{API}/sc_req_item", json={"result": []})


def drain(connection: Connection, cursor: str) -> tuple[list[TicketEvent], str]:
    found: list[TicketEvent] = []
    for events, after in reconcile.closed_since(connection, cursor):
        found += events
        cursor = after
    return found, cursor


def numbers(events: list[TicketEvent]) -> list[str]:
    return [event.ticket.number for event in events]


def test_pages_follow_each_other_by_time_and_id(connection: Make, servicenow: responses.RequestsMock) -> None:
    stock(servicenow, [row(1, 1), row(2, 2)], [row(3, 2)])
    found, _ = drain(connection(), BEGIN.isoformat())
    assert numbers(found) == ["INC0000001", "INC0000002", "INC0000003"]
    first, second, items = queries(servicenow)
    order = "ORDERBYsys_updated_on^ORDERBYsys_id"
    some = "stateIN6,7^ORreopen_count>0"
    assert first == f"{some}^sys_updated_on>=2026-01-05 07:55:00^{order}"
    last, key = "2026-01-05 08:02:00", f"{2:032x}"
    assert second == (f"{some}^sys_updated_on>{last}^NQ{some}^sys_updated_on={last}^sys_id>{key}^{order}")
    assert items.startswith("stateIN3,4^sys_updated_on>="), "a column that items lack would widen the query"


def test_a_later_run_begins_early_and_tells_only_what_is_new(
    connection: Make, servicenow: responses.RequestsMock
) -> None:
    stock(servicenow, [row(1, 10), row(2, 12)])
    _, cursor = drain(connection(), BEGIN.isoformat())
    servicenow.reset()
    stock(servicenow, [row(1, 10), row(9, 11), row(2, 12), row(3, 13)])
    found, _ = drain(connection(), cursor)
    assert numbers(found) == ["INC0000009", "INC0000003"]
    assert "sys_updated_on>=2026-01-05 08:07:00" in queries(servicenow)[0]


def test_a_row_that_changed_again_is_told_again(connection: Make, servicenow: responses.RequestsMock) -> None:
    stock(servicenow, [row(1, 10)])
    _, cursor = drain(connection(), BEGIN.isoformat())
    servicenow.reset()
    stock(servicenow, [row(1, 11, state="2", reopens="1")])
    found, _ = drain(connection(), cursor)
    assert [event.kind.value for event in found] == ["reopened"]


def test_a_cursor_stays_short(connection: Make, servicenow: responses.RequestsMock) -> None:
    stock(servicenow, [row(number, 10) for number in range(1, 3000)])
    found, cursor = drain(connection(), BEGIN.isoformat())
    assert len(found) == 2999
    assert len(cursor) < 10_000


@pytest.mark.parametrize("cursor", ["", "rubbish", "{", "[]", "{}", '{"begin":1,"tables":{}}', '{"tables":{"a":[]}}'])
def test_a_cursor_that_tells_nothing_costs_some_repetition(
    connection: Make, servicenow: responses.RequestsMock, cursor: str
) -> None:
    stock(servicenow, [row(1, 1)])
    found, after = drain(connection(), cursor)
    assert numbers(found) == ["INC0000001"]
    assert json.loads(after)["tables"]["incident"]


def test_tables_that_are_left_alone_are_not_read(connection: Make, servicenow: responses.RequestsMock) -> None:
    stock(servicenow, [row(1, 1)])
    drain(connection(settings={"request_item_states": "-"}), BEGIN.isoformat())
    assert all("/incident?" in str(call.request.url) for call in servicenow.calls)
