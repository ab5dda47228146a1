"""Records from ServiceNow's three shapes of a value; states and people per table."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import Agent, Customer, EventKind, TicketRef
from deskpulse_servicenow import mapping
from deskpulse_servicenow.client import shown, value
from deskpulse_servicenow.tables import INCIDENT, ITEM, states_property, watched

KEY, CALLER, AGENT, GROUP = "9d" * 16, "46" * 16, "68" * 16, "28" * 16


def pair(raw: str, text: str | None = None) -> dict[str, Any]:
    """As ``sysparm_display_value=all`` gives a value."""
    return {"display_value": raw if text is None else text, "value": raw}


def incident(**changes: Any) -> dict[str, Any]:
    raw = {
        "sys_id": pair(KEY),
        "number": pair("INC0010007"),
        "short_description": pair("Printer on fire"),
        "state": pair("6", "Resolved"),
        "active": pair("true"),
        "opened_by": pair("glide.maint"),
        "caller_id": pair(CALLER, "Ada Berg"),
        "caller_id.name": pair("Ada Berg"),
        "caller_id.email": pair("ada@example.com"),
        "caller_id.active": pair("true"),
        "caller_id.preferred_language": pair("de"),
        "caller_id.company": pair("31" * 16, "ACME Nord"),
        "caller_id.location": pair("aa" * 16, "Oslo"),
        "assigned_to": pair(AGENT, "Luc Roy"),
        "assigned_to.name": pair("Luc Roy"),
        "assigned_to.email": pair("luc@example.com"),
        "assigned_to.active": pair("true"),
        "assignment_group": pair(GROUP, "Network"),
        "assignment_group.active": pair("true"),
        "company": pair("31" * 16, "ACME"),
        "contact_type": pair("email", "Email"),
        "priority": pair("2", "2 - High"),
        "category": {"display_value": None, "value": ""},
        "reopen_count": pair("1"),
        "reassignment_count": pair("2000", "2,000"),
        "resolved_at": pair("2026-01-05 09:00:00", "05.01.2026 10:00:00"),
        "closed_at": pair(""),
        "sys_created_on": pair("2026-01-04 08:00:00", "04.01.2026 9:00:00"),
        "sys_updated_on": pair("2026-01-05 09:00:01"),
    }
    return {**raw, **changes}


def item(**changes: Any) -> dict[str, Any]:
    raw = {
        "sys_id": pair(KEY),
        "number": pair("RITM0010001"),
        "short_description": pair("A chair"),
        "state": pair("3", "Closed Complete"),
        "request.requested_for": pair(CALLER, "Ada Berg"),
        "request.requested_for.name": pair("Ada Berg"),
        "request.requested_for.email": pair("ada@example.com"),
        "cat_item": pair("cc" * 16, "Office chair"),
        "closed_at": pair("2026-01-05 09:00:00"),
        "sys_updated_on": pair("2026-01-05 09:00:00"),
    }
    return {**raw, **changes}


def test_a_resolved_incident_is_read_whole() -> None:
    found = mapping.ticket(incident(), INCIDENT, {"segment1_field": "customer.location", "mapped_fields": "priority"})
    assert found.ref == TicketRef(KEY, "INC0010007")
    assert found.customer == Customer(CALLER, "Ada Berg", "ada@example.com", "de")
    assert found.agent == Agent(AGENT, "Luc Roy", "luc@example.com")
    assert found.group is not None
    assert (found.group.id, found.group.name) == (GROUP, "Network")
    assert (found.resolution_key, found.past_resolution_keys, found.reopens) == ("1", ("0",), 1)
    assert found.resolved_at == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert found.created_at == datetime(2026, 1, 4, 8, tzinfo=UTC)
    assert (found.priority, found.channel, found.organisation) == ("2 - High", "email", "ACME")
    assert found.segment1 == "Oslo"
    assert found.fields == {"customer.location": "Oslo", "priority": "2 - High"}
    assert found.category is None
    assert found.reassignments == 2000


def test_closing_a_resolved_incident_is_the_same_resolution() -> None:
    resolved = mapping.ticket(incident(), INCIDENT, {})
    closed = mapping.ticket(incident(state=pair("7"), closed_at=pair("2026-01-12 09:00:00")), INCIDENT, {})
    assert resolved.resolution_key == closed.resolution_key == "1"
    assert resolved.resolved_at == closed.resolved_at


@pytest.mark.parametrize("state", ["1", "2", "3", "8", "", "-5"])
def test_an_open_or_cancelled_incident_is_not_resolved(state: str) -> None:
    found = mapping.ticket(incident(state=pair(state)), INCIDENT, {})
    assert (found.resolution_key, found.resolved_at) == (None, None)
    assert found.past_resolution_keys == ("0",)


@pytest.mark.parametrize(("state", "resolved"), [("3", True), ("4", True), ("7", False), ("1", False), ("-5", False)])
def test_numbers_of_states_mean_other_things_for_requested_items(state: str, resolved: bool) -> None:
    found = mapping.ticket(item(state=pair(state)), ITEM, {})
    assert (found.resolution_key is not None) is resolved


def test_states_are_settings() -> None:
    settings = {"incident_states": "7", "request_item_states": "-"}
    assert mapping.ticket(incident(), INCIDENT, settings).resolution_key is None
    assert [table.name for table in watched(settings)] == ["incident"]
    assert states_property(settings) == '{"incident":"7","sc_req_item":""}'
    assert states_property({}) == '{"incident":"6,7","sc_req_item":"3,4"}'


def test_an_item_was_asked_for_by_whom_it_was_requested_for() -> None:
    old = mapping.ticket(item(), ITEM, {})
    new = mapping.ticket(item(requested_for=pair("77" * 16, "Bo")), ITEM, {})
    assert old.customer == Customer(CALLER, "Ada Berg", "ada@example.com")
    assert new.customer == Customer("77" * 16, "Bo")
    assert (old.resolution_key, old.category) == ("2026-01-05T09:00:00", "Office chair")


def test_whoever_opened_an_incident_did_not_ask() -> None:
    assert mapping.ticket(incident(caller_id=pair("")), INCIDENT, {}).customer is None


def test_without_an_assignee_whoever_resolved_it_counts_and_a_service_is_a_bot() -> None:
    nobody = {"assigned_to": pair(""), "resolved_by": pair("bb" * 16, "Bo"), "resolved_by.name": pair("Bo")}
    assert mapping.ticket(incident(**nobody), INCIDENT, {}).agent == Agent("bb" * 16, "Bo")
    service = {**nobody, "resolved_by.web_service_access_only": pair("true")}
    by_service = mapping.ticket(incident(**service), INCIDENT, {})
    assert (by_service.agent, by_service.by_bot) == (None, True)
    assert not mapping.ticket(incident(assigned_to=pair(""), state=pair("2")), INCIDENT, {}).by_bot


def test_locked_out_and_inactive_people_are_inactive() -> None:
    assert not mapping.user_agent({"sys_id": pair(AGENT), "active": pair("false")}).active
    assert not mapping.user_agent({"sys_id": pair(AGENT), "active": pair("true"), "locked_out": pair("true")}).active
    membership = {"user": pair(AGENT, "Luc"), "user.active": pair("false")}
    assert mapping.member(membership) == Agent(AGENT, "Luc", active=False)


def test_a_groups_manager_and_parent_are_suggested() -> None:
    raw = {"sys_id": pair(GROUP), "name": pair("Network"), "active": pair("false"), "parent": pair("99" * 16, "IT")}
    found = mapping.group({**raw, "manager": pair(AGENT, "Luc"), "manager.email": pair("luc@example.com")})
    assert (found.parent_id, found.active) == ("99" * 16, False)
    assert found.lead == Agent(AGENT, "Luc", "luc@example.com")
    assert mapping.group({**raw, "manager": "", "parent": ""}).lead is None


@pytest.mark.parametrize(
    ("raw", "raw_value", "text"),
    [
        ("6", "6", "6"),
        ({"display_value": "Resolved", "value": "6"}, "6", "Resolved"),
        ({"display_value": "Joe", "link": "https://x/sys_user/1", "value": "1"}, "1", "Joe"),
        ({"link": "https://x/sys_user/1", "value": "1"}, "1", "1"),
        ({"display_value": None, "value": ""}, "", ""),
        ("", "", ""),
        (None, "", ""),
        ({"display_value": "2,000", "value": "2000"}, "2000", "2,000"),
        (True, "true", "true"),
        (7, "7", "7"),
        (["x"], "", ""),
    ],
)
def test_every_shape_of_a_value_is_read(raw: Any, raw_value: str, text: str) -> None:
    assert (value(raw), shown(raw)) == (raw_value, text)


def test_a_changed_row_tells_of_a_resolution_or_a_reopen() -> None:
    closed = mapping.exported_event(incident(), INCIDENT, {})
    assert closed is not None
    assert (closed.kind, closed.resolution_key) == (EventKind.CLOSED, "1")
    reopened = mapping.exported_event(incident(state=pair("2")), INCIDENT, {})
    assert reopened is not None
    assert reopened.kind is EventKind.REOPENED
    assert mapping.exported_event(incident(state=pair("2"), reopen_count=pair("0")), INCIDENT, {}) is None
    assert mapping.exported_event(item(state=pair("2")), ITEM, {}) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["value", "display_value"]), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(incident())), JSON))
def test_no_value_can_break_the_reading(changes: dict[str, Any]) -> None:
    found = mapping.ticket({**incident(), **changes}, INCIDENT, {"mapped_fields": "category caller_id.location"})
    assert all(isinstance(text, str) for text in found.fields.values())
    mapping.exported_event({**incident(), **changes}, INCIDENT, {})
