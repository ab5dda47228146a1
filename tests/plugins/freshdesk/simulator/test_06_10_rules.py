"""Behaviours 6 to 10: automation rules, whose doing sets them off, and what their webhooks look like and survive."""

from __future__ import annotations

import json
from typing import Any

import pytest
from werkzeug import Response

from fixtures.mailbox import Letters

HOUR = 3600
STANDARD_HEADERS = {"Host", "User-Agent", "Accept-Encoding", "Accept", "Connection", "Content-Type", "Content-Length"}


def test_06_rules_are_kept_by_type(account: Any) -> None:
    made = account.rule({"field_name": "add_tag", "value": ["x"]})
    again = account.rule({"field_name": "add_tag", "value": ["x"]})
    assert made["id"] != again["id"]
    assert (made["position"], again["position"]) == (1, 2)
    path = f"/automations/4/rules/{made['id']}"
    assert account.get(path) == made
    assert [one["id"] for one in account.get("/automations/4/rules")] == [made["id"], again["id"]]
    assert account.call("GET", f"/automations/1/rules/{made['id']}").status_code == 404
    account.delete(path)
    assert account.call("GET", path).status_code == 404
    names = [one["name"] for one in account.get("/automations/3/rules")]
    assert names == ["Automatically close resolved tickets after 48 hours"]


def test_06_a_rule_without_conditions_shows_one_empty_set(account: Any) -> None:
    made = account.rule({"field_name": "add_tag", "value": ["x"]})
    assert made["conditions"] == [{"name": "condition_set_1", "match_type": "all", "properties": []}]
    assert (made["outdated"], made["affected_tickets_count"]) == (False, 0)
    assert made["last_updated_by"] == account.get("/agents/me")["id"]


def test_06_an_update_may_name_only_what_changes(account: Any, receiver: Any) -> None:
    made = account.webhook_rule(receiver.url)
    changed = account.put(f"/automations/4/rules/{made['id']}", {"active": False})
    unstamped = {"updated_at": None, "active": None}
    assert changed | unstamped == made | unstamped
    account.control("/tickets/3/solve")
    assert account.sim.wait_idle()
    assert receiver.got == []


@pytest.mark.parametrize("part", ["url", "request_type", "content_type", "content_layout", "content"])
def test_06_an_incomplete_webhook_action_is_a_500(account: Any, receiver: Any, part: str) -> None:
    action: dict[str, Any] = {
        "field_name": "trigger_webhook",
        "url": receiver.url,
        "request_type": "POST",
        "content_type": "JSON",
        "content_layout": "advanced",
        "content": {},
    }
    del action[part]
    events = [{"field_name": "reply_sent"}]
    rule = {"name": "NPS", "performer": {"type": 3}, "events": events, "actions": [action]}
    answer = account.call("POST", "/automations/4/rules", rule)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")


def test_06_other_mistakes_are_refused(account: Any) -> None:
    tag = {"field_name": "add_tag", "value": ["x"]}
    sound = {"name": "x", "performer": {"type": 3}, "events": [{"field_name": "status"}], "actions": [tag]}
    condition = {"resource_type": "ticket", "field_name": "status", "operator": "resembles", "value": 4}
    for change in (
        {"performer": {"type": 5}},
        {"events": [{"field_name": "moon"}]},
        {"actions": [{"field_name": "explode"}]},
        {"conditions": [{"properties": [condition]}]},
        {"bogus": 1},
        {"name": None},
    ):
        assert account.call("POST", "/automations/4/rules", sound | change).status_code == 400


