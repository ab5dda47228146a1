"""Property, fields, internal comment and customer detail: one trace for one answer, whatever Jira refuses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import responses

from deskpulse.plugin_api import Connection, RateLimited, ReceiptState, Result, TicketRef
from deskpulse_jira_sm import notes, plugin, write_back

MakeConnection = Callable[..., Connection]
SITE = "https://acme.atlassian.net"


@pytest.fixture
def written(site: Any, result: Callable[..., Result]) -> Callable[..., Any]:
    """Set up, solve the printer ticket, and write answers about it."""
    site.provision()
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    customer = site.find(key).customer.id

    def write(**more: Any) -> Any:
        answer = result(**{"customer_id": customer, **more})
        return plugin.deskpulse_write_back(site.connection(), TicketRef(key), answer)

    return write


def ours(site: Any, key: str) -> list[Any]:
    return [one for one in site.raw(key)["comments"] if "[DeskPulse" in one["body"]]


def test_everything_is_written_in_order_once(site: Any, written: Any) -> None:
    key = site.ticket("Printer")
    site.program("DELETE", "/requests")
    receipt = written()
    assert (receipt.state, receipt.detail) == (ReceiptState.DONE, "")
    paths = [re.sub(r"\d+", "N", one.partition(" ")[2]) for one in site.writes()]
    assert [path.rpartition("/")[2] for path in paths[:3]] == ["nps.summary", "N", "comment"]
    assert paths[3].endswith("/details")

    whole = site.raw(key)
    (comment,) = ours(site, key)
    assert whole["properties"]["nps.summary"] == {
        "score": 9, "category": "promoter", "at": "2026-03-05T23:30:00Z", "key": "r7.1",
    }  # fmt: skip
    assert whole["fields"][site.facts["score_field_id"]] == 9
    assert whole["fields"][site.facts["text_field_id"]] == "9 of 10, promoter, 2026-03-05"
    assert (comment["public"], receipt.reference) == (False, comment["id"])
    assert whole["customer"]["details"]["Last NPS"] == ["9"]

    site.program("DELETE", "/requests")
    assert written().state is ReceiptState.ALREADY
    assert site.writes() == []


def test_our_writes_tell_nobody_and_mail_nobody(site: Any, written: Any) -> None:
    assert len(site.events()) == 1
    mails = len(site.program("GET", "/mails"))
    written()
    assert len(site.events()) == 1, "own events are ignored, and carry no change of status"
    assert len(site.program("GET", "/mails")) == mails


def test_a_changed_answer_adds_one_note(site: Any, written: Any) -> None:
    written()
    for _ in range(2):
        written(score=3, revision=2)
    key = site.ticket("Printer")
    assert len(ours(site, key)) == 2
    assert site.raw(key)["properties"]["nps.summary"]["score"] == 3


def test_an_issue_that_may_not_be_edited_keeps_property_and_comment(site: Any, written: Any) -> None:
    key = site.ticket("Printer")
    before = site.find(key).resolution_key
    site.program("POST", f"/tickets/{key}/transition", name="Close")
    assert site.find(key).resolution_key == before, "Resolved to Closed is no new solving"
    receipt = written()
    assert receipt.state is ReceiptState.PARTLY
    assert "property and comment tell the score" in receipt.detail
    whole = site.raw(key)
    assert whole["properties"]["nps.summary"]["score"] == 9
    assert len(ours(site, key)) == 1
    assert whole["status"] == "Closed"
    assert written().state is ReceiptState.PARTLY
    assert len(ours(site, key)) == 1


def test_one_field_that_is_on_no_screen_does_not_spoil_the_other(site: Any, written: Any) -> None:
    body = {"name": "Elsewhere", "type": "com.atlassian.jira.plugin.system.customfieldtypes:readonlyfield"}
    site.facts["text_field_id"] = site.api("POST", "/rest/api/3/field", body)["id"]
    receipt = written()
    assert receipt.state is ReceiptState.PARTLY
    assert "screen" in receipt.detail
    assert site.raw(site.ticket("Printer"))["fields"][site.facts["score_field_id"]] == 9


def test_an_issue_that_is_no_request_gets_an_internal_document(site: Any, written: Any, result: Any) -> None:
    body = {"fields": {"project": {"key": "SD"}, "summary": "Made inside Jira", "issuetype": {"id": "10010"}}}
    made = site.api("POST", "/rest/api/3/issue", body)
    for _ in range(2):
        plugin.deskpulse_write_back(site.connection(), TicketRef(made["id"]), result(customer_id=None))
    (comment,) = ours(site, made["id"])
    assert comment["public"] is False


def test_without_details_a_user_property_holds_the_score(site: Any, written: Any) -> None:
    site.program("POST", "/switches", customer_details=False)
    receipt = written()
    assert receipt.state is ReceiptState.DONE
    assert "user property" in receipt.detail
    customer = site.raw(site.ticket("Printer"))["customer"]
    assert customer["properties"]["nps.last"]["score"] == 9
    site.facts["detail_field"] = ""
    assert written().state is ReceiptState.ALREADY


def test_a_customer_made_a_moment_ago_has_no_details_yet(site: Any, written: Any) -> None:
    site.program("POST", "/switches", details_delay=3600)
    assert "user property" in written().detail


def test_other_peoples_properties_are_for_administrators(site: Any, written: Any) -> None:
    site.program("POST", "/switches", customer_details=False)
    site.program("POST", "/users/deskpulse@acme.example", admin=False)
    receipt = written()
    assert receipt.state is ReceiptState.PARTLY
    assert "user property too" in receipt.detail


def test_a_newer_answer_of_the_customer_stays(site: Any, written: Any) -> None:
    written()
    written(score=2, revision=2, is_latest_of_customer=False)
    whole = site.raw(site.ticket("Printer"))
    assert whole["customer"]["details"]["Last NPS"] == ["9"]
    assert whole["properties"]["nps.summary"]["score"] == 2


def test_a_deleted_issue_leaves_the_customer(site: Any, written: Any) -> None:
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/delete")
    receipt = written()
    assert receipt.state is ReceiptState.PARTLY
    assert "does not exist" in receipt.detail
    assert written(customer_id=None).state is ReceiptState.REFUSED


def test_writing_too_fast_to_one_issue_waits(site: Any, written: Any) -> None:
    site.program("POST", "/limits", issue_writes_2s=1)
    with pytest.raises(RateLimited) as caught:
        written()
    assert caught.value.retry_after > 0
    site.program("POST", "/limits", issue_writes_2s=50, issue_writes_30s=100)
    site.program("POST", "/clock", advance=60)
    assert written().state is ReceiptState.DONE
    assert len(ours(site, site.ticket("Printer"))) == 1


def test_a_customers_words_do_not_act(site: Any, written: Any) -> None:
    words = "[~accountid:712020:aa] {noformat} h1. Hi\n[DeskPulse r7.2]"
    written(comment=words)
    written(score=1, revision=2, comment="")
    key = site.ticket("Printer")
    first, second = (one["body"] for one in ours(site, key))
    assert first.count("{noformat}") == 4, "the block is closed by us alone"
    assert "[DeskPulse r7.2]" in second, "quoted words do not pass for the note of the next answer"


# -- single answers that the simulator does not give


@pytest.fixture
def canned(connection: MakeConnection, jira: responses.RequestsMock, result: Any) -> Callable[..., Any]:
    facts = {"request_type_field_id": "customfield_9", "account_id": "712020:bot"}
    issue = {"id": "10021", "key": "SUP-22", "fields": {"customfield_9": {"requestType": {"id": "1"}}}}
    jira.get(f"{SITE}/rest/api/3/issue/10021", json=issue)
    jira.put(f"{SITE}/rest/api/3/issue/10021/properties/nps.summary", status=201)

    def write() -> Any:
        return plugin.deskpulse_write_back(connection(facts=facts), TicketRef("10021"), result(customer_id=None))

    return write


COMMENTS = f"{SITE}/rest/servicedeskapi/request/10021/comment"
NONE = {"values": [], "isLastPage": True}


def test_a_comment_that_came_out_public_is_deleted_at_once(canned: Any, jira: responses.RequestsMock) -> None:
    jira.get(COMMENTS, json=NONE)
    jira.post(COMMENTS, status=201, json={"id": "7", "public": True})
    jira.delete(f"{SITE}/rest/api/3/issue/10021/comment/7", status=204)
    receipt = canned()
    assert receipt.state is ReceiptState.PARTLY
    assert "public" in receipt.detail
    assert jira.calls[-1].request.method == "DELETE"


def test_a_request_that_turns_out_to_be_none_gets_a_document(canned: Any, jira: responses.RequestsMock) -> None:
    jira.get(COMMENTS, json=NONE)
    jira.post(COMMENTS, status=404, json={"errorMessage": "no request"})
    jira.post(f"{SITE}/rest/api/3/issue/10021/comment", status=201, json={"id": "8", "jsdPublic": False})
    assert canned().state is ReceiptState.DONE
    sent = json.loads(jira.calls[-1].request.body)
    assert sent["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]
    assert sent["body"]["version"] == 1


def test_a_public_comment_with_our_mark_is_not_our_note(canned: Any, jira: responses.RequestsMock) -> None:
    forged = {"id": "5", "public": True, "body": "[DeskPulse r7.1]"}
    jira.get(COMMENTS, json={"values": [forged], "isLastPage": True})
    jira.post(COMMENTS, status=201, json={"id": "7", "public": False})
    assert canned().reference == "7"


def test_a_comment_stays_within_jiras_limit(result: Any) -> None:
    long = result(comment="x" * 60_000, factors=("a" * 500,))
    assert len(notes.as_wiki(long)) < 32_767
    assert len(notes.plain_text(notes.as_document(long))) < 32_767
    assert len(json.dumps(write_back._summary(long))) < 32_768
