"""The plug-in against the simulator over loopback HTTP: set-up, calls, look-ups, groups, write-back, access."""

from __future__ import annotations

from typing import Any

import pytest

from deskpulse.plugin_api import (
    AuthExpired,
    Change,
    EventKind,
    Group,
    ProvisionPlan,
    ProvisionReport,
    ReceiptState,
    Result,
    TicketRef,
    Unreachable,
)
from deskpulse.testing.factories import Renewal, make_connection, make_result
from deskpulse_servicenow import plugin, wanted
from deskpulse_servicenow.client import PAGE
from deskpulse_servicenow.kind import KIND

ANTON, RITA = "anton@acme.example", "rita@example.com"
UPDATE_SET = plugin.deskpulse_panel_bundle(make_connection("servicenow")).content


def changes(report: ProvisionReport) -> set[Change]:
    return {step.change for step in report.steps}


def groups(desk: Any, **settings: str) -> dict[str, Group]:
    return {group.name: group for group in plugin.deskpulse_sync_groups(desk.connection(**settings))}


# -- set-up


def test_the_connection_can_be_checked(desk: Any) -> None:
    report = plugin.deskpulse_check_connection(desk.connection())
    assert report.ok, report.lines
    desk.simulator.back_out()
    missing = plugin.deskpulse_check_connection(desk.connection())
    assert missing.ok, "the update set is written for a connection that was added"
    assert any("update set" in warning for warning in missing.warnings)


def test_a_check_tells_where_a_note_may_come_twice(desk: Any) -> None:
    plugin.deskpulse_write_back(desk.connection(), TicketRef(desk.ticket("Printer")), make_result(customer_id=None))
    desk.program("POST", "/switches", hidden={"sys_journal_field": "element=work_notes"})
    report = plugin.deskpulse_check_connection(desk.connection())
    assert any("written twice" in warning for warning in report.warnings)


def test_a_check_tells_what_hides_from_us(desk: Any) -> None:
    desk.program("POST", "/switches", hidden={"sys_user_group": "nameISNOTEMPTY"})
    report = plugin.deskpulse_check_connection(desk.connection())
    assert not report.ok
    assert any("hides" in line for line in report.lines)


def test_a_check_tells_of_columns_that_are_not_there(desk: Any) -> None:
    settings = {"group_filter": "tpye=x^ORname=Field", "mapped_fields": "u_nothing, caller_id.locaton priority"}
    warnings = " ".join(plugin.deskpulse_check_connection(desk.connection(**settings)).warnings)
    assert "sys_user_group has no column tpye" in warnings
    assert "incident has no column u_nothing" in warnings
    assert "caller_id.locaton" in warnings
    assert "priority" not in warnings


def test_a_check_tells_of_calls_that_were_given_up(desk: Any) -> None:
    desk.api(
        "POST", "u_deskpulse_outbox", {"u_event_id": "e", "u_state": "dead", "u_last_error": "DeskPulse answered 500"}
    )
    assert any("500" in warning for warning in plugin.deskpulse_check_connection(desk.connection()).warnings)


def test_without_the_update_set_the_set_up_says_so_and_writes_nothing(desk: Any) -> None:
    desk.simulator.back_out()
    report = desk.provision()
    assert report.steps == ()
    assert "u_nps_response" in report.manual_steps[0]
    assert not [one for one in desk.program("GET", "/requests") if one["method"] != "GET"]


def test_set_up_shown_done_repeated_repaired_and_undone(desk: Any) -> None:
    shown = desk.provision(dry_run=True)
    assert (changes(shown), dict(shown.secrets)) == ({Change.CREATE}, {})
    done = desk.provision()
    assert [step.what for step in done.steps] == [step.what for step in shown.steps]
    assert changes(desk.provision()) == {Change.KEEP}
    address = desk.rows("sys_properties", f"name={wanted.ADDRESS}")[0]
    desk.api("PATCH", f"sys_properties/{address['sys_id']}", {"value": "https://elsewhere.example"})
    assert [step.what for step in desk.provision().steps if step.change is Change.REPAIR] == [
        f"system property {wanted.ADDRESS}"
    ]
    removed = desk.provision(remove=True)
    assert changes(removed) == {Change.REMOVE}
    assert any("Back Out" in step for step in removed.manual_steps)
    assert not [row for row in desk.rows("sys_properties", "nameSTARTSWITHdeskpulse.") if row["value"]]


