"""What differs on Data Center: version 2 of the API, users by key, other webhooks, no Forge, no customer details."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import responses

from deskpulse.plugin_api import Change, Connection, DeliveryRejected, EventKind, ReceiptState, TicketRef
from deskpulse_jira_sm import plugin, wanted
from deskpulse_jira_sm.client import Client
from deskpulse_jira_sm.webhooks import Webhooks

MakeConnection = Callable[..., Connection]
WEBHOOKS = "/rest/jira-webhook/1.0/webhooks"


def test_the_connection_can_be_checked(data_center: Any) -> None:
    report = plugin.deskpulse_check_connection(data_center.connection())
    assert report.ok, report.lines
    assert report.warnings == ()


def test_the_secret_goes_where_jira_looks_for_it(data_center: Any) -> None:
    report = data_center.provision()
    assert wanted.SIGNING_STEP in report.manual_steps
    key = data_center.ticket("Printer")
    data_center.program("POST", f"/tickets/{key}/solve")
    assert [event.kind for event in data_center.events()] == [EventKind.CLOSED]
    (delivery,) = data_center.deliveries
    assert plugin.deskpulse_verify_delivery(data_center.connection(), delivery).delivery_id is None
    assert "x-atlassian-webhook-identifier" not in delivery.headers
    assert {step.change for step in data_center.provision().steps} == {Change.KEEP}


def test_a_top_level_secret_would_be_ignored_and_unsigned_calls_are_refused(data_center: Any) -> None:
    body = {"name": "by hand", "url": data_center.inlet_url, "events": ["jira:issue_updated"], "secret": "k3y"}
    data_center.api("POST", WEBHOOKS, body)
    data_center.secrets["signing_secret"] = "k3y"
    data_center.program("POST", f"/tickets/{data_center.ticket('Printer')}/solve")
    assert data_center.events()
    with pytest.raises(DeliveryRejected, match="missing"):
        plugin.deskpulse_verify_delivery(data_center.connection(), data_center.deliveries[0])


def test_tickets_people_and_solvings(data_center: Any) -> None:
    data_center.provision()
    key = data_center.ticket("Printer")
    keys = []
    for action in ("solve", "reopen", "solve"):
        data_center.program("POST", f"/tickets/{key}/{action}")
        found = data_center.find(key)
        keys.append((found.resolution_key, found.past_resolution_keys))
    (first, none), (open_again, past), (second, both) = keys
    assert (none, open_again, past, both) == ((), None, (first,), (first,))
    assert second != first
    assert found.customer.id.startswith("JIRAUSER")
    assert found.customer.email == "rita@example.com"
    assert plugin.deskpulse_find_agent(data_center.connection(), found.agent.id) == found.agent
    assert plugin.deskpulse_find_customer(data_center.connection(), found.customer.id) == found.customer


def test_a_site_without_the_date_of_the_category_has_keys_all_the_same(data_center: Any) -> None:
    data_center.program("POST", "/switches", category_changed_date=False)
    data_center.provision()
    key = data_center.ticket("Printer")
    data_center.program("POST", f"/tickets/{key}/solve")
    assert data_center.find(key).resolution_key.startswith(f"{key}:20")
    pages = list(plugin.deskpulse_closed_since(data_center.connection(), "nonsense"))
    assert [event.ticket.id for events, _ in pages for event in events] == [key]


def test_an_answer_is_written_as_wiki_text_and_user_property(data_center: Any, result: Any) -> None:
    data_center.provision()
    key = data_center.ticket("Printer")
    data_center.program("POST", f"/tickets/{key}/solve")
    customer = data_center.find(key).customer.id
    for state in (ReceiptState.DONE, ReceiptState.ALREADY):
        answer = result(customer_id=customer)
        assert plugin.deskpulse_write_back(data_center.connection(), TicketRef(key), answer).state is state
    whole = data_center.raw(key)
    (comment,) = (one for one in whole["comments"] if "[DeskPulse" in one["body"])
    assert comment["public"] is False
    assert whole["fields"][data_center.facts["score_field_id"]] == 9
    assert whole["customer"]["properties"]["nps.last"]["score"] == 9


def test_an_issue_that_is_no_request_gets_internal_wiki_text(data_center: Any, result: Any) -> None:
    data_center.provision()
    body = {"fields": {"project": {"key": "SD"}, "summary": "Inside", "issuetype": {"id": "10010"}}}
    made = data_center.api("POST", "/rest/api/2/issue", body)
    for _ in range(2):
        plugin.deskpulse_write_back(data_center.connection(), TicketRef(made["id"]), result(customer_id=None))
    (comment,) = data_center.raw(made["id"])["comments"]
    assert comment["public"] is False


def test_an_invitation_is_one_public_comment(data_center: Any, invitation: Any) -> None:
    data_center.provision()
    key = data_center.ticket("Printer")
    data_center.program("POST", f"/tickets/{key}/solve")
    for state in (ReceiptState.DONE, ReceiptState.ALREADY):
        assert plugin.deskpulse_send_invite(data_center.connection(), invitation(key)).state is state
    assert sum("/s/token" in one["body"] for one in data_center.raw(key)["comments"]) == 1


@pytest.mark.parametrize("source", ["project", "jira_group", "queue"])
def test_groups(data_center: Any, source: str) -> None:
    found = {group.name: group for group in plugin.deskpulse_sync_groups(data_center.connection(group_source=source))}
    wanted_name = {"project": "Service Desk", "jira_group": "service-desk", "queue": "All open"}[source]
    assert "Anton" in {agent.name for agent in found[wanted_name].members}


def test_there_is_no_forge_app(data_center: Any) -> None:
    assert plugin.deskpulse_panel_bundle(data_center.connection()) is None


def test_before_version_ten_calls_cannot_be_signed(connection: MakeConnection, jira: responses.RequestsMock) -> None:
    base = "https://jira.acme.example"
    jira.get(f"{base}/rest/api/2/serverInfo", json={"deploymentType": "Server", "versionNumbers": [9, 12, 1]})
    settings = {"deployment": "data_center", "base_url": base}
    webhooks = Webhooks(Client(connection(settings=settings, secrets={"personal_access_token": "pat-1"})))
    assert not webhooks.can_sign
    jira.get(f"{base}/rest/webhooks/1.0/webhook", json=[])
    webhooks.readable()
