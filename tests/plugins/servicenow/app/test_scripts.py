"""Our scripts in an ES5 engine: signed calls, the outbox and its times, invitations by ServiceNow."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from deskpulse.inbound.schemes import check_freshness
from deskpulse.plugin_api import EventKind, ProvisionPlan, TicketRef
from deskpulse.surveys import links
from deskpulse_servicenow import plugin
from deskpulse_servicenow.kind import KIND

RITA, ANTON = "rita@example.com", "anton@acme.example"
KEY = "organisation's link key \u00e5"


def invite_link(placeholders: Mapping[str, str]) -> str:
    return links.template("https://nps.example.com", "acme code", placeholders)


def solve(desk: Any, subject: str = "Printer") -> str:
    key: str = desk.ticket(subject)
    desk.program("POST", f"/tickets/{key}/solve")
    assert desk.simulator.wait_idle(10)
    return key


def outbox(desk: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = desk.rows("u_deskpulse_outbox", "u_event!=invite")
    return found


def mails(desk: Any) -> list[dict[str, str]]:
    assert desk.simulator.wait_idle(10)
    return [mail for mail in desk.program("GET", "/mails") if "How did we do" in mail["subject"]]


def link_in(mail: Mapping[str, str]) -> dict[str, str]:
    found = re.search(r'href="([^"]+)"', mail["body"])
    assert found, mail
    return dict(parse_qsl(urlsplit(found[1].replace("&amp;", "&").replace("&#38;", "&")).query))


# -- calls


def test_a_call_is_signed_as_sent_and_names_nobody(desk: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    desk.api("PATCH", f"incident/{key}", {"short_description": "Dr\u00fccker \u2014 Rita Berg"})
    solve_id = desk.program("POST", f"/tickets/{key}/solve")["id"]
    (call,) = desk.arrived()
    verified = KIND.scheme.verify(call, [desk.secrets["signing_secret"]])
    body = json.loads(call.body)
    assert call.body.isascii()
    assert verified.delivery_id == body["event_id"] == f"{solve_id}:6:0"
    assert call.headers["x-deskpulse-signature"].startswith("v1=")
    check_freshness(call.headers["x-deskpulse-timestamp"], call.received_at, timedelta(minutes=1))
    assert set(body) == {
        "v",
        "event",
        "event_id",
        "instance",
        "table",
        "sys_id",
        "number",
        "state",
        "resolved_at",
        "closed_at",
        "reopen_count",
        "sys_mod_count",
    }
    assert not re.search(rb"rita|anton|berg|cker|@", call.body, re.IGNORECASE)


def test_a_failed_call_is_tried_again_at_its_times_and_then_is_dead(desk: Any) -> None:
    desk.provision()
    requests.post(f"{desk.url}/_sim/delivery", json={"scheduler": 3600.0}, timeout=10).raise_for_status()
    down = "http://127.0.0.1:9/in/k1"
    address = desk.rows("sys_properties", "name=deskpulse.inlet_url")[0]["sys_id"]
    desk.api("PATCH", f"sys_properties/{address}", {"value": down})
    solve(desk)
    due = [outbox(desk)[0]["u_next_at"]]
    for attempt, minutes in enumerate((1, 5, 15, 60), start=1):
        (row,) = outbox(desk)
        assert (row["u_state"], row["u_attempts"]) == ("waiting", str(attempt))
        desk.program("POST", "/clock", advance=minutes * 60 + 61)
        assert desk.simulator.wait_idle(10)
        due.append(outbox(desk)[0]["u_next_at"])
    (row,) = outbox(desk)
    assert (row["u_state"], row["u_attempts"]) == ("dead", "5")
    assert row["u_last_error"]
    assert desk.program("GET", "/log")
    assert len(set(due)) == 4, "a dead row has no further time"


def test_a_call_that_failed_arrives_later_with_the_same_id_and_a_time_of_its_own(desk: Any) -> None:
    desk.provision()
    address = desk.rows("sys_properties", "name=deskpulse.inlet_url")[0]["sys_id"]
    desk.api("PATCH", f"sys_properties/{address}", {"value": "http://127.0.0.1:9/in/k1"})
    key = solve(desk)
    assert not desk.arrived()
    desk.provision()
    desk.program("POST", "/clock", advance=130)
    (call,) = desk.arrived()
    later = replace(call, received_at=call.received_at + timedelta(seconds=130))
    verified = KIND.scheme.verify(later, [desk.secrets["signing_secret"]])
    assert verified.delivery_id == f"{key}:6:0"
    assert outbox(desk)[0]["u_state"] == "sent"


def test_a_call_that_was_given_up_is_sent_once_more_where_somebody_says_so(desk: Any) -> None:
    desk.provision()
    body = {"u_event_id": "e:6:0", "u_state": "dead", "u_attempts": "5", "u_body": "{}", "u_last_error": "answered 500"}
    row = desk.api("POST", "u_deskpulse_outbox", {**body, "u_next_at": "2026-01-01 00:00:00"})
    assert any("answered 500" in line for line in plugin.deskpulse_check_connection(desk.connection()).warnings)
    desk.api("PATCH", f"u_deskpulse_outbox/{row['sys_id']}", {"u_state": "waiting"})
    desk.program("POST", "/scheduled")
    (call,) = desk.arrived()
    assert KIND.scheme.verify(call, [desk.secrets["signing_secret"]]).delivery_id == "e:6:0"
    assert outbox(desk)[0]["u_state"] == "sent"
    assert not plugin.deskpulse_check_connection(desk.connection()).warnings


def test_an_event_is_sent_once_however_often_the_rule_fires(desk: Any) -> None:
    desk.provision()
    key = solve(desk)
    row = outbox(desk)[0]
    desk.api("PATCH", f"incident/{key}", {"state": "2"})
    desk.api("PATCH", f"incident/{key}", {"state": "6", "reopen_count": "0"})
    assert desk.simulator.wait_idle(10)
    assert [one["u_event_id"] for one in outbox(desk)].count(row["u_event_id"]) == 1


def test_a_rule_that_runs_late_tells_nothing_false(desk: Any) -> None:
    desk.program("POST", "/switches", async_reordered=True)
    desk.provision()
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    desk.program("POST", f"/tickets/{key}/reopen")
    events = desk.events()
    assert {event.ticket.id for event in events} == {key}
    assert EventKind.REOPENED in {event.kind for event in events}
    assert desk.find(key).resolution_key is None


def test_an_update_of_ours_before_the_rule_runs_hides_no_resolution(desk: Any, result: Any) -> None:
    desk.provision(helpdesk_invites=True, invite_link=invite_link)
    desk.program("POST", "/faults", reorder_webhooks=2)
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    plugin.deskpulse_write_back(desk.connection(), TicketRef(key), result(customer_id=None))
    assert not desk.arrived(), "the rule has not run yet"
    desk.program("DELETE", "/faults")
    assert [(event.kind, event.ticket.id) for event in desk.events()] == [(EventKind.CLOSED, key)]
    assert len(mails(desk)) == 1


def test_a_state_that_we_set_calls_nobody(desk: Any) -> None:
    desk.provision()
    access = desk.simulator.access()
    user = (access.settings["user_name"], access.secrets["password"])
    key = desk.ticket("Printer")
    desk.call("PATCH", f"/api/now/table/incident/{key}", {"state": "6"}, auth=user)
    assert not desk.arrived()
    desk.program("POST", f"/tickets/{desk.ticket('Mouse')}/solve")
    assert len(desk.arrived()) == 1


def test_nothing_goes_wrong_in_the_scripts(desk: Any) -> None:
    desk.provision(helpdesk_invites=True, invite_link=invite_link)
    solve(desk)
    desk.program("POST", "/clock", advance=2 * 86_400)
    assert desk.simulator.wait_idle(10)
    assert not [one for one in desk.program("GET", "/log") if one.get("level") == "error"]


# -- invitations


def test_servicenow_asks_once_for_each_resolution_where_it_shall(desk: Any) -> None:
    desk.provision(helpdesk_invites=True, invite_link=invite_link)
    key = solve(desk)
    desk.program("POST", f"/tickets/{key}/close")
    (mail,) = mails(desk)
    assert RITA in str(mail["to"])
    ticket = desk.find(key)
    assert link_in(mail) == {
        "tc": "ts",
        "cpc": "acme code",
        "tid": key,
        "rgid": ticket.group.id,
        "agid": ticket.agent.id,
        "cid": ticket.customer.id,
    }
    assert ticket.ref.number in str(mail)


def test_a_reopened_incident_is_asked_about_again_and_an_item_too(desk: Any) -> None:
    desk.provision(helpdesk_invites=True, invite_link=invite_link)
    key = solve(desk)
    desk.program("POST", f"/tickets/{key}/reopen")
    desk.program("POST", f"/tickets/{key}/solve")
    assert len(mails(desk)) == 2
    item = desk.item()
    desk.program("POST", f"/tickets/{item}/solve")
    assert [link_in(mail)["tid"] for mail in mails(desk)].count(item) == 1


def test_servicenow_asks_nobody_unless_told_to(desk: Any) -> None:
    desk.provision()
    solve(desk)
    desk.provision(helpdesk_invites=True, invite_link=invite_link)
    report = desk.provision()
    assert [step.what for step in report.steps if step.change == "remove"] == ["system property deskpulse.invite_link"]
    solve(desk, "Mouse")
    assert not mails(desk)


def test_a_link_is_signed_where_the_key_is_known(desk: Any) -> None:
    plan = ProvisionPlan(desk.inlet_url, helpdesk_invites=True, invite_link=invite_link, link_key=KEY)
    report = plugin.deskpulse_provision(desk.connection(), plan)
    assert KEY not in str(report)
    desk.secrets.update(report.secrets)
    solve(desk)
    parameters = link_in(mails(desk)[0])
    assert links.is_signed(KEY, parameters)
    assert not links.is_signed(KEY, {**parameters, "tid": "another"})