def test_a_new_secret_takes_the_old_ones_place(desk: Any) -> None:
    desk.provision()
    desk.secrets["signing_secret"] = "chosen by an administrator"
    repaired = [step for step in desk.provision().steps if step.change is Change.REPAIR]
    assert [step.what for step in repaired] == [f"system property {wanted.SECRET}"]
    desk.program("POST", f"/tickets/{desk.ticket('Printer')}/solve")
    assert KIND.scheme.verify(desk.arrived()[0], ["chosen by an administrator"])


def test_what_may_not_be_written_is_to_be_entered_by_hand(desk: Any) -> None:
    desk.program("POST", "/switches", unwritable={"sys_properties": ["value"]}, field_acl_refuses=True)
    report = desk.provision()
    assert not report.steps
    assert f"Enter as the system property {wanted.ADDRESS}: {desk.inlet_url}" in report.manual_steps
    assert not any(report.secrets["signing_secret"] in step for step in report.manual_steps)
    entered = plugin.deskpulse_panel_bundle(desk.connection()).settings
    desk.simulator.install_app(UPDATE_SET, {**entered, wanted.ADDRESS: desk.inlet_url})
    desk.program("POST", f"/tickets/{desk.ticket('Printer')}/solve")
    assert KIND.scheme.verify(desk.arrived()[0], [report.secrets["signing_secret"]])


def test_a_user_who_may_not_look_at_the_dictionary_can_set_up_all_the_same(desk: Any) -> None:
    desk.program("POST", "/switches", hidden={"sys_dictionary": "nameISNOTEMPTY"})
    assert changes(desk.provision()) == {Change.CREATE}


def test_an_address_without_a_secret_calls_nobody(desk: Any) -> None:
    desk.simulator.install_app(UPDATE_SET, {wanted.ADDRESS: desk.inlet_url})
    desk.program("POST", f"/tickets/{desk.ticket('Printer')}/solve")
    assert not desk.arrived()


def test_loading_the_set_anew_keeps_what_was_entered(desk: Any) -> None:
    desk.provision()
    desk.simulator.install_app(UPDATE_SET, {})
    desk.program("POST", f"/tickets/{desk.ticket('Printer')}/solve")
    assert KIND.scheme.verify(desk.arrived()[0], [desk.secrets["signing_secret"]])
    assert Change.REPAIR not in changes(desk.provision())


def test_states_of_the_settings_reach_the_rule(desk: Any) -> None:
    plan = ProvisionPlan(desk.inlet_url)
    desk.secrets.update(plugin.deskpulse_provision(desk.connection(incident_states="7"), plan).secrets)
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    assert not desk.arrived()
    desk.program("POST", f"/tickets/{key}/close")
    assert [event.kind for event in desk.events()] == [EventKind.CLOSED]


def test_a_property_that_the_import_left_out_is_made(desk: Any) -> None:
    desk.api("DELETE", f"sys_properties/{desk.rows('sys_properties', f'name={wanted.SECRET}')[0]['sys_id']}")
    report = desk.provision()
    assert (changes(report), report.manual_steps) == ({Change.CREATE}, ())
    (made,) = desk.rows("sys_properties", f"name={wanted.SECRET}")
    assert (made["type"], made["is_private"]) == ("password2", "true")
    desk.program("POST", f"/tickets/{desk.ticket('Printer')}/solve")
    assert KIND.scheme.verify(desk.arrived()[0], [desk.secrets["signing_secret"]])


# -- calls


def test_closing_ends_no_resolution_where_only_resolving_is_asked_about(desk: Any) -> None:
    key, settings = desk.ticket("Printer"), {"incident_states": "6"}
    for step, resolution in (("solve", "0"), ("close", "0")):
        desk.program("POST", f"/tickets/{key}/{step}")
        found = plugin.deskpulse_find_ticket(desk.connection(**settings), key)
        assert found is not None
        assert (found.resolution_key, found.resolved_at is None) == (resolution, False)