def test_06_deleting_a_field_outdates_the_rules_that_name_it(account: Any) -> None:
    field = account.text_field("Region")
    condition = {"resource_type": "ticket", "field_name": field["name"], "operator": "is_not", "value": ["Mars"]}
    tag = {"field_name": "add_tag", "value": ["met"]}
    made = account.rule(tag, conditions=[{"name": "a", "match_type": "all", "properties": [condition]}])
    account.control("/tickets/3/solve")
    assert account.get("/tickets/3")["tags"] == ["met"]
    account.delete(f"/admin/ticket_fields/{field['id']}")
    assert account.get(f"/automations/4/rules/{made['id']}")["outdated"] is True
    assert account.put(f"/automations/4/rules/{made['id']}", {"active": True})["outdated"] is True
    number = account.ticket()
    account.control(f"/tickets/{number}/solve")
    assert account.get(f"/tickets/{number}")["tags"] == []
    assert account.put(f"/automations/4/rules/{made['id']}", {"conditions": []})["outdated"] is False


def test_06_a_low_plan_has_no_automations(account: Any) -> None:
    account.control("/switches", {"withheld": ["automations"]})
    answer = account.call("GET", "/automations/4/rules")
    assert (answer.status_code, answer.json()["code"]) == (403, "require_feature")


def test_07_a_status_change_by_an_agent_a_requester_or_the_api_fires_for_performer_3(account: Any) -> None:
    account.rule({"field_name": "add_tag", "value": ["resolved"]})
    account.rule({"field_name": "add_tag", "value": ["again"]}, events=[{"field_name": "status", "from": 4, "to": 2}])
    account.put("/tickets/3", {"status": 4})
    assert account.get("/tickets/3")["tags"] == ["resolved"]
    account.control("/tickets/3/reopen")
    assert account.get("/tickets/3")["tags"] == ["resolved", "again"]
    number = account.ticket()
    account.control(f"/tickets/{number}/solve")
    assert account.get(f"/tickets/{number}")["tags"] == ["resolved"]


def test_07_the_systems_auto_close_fires_for_performer_4_alone(account: Any) -> None:
    to_closed = [{"field_name": "status", "from": "--", "to": 5}]
    account.rule({"field_name": "add_tag", "value": ["person"]}, events=to_closed)
    account.rule({"field_name": "add_tag", "value": ["system"]}, events=to_closed, performer={"type": 4})
    account.advance(hours=50)
    ticket = account.get("/tickets/2")
    assert (ticket["status"], ticket["tags"]) == (5, ["system"])
    number = account.ticket()
    account.put(f"/tickets/{number}", {"status": 5})
    assert account.get(f"/tickets/{number}")["tags"] == ["person"]


def test_07_agents_and_requesters_are_told_apart_and_members_narrow(account: Any) -> None:
    me = account.get("/agents/me")["id"]
    events = [{"field_name": "status", "from": "--", "to": "--"}]
    for word, performer in (("agent", {"type": 1}), ("requester", {"type": 2}), ("me", {"type": 1, "members": [me]})):
        account.rule({"field_name": "add_tag", "value": [word]}, events=events, performer=performer)
    account.control("/tickets/3/solve", {"agent_email": "sam@desk.example"})
    assert account.get("/tickets/3")["tags"] == ["agent"]
    account.control("/tickets/3/reopen")
    assert account.get("/tickets/3")["tags"] == ["agent", "requester"]
    account.put("/tickets/3", {"status": 4})
    assert account.get("/tickets/3")["tags"] == ["agent", "requester", "me"]


def test_07_notes_fields_and_tags_do_not_match_a_status_change(account: Any) -> None:
    field = account.text_field("Score")
    account.rule({"field_name": "add_tag", "value": ["status"]}, events=[{"field_name": "status"}])
    account.rule(
        {"field_name": "add_tag", "value": ["noted"]}, events=[{"field_name": "note_type", "value": "private"}]
    )
    account.put("/tickets/3", {"tags": ["x"], "custom_fields": {field["name"]: "9"}})
    account.post("/tickets/3/notes", {"body": "psst", "private": True})
    assert account.get("/tickets/3")["tags"] == ["x", "noted"]


