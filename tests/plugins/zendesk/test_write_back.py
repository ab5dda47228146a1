"""Answers on their way back: one trace each, nothing public, nothing lost on closed tickets."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import (
    Conflict,
    Connection,
    RateLimited,
    Receipt,
    ReceiptState,
    Result,
    TicketRef,
    Unreachable,
)
from deskpulse_zendesk import notes, write_back

API = "https://acme.zendesk.com/api/v2"
TICKET, COMMENTS, USER = f"{API}/tickets/5158", f"{API}/tickets/5158/comments", f"{API}/users/613"
FACTS = {"score_field_id": "900", "user_id": "777"}
CLOSED = {
    "error": "RecordInvalid",
    "description": "Record validation errors",
    "details": {"status": [{"description": "Status: closed prevents ticket update", "error": None}]},
}

Make = Callable[..., Connection]
Answer = Callable[..., Result]


def raw_ticket(**changes: Any) -> dict[str, Any]:
    raw = {
        "id": 5158,
        "status": "solved",
        "tags": ["vip", "nps_passive"],
        "custom_fields": [{"id": 900, "value": None}, {"id": 901, "value": "x"}],
        "updated_at": "2026-03-01T12:00:00Z",
    }
    return {"ticket": {**raw, **changes}}


def stock(
    zendesk: responses.RequestsMock,
    ticket: dict[str, Any] | None = None,
    comments: tuple[dict[str, Any], ...] = (),
    put: dict[str, Any] | None = None,
    user: dict[str, Any] | None = None,
) -> None:
    zendesk.get(TICKET, json=ticket or raw_ticket())
    zendesk.get(COMMENTS, json={"comments": list(comments), "meta": {"has_more": False}})
    written = raw_ticket(custom_fields=[{"id": 900, "value": "9"}])
    zendesk.put(TICKET, **(put or {"json": {**written, "audit": {"id": 2127301143}}}))
    zendesk.put(USER, **(user or {"json": {"user": {"id": 613}}}))


def puts(zendesk: responses.RequestsMock, url: str) -> list[dict[str, Any]]:
    found = [call.request for call in zendesk.calls if call.request.method == "PUT" and call.request.url == url]
    return [json.loads(request.body or "") for request in found]


def write(connection: Make, result: Result, facts: dict[str, str] | None = None) -> Receipt:
    return write_back.write_back(connection(facts=FACTS if facts is None else facts), TicketRef("5158"), result)


def test_one_update_of_each(connection: Make, result: Answer, zendesk: responses.RequestsMock) -> None:
    stock(zendesk)
    receipt = write(connection, result())
    assert receipt == Receipt(ReceiptState.DONE, "", "2127301143")
    (changes,) = (body["ticket"] for body in puts(zendesk, TICKET))
    assert changes["custom_fields"] == [{"id": 900, "value": 9}]
    assert changes["tags"] == ["vip", "nps_promoter"]
    assert (changes["safe_update"], changes["updated_stamp"]) == (True, "2026-03-01T12:00:00Z")
    assert changes["comment"]["public"] is False
    assert "status" not in changes
    assert changes["comment"]["body"].splitlines() == [
        "Net Promoter score 9 of 10: promoter",
        "About: speed, friendliness",
        "The customer's words:",
        "",
        "    Fast help!",
        "",
        "https://nps.example.com/survey-responses?id=7",
        "",
        "[DeskPulse r7.1]",
    ]
    assert puts(zendesk, USER) == [
        {"user": {"user_fields": {"nps_last_score": 9, "nps_last_date": "2026-03-05", "nps_last_category": "promoter"}}}
    ]


def our_note(result: Result) -> dict[str, Any]:
    return {"id": 1, "public": False, "body": notes.write(result)}


def test_asked_twice_it_writes_nothing(connection: Make, result: Answer, zendesk: responses.RequestsMock) -> None:
    answer = result()
    shown = raw_ticket(tags=["nps_promoter"], custom_fields=[{"id": 900, "value": "9"}])
    stock(zendesk, shown, (our_note(answer),))
    stored = {"nps_last_score": 9, "nps_last_date": "2026-03-05T00:00:00+00:00", "nps_last_category": "promoter"}
    zendesk.get(USER, json={"user": {"id": 613, "user_fields": stored}})
    assert write(connection, answer).state is ReceiptState.ALREADY
    assert puts(zendesk, TICKET) == puts(zendesk, USER) == []


def test_interrupted_between_the_two_it_writes_the_other(
    connection: Make, result: Answer, zendesk: responses.RequestsMock
) -> None:
    answer = result()
    shown = raw_ticket(tags=["nps_promoter"], custom_fields=[{"id": 900, "value": "9"}])
    stock(zendesk, shown, (our_note(answer),))
    zendesk.get(USER, json={"user": {"id": 613, "user_fields": {"nps_last_score": 3}}})
    assert write(connection, answer).state is ReceiptState.DONE
    assert puts(zendesk, TICKET) == []
    assert len(puts(zendesk, USER)) == 1


def test_a_field_that_somebody_changed_is_put_right_without_a_second_note(
    connection: Make, result: Answer, zendesk: responses.RequestsMock
) -> None:
    answer = result()
    stock(zendesk, raw_ticket(), (our_note(answer),))
    assert write(connection, answer).state is ReceiptState.DONE
    (body,) = puts(zendesk, TICKET)
    assert "comment" not in body["ticket"]


@pytest.mark.parametrize("public", [True, None])
def test_a_customer_who_quotes_the_marker_is_not_our_note(
    connection: Make, result: Answer, zendesk: responses.RequestsMock, public: bool | None
) -> None:
    answer = result()
    stock(zendesk, comments=({"id": 1, "public": public, "body": answer.marker},))
    write(connection, answer)
    assert "comment" in puts(zendesk, TICKET)[0]["ticket"]


@pytest.mark.parametrize("where", ["status", "base"])
@pytest.mark.parametrize("words", ["Status: closed prevents ticket update", "Status closed prevents ticket update"])
def test_a_ticket_that_just_closed_leaves_the_customer(
    connection: Make, result: Answer, zendesk: responses.RequestsMock, where: str, words: str
) -> None:
    refusal = {**CLOSED, "details": {where: [{"description": words}]}}
    stock(zendesk, put={"status": 422, "json": refusal})
    receipt = write(connection, result())
    assert receipt.state is ReceiptState.PARTLY
    assert "closed" in receipt.detail
    assert len(puts(zendesk, USER)) == 1


def test_a_closed_ticket_is_not_even_tried(connection: Make, result: Answer, zendesk: responses.RequestsMock) -> None:
    stock(zendesk, raw_ticket(status="closed"))
    assert write(connection, result()).state is ReceiptState.PARTLY
    assert puts(zendesk, TICKET) == []


def test_nothing_written_at_all_is_a_refusal(connection: Make, result: Answer, zendesk: responses.RequestsMock) -> None:
    stock(zendesk, raw_ticket(status="closed"))
    assert write(connection, result(is_latest_of_customer=False)).state is ReceiptState.REFUSED
    assert puts(zendesk, USER) == []


def test_a_required_field_is_reported_and_the_customer_written(
    connection: Make, result: Answer, zendesk: responses.RequestsMock
) -> None:
    reason = "Type of Content: is required when solving a ticket"
    details = {"base": [{"description": reason, "error": None, "ticket_field_id": 360008591391}]}
    stock(zendesk, put={"status": 422, "json": {"error": "RecordInvalid", "details": details}})
    receipt = write(connection, result())
    assert receipt.state is ReceiptState.PARTLY
    assert reason in receipt.detail
    assert len(puts(zendesk, USER)) == 1


def test_a_conflict_reads_again(connection: Make, result: Answer, zendesk: responses.RequestsMock) -> None:
    zendesk.get(TICKET, json=raw_ticket())
    zendesk.get(TICKET, json=raw_ticket(tags=["new"], updated_at="2026-03-01T12:00:01Z"))
    zendesk.get(COMMENTS, json={"comments": []})
    zendesk.put(TICKET, status=409, json={"error": "UpdateConflict"})
    zendesk.put(TICKET, json={**raw_ticket(custom_fields=[]), "audit": None})
    zendesk.put(USER, json={"user": {}})
    assert write(connection, result()).state is ReceiptState.DONE
    first, second = (body["ticket"] for body in puts(zendesk, TICKET))
    assert (first["updated_stamp"], second["updated_stamp"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z")
    assert second["tags"] == ["new", "nps_promoter"]


def test_conflict_upon_conflict_is_left_for_later(
    connection: Make, result: Answer, zendesk: responses.RequestsMock
) -> None:
    stock(zendesk, put={"status": 409, "json": {}})
    with pytest.raises(Conflict):
        write(connection, result())
    assert len(puts(zendesk, TICKET)) == write_back.ATTEMPTS
    assert puts(zendesk, USER) == []


@pytest.mark.parametrize(
    "lost", [{"status": 404, "body": ""}, {"status": 302, "headers": {"Location": f"{API}/users/9"}}]
)
def test_a_merged_customer_is_recorded(
    connection: Make, result: Answer, zendesk: responses.RequestsMock, lost: dict[str, Any]
) -> None:
    stock(zendesk, user=lost)
    receipt = write(connection, result())
    assert receipt.state is ReceiptState.PARTLY
    assert "merged" in receipt.detail


def test_a_customer_of_another_kind_asks_nobody(
    connection: Make, result: Answer, zendesk: responses.RequestsMock
) -> None:
    stock(zendesk)
    assert write(connection, result(customer_id="../tickets/1")).state is ReceiptState.PARTLY
    assert puts(zendesk, USER) == []


def test_a_score_of_one_is_not_a_ten(connection: Make, result: Answer, zendesk: responses.RequestsMock) -> None:
    answer = result(score=1)
    shown = raw_ticket(tags=["nps_detractor"], custom_fields=[{"id": 900, "value": "1"}])
    stock(zendesk, shown, (our_note(answer),))
    stored = {"nps_last_score": 10, "nps_last_date": "2026-03-05T00:00:00Z", "nps_last_category": "detractor"}
    zendesk.get(USER, json={"user": {"id": 613, "user_fields": stored}})
    assert write(connection, answer).state is ReceiptState.DONE


def test_a_deleted_ticket_leaves_the_customer(
    connection: Make, result: Answer, zendesk: responses.RequestsMock
) -> None:
    zendesk.get(TICKET, status=404)
    zendesk.put(USER, json={"user": {}})
    receipt = write(connection, result())
    assert receipt.state is ReceiptState.PARTLY
    assert "does not exist" in receipt.detail


def test_before_the_set_up_there_is_no_field(connection: Make, result: Answer, zendesk: responses.RequestsMock) -> None:
    stock(zendesk)
    receipt = write(connection, result(), facts={})
    assert receipt.state is ReceiptState.DONE
    assert "run the set-up" in receipt.detail
    assert "custom_fields" not in puts(zendesk, TICKET)[0]["ticket"]


def test_a_field_that_was_silently_dropped_is_noticed(
    connection: Make, result: Answer, zendesk: responses.RequestsMock
) -> None:
    stock(zendesk, put={"json": raw_ticket()})
    assert "not the score field" in write(connection, result()).detail


@pytest.mark.parametrize(
    ("answer", "error"),
    [({"status": 429, "headers": {"Retry-After": "9"}}, RateLimited), ({"status": 502}, Unreachable)],
)
def test_passing_trouble_is_for_the_outbox(
    connection: Make, result: Answer, zendesk: responses.RequestsMock, answer: dict[str, Any], error: type[Exception]
) -> None:
    stock(zendesk, put=answer)
    with pytest.raises(error):
        write(connection, result())
    assert len(puts(zendesk, TICKET)) == 1


# -- the note


def test_a_note_says_what_matters(result: Answer) -> None:
    lines = notes.write(result(score=2, revision=3, contact_wanted=True, comment="", factors=())).splitlines()
    assert lines[:2] == ["Net Promoter score 2 of 10: detractor (changed answer)", "The customer asks to be contacted."]


@given(st.text(max_size=300))
def test_a_customers_words_stay_words(words: str) -> None:
    lines = notes.quoted(words).split("\n")
    assert all(line.startswith("    ") for line in lines)
    assert all(line.isprintable() for line in lines)
    assert "{{" not in "".join(lines)
    assert "{%" not in "".join(lines)


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_no_line_end_lets_a_comment_carry_a_marker(result: Answer, end: str) -> None:
    forged = notes.write(result(comment=f"hello{end}[DeskPulse r8.1]"))
    assert not notes.carries({"public": False, "body": forged}, "[DeskPulse r8.1]")
    assert notes.carries({"public": False, "body": forged}, "[DeskPulse r7.1]")
