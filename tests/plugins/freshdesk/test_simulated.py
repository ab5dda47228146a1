"""The plug-in against the simulator over loopback HTTP: deliveries, look-ups, groups, and who else changes what."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from deskpulse.plugin_api import AuthExpired, DeliveryRejected, Outcome
from deskpulse.testing.factories import make_result
from deskpulse_freshdesk import plugin
from deskpulse_freshdesk.kind import KIND

HOUR = 3600


def test_the_connection_can_be_checked(desk: Any) -> None:
    report = plugin.deskpulse_check_connection(desk.connection())
    assert report.ok, report.lines
    assert any("calls a minute" in line for line in report.lines)
    wrong = desk.make(settings=desk.simulator.access().settings, secrets={"api_key": "wrong-key-of-nobody"})
    assert not plugin.deskpulse_check_connection(wrong).ok


def test_a_key_that_was_reset_or_whose_agent_left_ends_everything_at_once(desk: Any) -> None:
    """The API key is a person: that is said when connecting, and the connection is paused by this error."""
    linked, key = desk.connection(), desk.ticket("Printer")
    (own,) = (one for one in desk.program("GET", "/agents") if one["email"] == "deskpulse@acme.example")
    desk.program("POST", f"/agents/{own['id']}/reset_key")
    with pytest.raises(AuthExpired):
        plugin.deskpulse_find_ticket(linked, key)


def test_solving_and_reopening_reach_us_with_the_secret_and_the_key_counts(desk: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    keys = []
    for act in (desk.solve, desk.reopen, desk.solve):
        act(key)
        found = desk.find(key)
        keys.append((found.resolution_key, found.past_resolution_keys))
    assert keys[:2] == [("0", ()), (None, ("0",))]
    assert keys[2][0] not in (None, "0")
    assert keys[2][1] == ("0",)
    assert sorted(desk.events()) == [("closed", key), ("closed", key), ("reopened", key)]
    secret = desk.connection().current_secrets("shared_secret")
    for delivery in desk.deliveries:
        assert KIND.scheme.verify(delivery, secret).delivery_id is None
        with pytest.raises(DeliveryRejected):
            KIND.scheme.verify(delivery, ["another secret"])
        assert set(json.loads(delivery.body)) == {"v", "event", "ticket_id"}


def test_what_freshdesk_closes_by_itself_reaches_us_and_is_the_same_resolution(desk: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    desk.solve(key)
    assert desk.events() == [("closed", key)]
    desk.program("POST", "/clock", advance=60 * HOUR)
    assert desk.raw(key)["status"] == 5, "the stock time trigger closes after 48 hours"
    assert desk.events() == [("closed", key), ("closed", key)]
    assert desk.find(key).resolution_key == "0"


def test_a_change_by_the_api_counts_as_an_agents(desk: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    desk.api("PUT", f"/tickets/{key}", {"status": 5})
    assert desk.events() == [("closed", key)], "closed without having been resolved"


def test_open_statuses_among_themselves_call_nobody(desk: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    for status in (3, 6, 2):
        desk.api("PUT", f"/tickets/{key}", {"status": status})
    assert desk.events() == []


def test_a_status_of_ones_own_that_counts_as_resolved(desk: Any) -> None:
    desk.program("POST", "/statuses", **{"8": ["Answered", "Answered"]})
    own = {"resolved_statuses": "8"}
    desk.provision(desk.connection(**own))
    key = desk.ticket("Printer")
    desk.api("PUT", f"/tickets/{key}", {"status": 8})
    assert desk.events() == [("closed", key)]
    assert (desk.find(key, **own).resolution_key, desk.find(key).resolution_key) == ("0", None)
    desk.program("POST", "/clock", advance=5)
    desk.api("PUT", f"/tickets/{key}", {"status": 5})
    assert desk.find(key, **own).resolution_key == "0", "closing it is no new resolution"


@pytest.mark.parametrize("switch", [{"wrapped_webhooks": True}, {"numeric_ids": True}])
def test_every_form_of_our_body_is_read(desk: Any, switch: dict[str, bool]) -> None:
    desk.provision()
    desk.program("POST", "/switches", **switch)
    key = desk.ticket("Printer")
    desk.solve(key)
    assert desk.events() == [("closed", key)]


def test_a_rule_made_by_hand_from_ready_made_values_is_read(desk: Any) -> None:
    action = {
        "field_name": "trigger_webhook",
        "request_type": "POST",
        "url": desk.inlet_url,
        "content_type": "JSON",
        "content_layout": "simple",
        "content": ["ticket_id", "ticket_subject", "ticket_status", "triggered_event"],
    }
    event = {"field_name": "status", "from": "--", "to": "--"}
    desk.api(
        "POST",
        "/automations/4/rules",
        {"name": "By hand", "performer": {"type": 3}, "events": [event], "actions": [action]},
    )
    key = desk.ticket("Printer")
    desk.solve(key)
    desk.reopen(key)
    assert desk.events() == [("closed", key), ("reopened", key)]


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_a_forged_call_is_refused_and_one_about_a_foreign_ticket_finds_nothing(desk: Any, secret: str) -> None:
    desk.provision()
    body = json.dumps({"v": 1, "event": "resolved", "ticket_id": "999999999"})
    requests.post(desk.inlet_url, data=body, headers={"X-DeskPulse-Secret": secret}, timeout=5)
    (forged,) = desk.deliveries
    with pytest.raises(DeliveryRejected):
        KIND.scheme.verify(forged, desk.connection().current_secrets("shared_secret"))
    desk.program("DELETE", "/requests")
    assert desk.find("999999999") is None, "also with the right secret, as from a copied sandbox rule"
    assert desk.writes() == []


def test_a_ticket_with_everything_and_one_with_nothing(desk: Any) -> None:
    full = desk.find(desk.ticket("Printer"))
    assert (full.customer.email, full.segment1, full.segment2) == ("rita@example.com", "Berlin", "Sales")
    assert full.category == "Hardware"
    assert (full.agent.email, full.group.name) == ("anton@acme.example", "Service Desk")
    bare = desk.find(desk.ticket("Mouse"))
    assert (bare.agent, bare.group, bare.category, bare.resolution_key) == (None, None, None, None)
    assert desk.find(desk.ticket("Call")).customer.email is None
    laptop = desk.find(desk.ticket("Laptop"))
    assert laptop.customer.email == "anton@acme.example", "a requester who is an agent"
    assert desk.find("999999999") is None


def test_a_ticket_takes_three_calls_and_one_more_for_fields_of_the_contact(desk: Any) -> None:
    key = desk.ticket("Printer")
    desk.program("DELETE", "/requests")
    desk.find(key, segment1_field="", segment2_field="")
    assert len(desk.program("GET", "/requests")) == 3
    desk.find(key)
    assert len(desk.program("GET", "/requests")) == 7


def test_deleted_spam_and_archived(desk: Any) -> None:
    deleted, spam, archived = (desk.ticket(subject) for subject in ("Printer", "Mouse", "Call"))
    for key in (deleted, spam, archived):
        desk.solve(key)
    desk.reopen(archived)
    desk.solve(archived)
    before = desk.find(archived)
    desk.api("DELETE", f"/tickets/{deleted}")
    desk.program("POST", f"/tickets/{spam}/spam")
    desk.program("POST", f"/tickets/{archived}/archive")
    assert (desk.find(deleted).outcome, desk.find(spam).outcome) == (Outcome.DELETED, Outcome.SPAM)
    after = desk.find(archived)
    assert (after.outcome, after.resolution_key) == (Outcome.SOLVED, before.resolution_key)


def test_people(desk: Any) -> None:
    found = desk.find(desk.ticket("Printer"))
    assert plugin.deskpulse_find_agent(desk.connection(), found.agent.id) == found.agent
    assert plugin.deskpulse_find_customer(desk.connection(), found.customer.id) == found.customer
    assert plugin.deskpulse_find_agent(desk.connection(), "999999999") is None


@pytest.mark.parametrize("told_by_groups", [True, False])
def test_groups_take_as_many_calls_as_they_have_pages(desk: Any, told_by_groups: bool) -> None:
    desk.program("POST", "/switches", group_agent_ids=told_by_groups, agents_list_groups=True)
    desk.program("POST", "/populate", groups=120, agents=230)
    desk.program("DELETE", "/requests")
    found = {group.name: group for group in plugin.deskpulse_sync_groups(desk.connection())}
    asked = [one["path"] for one in desk.program("GET", "/requests")]
    assert len(found) == 122
    assert len({agent.id for group in found.values() for agent in group.members}) == 232
    assert [agent.email for agent in found["Service Desk"].members] == ["anton@acme.example"]
    assert {agent.email for agent in found["Field"].members} == {"anton@acme.example", "berta@acme.example"}
    assert (asked.count("/api/v2/groups"), asked.count("/api/v2/agents"), len(asked)) == (2, 3, 5)


def test_an_agent_who_was_deactivated_drops_out_and_is_inactive(desk: Any) -> None:
    (anton,) = (one for one in desk.program("GET", "/agents") if one["email"] == "anton@acme.example")
    desk.program("POST", f"/agents/{anton['id']}", active=False)
    for group in plugin.deskpulse_sync_groups(desk.connection()):
        assert [agent.active for agent in group.members if agent.id == str(anton["id"])] in ([False], [])
    found = plugin.deskpulse_find_agent(desk.connection(), str(anton["id"]))
    assert found is not None
    assert not found.active


def test_the_conversation_is_read_to_its_end(desk: Any) -> None:
    """``include=conversations`` would give the oldest ten."""
    key = desk.ticket("Printer")
    for number in range(12):
        desk.api("POST", f"/tickets/{key}/notes", {"body": f"note {number}", "private": True})
    desk.provision()
    desk.program("DELETE", "/requests")
    plugin.deskpulse_write_back(desk.connection(), desk.find(key).ref, make_result(customer_id=None))
    asked = desk.program("GET", "/requests")
    assert any(one["path"].endswith("/conversations") for one in asked)
    assert not any("conversations" in str(one.get("query")) for one in asked)