def test_07_conditions_guard_a_rule(account: Any) -> None:
    def found(operator: str, value: Any, **more: Any) -> list[Any]:
        condition = {"resource_type": "ticket", "field_name": "priority", "operator": operator, "value": value} | more
        return [{"name": "condition_set_1", "match_type": "all", "properties": [condition]}]

    for word, conditions in (
        ("in", found("in", [3, 4])),
        ("not_in", found("not_in", [3, 4])),
        ("contact", found("is", "ann@customer.example", resource_type="contact", field_name="email")),
        ("subject", found("contains", "PRINT", field_name="subject")),
    ):
        account.rule({"field_name": "add_tag", "value": [word]}, conditions=conditions)
    number = account.ticket(priority=4)
    account.put(f"/tickets/{number}", {"status": 4})
    assert account.get(f"/tickets/{number}")["tags"] == ["in", "contact", "subject"]


def test_07_of_creation_rules_the_first_that_fits_runs_and_of_update_rules_all(account: Any) -> None:
    for word in ("one", "two"):
        account.rule({"field_name": "add_tag", "value": [word]}, kind=1)
    assert account.get(f"/tickets/{account.ticket()}")["tags"] == ["one"]
    account.control("/switches", {"all_creation_rules": True})
    assert account.get(f"/tickets/{account.ticket()}")["tags"] == ["one", "two"]


def test_07_a_rule_adds_notes_and_mails_people(account: Any, mailbox: Letters) -> None:
    account.control("/smtp", {"url": mailbox.url})
    mail = {"email_subject": "How was {{ticket.subject}}?", "email_body": "Rate: http://127.0.0.1:1/?t={{ticket.id}}"}
    account.rule(
        {"field_name": "send_email_to_requester"} | mail,
        {"field_name": "send_email_to_agent", "email_to": -1} | mail,
        {"field_name": "add_note", "value": "Asked {{ticket.requester.firstname}}"},
    )
    number = account.ticket()
    account.control(f"/tickets/{number}/solve", {"agent_email": "sam@desk.example"})
    letter = mailbox.wait_for("ann@customer.example")[0]
    assert letter["subject"] == "How was Printer?"
    assert f"http://127.0.0.1:1/?t={number}" in letter["text"]
    assert mailbox.wait_for("sam@desk.example")
    (note,) = account.get(f"/tickets/{number}/conversations")
    assert (note["body"], note["private"]) == ("Asked Ann", True)


def test_08_a_delivery_has_its_custom_headers_and_none_that_sign_or_name_it(account: Any, receiver: Any) -> None:
    account.webhook_rule(receiver.url)
    account.control("/tickets/3/solve")
    got = receiver.wait(1)[0]
    assert (got.method, got.path, got.body) == ("POST", "/in", b'{"v": 1, "ticket_id": "3"}')
    assert got.headers["X-Nps-Secret"] == "s3cret"
    assert got.headers["Content-Type"] == "application/json"
    assert got.headers.keys() - STANDARD_HEADERS == {"X-Nps-Secret"}


def test_08_bodies_come_wrapped_or_bare_with_ids_as_text_or_number(account: Any, receiver: Any) -> None:
    account.webhook_rule(receiver.url)
    for place, (switches, body) in enumerate(
        (
            ({"wrapped_webhooks": True}, {"freshdesk_webhook": {"v": 1, "ticket_id": "3"}}),
            ({"numeric_ids": True}, {"freshdesk_webhook": {"v": 1, "ticket_id": 3}}),
            ({"wrapped_webhooks": False}, {"v": 1, "ticket_id": 3}),
        ),
        start=1,
    ):
        account.control("/switches", switches)
        account.put("/tickets/3", {"status": 4})
        assert json.loads(receiver.wait(place)[-1].body) == body
        account.put("/tickets/3", {"status": 2})


