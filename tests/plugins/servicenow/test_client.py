"""The Table API's traps: short pages, lost order, answers cut off, web pages, limits, and addresses in answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses

from deskpulse.plugin_api import Connection, Misread, RateLimited, Refused, Unreachable
from deskpulse_servicenow.client import PAGE, SMALLEST_PAGE, Client, literal

GROUPS = "https://acme.service-now.com/api/now/table/sys_user_group"
CUT_OFF = {"error": {"message": "Transaction cancelled: maximum execution time exceeded"}, "status": "failure"}
LIMITED = {
    "error": {"message": "Rate limit exceeded", "detail": "Rate limit of 100 requests per hour exceeded"},
    "status": "failure",
}

Make = Callable[..., Connection]
Asked = list[dict[str, str]]


def key(number: int) -> str:
    return f"{number:032x}"


def asked(servicenow: responses.RequestsMock) -> Asked:
    queries = [parse_qs(urlsplit(str(call.request.url)).query, keep_blank_values=True) for call in servicenow.calls]
    return [{name: values[0] for name, values in query.items()} for query in queries]


class Table:
    """A list as ServiceNow answers it: the limit is applied first, then hidden rows are taken out."""

    def __init__(self, visible: list[bool], *, total: bool = True) -> None:
        self.rows = [key(number) for number in range(1, len(visible) + 1)]
        self.visible = dict(zip(self.rows, visible, strict=True))
        self.total = total

    def __call__(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(str(request.url)).query).items()}
        conditions = query["sysparm_query"].split("^")
        assert conditions[-1] == "ORDERBYsys_id", "rows would come in any order"
        after = next((one.partition(">")[2] for one in conditions if one.startswith("sys_id>")), "")
        found = [row for row in self.rows if row > after]
        offset, limit = int(query["sysparm_offset"]), int(query["sysparm_limit"])
        page = [{"sys_id": row} for row in found[offset : offset + limit] if self.visible[row]]
        links = f'<https://elsewhere.example{GROUPS}?sysparm_offset=-1>;rel="prev"'
        if offset + limit < len(found):
            links += f',<https://elsewhere.example/?sysparm_offset={offset + limit}>;rel="next"'
        headers = {"Link": links, **({"X-Total-Count": str(len(found))} if self.total else {})}
        return 200, headers, json.dumps({"result": page})


def read(connection: Connection, query: str = "") -> list[str]:
    pages = Client(connection).pages("sys_user_group", query, ("sys_id",))
    return [row["sys_id"] for page in pages for row in page]


@pytest.mark.parametrize("total", [True, False], ids=["by total", "by link"])
@pytest.mark.parametrize(
    "visible",
    [
        [True] * (2 * PAGE + 1),
        [True] * PAGE,
        [],
        [number % 3 == 0 for number in range(2 * PAGE)],
        [False] * (2 * PAGE) + [True] * 3,
        [True] * 5 + [False] * (2 * PAGE) + [True] * 5,
        [True] + [False] * (3 * PAGE),
    ],
    ids=["full pages", "one page", "nothing", "holes", "hidden first", "hidden between", "hidden last"],
)
def test_every_visible_row_is_read_once_whatever_is_hidden(
    connection: Make, servicenow: responses.RequestsMock, visible: list[bool], total: bool
) -> None:
    table = Table(visible, total=total)
    servicenow.add_callback("GET", GROUPS, table, content_type="application/json")
    assert read(connection()) == [row for row in table.rows if table.visible[row]]
    assert {urlsplit(str(call.request.url)).netloc for call in servicenow.calls} == {"acme.service-now.com"}
    assert all(int(query["sysparm_offset"]) >= 0 for query in asked(servicenow))


def test_values_are_asked_for_raw_and_shown(connection: Make, servicenow: responses.RequestsMock) -> None:
    servicenow.add_callback("GET", GROUPS, Table([]), content_type="application/json")
    read(connection(), "active=true")
    (query,) = asked(servicenow)
    assert (query["sysparm_display_value"], query["sysparm_exclude_reference_link"]) == ("all", "true")
    assert (query["sysparm_query"], query["sysparm_fields"]) == ("active=true^ORDERBYsys_id", "sys_id")


@pytest.mark.parametrize("status", [200, 500], ids=["as a success", "as a failure"])
def test_an_answer_that_was_cut_off_is_asked_for_in_smaller_pieces(
    connection: Make, servicenow: responses.RequestsMock, status: int
) -> None:
    table = Table([True] * PAGE)
    for _ in range(1 if status == 200 else 3):  # a failure is asked for again before anybody looks at it
        servicenow.get(GROUPS, status=status, json={"result": [{"sys_id": key(1)}], **CUT_OFF})
    servicenow.add_callback("GET", GROUPS, table, content_type="application/json")
    assert read(connection()) == table.rows
    assert list(dict.fromkeys(query["sysparm_limit"] for query in asked(servicenow))) == [str(PAGE), str(PAGE // 2)]


def test_one_that_is_always_cut_off_is_given_up_for_now(connection: Make, servicenow: responses.RequestsMock) -> None:
    servicenow.get(GROUPS, json={"result": [{"sys_id": key(1)}], **CUT_OFF})
    with pytest.raises(Unreachable, match="Transaction cancelled"):
        read(connection())
    assert int(asked(servicenow)[-1]["sysparm_limit"]) >= SMALLEST_PAGE


def test_a_web_page_is_no_answer(connection: Make, servicenow: responses.RequestsMock) -> None:
    servicenow.get(GROUPS, body="<html>Your instance is hibernating</html>", content_type="text/html")
    with pytest.raises(Unreachable, match="web page"):
        read(connection())


@pytest.mark.parametrize("body", [[], {"result": {"sys_id": "1"}}, {"results": []}])
def test_an_answer_of_another_form_is_misread(connection: Make, servicenow: responses.RequestsMock, body: Any) -> None:
    servicenow.get(GROUPS, json=body)
    with pytest.raises(Misread):
        read(connection())


@pytest.mark.parametrize("headers", [{"Retry-After": "1800", "X-RateLimit-Limit": "100"}, {}])
def test_a_long_pause_is_handed_on_and_not_slept_through(
    connection: Make, servicenow: responses.RequestsMock, headers: dict[str, str]
) -> None:
    servicenow.get(GROUPS, status=429, json=LIMITED, headers=headers)
    with pytest.raises(RateLimited) as limited:
        read(connection())
    assert limited.value.retry_after == (1800 if headers else 30)
    assert len(servicenow.calls) == 1


def test_what_is_hidden_looks_as_if_it_did_not_exist(connection: Make, servicenow: responses.RequestsMock) -> None:
    body = {"error": {"message": "No Record found", "detail": "Record doesn't exist or ACL restricts"}}
    servicenow.get(f"{GROUPS}/{key(7)}", status=404, json={**body, "status": "failure"})
    assert Client(connection()).row("sys_user_group", key(7), ("sys_id",)) is None


@pytest.mark.parametrize("odd", ["", "INC0010001", "../sys_user", "9" * 32 + "/x", "A" * 32])
def test_what_cannot_be_an_id_is_not_asked_for(connection: Make, servicenow: responses.RequestsMock, odd: str) -> None:
    assert Client(connection()).row("incident", odd, ("sys_id",)) is None
    assert not servicenow.calls


def test_an_error_of_the_query_is_refused(connection: Make, servicenow: responses.RequestsMock) -> None:
    servicenow.get(GROUPS, status=400, json={"error": {"message": "Invalid table x", "detail": None}})
    with pytest.raises(Refused):
        read(connection())


def test_a_value_in_a_query_cannot_begin_another_condition() -> None:
    assert literal("a^ORactive=true") == "a^^ORactive=true"
