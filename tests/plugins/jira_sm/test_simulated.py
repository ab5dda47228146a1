"""The plug-in against the simulator over loopback HTTP: check, deliveries, look-ups, OAuth, and awkward issues."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from deskpulse.plugin_api import AuthExpired, EventKind, RateLimited, TicketRef, Unreachable
from deskpulse.testing.factories import Renewal
from deskpulse_jira_sm import plugin
from deskpulse_jira_sm.kind import CONSENT_ENDS, KIND
from fixtures.consent import allow


def test_the_connection_can_be_checked(site: Any) -> None:
    report = plugin.deskpulse_check_connection(site.connection())
    assert report.ok, report.lines
    assert any("365 days" in one for one in report.warnings)
    wrong = site.make(settings=site.simulator.access().settings, secrets={"api_token": "wrong-token"})
    assert not plugin.deskpulse_check_connection(wrong).ok
    assert not plugin.deskpulse_check_connection(site.make(settings={"email": ""}, secrets={})).ok


def test_a_scoped_token_at_the_sites_own_address_is_refused(site: Any) -> None:
    scoped = site.simulator.access("scoped_token")
    assert plugin.deskpulse_check_connection(site.make(settings=scoped.settings, secrets=scoped.secrets)).ok
    settings = {**scoped.settings, "auth": "api_token"}
    assert not plugin.deskpulse_check_connection(site.make(settings=settings, secrets=scoped.secrets)).ok


def test_a_user_who_sees_no_service_project_is_told(site: Any) -> None:
    site.program("POST", "/switches", hidden_projects=[site.project("Service Desk"), site.project("Field")])
    report = plugin.deskpulse_check_connection(site.connection())
    assert not report.ok
    assert any("service project" in line for line in report.lines)


def test_solving_and_reopening_reach_us_signed_and_the_key_tells_them_apart(site: Any) -> None:
    site.provision()
    key = site.ticket("Printer")
    keys = []
    for action in ("solve", "reopen", "solve"):
        site.program("POST", f"/tickets/{key}/{action}")
        found = site.find(key)
        keys.append((found.resolution_key, found.past_resolution_keys))
    (first, _), (none, past), (second, past_again) = keys
    assert (none, past, past_again) == (None, (first,), (first,))
    assert second not in (None, first)
    kinds = [event.kind for event in site.events()]
    assert sorted(kinds) == [EventKind.CLOSED, EventKind.CLOSED, EventKind.REOPENED]
    ids = {plugin.deskpulse_verify_delivery(site.connection(), one).delivery_id for one in site.deliveries}
    assert len(ids) == len(site.deliveries)


def test_resolved_to_closed_is_no_new_solving(site: Any) -> None:
    site.provision()
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    first = site.find(key)
    site.program("POST", f"/tickets/{key}/transition", name="Close")
    assert site.find(key).resolution_key == first.resolution_key
    assert site.find(key).past_resolution_keys == ()


def test_calls_that_come_twice_and_out_of_order_tell_the_truth(site: Any) -> None:
    site.provision()
    key = site.ticket("Printer")
    site.program("POST", "/faults", duplicate_webhooks=1, reorder_webhooks=2)
    for action in ("solve", "reopen"):
        site.program("POST", f"/tickets/{key}/{action}")
    events = site.events()
    assert {event.ticket.id for event in events} == {key}
    assert len(events) >= 3
    assert site.find(key).resolution_key is None, "whatever came last, the issue is read again"
    ids = [one.headers["x-atlassian-webhook-identifier"] for one in site.deliveries]
    assert len(set(ids)) < len(ids), "a repeated call has the id of the first"


def test_resolved_without_a_resolution(site: Any) -> None:
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/transition", name="Resolve without resolution")
    assert site.find(key).resolution_key
    assert site.find(key, require_resolution="yes").resolution_key is None


def test_a_resolution_while_work_goes_on_means_nothing(site: Any) -> None:
    site.program("POST", "/switches", keep_resolution=True)
    key = site.ticket("Printer")
    for action in ("solve", "reopen"):
        site.program("POST", f"/tickets/{key}/{action}")
    assert site.raw(key)["fields"]["resolution"]
    assert site.find(key).resolution_key is None


@pytest.mark.parametrize("switch", ["omit_field_id", "post_function_bodies", "minimal_bodies"])
def test_poor_bodies_are_enough(site: Any, switch: str) -> None:
    site.provision()
    site.program("POST", "/switches", **{switch: True})
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    named = {"Printer": key, "SD-1": key}
    assert {named.get(event.ticket.id, event.ticket.id) for event in site.events()} == {key}
    assert site.find(site.events()[0].ticket.id).ref.id == key


def test_a_moved_issue_keeps_its_id(site: Any) -> None:
    site.provision()
    key = site.ticket("Printer")
    before = site.find(key).ref
    site.program("POST", f"/tickets/{key}/move", group="Field")
    found = site.find(key)
    assert (found.ref.id, found.ref.number != before.number) == (key, True)
    assert found.group.name == "Field"
    assert site.find(before.number).ref == found.ref, "the former key leads to it, too"
    assert requests.get(plugin.deskpulse_ticket_url(site.connection(), found.ref), timeout=5).ok


def test_an_issue_deleted_between_call_and_reading_is_unknown(site: Any) -> None:
    site.provision()
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    site.program("POST", f"/tickets/{key}/delete")
    assert [event.ticket.id for event in site.events()] == [key], "the deletion itself says nothing"
    assert site.find(key) is None


def test_a_ticket_takes_one_call_and_a_hidden_address_one_more(site: Any) -> None:
    site.provision()
    key = site.ticket("Printer")
    site.program("DELETE", "/requests")
    assert site.find(key).customer.email == "rita@example.com"
    assert len(site.asked()) == 1
    site.program("POST", "/switches", hide_all_emails=True)
    site.program("DELETE", "/requests")
    assert site.find(key).customer.email is None, "no address is an ordinary outcome"
    assert len(site.asked()) == 2


def test_a_ticket_with_everything(site: Any) -> None:
    site.provision()
    found = site.find(site.ticket("Printer"))
    assert (found.segment1, found.segment2, found.category) == ("Berlin", "Sales", "Hardware")
    assert (found.agent.email, found.group.name, found.priority) == ("anton@acme.example", "Service Desk", "Medium")


@pytest.mark.parametrize(
    ("change", "active", "known"), [({"active": False}, False, True), ({"deleted": True}, None, False)]
)
def test_people_who_left(site: Any, change: dict[str, bool], active: bool | None, known: bool) -> None:
    key = site.ticket("Printer")
    customer = site.find(key).customer.id
    site.program("POST", f"/users/{customer}", **change)
    found = site.find(key).customer
    assert (found is not None) == known
    assert plugin.deskpulse_find_customer(site.connection(), customer) is None or found.active is active


def test_an_app_is_no_customer_and_no_agent(site: Any) -> None:
    robot = site.program("POST", "/users", name="Robot", kind="app")["accountId"]
    assert plugin.deskpulse_find_customer(site.connection(), robot) is None
    assert plugin.deskpulse_find_agent(site.connection(), robot) is None


def test_bulk_changes_arrive_too(site: Any) -> None:
    site.provision()
    keys = [site.ticket(subject) for subject in ("Printer", "Mouse", "Call")]
    site.program("POST", "/bulk/solve", ids=keys)
    assert sorted({event.ticket.id for event in site.events()}) == sorted(keys)
    assert "Secondary" in {one.headers["x-atlassian-webhook-flow"] for one in site.deliveries}


def test_a_status_made_after_set_up_is_asked_for(site: Any) -> None:
    site.provision()
    site.facts["status_categories"] = "1:new"
    key = site.ticket("Printer")
    site.program("POST", f"/tickets/{key}/solve")
    site.program("DELETE", "/requests")
    assert site.find(key).resolution_key
    assert "GET /rest/api/3/status" in site.asked()


def test_a_quota_pauses_the_whole_connection(site: Any) -> None:
    site.program("POST", "/faults", status=429, retry_after=600, reason="jira-quota-tenant-based", times=1)
    ours = site.connection()
    with pytest.raises(RateLimited) as caught:
        plugin.deskpulse_find_ticket(ours, site.ticket("Printer"))
    assert caught.value.retry_after == pytest.approx(600, abs=1)
    with pytest.raises(RateLimited):
        plugin.deskpulse_find_agent(ours, "712020:aa")


def test_the_issue_on_the_agents_screen(site: Any) -> None:
    ref = site.find(site.ticket("Printer")).ref
    url = plugin.deskpulse_ticket_url(site.connection(), ref)
    assert url == f"{site.url}/browse/{ref.number}"
    assert "portal" not in url
    assert requests.get(url, timeout=10).ok
    assert TicketRef(ref.id, ref.number) == ref


def grant(site: Any) -> Renewal:
    """Consent in the browser, as an administrator does; gives the renewal with the tokens in it."""
    assert KIND.oauth is not None
    client = site.simulator.oauth_client()
    callback = "https://nps.example.com/oauth/k1/callback"
    settings = {**site.simulator.access().settings, "auth": "oauth", "client_id": client.identifier}
    answer = allow(KIND.oauth.authorize_url(settings, callback, "state-1", "challenge"))
    assert answer["state"] == "state-1"
    safe = Renewal({"client_secret": client.secret})
    safe.secrets.update(KIND.oauth.exchange(site.make(settings=settings, renewal=safe), answer["code"], "v", callback))
    return safe


def test_oauth_from_consent_to_rotation(site: Any) -> None:
    safe = grant(site)
    settings = {"auth": "oauth", "client_id": site.simulator.oauth_client().identifier}
    report = plugin.deskpulse_check_connection(site.connection(safe, **settings))
    assert report.ok, report.lines
    assert any("may not make webhooks" in one for one in report.warnings)
    assert CONSENT_ENDS in report.warnings

    first = dict(safe.secrets)
    site.program("POST", "/oauth/expire")
    held = site.connection(safe, **settings)
    key = site.ticket("Printer")
    found = site.find_twice_at_once(held, key)
    assert [one.ref.id for one in found] == [key, key]
    assert safe.times == 1
    assert safe.secrets["refresh_token"] != first["refresh_token"]

    site.program("POST", "/clock", advance=3600)
    safe.secrets["refresh_token"] = first["refresh_token"]
    with pytest.raises(AuthExpired, match="refused"):
        plugin.deskpulse_find_ticket(site.connection(safe, **settings), key)


def test_a_refresh_whose_answer_was_lost_is_asked_for_again(site: Any) -> None:
    safe = grant(site)
    ours = site.connection(safe, auth="oauth", client_id=site.simulator.oauth_client().identifier)
    site.program("POST", "/oauth/expire")
    site.program("POST", "/faults", drop=True, after=True, path="/oauth/token")
    key = site.ticket("Printer")
    with pytest.raises(Unreachable):
        plugin.deskpulse_find_ticket(ours, key)
    assert plugin.deskpulse_find_ticket(ours, key).ref.id == key
