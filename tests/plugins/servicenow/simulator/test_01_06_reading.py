"""Contract 1 to 6: shapes of values, fields, paging, hidden rows, order, and a query with a typing mistake."""

from __future__ import annotations

from typing import Any

import pytest

PLAIN = {"exclude_reference_link": "true"}


def test_01_raw_values_and_links(account: Any) -> None:
    ann = account.user("ann@customer.example")
    row = account.one("incident", account.id("Open"))
    assert row["state"] == "2"
    assert row["active"] == "true"
    assert row["caller_id"] == {"link": f"{account.base}/api/now/table/sys_user/{ann}", "value": ann}
    assert row["company"] == ""
    assert row["close_code"] == ""
    assert row["work_notes"] == ""
    assert account.one("incident", account.id("Open"), **PLAIN)["caller_id"] == ann


def test_01_display_values(account: Any) -> None:
    row = account.one("incident", account.id("Open"), display_value="true")
    assert row["state"] == "In Progress"
    assert row["caller_id"].keys() == {"display_value", "link"}
    assert row["caller_id"]["display_value"] == "Ann Customer"
    assert row["company"] == ""
    plain = account.one("incident", account.id("Open"), display_value="true", **PLAIN)
    assert plain["caller_id"] == "Ann Customer"


def test_01_both(account: Any) -> None:
    ann = account.user("ann@customer.example")
    row = account.one("incident", account.id("Open"), display_value="all")
    assert row["state"] == {"display_value": "In Progress", "value": "2"}
    assert row["caller_id"].keys() == {"display_value", "link", "value"}
    assert row["company"] == {"display_value": "", "value": ""}
    assert row["close_code"] == {"display_value": None, "value": ""}
    assert row["sys_class_name"] == {"display_value": "Incident", "value": "incident"}
    assert row["sys_domain"] == {"display_value": "global", "value": "global"}
    plain = account.one("incident", account.id("Open"), display_value="all", **PLAIN)
    assert plain["caller_id"] == {"display_value": "Ann Customer", "value": ann}


def test_02_fields_are_flat_and_unknown_ones_vanish(account: Any) -> None:
    row = account.one("incident", account.id("Open"), fields="number,caller_id.email,caller_id.location.name,nonsense")
    assert row == {
        "number": "INC0010003",
        "caller_id.email": "ann@customer.example",
        "caller_id.location.name": "Berlin",
    }
    both = account.one("incident", account.id("Untouched"), fields="assigned_to.name", display_value="all")
    assert both == {"assigned_to.name": {"display_value": "", "value": ""}}


def test_03_pages_are_told_of_in_headers(account: Any) -> None:
    params = {"sysparm_limit": "2", "sysparm_query": "ORDERBYsys_id", "sysparm_fields": "sys_id"}
    first = account.call("GET", "/table/incident", params=params)
    address = f"{account.base}/api/now/table/incident?sysparm_limit=2&sysparm_query=ORDERBYsys_id&sysparm_fields=sys_id"
    assert first.headers["X-Total-Count"] == "7"
    assert first.headers["Link"] == ",".join(
        f'<{address}&sysparm_offset={offset}>;rel="{name}"'
        for name, offset in (("first", 0), ("prev", -1), ("next", 2), ("last", 6))
    )
    last = account.call("GET", "/table/incident", params=params | {"sysparm_offset": "6"})
    assert 'rel="next"' not in last.headers["Link"]
    assert f'sysparm_offset=4>;rel="prev"' in last.headers["Link"]  # noqa: F541
    assert account.call("GET", "/table/incident", params=params | {"sysparm_offset": "-1"}).status_code == 400


def test_03_headers_can_be_left_away(account: Any) -> None:
    params = {"sysparm_limit": "2"}
    silent = account.call("GET", "/table/incident", params=params | {"sysparm_suppress_pagination_header": "true"})
    assert "Link" not in silent.headers
    assert silent.headers["X-Total-Count"] == "7"
    uncounted = account.call("GET", "/table/incident", params=params | {"sysparm_no_count": "true"})
    assert "X-Total-Count" not in uncounted.headers
    account.control("/switches", {"first_page_prev": False})
    assert "prev" not in account.call("GET", "/table/incident", params=params).headers["Link"]
    assert "Link" not in account.call("GET", "/table/incident").headers


def test_03_ten_thousand_rows_come_without_a_limit(account: Any) -> None:
    account.control("/populate", {"groups": 10_050})
    answer = account.call("GET", "/table/sys_user_group", params={"sysparm_fields": "sys_id"})
    assert len(answer.json()["result"]) == 10_000
    assert answer.headers["X-Total-Count"] == "10053"


