"""Behaviours 11 to 15 and 18: triggers, conditions, placeholders, automations, and what a closed ticket allows."""

from __future__ import annotations

import json
from typing import Any

import pytest

SOLVED = {"field": "status", "operator": "value", "value": "solved"}


def test_11_conditions_go_in_flat_and_come_out_nested(account: Any) -> None:
    raw = {"title": "T", "all": [SOLVED], "any": [], "actions": [{"field": "current_tags", "value": "seen"}]}
    answer = account.call("POST", "/triggers", {"trigger": raw})
    assert answer.status_code == 201
    body = answer.json()["trigger"]
    assert answer.headers["Location"].endswith(f"/api/v2/triggers/{body['id']}.json")
    assert body["conditions"] == {"all": [SOLVED], "any": []}
    assert isinstance(body["category_id"], str)
    assert "all" not in body


def test_11_put_with_a_part_replaces_conditions_and_actions(account: Any) -> None:
    raw = {
        "title": "T",
        "all": [SOLVED],
        "any": [{"field": "priority", "operator": "is", "value": "high"}],
        "actions": [{"field": "current_tags", "value": "seen"}],
    }
    number = account.post("/triggers", {"trigger": raw})["trigger"]["id"]
    titled = account.put(f"/triggers/{number}", {"trigger": {"title": "U", "active": False}})["trigger"]
    assert titled["conditions"]["any"] != []
    kept = {"all": [SOLVED], "actions": [{"field": "set_tags", "value": "x"}]}
    assert account.put(f"/triggers/{number}", {"trigger": kept})["trigger"]["conditions"]["any"] == []
    assert account.put(f"/triggers/{number}", {"trigger": {"all": [SOLVED]}}, status=422)["error"] == "RecordInvalid"


def test_11_listing_searching_and_deleting(account: Any) -> None:
    number = account.post(
        "/triggers", {"trigger": {"title": "NPS: x", "all": [SOLVED], "actions": [{"field": "set_tags", "value": "x"}]}}
    )["trigger"]["id"]
    assert [row["id"] for row in account.get("/triggers/search", params={"query": "nps"})["triggers"]] == [number]
    account.put(f"/triggers/{number}", {"trigger": {"active": False}})
    assert number not in [row["id"] for row in account.get("/triggers?active=true")["triggers"]]
    assert account.call("DELETE", f"/triggers/{number}").status_code == 204
    assert account.call("GET", f"/triggers/{number}").status_code == 404
    subjects = [row["subject"] for row in account.get("/triggers/definitions")["definitions"]["conditions_all"]]
    assert {"status", "current_tags", "update_type"} <= set(subjects)


@pytest.mark.parametrize(
    "broken",
    [
        {"all": [{"field": "mood", "operator": "is", "value": "x"}]},
        {"all": [{"field": "status", "operator": "sounds_like", "value": "x"}]},
        {"actions": [{"field": "notification_webhook", "value": ["01NOSUCHWEBHOOK", "{}"]}]},
        {"actions": []},
        {"title": ""},
    ],
)
def test_11_rules_that_cannot_be_are_refused(account: Any, broken: Any) -> None:
    raw = {"title": "T", "all": [SOLVED], "actions": [{"field": "set_tags", "value": "x"}]} | broken
    assert account.call("POST", "/triggers", {"trigger": raw}).status_code == 422


def test_11_a_webhook_body_is_at_most_16000_characters(account: Any) -> None:
    number = account.webhook("https://nps.example.com/in")
    actions = [{"field": "notification_webhook", "value": [number, "x" * 16_001]}]
    assert (
        account.call("POST", "/triggers", {"trigger": {"title": "T", "all": [SOLVED], "actions": actions}}).status_code
        == 422
    )


def _rule(account: Any, position: int, all_: list[Any], tag: str) -> None:
    raw = {"title": tag, "position": position, "all": all_, "actions": [{"field": "current_tags", "value": tag}]}
    account.post("/triggers", {"trigger": raw})


def test_11_triggers_run_in_position_order_on_api_updates(account: Any) -> None:
    _rule(account, 20, [{"field": "current_tags", "operator": "includes", "value": "first"}], "second")
    _rule(account, 10, [SOLVED, {"field": "current_tags", "operator": "not_includes", "value": "second"}], "first")
    number = account.ticket()["id"]
    body = account.put(f"/tickets/{number}", {"ticket": {"status": "solved"}})
    assert body["ticket"]["tags"] == ["first", "second"]
    via = [event["via"]["source"]["from"]["title"] for event in body["audit"]["events"] if "via" in event]
    assert via == ["first", "second"]


