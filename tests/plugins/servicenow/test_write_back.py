"""Answers on their way back: one trace each, nothing for the customer to see, nothing lost on closed incidents."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import Connection, Receipt, ReceiptState, Result, TicketRef, Unreachable
from deskpulse_servicenow import notes, write_back

API = "https://acme.service-now.com/api/now/table"
KEY, CALLER, ROW = "1c741bd70b2322007518478d83673af3", "46c6f9efa9fe198101ddf5eed9adf6e7", "ab" * 16
TICKET, USER = f"{API}/incident/{KEY}", f"{API}/sys_user/{CALLER}"
ANSWERS, JOURNAL = f"{API}/u_nps_response", f"{API}/sys_journal_field"
AT = "2026-03-05 23:30:00"
REFUSED = {
    "error": {"message": "Operation Failed", "detail": "ACL Exception Update Failed due to security constraints"},
    "status": "failure",
}
WRITTEN = {"u_nps_score": "9", "u_nps_at": AT}

Make = Callable[..., Connection]
Answer = Callable[..., Result]


def pair(raw: str) -> dict[str, str]:
    return {"display_value": raw, "value": raw}


def one(**values: str) -> dict[str, Any]:
    return {"result": {name: pair(text) for name, text in {"sys_id": KEY, **values}.items()}}


def rows(*found: dict[str, str]) -> dict[str, Any]:
    return {"json": {"result": [{name: pair(text) for name, text in row.items()} for row in found]}}


def stock(
    servicenow: responses.RequestsMock,
    *,
    active: str = "true",
    kept: bool = False,
    noted: bool = False,
    patch: dict[str, Any] | None = None,
    user: dict[str, str] | None = None,
) -> None:
    stands = WRITTEN if noted else {}
    servicenow.get(TICKET, json=one(active=active, caller_id=CALLER, assigned_to="68" * 16, **stands))
    servicenow.get(ANSWERS, **rows({"sys_id": ROW, "u_key": "r7.1"}) if kept else rows())
    servicenow.post(ANSWERS, status=201, json={"result": {"sys_id": pair(ROW), "u_key": pair("r7.1")}})
    note = "> words\n\n[DeskPulse r7.1]" if noted else "[DeskPulse r7.11] is another"
    servicenow.get(JOURNAL, **rows({"sys_id": "cd" * 16, "value": f"Net Promoter\n{note}"}))
    servicenow.patch(TICKET, **(patch or {"json": one(**WRITTEN)}))
    servicenow.get(USER, json=one(**(user or {})))
    last = {"u_nps_last_score": "9", "u_nps_last_at": AT, "u_nps_last_category": "promoter"}
    servicenow.patch(USER, json=one(**last))


def sent(servicenow: responses.RequestsMock, method: str, url: str) -> list[dict[str, str]]:
    calls = [call.request for call in servicenow.calls if call.request.method == method]
    return [json.loads(call.body or "") for call in calls if str(call.url).partition("?")[0] == url]


def write(connection: Make, result: Result) -> Receipt:
    return write_back.write_back(connection(), TicketRef(KEY, "INC0000060"), result)


def test_an_answer_is_kept_shown_and_noted_at_once(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow)
    receipt = write(connection, result())
    assert (receipt.state, receipt.detail, receipt.reference) == (ReceiptState.DONE, "", ROW)
    (row,) = sent(servicenow, "POST", ANSWERS)
    assert row["u_key"] == "r7.1"
    assert (row["u_task"], row["u_customer"], row["u_agent"]) == (KEY, CALLER, "68" * 16)
    assert (row["u_score"], row["u_answered_at"], row["u_category"]) == ("9", AT, "promoter")
    (patch,) = sent(servicenow, "PATCH", TICKET)
    assert patch["work_notes"].splitlines()[-1] == "[DeskPulse r7.1]"
    assert (patch["u_nps_score"], patch["u_nps_comment"]) == ("9", "Fast help!")
    (user,) = sent(servicenow, "PATCH", USER)
    assert user == {"u_nps_last_score": "9", "u_nps_last_at": AT, "u_nps_last_category": "promoter"}


def test_nothing_is_ever_written_where_the_customer_sees_it(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow)
    write(connection, result())
    bodies = [json.loads(call.request.body or "{}") for call in servicenow.calls]
    assert not [body for body in bodies if {"comments", "state", "close_notes"} & body.keys()]


def test_asked_again_it_finds_its_trace_and_writes_nothing(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    last = {"u_nps_last_score": "9", "u_nps_last_at": AT, "u_nps_last_category": "promoter"}
    stock(servicenow, kept=True, noted=True, user=last)
    assert write(connection, result()).state is ReceiptState.ALREADY
    assert {call.request.method for call in servicenow.calls} == {"GET"}


def test_the_marker_is_looked_up_before_each_write_and_a_like_one_is_another(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow)
    write(connection, result())
    order = [(call.request.method, str(call.request.url).partition("?")[0]) for call in servicenow.calls]
    assert order.index(("GET", JOURNAL)) < order.index(("PATCH", TICKET))
    assert "work_notes" in sent(servicenow, "PATCH", TICKET)[0]


def test_a_note_that_stands_is_not_written_again_though_the_columns_are(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow, kept=True, noted=True)
    write(connection, result(3))
    (patch,) = sent(servicenow, "PATCH", TICKET)
    assert patch["u_nps_score"] == "3"
    assert "work_notes" not in patch


def test_an_update_whose_answer_was_lost_is_asked_again_later(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow, patch={"body": TimeoutError()})
    servicenow.replace("PATCH", TICKET, status=502)
    with pytest.raises(Unreachable):
        write(connection, result())
    assert len(sent(servicenow, "PATCH", TICKET)) == 1


def test_a_closed_incident_loses_nothing(connection: Make, servicenow: responses.RequestsMock, result: Answer) -> None:
    stock(servicenow, active="false", patch={"status": 403, "json": REFUSED})
    receipt = write(connection, result())
    assert receipt.state is ReceiptState.PARTLY
    assert "closed" in receipt.detail
    assert len(sent(servicenow, "POST", ANSWERS)) == len(sent(servicenow, "PATCH", USER)) == 1
    assert len(sent(servicenow, "PATCH", TICKET)) == 1


def test_columns_that_refuse_the_whole_update_are_left_out_of_a_second_one(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow, patch={"status": 403, "json": REFUSED})
    servicenow.patch(TICKET, json=one())
    receipt = write(connection, result())
    assert receipt.state is ReceiptState.DONE
    assert "not the score" in receipt.detail
    assert list(sent(servicenow, "PATCH", TICKET)[1]) == ["work_notes"]


def test_columns_that_vanish_are_noticed(connection: Make, servicenow: responses.RequestsMock, result: Answer) -> None:
    stock(servicenow, patch={"json": one(u_nps_score="")})
    receipt = write(connection, result())
    assert "not the score" in receipt.detail


def test_without_our_table_the_rest_is_written(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow)
    servicenow.replace("POST", ANSWERS, status=403, json=REFUSED)
    receipt = write(connection, result())
    assert receipt.state is ReceiptState.PARTLY
    assert "update set" in receipt.detail
    servicenow.replace("GET", ANSWERS, status=400, json={"error": {"message": "Invalid table u_nps_response"}})
    assert write(connection, result()).state is ReceiptState.PARTLY
    assert len(sent(servicenow, "PATCH", TICKET)) == 2


@pytest.mark.parametrize(("kept", "notes_sent"), [(False, 1), (True, 0)])
def test_where_journals_may_not_be_read_no_note_is_written_twice(
    connection: Make, servicenow: responses.RequestsMock, result: Answer, kept: bool, notes_sent: int
) -> None:
    stock(servicenow, kept=kept)
    servicenow.replace("GET", JOURNAL, status=403, json=REFUSED)
    write(connection, result())
    assert len(["work_notes" for patch in sent(servicenow, "PATCH", TICKET) if "work_notes" in patch]) == notes_sent


def test_an_older_answer_leaves_the_customer_alone(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow)
    assert write(connection, result(is_latest_of_customer=False)).state is ReceiptState.DONE
    assert not [call for call in servicenow.calls if str(call.request.url).startswith(USER)]


def test_a_customer_who_is_gone_or_of_another_helpdesk_is_told(
    connection: Make, servicenow: responses.RequestsMock, result: Answer
) -> None:
    stock(servicenow)
    servicenow.replace("GET", USER, status=404, json=REFUSED)
    assert "customer" in write(connection, result()).detail
    assert write(connection, result(customer_id="613")).state is ReceiptState.PARTLY


def test_a_ticket_that_is_gone_is_refused(connection: Make, servicenow: responses.RequestsMock, result: Answer) -> None:
    for table in ("incident", "sc_req_item"):
        servicenow.get(f"{API}/{table}/{KEY}", status=404, json=REFUSED)
    assert write(connection, result(customer_id=None)).state is ReceiptState.REFUSED


@pytest.mark.parametrize("words", ["[code]<script>alert(1)</script>[/code]", "[ CODE ]<b>", "[\tcode]x[ / code]"])
def test_a_customers_words_never_become_html(words: str, result: Answer) -> None:
    assert not re.search(r"\[\s*/?\s*code", notes.write(result(comment=words)), re.IGNORECASE)


@given(st.text())
def test_no_words_can_pass_for_our_marker(words: str) -> None:
    lines = notes.quoted(words).splitlines()
    assert all(line.startswith(">") for line in lines)
    assert len(notes.quoted(words)) <= 3 * notes.LONGEST
