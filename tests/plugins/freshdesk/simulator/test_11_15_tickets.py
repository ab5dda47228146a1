"""Behaviours 11 to 15: reading tickets, and writing tags, fields, notes, replies and contacts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fixtures.mailbox import Letters


def test_11_a_ticket_is_read_with_its_stats_and_requester(account: Any) -> None:
    ticket = account.get("/tickets/3?include=stats,requester")
    assert ticket["requester"]["email"] == "ann@customer.example"
    assert ticket["stats"]["resolved_at"] is None
    assert (ticket["responder_id"], ticket["group_id"], ticket["company_id"]) == (None, None, None)
    account.put("/tickets/3", {"status": 4})
    stats = account.get("/tickets/3?include=stats")["stats"]
    assert stats["resolved_at"] == stats["status_updated_at"] is not None
    assert account.refused("GET", "/tickets/3?include=moon") == {"include": "invalid_value"}


def test_11_stats_follow_reopening_and_closing(account: Any) -> None:
    def stats() -> Any:
        return account.get("/tickets/3?include=stats")["stats"]

    account.put("/tickets/3", {"status": 4})
    first = stats()["resolved_at"]
    account.advance(minutes=5)
    account.put("/tickets/3", {"status": 5})
    assert (stats()["resolved_at"], stats()["closed_at"] > first) == (first, True)
    account.put("/tickets/3", {"status": 2})
    assert (stats()["resolved_at"], stats()["closed_at"], stats()["reopened_at"] > first) == (None, None, True)
    account.control("/switches", {"resolved_at_survives_reopening": True})
    account.put("/tickets/3", {"status": 4})
    account.put("/tickets/3", {"status": 3})
    assert stats()["resolved_at"] > first
    assert stats()["pending_since"]


def test_11_an_account_has_statuses_of_its_own(account: Any) -> None:
    account.control("/statuses", {"8": ["Parked", "We will come back to you"]})
    assert account.put("/tickets/3", {"status": 8})["status"] == 8
    fields = {one["name"]: one for one in account.get("/ticket_fields")}
    assert fields["status"]["choices"]["8"] == ["Parked", "We will come back to you"]
    assert fields["status"]["choices"]["4"] == ["Resolved", "This ticket has been Resolved"]
    assert next(one for one in account.control("/tickets", method="GET") if one["id"] == 3)["status"] == "Parked"


def test_11_a_requester_may_be_an_agent(account: Any) -> None:
    sam = account.agent("sam@desk.example")["id"]
    number = account.ticket(email="sam@desk.example")
    assert account.get(f"/tickets/{number}")["requester_id"] == sam
    assert account.call("GET", f"/contacts/{sam}").status_code == 404
    assert account.get(f"/agents/{sam}")["contact"]["name"] == "Sam Agent"


def test_11_conversations_that_are_included_are_the_oldest_ten(account: Any) -> None:
    for number in range(12):
        account.post("/tickets/3/notes", {"body": f"note {number}"})
    included = account.get("/tickets/3?include=conversations")["conversations"]
    assert [one["body"] for one in included] == [f"note {number}" for number in range(10)]
    assert len(account.get("/tickets/3/conversations")) == 12


def test_11_a_deleted_ticket_says_so_and_takes_no_change(account: Any) -> None:
    account.delete("/tickets/3")
    assert account.get("/tickets/3")["deleted"] is True
    answer = account.call("PUT", "/tickets/3", {"tags": []})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert account.call("PUT", "/tickets/3/restore").status_code == 204
    account.put("/tickets/3", {"tags": []})


def test_12_tags_replace_what_was_there(account: Any) -> None:
    account.put("/tickets/3", {"tags": ["a", "b"]})
    assert account.put("/tickets/3", {"tags": ["c", "c"]})["tags"] == ["c"]


def test_12_of_two_who_read_merge_and_write_one_loses(account: Any) -> None:
    both = [account.get("/tickets/3")["tags"] for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda tags: account.put("/tickets/3", {"tags": tags}), (both[0] + ["one"], both[1] + ["two"])))
    assert len(account.get("/tickets/3")["tags"]) == 1


def test_13_only_the_custom_fields_listed_change(account: Any) -> None:
    one, two = account.text_field("One")["name"], account.text_field("Two")["name"]
    account.put("/tickets/3", {"custom_fields": {one: "1", two: "2"}})
    changed = account.put("/tickets/3", {"custom_fields": {one: "9"}})["custom_fields"]
    assert (changed[one], changed[two]) == ("9", "2")
    assert account.put("/tickets/3", {"custom_fields": {one: None}})["custom_fields"][one] is None


def test_13_a_custom_field_takes_its_own_type_and_choices(account: Any) -> None:
    number = account.text_field("Score", type="custom_number")["name"]
    chosen = account.text_field("Band", type="custom_dropdown", choices=[{"value": "good"}, {"value": "bad"}])["name"]
    wrong = {number: "9", chosen: "Good", "cf_none": 1}
    assert account.refused("PUT", "/tickets/3", {"custom_fields": wrong}) == {
        f"custom_fields.{number}": "datatype_mismatch",
        f"custom_fields.{chosen}": "invalid_value",
        "custom_fields.cf_none": "invalid_field",
    }
    account.put("/tickets/3", {"custom_fields": {number: 0, chosen: "good"}})


def test_13_a_field_required_for_closure_makes_writes_to_a_resolved_ticket_fail(account: Any) -> None:
    account.control("/tickets/3/solve")
    name = account.text_field("Cause", required_for_closure=True)["name"]
    bodies: tuple[Any, ...] = ({"tags": ["x"]}, {"custom_fields": {}}, {"priority": 2})
    for body in bodies:
        assert account.refused("PUT", "/tickets/3", body) == {f"custom_fields.{name}": "missing_field"}
    open_one = account.ticket()
    account.put(f"/tickets/{open_one}", {"tags": ["x"]})
    assert account.refused("PUT", f"/tickets/{open_one}", {"status": 4}) == {f"custom_fields.{name}": "missing_field"}
    account.put("/tickets/3", {"custom_fields": {name: "dust"}, "tags": ["x"]})


def test_13_the_ways_round_stay_open(account: Any) -> None:
    account.control("/tickets/3/solve")
    account.text_field("Cause", required_for_closure=True)
    account.post("/tickets/3/notes", {"body": "NPS 9", "private": True})
    account.put(f"/contacts/{account.contact('ann@customer.example')}", {"custom_fields": {"location": "Oslo"}})
    account.control("/switches", {"required_fields_checked": False})
    account.put("/tickets/3", {"tags": ["x"]})


def test_14_a_note_is_kept_as_it_was_sent(account: Any) -> None:
    note = account.post("/tickets/3/notes", {"body": "<p>NPS 9 &amp; more</p>", "private": True})
    me = account.get("/agents/me")["id"]
    assert note == {
        "id": note["id"],
        "ticket_id": 3,
        "body": "<p>NPS 9 &amp; more</p>",
        "body_text": "NPS 9 & more",
        "private": True,
        "incoming": False,
        "source": 2,
        "user_id": me,
        "support_email": None,
        "to_emails": [],
        "from_email": None,
        "cc_emails": None,
        "bcc_emails": None,
        "attachments": [],
        "created_at": note["created_at"],
        "updated_at": note["updated_at"],
    }
    assert account.post("/tickets/3/notes", {"body": "all", "private": False})["private"] is False
    assert account.post("/tickets/3/notes", {"body": "usual"})["private"] is True
    assert account.refused("POST", "/tickets/3/notes", {"body": "x", "public": True}) == {"public": "invalid_field"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<div>Words:<blockquote>a<br>b</blockquote></div><div>c</div>", "Words:\na\nb\nc"),
        ("<p>a</p>\n<p>b<br/></p><p>c<br><br>d</p>", "a\nb\nc\n\nd"),
        ("a &lt;b&gt; <b>c</b>", "a <b> c"),
    ],
)
def test_14_the_words_of_a_note_have_each_block_on_a_line_of_its_own(account: Any, body: str, words: str) -> None:
    assert account.post("/tickets/3/notes", {"body": body})["body_text"] == words


def test_14_the_same_note_posted_twice_stands_twice(account: Any) -> None:
    for _ in range(2):
        account.post("/tickets/3/notes", {"body": "NPS #1", "private": True})
    assert [one["body"] for one in account.get("/tickets/3/conversations")] == ["NPS #1"] * 2


def test_14_a_note_can_be_edited_and_a_reply_cannot(account: Any) -> None:
    note = account.post("/tickets/3/notes", {"body": "NPS 9"})["id"]
    assert account.put(f"/conversations/{note}", {"body": "NPS 2"})["body_text"] == "NPS 2"
    reply = account.post("/tickets/3/reply", {"body": "Hello"})["id"]
    assert account.call("PUT", f"/conversations/{reply}", {"body": "x"}).status_code == 405
    account.delete(f"/conversations/{note}")
    assert [one["source"] for one in account.get("/tickets/3/conversations")] == [0]


def test_14_a_reply_is_public_mailed_and_reopens_a_resolved_ticket(account: Any, mailbox: Letters) -> None:
    account.control("/smtp", {"url": mailbox.url})
    account.control("/tickets/3/solve")
    reply = account.post("/tickets/3/reply", {"body": "<p>How was it?</p>", "cc_emails": ["boss@customer.example"]})
    assert reply["replied_to"] == ["ann@customer.example"]
    letter = mailbox.wait_for("ann@customer.example")[0]
    assert (letter["subject"], "How was it?" in letter["text"]) == ("Re: [#3] Still open", True)
    assert mailbox.wait_for("boss@customer.example")
    assert account.get("/tickets/3")["status"] == 2


def test_14_an_account_may_keep_tickets_resolved_when_agents_reply(account: Any) -> None:
    account.control("/switches", {"agent_reply_reopens": False})
    account.control("/tickets/3/solve")
    account.post("/tickets/3/reply", {"body": "How was it?"})
    assert account.get("/tickets/3")["status"] == 4
    account.control("/tickets/3/reopen", {"comment": "Bad"})
    assert account.get("/tickets/3")["status"] == 2
    assert account.get("/tickets/3/conversations")[-1]["incoming"] is True


def test_14_writes_of_ours_do_not_reopen(account: Any) -> None:
    name = account.text_field("Score")["name"]
    for status in (4, 5):
        account.put("/tickets/3", {"status": status})
        account.put("/tickets/3", {"custom_fields": {name: "9"}, "tags": ["nps"]})
        account.post("/tickets/3/notes", {"body": "NPS 9", "private": True})
        assert account.get("/tickets/3")["status"] == status


def test_15_a_contacts_fields_have_no_prefix(account: Any) -> None:
    raw = {"label": "NPS last score", "label_for_customers": "NPS last score", "type": "custom_number"}
    assert account.post("/contact_fields", raw)["name"] == "nps_last_score"
    path = f"/contacts/{account.contact('ann@customer.example')}"
    changed = account.put(path, {"custom_fields": {"nps_last_score": 9}})["custom_fields"]
    assert (changed["nps_last_score"], changed["location"]) == (9, "Berlin")
    wrong = {"cf_nps_last_score": 9}
    assert account.refused("PUT", path, {"custom_fields": wrong}) == {
        "custom_fields.cf_nps_last_score": "invalid_field"
    }


def test_15_a_deleted_contact_can_be_read_and_not_written(account: Any) -> None:
    path = f"/contacts/{account.contact('ann@customer.example')}"
    account.delete(path)
    assert account.get(path)["deleted"] is True
    assert account.call("PUT", path, {"phone": "1"}).status_code == 405
    assert account.get("/contacts", params={"email": "ann@customer.example"}) == []


def test_15_a_merged_contact_is_gone_and_its_address_leads_to_the_other(account: Any) -> None:
    gone = account.contact("ann@customer.example")
    kept = account.post("/contacts", {"name": "Ann again", "email": "a@customer.example"})["id"]
    account.control(f"/contacts/{gone}/merge", {"into": kept})
    assert account.call("PUT", f"/contacts/{gone}", {"phone": "1"}).status_code == 405
    assert account.contact("ann@customer.example") == kept
    assert account.get("/tickets/3")["requester_id"] == kept


def test_15_contacts_changed_since_and_companies(account: Any) -> None:
    company = account.post("/companies", {"name": "Umbrella", "domains": ["umbrella.example"]})["id"]
    account.advance(minutes=5)
    path = f"/contacts/{account.contact('ann@customer.example')}"
    changed = account.put(path, {"company_id": company})
    since = {"_updated_since": changed["updated_at"]}
    assert [one["id"] for one in account.get("/contacts", params=since)] == [changed["id"]]
    assert account.refused("GET", "/contacts?updated_since=x") == {"updated_since": "invalid_field"}
    number = account.ticket()
    assert account.get(f"/tickets/{number}?include=company")["company"] == {"id": company, "name": "Umbrella"}
    assert account.refused("POST", "/companies", {"name": "Umbrella"}, status=409) == {"name": "duplicate_value"}