def test_11_none_on_closed_tickets_but_on_the_update_that_closes(account: Any) -> None:
    _rule(account, 10, [{"field": "status", "operator": "is", "value": "closed"}], "at_closing")
    number = account.ticket()["id"]
    closed = account.put(f"/tickets/{number}", {"ticket": {"status": "closed"}})["ticket"]
    assert closed["tags"] == ["at_closing"]
    assert account.call("PUT", f"/tickets/{number}", {"ticket": {"priority": "low"}}).status_code == 422


@pytest.mark.parametrize(
    ("operator", "value", "created", "solved", "touched"),
    [
        ("value", "solved", False, True, False),
        ("value", "new", True, False, False),
        ("not_value", "solved", True, False, True),
        ("value_previous", "new", False, True, False),
        ("not_value_previous", "new", True, False, True),
        ("changed", None, True, True, False),
        ("not_changed", None, False, False, True),
        ("is", "solved", False, True, True),
        ("is_not", "solved", True, False, False),
        ("less_than", "solved", True, False, False),
        ("greater_than", "open", False, True, True),
    ],
)
def test_12_status_operators_on_create_on_solve_and_after(
    account: Any, operator: str, value: str | None, created: bool, solved: bool, touched: bool
) -> None:
    _rule(account, 1, [{"field": "status", "operator": operator, "value": value}], "hit")
    ticket = account.ticket()
    assert ("hit" in ticket["tags"]) is created
    path = f"/tickets/{ticket['id']}"
    assert ("hit" in account.put(path, {"ticket": {"tags": [], "status": "solved"}})["ticket"]["tags"]) is solved
    assert ("hit" in account.put(path, {"ticket": {"tags": [], "priority": "low"}})["ticket"]["tags"]) is touched


def test_12_current_tags_take_a_list(account: Any, receiver: Any) -> None:
    webhook = account.webhook(receiver.url)
    unless = {"field": "current_tags", "operator": "not_includes", "value": "nps_survey_sent nps_optout"}
    account.trigger(webhook, "{{ticket.id}}", all=[SOLVED, unless])
    left, asked = account.ticket(tags=["nps_optout", "other"])["id"], account.ticket(tags=["other"])["id"]
    for number in (left, asked):
        account.put(f"/tickets/{number}", {"ticket": {"status": "solved"}})
    assert [delivery.body for delivery in receiver.wait(1)] == [str(asked).encode()]


def test_12_other_condition_fields(account: Any) -> None:
    sam = account.user("sam@desk.example")
    _rule(account, 1, [{"field": "update_type", "operator": "is", "value": "Create"}], "created")
    _rule(account, 2, [{"field": "assignee_id", "operator": "is", "value": str(sam)}], "sams")
    _rule(account, 3, [{"field": "comment_is_public", "operator": "is", "value": "false"}], "noted")
    _rule(account, 4, [{"field": "role", "operator": "is", "value": "end_user"}], "by_customer")
    ticket = account.ticket(assignee_id=sam)
    assert ticket["tags"] == ["created", "sams"]
    path = f"/tickets/{ticket['id']}"
    assert account.put(path, {"ticket": {"comment": {"body": "x", "public": False}}})["ticket"]["tags"] == [
        "created",
        "noted",
        "sams",
    ]
    account.put(path, {"ticket": {"status": "solved"}})
    assert "by_customer" in account.control(f"/tickets/{ticket['id']}/reopen")["tags"]


def test_13_placeholders_render_plain_and_empty_for_nothing(account: Any, receiver: Any) -> None:
    template = (
        "{{ticket.id}}|{{ticket.title}}|{{ticket.status}}|{{ticket.tags}}|{{ticket.external_id}}|{{ticket.group.name}}|"
        "{{ticket.assignee.name}}|{{ticket.requester.first_name}}|{{ticket.requester.email}}|{{ticket.organization.name}}|"
        "{{ticket.requester.custom_fields.location}}|{{ticket.bogus}}|{{ticket.link}}|{{ticket.url}}|{{current_user.name}}"
    )
    account.solving_webhook(receiver.url, template)
    ticket = account.ticket(subject='A <b>bold</b> "quote"', tags=["b", "a"])
    account.put(f"/tickets/{ticket['id']}", {"ticket": {"status": "solved"}})
    link = f"{account.base}/agent/tickets/{ticket['id']}"
    assert receiver.wait(1)[0].body.decode().split("|") == [
        str(ticket["id"]),
        'A <b>bold</b> "quote"',
        "Solved",
        "a b",
        "",
        "",
        "",
        "Ann",
        "ann@customer.example",
        "",
        "Berlin",
        "",
        link,
        link.removeprefix("http://"),
        "DeskPulse",
    ]


def test_13_custom_field_placeholders(account: Any, receiver: Any) -> None:
    options = [{"name": "Very good", "value": "nps_good"}]
    field = {"type": "tagger", "title": "Band", "custom_field_options": options}
    number = account.post("/ticket_fields", {"ticket_field": field})["ticket_field"]["id"]
    template = f"{{{{ticket.ticket_field_{number}}}}}/{{{{ticket.ticket_field_option_title_{number}}}}}"
    account.solving_webhook(receiver.url, template)
    ticket = account.ticket(custom_fields=[{"id": number, "value": "nps_good"}], status="solved")
    assert receiver.wait(1)[0].body == b"nps_good/Very good"
    assert ticket["tags"] == ["nps_good"]