def test_04_hidden_rows_count_but_do_not_show(account: Any) -> None:
    account.control("/switches", {"hidden": {"sys_user_group": "nameSTARTSWITHNetwork"}})
    names, sizes = [], []
    for offset in range(3):
        params = {"sysparm_limit": "1", "sysparm_offset": str(offset), "sysparm_query": "ORDERBYname"}
        answer = account.call("GET", "/table/sys_user_group", params=params)
        assert answer.headers["X-Total-Count"] == "3"
        sizes.append(len(answer.json()["result"]))
        names += [row["name"] for row in answer.json()["result"]]
    assert sizes == [0, 0, 1]
    assert names == ["Service Desk"]
    assert len(account.admin.rows("sys_user_group")) == 3


def test_05_only_a_query_orders_rows(account: Any) -> None:
    seen = {tuple(row["number"] for row in account.rows("incident", fields="number")) for _ in range(6)}
    assert len(seen) > 1
    ordered = {tuple(row["sys_id"] for row in account.rows("incident", "ORDERBYsys_id")) for _ in range(6)}
    assert len(ordered) == 1
    assert list(ordered.pop()) == sorted(row["sys_id"] for row in account.rows("incident"))
    account.control("/switches", {"unstable_order": False})
    assert account.rows("incident", fields="number") == account.rows("incident", fields="number")


def test_06_a_condition_on_an_unknown_column_is_left_out(account: Any) -> None:
    assert len(account.rows("incident", "stat=6^active=true")) == len(account.rows("incident", "active=true"))
    assert len(account.rows("incident", "STATE=6")) == 7
    account.control("/properties", {"glide.invalid_query.returns_no_rows": "true"})
    assert account.rows("incident", "stat=6^active=true") == []
    assert len(account.rows("incident", "active=true")) == 6


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("state=6", "Solved"),
        ("stateIN6,7", "Old Solved"),
        ("state!=2^active=true", "Solved Untouched"),
        ("short_descriptionLIKEol", "Old Solved"),
        ("short_descriptionSTARTSWITHO", "Old Open"),
        ("short_descriptionENDSWITHd^active=true", "Solved Untouched"),
        ("assigned_toISEMPTY", "Untouched"),
        ("resolved_atISNOTEMPTY", "Old Solved"),
        ("state>2", "Old Solved"),
        ("state>=6^state<7", "Solved"),
        ("caller_id.name=Phone Phil", "Solved"),
        ("caller_id.location.name=Berlin^state=7", "Old"),
        ("state=6^ORstate=7^active=false", "Old"),
        ("state=6^NQstate=7", "Old Solved"),
        ("category=HARDWARE", "Old"),
        ("number=INC0010003", "Open"),
        ("short_description=Nobody", ""),
    ],
)
def test_06_encoded_queries(account: Any, query: str, subjects: str) -> None:
    found = account.rows("incident", f"{query}^ORDERBYshort_description", fields="short_description")
    assert " ".join(row["short_description"] for row in found) == subjects


def test_06_order_by_several_columns(account: Any) -> None:
    rows = account.rows("incident", "ORDERBYDESCstate^ORDERBYshort_description", fields="state,short_description")
    pairs = [(row["state"], row["short_description"]) for row in rows]
    assert pairs[:2] == [("7", "Old"), ("6", "Solved")]
    assert [subject for state, subject in pairs if state == "2"] == ["More 0", "More 1", "More 2", "Open"]


def test_06_a_parent_table_finds_all_that_extend_it(account: Any) -> None:
    rows = account.rows("task", "active=true", fields="sys_class_name,number")
    assert {row["sys_class_name"] for row in rows} == {"incident", "sc_req_item", "sc_request"}
    item = account.id("A laptop")
    assert account.one("task", item, fields="sys_class_name") == {"sys_class_name": "sc_req_item"}


def test_06_counting_and_plain_parameters(account: Any) -> None:
    params = {"sysparm_count": "true", "sysparm_query": "state=2"}
    assert account.done("GET", "/stats/incident", params=params) == {"stats": {"count": "4"}}
    assert len(account.done("GET", "/table/incident", params={"state": "2", "active": "true"})) == 4
    assert account.done("GET", "/v2/table/incident", params={"sysparm_query": "state=99"}) == []
    assert account.call("GET", "/v1/table/incident", params={"sysparm_query": "state=99"}).status_code == 404