def test_resolving_then_closing_calls_twice_with_one_key(desk: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    desk.program("POST", f"/tickets/{key}/close")
    events = desk.events()
    assert [(event.kind, event.ticket.id, event.resolution_key) for event in events] == [
        (EventKind.CLOSED, key, "0")
    ] * 2
    ids = [KIND.scheme.verify(one, [desk.secrets["signing_secret"]]).delivery_id for one in desk.arrived()]
    assert ids == [f"{key}:6:0", f"{key}:7:0"]
    assert desk.find(key).resolution_key == "0"


def test_a_requested_item_is_resolved_once(desk: Any) -> None:
    desk.provision()
    key = desk.item()
    desk.program("POST", f"/tickets/{key}/solve")
    (event,) = desk.events()
    found = desk.find(key)
    assert event.resolution_key == found.resolution_key
    assert found.customer.email == RITA
    pages = plugin.deskpulse_closed_since(desk.connection(), "2020-01-01T00:00:00+00:00")
    told = [event for events, _ in pages for event in events if event.ticket.id == key]
    assert [event.resolution_key for event in told] == [found.resolution_key]
    assert plugin.deskpulse_ticket_url(desk.connection(), found.ref).endswith(f"sc_req_item.do%3Fsys_id%3D{key}")


@pytest.mark.parametrize("state", ["8", "3"])
def test_cancelled_and_waiting_incidents_call_nobody(desk: Any, state: str) -> None:
    desk.provision()
    desk.api("PATCH", f"incident/{desk.ticket('Printer')}", {"state": state})
    assert not desk.arrived()


def test_a_reopen_is_told_and_the_next_solving_is_another(desk: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    for step in ("solve", "reopen", "solve"):
        desk.program("POST", f"/tickets/{key}/{step}")
        assert desk.simulator.wait_idle(10)
    kinds = [(event.kind, event.resolution_key) for event in desk.events()]
    assert kinds == [(EventKind.CLOSED, "0"), (EventKind.REOPENED, None), (EventKind.CLOSED, "1")]
    assert desk.find(key).past_resolution_keys == ("0",)


def test_our_own_updates_call_nobody(desk: Any, result: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    user = (desk.simulator.access().settings["user_name"], desk.simulator.access().secrets["password"])
    assert desk.rows("sys_properties", f"name={wanted.USER}")[0]["value"] == user[0]
    desk.program("POST", f"/tickets/{key}/solve")
    plugin.deskpulse_write_back(desk.connection(), TicketRef(key), result(customer_id=None))
    assert len(desk.arrived()) == 1


def test_a_removed_connection_is_called_no_more(desk: Any) -> None:
    desk.provision()
    desk.provision(remove=True)
    desk.program("POST", f"/tickets/{desk.ticket('Printer')}/solve")
    assert not desk.arrived()


# -- reading


def test_tickets_are_found_by_id_and_number(desk: Any) -> None:
    key = desk.ticket("Printer")
    found = desk.find(key, segment1_field="customer.location")
    assert desk.find(found.ref.number, segment1_field="customer.location") == found
    assert (found.segment1, found.customer.email) == ("Berlin", RITA)
    assert desk.find("INC9999999") is None


def test_a_hidden_ticket_is_unknown(desk: Any) -> None:
    key = desk.ticket("Printer")
    desk.program("POST", "/switches", hidden={"incident": f"sys_id={key}"})
    assert desk.find(key) is None


def test_departments_and_leads_are_suggested(desk: Any) -> None:
    parent = desk.api("POST", "sys_user_group", {"name": "IT", "active": "true"})["sys_id"]
    anton = desk.rows("sys_user", f"email={ANTON}")[0]["sys_id"]
    field = desk.rows("sys_user_group", "name=Field")[0]["sys_id"]
    desk.api("PATCH", f"sys_user_group/{field}", {"parent": parent, "manager": anton})
    found = groups(desk, group_filter="name=Field")
    assert set(found) == {"Field", "IT"}, "what stands above comes too"
    assert found["Field"].parent_id == found["IT"].id == parent
    assert found["Field"].lead is not None
    assert found["Field"].lead.email == ANTON
    assert {agent.email for agent in found["Field"].members} == {ANTON, "bea@acme.example"}


def test_an_ended_membership_is_gone_at_the_next_synchronisation(desk: Any) -> None:
    row = desk.rows("sys_user_grmember", f"user.email={ANTON}^group.name=Field")[0]
    desk.api("DELETE", f"sys_user_grmember/{row['sys_id']}")
    assert {agent.email for agent in groups(desk)["Field"].members} == {"bea@acme.example"}


def test_thousands_of_groups_take_no_more_calls_than_pages(desk: Any) -> None:
    desk.program("POST", "/populate", groups=1200, agents=3000)
    desk.program("DELETE", "/requests")
    found = groups(desk)
    assert len(found) > 1200
    calls = [one for one in desk.program("GET", "/requests") if "/sys_user_gr" in one["path"]]
    memberships = len(desk.rows("sys_user_grmember"))
    assert len(calls) <= -(-len(found) // PAGE) + -(-memberships // PAGE) + 2


def test_rows_hidden_in_between_do_not_end_a_list(desk: Any) -> None:
    desk.program("POST", "/populate", groups=1200, agents=0)
    every = set(groups(desk))
    desk.program("POST", "/switches", hidden={"sys_user_group": "sys_id<8"})
    found = set(groups(desk))
    assert found
    assert found < every
    wished = {row["name"] for row in desk.rows("sys_user_group", "sys_id>=8")}
    assert found == wished


def test_an_answer_cut_off_is_asked_again(desk: Any) -> None:
    desk.program("POST", "/populate", groups=600, agents=0)
    desk.program("POST", "/switches", truncate_lists=2)
    assert len(groups(desk)) >= 600


def test_a_sleeping_instance_is_unreachable(desk: Any) -> None:
    desk.program("POST", "/switches", html_pages=1)
    with pytest.raises(Unreachable):
        desk.find(desk.ticket("Printer"))


def test_an_automatic_closing_is_found_and_means_the_same_resolution(desk: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    before = desk.find(key).resolution_key
    desk.program("POST", "/clock", advance=8 * 86_400)
    found = desk.find(key)
    assert desk.program("GET", f"/tickets/{key}")["fields"]["state"] == "7"
    assert found.resolution_key == before == "0"
    pages = plugin.deskpulse_closed_since(desk.connection(), "2020-01-01T00:00:00+00:00")
    assert [event.resolution_key for events, _ in pages for event in events if event.ticket.id == key] == ["0"]


# -- write-back


def test_an_answer_after_closing_is_kept(desk: Any, result: Any) -> None:
    desk.provision()
    key = desk.ticket("Printer")
    desk.program("POST", f"/tickets/{key}/solve")
    desk.program("POST", f"/tickets/{key}/close")
    rita = desk.rows("sys_user", f"email={RITA}")[0]["sys_id"]
    answer: Result = result(customer_id=rita)
    for _ in range(2):
        receipt = plugin.deskpulse_write_back(desk.connection(), TicketRef(key), answer)
        assert receipt.state is ReceiptState.PARTLY
        assert "closed" in receipt.detail
    (row,) = desk.rows("u_nps_response")
    assert (row["u_score"], row["u_task"]["value"], row["u_key"]) == ("9", key, answer.key)
    assert desk.rows("sys_user", f"sys_id={rita}")[0]["u_nps_last_score"] == "9"


def test_the_columns_are_ours_to_write_and_no_others_of_a_user(desk: Any, result: Any) -> None:
    key = desk.ticket("Printer")
    rita = desk.rows("sys_user", f"email={RITA}")[0]["sys_id"]
    assert plugin.deskpulse_write_back(desk.connection(), TicketRef(key), result(customer_id=rita)).state is (
        ReceiptState.DONE
    )
    fields = desk.program("GET", f"/tickets/{key}")["fields"]
    assert (fields["u_nps_score"], fields["u_nps_at"]) == ("9", "2026-03-05 23:30:00")
    assert not [note for note in desk.program("GET", f"/tickets/{key}")["notes"] if note["public"]]


# -- access


def test_oauth_survives_tokens_that_end(desk: Any) -> None:
    client_id, secret = desk.simulator.oauth_client()
    access = desk.simulator.access()
    renewal = Renewal({**access.secrets, "client_secret": secret})
    settings = {**access.settings, "auth": "oauth", "client_id": client_id}
    for _ in range(2):
        connection = desk.make(settings=settings, renewal=renewal)
        assert plugin.deskpulse_find_ticket(connection, desk.ticket("Printer"))
        desk.program("POST", "/oauth/expire")
    assert renewal.times == 2
    renewal.secrets["refresh_token"] = "worthless"
    assert plugin.deskpulse_find_ticket(desk.make(settings=settings, renewal=renewal), desk.ticket("Printer"))


def test_client_credentials_and_api_keys_open_too(desk: Any) -> None:
    client_id, secret = desk.simulator.oauth_client()
    desk.program("POST", "/properties", **{"glide.oauth.inbound.client.credential.grant_type.enabled": "true"})
    access = desk.simulator.access()
    for settings, secrets in (
        ({"auth": "client_credentials", "client_id": client_id}, {"client_secret": secret}),
        ({"auth": "api_key"}, {"api_key": desk.simulator.api_key()}),
    ):
        connection = desk.make(settings={**access.settings, **settings}, secrets=secrets)
        assert plugin.deskpulse_check_connection(connection).ok
        wrong = desk.make(settings=connection.settings, secrets=dict.fromkeys(secrets, "worthless"))
        with pytest.raises(AuthExpired):
            plugin.deskpulse_find_ticket(wrong, desk.ticket("Printer"))