TIMED = {"field": "SOLVED", "operator": "greater_than", "value": "24"}
IS_SOLVED = {"field": "status", "operator": "is", "value": "solved"}
UNASKED = {"field": "current_tags", "operator": "not_includes", "value": "asked"}


@pytest.mark.parametrize(
    ("conditions", "actions", "status"),
    [
        ([IS_SOLVED, TIMED, UNASKED], [{"field": "current_tags", "value": "asked"}], 201),
        ([IS_SOLVED, UNASKED], [{"field": "current_tags", "value": "asked"}], 422),
        ([TIMED, UNASKED], [{"field": "current_tags", "value": "asked"}], 422),
        ([IS_SOLVED, TIMED, UNASKED], [{"field": "current_tags", "value": "other"}], 422),
    ],
    ids=["sound", "no time", "no subject", "no nullifier"],
)
def test_14_automations_need_time_subject_and_nullifier(
    account: Any, conditions: Any, actions: Any, status: int
) -> None:
    raw = {"title": "Survey a day later", "all": conditions, "actions": actions}
    assert account.call("POST", "/automations", {"automation": raw}).status_code == status


def test_14_an_automation_acts_once_and_the_stock_one_closes_after_96_hours(account: Any, receiver: Any) -> None:
    webhook = account.webhook(receiver.url)
    actions = [
        {"field": "notification_webhook", "value": [webhook, "{{ticket.id}}"]},
        {"field": "current_tags", "value": "asked"},
    ]
    account.post(
        "/automations", {"automation": {"title": "Later", "all": [IS_SOLVED, TIMED, UNASKED], "actions": actions}}
    )
    number = account.ticket(status="solved")["id"]
    account.control("/clock", {"advance": 24 * 3600})
    assert account.get(f"/tickets/{number}")["ticket"]["tags"] == []
    account.control("/clock", {"advance": 2 * 3600})
    assert account.get(f"/tickets/{number}")["ticket"]["tags"] == ["asked"]
    account.control("/clock", {"advance": 70 * 3600})
    assert account.get(f"/tickets/{number}")["ticket"]["status"] == "solved"
    account.control("/clock", {"advance": 2 * 3600})
    assert account.get(f"/tickets/{number}")["ticket"]["status"] == "closed"
    assert account.get(f"/tickets/{number}/audits")["audits"][-1]["author_id"] == -1
    assert [delivery.body for delivery in receiver.wait(1)].count(str(number).encode()) == 1


def _closed(account: Any) -> Any:
    return next(row for row in account.control("/tickets", method="GET") if row["status"] == "closed")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"ticket": {"priority": "low"}}),
        ("PUT", "/tags", {"tags": ["x"]}),
        ("POST", "/tags", {"tags": ["x"]}),
        ("DELETE", "/tags", {"tags": ["x"]}),
    ],
)
def test_15_a_closed_ticket_refuses_everything(account: Any, method: str, path: str, body: Any) -> None:
    answer = account.call(method, f"/tickets/{_closed(account)['id']}{path}", body)
    assert answer.status_code == 422
    assert "closed prevents ticket update" in answer.json()["details"]["status"][0]["description"]


def test_15_its_customer_can_still_be_written_to_and_a_follow_up_made(account: Any) -> None:
    number = _closed(account)["id"]
    ticket = account.get(f"/tickets/{number}")["ticket"]
    user = account.put(f"/users/{ticket['requester_id']}", {"user": {"user_fields": {"location": "Bonn"}}})["user"]
    assert user["user_fields"]["location"] == "Bonn"
    raw = {"via_followup_source_id": number, "comment": {"body": "NPS 9", "public": False}, "status": "solved"}
    follow = account.post("/tickets", {"ticket": raw})["ticket"]
    assert follow["via"]["source"]["rel"] == "follow_up"
    assert follow["tags"] == ticket["tags"]
    assert account.get(f"/tickets/{number}")["ticket"]["followup_ids"] == [follow["id"]]


def test_18_a_private_note_mails_the_assignee(account: Any) -> None:
    number = account.ticket(assignee_id=account.user("sam@desk.example"))["id"]
    assert account.control("/mails", method="GET") == []
    account.put(f"/tickets/{number}", {"ticket": {"comment": {"body": "NPS 9", "public": False}}})
    mail = account.control("/mails", method="GET")[-1]
    assert (mail["to"], mail["rule"]) == ("sam@desk.example", "Notify assignee of comment update")
    assert "NPS 9" in mail["body"]
    assert json.dumps(mail).count("{{") == 0