def test_08_simple_content_tells_labels_and_an_event_that_is_no_json(account: Any, receiver: Any) -> None:
    ticked = [
        "ticket_id",
        "ticket_status",
        "ticket_url",
        "ticket_contact_email",
        "ticket_cf_category",
        "triggered_event",
    ]
    account.webhook_rule(receiver.url, {"content_layout": "simple", "content": ticked})
    account.control("/statuses", {"4": ["Gelöst", "Erledigt"]})
    account.control("/tickets/3/solve")
    body = receiver.wait(1)[0].body
    assert "Gelöst".encode() in body
    assert json.loads(body) == {
        "freshdesk_webhook": {
            "ticket_id": "3",
            "ticket_status": "Gelöst",
            "ticket_url": f"{account.base}/helpdesk/tickets/3",
            "ticket_contact_email": "ann@customer.example",
            "ticket_cf_category": "",
            "triggered_event": "{status:{from:2,to:4}}",
        }
    }


def test_08_other_formats_hold_pairs(account: Any, receiver: Any) -> None:
    pairs = {"content": {"id": "{{ticket.id}}", "of": "{{ticket.requester.lastname}} & co"}}
    login = {"auth_header": {"username": "nps", "password": "s3cret"}}
    account.webhook_rule(receiver.url, pairs | login | {"content_type": "X-FORM-URLENCODED"})
    account.control("/tickets/3/solve")
    got = receiver.wait(1)[0]
    assert (got.body, got.headers["Authorization"]) == (b"id=3&of=Customer+%26+co", "Basic bnBzOnMzY3JldA==")
    account.webhook_rule(receiver.url, pairs | {"content_type": "XML"}, events=[{"field_name": "reply_sent"}])
    account.post("/tickets/3/notes", {"body": "no reply"})
    account.post("/tickets/3/reply", {"body": "Hello"})
    assert b"<id>3</id><of>Customer &amp; co</of>" in receiver.wait(2)[1].body
    wrong = {"content_type": "XML", "content": "<id/>"}
    rule = {"name": "x", "performer": {"type": 3}, "events": [{"field_name": "status"}]}
    action = account.get("/automations/4/rules")[0]["actions"][0] | wrong
    assert account.refused("POST", "/automations/4/rules", rule | {"actions": [action]}) == {
        "actions[content]": "datatype_mismatch"
    }


def test_08_text_goes_in_raw_and_can_break_the_json(account: Any, receiver: Any) -> None:
    content = {"s": "{{ticket.subject}}", "d": "{{ticket.description}}", "x": "{{ticket.moon}}"}
    account.webhook_rule(receiver.url, {"content": content})
    account.put("/tickets/3", {"subject": 'Ünïcode "quoted"', "description": "<div>a & b</div>", "status": 4})
    assert receiver.wait(1)[0].body.decode() == '{"s": "Ünïcode "quoted"", "d": "<div>a & b</div>", "x": ""}'


def test_08_events_of_other_kinds_are_told_alike(account: Any, receiver: Any) -> None:
    told = {"content": {"e": "{{triggered_event}}"}}
    for event in ({"field_name": "note_type", "value": "private"}, {"field_name": "reply_sent"}):
        account.webhook_rule(receiver.url, told, events=[event])
    account.post("/tickets/3/notes", {"body": "psst"})
    receiver.wait(1)
    account.post("/tickets/3/reply", {"body": "hello"})
    told_of = [json.loads(got.body)["e"] for got in receiver.wait(2)]
    assert told_of == ["{note_type:private}", "{reply_sent:sent}"]


def test_09_a_failure_is_tried_again_after_5_30_and_60_minutes_and_then_mailed_about(
    account: Any, receiver: Any
) -> None:
    receiver.answer = lambda number: Response(status=500)
    account.webhook_rule(receiver.url)
    account.control("/tickets/3/solve")
    receiver.wait(1)
    assert account.sim.wait_idle()
    for tries, minutes in ((2, 5), (3, 25), (4, 30)):
        account.advance(minutes=minutes - 1)
        assert account.sim.wait_idle()
        assert len(receiver.got) == tries - 1
        account.advance(minutes=1)
        receiver.wait(tries)
        assert account.sim.wait_idle()
    account.advance(hours=12)
    assert account.sim.wait_idle()
    assert len(receiver.got) == 4
    (mail,) = account.control("/mails", method="GET")
    assert (mail["to"], mail["subject"]) == ("deskpulse@acme.example", "Webhook failed: NPS")


