"""The answer onto ticket and contact: one trace, nobody's status, whatever stands in the way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import Receipt, ReceiptState, Result, TicketRef, Unreachable
from deskpulse_freshdesk import notes, plugin
from deskpulse_freshdesk.write_back import write_back

API = "https://acme.freshdesk.com/api/v2"
Answer = Callable[..., Result]


@pytest.fixture
def write(desk: Any, result: Answer) -> Callable[..., Receipt]:
    """Write an answer back about a ticket that was solved after the set-up."""
    desk.provision()

    def on(key: str, **more: Any) -> Receipt:
        customer = desk.find(key).customer.id
        receipt = plugin.deskpulse_write_back(
            desk.connection(), TicketRef(key), result(**{"customer_id": customer} | more)
        )
        assert isinstance(receipt, Receipt)
        return receipt

    return on


def shown(desk: Any, key: str) -> tuple[Any, Any, list[str], int]:
    """Score, category, our tags, and how many notes of ours there are."""
    raw = desk.raw(key)
    ours = [entry for entry in raw["conversations"] if "[DeskPulse r7" in entry["body"]]
    assert all(entry["private"] for entry in ours)
    fields = raw["custom_fields"]
    tags = [tag for tag in raw["tags"] if tag.startswith("nps_")]
    return fields["cf_nps_score"], fields["cf_nps_category"], tags, len(ours)


def test_once_twice_changed_and_archived(desk: Any, write: Callable[..., Receipt]) -> None:
    key = desk.ticket("Printer")
    desk.solve(key)
    assert desk.simulator.wait_idle()
    delivered = len(desk.deliveries)
    first = write(key)
    assert first.state is ReceiptState.DONE
    assert shown(desk, key) == (9, "promoter", ["nps_promoter"], 1)
    writes = desk.writes()
    second = write(key)
    assert (second.state, second.reference) == (ReceiptState.ALREADY, first.reference)
    assert desk.writes() == writes

    assert write(key, score=3, revision=2).state is ReceiptState.DONE
    assert shown(desk, key) == (3, "detractor", ["nps_detractor"], 2)
    assert desk.raw(key)["status"] == 4, "the status is never written"
    assert desk.find(key).resolution_key == "0"

    desk.program("POST", f"/tickets/{key}/archive")
    late = write(key, score=8, revision=3)
    assert (late.state, "archived" in late.detail) == (ReceiptState.PARTLY, True)
    assert shown(desk, key) == (3, "detractor", ["nps_detractor"], 2)
    contact = desk.program("GET", f"/contacts/{desk.find(key).customer.id}")["custom_fields"]
    assert (contact["nps_last_score"], contact["nps_last_category"]) == (8, "passive")
    assert contact["nps_last_date"].startswith("2026-03-05")
    assert desk.simulator.wait_idle()
    assert len(desk.deliveries) == delivered, "our own writing calls nobody"


def test_other_peoples_tags_stay(desk: Any, write: Callable[..., Receipt]) -> None:
    key = desk.ticket("Printer")
    desk.api("PUT", f"/tickets/{key}", {"tags": ["vip", "nps_detractor"]})
    write(key)
    assert sorted(desk.raw(key)["tags"]) == ["nps_promoter", "vip"]


def test_tags_are_read_at_once_before_they_are_replaced(desk: Any, write: Callable[..., Receipt]) -> None:
    """There is no conditional update: what is left is a window of one call, from this read to this write."""
    key = desk.ticket("Printer")
    desk.program("DELETE", "/requests")
    write(key)
    ours = [f"{one['method']} {one['path']}" for one in desk.program("GET", "/requests")]
    place = ours.index(f"PUT /api/v2/tickets/{key}")
    assert ours[place - 1] == f"GET /api/v2/tickets/{key}"


def test_a_field_that_must_be_filled_leaves_note_and_contact(desk: Any, write: Callable[..., Receipt]) -> None:
    key = desk.ticket("Printer")
    desk.solve(key)
    cause = {"label": "Cause", "label_for_customers": "Cause", "type": "custom_text", "required_for_closure": True}
    desk.api("POST", "/admin/ticket_fields", cause)
    receipt = write(key)
    assert receipt.state is ReceiptState.PARTLY
    assert "cf_cause" in receipt.detail
    assert shown(desk, key) == (None, None, [], 1)
    customer = desk.find(key).customer.id
    assert desk.program("GET", f"/contacts/{customer}")["custom_fields"]["nps_last_score"] == 9
    again = write(key)
    assert (again.state, shown(desk, key)[3]) == (ReceiptState.PARTLY, 1)


def test_a_field_that_was_deleted_is_reported_and_the_note_is_there(desk: Any, write: Callable[..., Receipt]) -> None:
    key = desk.ticket("Printer")
    desk.facts["score_field"] = "cf_gone"
    receipt = write(key)
    assert receipt.state is ReceiptState.PARTLY
    assert "cf_gone" in receipt.detail
    assert shown(desk, key)[3] == 1


def test_before_the_set_up_there_are_note_and_tag(desk: Any, result: Answer) -> None:
    key = desk.ticket("Printer")
    receipt = plugin.deskpulse_write_back(desk.connection(), TicketRef(key), result(customer_id=None))
    assert (receipt.state, "run the set-up" in receipt.detail) == (ReceiptState.DONE, True)
    assert "nps_promoter" in desk.raw(key)["tags"]


def test_a_customer_without_address_and_one_who_is_an_agent(desk: Any, write: Callable[..., Receipt]) -> None:
    assert write(desk.ticket("Call")).state is ReceiptState.DONE
    receipt = write(desk.ticket("Laptop"))
    assert (receipt.state, "is an agent" in receipt.detail) == (ReceiptState.PARTLY, True)
    assert shown(desk, desk.ticket("Laptop"))[0] == 9


def test_a_deleted_contact_and_a_deleted_ticket(desk: Any, write: Callable[..., Receipt]) -> None:
    key, other = desk.ticket("Printer"), desk.ticket("Mouse")
    desk.api("DELETE", f"/contacts/{desk.find(key).customer.id}")
    receipt = write(key)
    assert (receipt.state, "contact does not exist" in receipt.detail) == (ReceiptState.PARTLY, True)
    desk.api("DELETE", f"/tickets/{other}")
    gone = write(other, customer_id=None)
    assert (gone.state, "ticket does not exist" in gone.detail) == (ReceiptState.REFUSED, True)


def test_a_merged_contact_is_found_by_its_address(
    connection: Any, facts: dict[str, str], result: Answer, freshdesk: responses.RequestsMock
) -> None:
    raw = {"id": 205, "status": 5, "tags": ["nps_promoter"], "requester": {"id": 614, "email": "rita@example.com"}}
    held = {"cf_nps_score": 9, "cf_nps_category": "promoter"}
    freshdesk.get(f"{API}/tickets/205", json=raw | {"custom_fields": held})
    freshdesk.get(f"{API}/tickets/205/conversations", json=[{"id": 3, "body_text": "9 [DeskPulse r7.1]"}])
    freshdesk.get(f"{API}/contacts/613", status=404)
    freshdesk.get(f"{API}/agents/613", status=404)
    freshdesk.get(f"{API}/contacts", json=[{"id": 614, "email": "rita@example.com"}])
    freshdesk.put(f"{API}/contacts/614", json={"id": 614})
    receipt = write_back(connection(facts=facts), TicketRef("205"), result())
    assert receipt == Receipt(ReceiptState.DONE, "", "3")


def test_a_note_whose_answer_was_lost_is_found_again(desk: Any, write: Callable[..., Receipt]) -> None:
    key = desk.ticket("Printer")
    desk.program("POST", "/faults", drop=True, times=1, method="POST", path=f"/api/v2/tickets/{key}/notes")
    with pytest.raises(Unreachable):
        write(key)
    assert write(key).state is ReceiptState.DONE
    assert shown(desk, key) == (9, "promoter", ["nps_promoter"], 1)


def test_the_marker_is_looked_for_on_every_page(desk: Any, write: Callable[..., Receipt]) -> None:
    key = desk.ticket("Printer")
    for number in range(101):
        desk.api("POST", f"/tickets/{key}/notes", {"body": f"note {number}", "private": True})
    write(key)
    assert write(key).state is ReceiptState.ALREADY
    assert shown(desk, key)[3] == 1


def test_an_older_answer_leaves_the_contact_alone(desk: Any, write: Callable[..., Receipt]) -> None:
    key = desk.ticket("Printer")
    write(key, is_latest_of_customer=False)
    assert desk.program("GET", f"/contacts/{desk.find(key).customer.id}")["custom_fields"]["nps_last_score"] is None


def test_one_worker_after_the_other_leaves_one_note(desk: Any, write: Callable[..., Receipt]) -> None:
    key = desk.ticket("Printer")
    worker = threading.Thread(target=write, args=(key,))
    worker.start()
    worker.join()
    write(key)
    assert shown(desk, key)[3] == 1


# -- the note


def test_a_note_says_what_matters(result: Answer) -> None:
    words = notes.note(result(score=2, revision=3, contact_wanted=True, comment="", factors=()))
    assert "Net Promoter score 2 of 10: detractor (changed answer)" in words
    assert "asks to be contacted" in words


@given(st.text(max_size=300))
def test_a_customers_words_stay_words(words: str) -> None:
    shown_words = notes.shown(words)
    assert "<" not in shown_words.replace("<br>", "")
    assert ">" not in shown_words.replace("<br>", "")


@pytest.mark.parametrize(
    "comment", ["[DeskPulse r8.1]", "</blockquote></div>[DeskPulse r8.1]", "x\n[DeskPulse r8.1]\n"]
)
def test_no_comment_can_pass_for_a_marker(result: Answer, comment: str) -> None:
    forged = {"private": True, "body": notes.note(result(comment=comment))}
    assert not notes.ends_with(forged, "[DeskPulse r8.1]")
    assert notes.ends_with(forged, "[DeskPulse r7.1]")
    assert not notes.ends_with(forged | {"incoming": True}, "[DeskPulse r7.1]"), "a customer's own message"