def test_09_deliveries_come_twice_late_out_of_order_or_not_at_all(account: Any, receiver: Any) -> None:
    account.webhook_rule(receiver.url)
    account.control("/faults", {"duplicate_webhooks": 1})
    account.put("/tickets/3", {"status": 4})
    assert [got.body for got in receiver.wait(2)] == [b'{"v": 1, "ticket_id": "3"}'] * 2

    account.control("/faults", {"duplicate_webhooks": 0, "reorder_webhooks": 3})
    numbers = [account.ticket() for _ in range(3)]
    for number in numbers:
        account.put(f"/tickets/{number}", {"status": 4})
    told = [int(json.loads(got.body)["ticket_id"]) for got in receiver.wait(5)[2:]]
    assert told != numbers
    assert sorted(told) == numbers

    account.control("/faults", method="DELETE")
    account.control("/faults", {"lose_webhooks": 1})
    account.put(f"/tickets/{account.ticket()}", {"status": 4})
    assert account.sim.wait_idle()
    assert len(receiver.got) == 5


def test_09_a_delivery_may_be_hours_late(account: Any, receiver: Any) -> None:
    account.webhook_rule(receiver.url)
    account.control("/faults", {"late_webhooks": 1})
    account.put("/tickets/3", {"status": 4})
    assert account.sim.wait_idle()
    account.put("/tickets/2", {"status": 2})
    account.put("/tickets/2", {"status": 4})
    assert json.loads(receiver.wait(1)[0].body)["ticket_id"] == "2"
    assert account.sim.wait_idle()
    account.advance(hours=3)
    assert json.loads(receiver.wait(2)[1].body)["ticket_id"] == "3"


def test_09_webhooks_draw_on_the_quota_and_wait_for_it(account: Any, receiver: Any) -> None:
    account.webhook_rule(receiver.url)
    account.control("/limits", {"account_per_minute": 1})
    account.control("/tickets/3/solve")
    receiver.wait(1)
    assert account.call("GET", "/tickets/3").status_code == 429
    account.control("/tickets/3/reopen")
    account.control("/tickets/3/solve")
    assert account.sim.wait_idle()
    assert len(receiver.got) == 1
    account.advance(hours=3)
    receiver.wait(2)


def test_09_what_the_quota_never_lets_through_is_dropped_after_a_day(account: Any, receiver: Any) -> None:
    account.webhook_rule(receiver.url)
    account.control("/limits", {"account_per_minute": 0})
    account.control("/tickets/3/solve")
    assert account.sim.wait_idle()
    account.advance(hours=25)
    assert account.sim.wait_idle()
    account.control("/limits", {"account_per_minute": 700})
    account.advance(hours=1)
    assert account.sim.wait_idle()
    assert receiver.got == []
    assert "24 hours" in account.control("/mails", method="GET")[0]["body"]


def test_09_the_free_plan_sends_nothing(account: Any, receiver: Any) -> None:
    account.webhook_rule(receiver.url)
    account.control("/switches", {"plan": "free"})
    account.control("/tickets/3/solve")
    assert account.sim.wait_idle()
    assert receiver.got == []


def test_10_what_a_forger_can_know_leads_to_nothing_here(account: Any, receiver: Any) -> None:
    """The receiver judges forgeries. It can rely on a secret in a header, and on a 404 when it reads again."""
    account.webhook_rule(receiver.url)
    account.control("/tickets/3/solve")
    assert receiver.wait(1)[0].headers["X-Nps-Secret"] == "s3cret"
    answer = account.call("GET", "/tickets/424242")
    assert (answer.status_code, answer.content) == (404, b"")
    log = account.control("/requests", method="GET")
    assert {row["method"] for row in log if row["path"].startswith("/api/v2/tickets")} == {"GET"}
