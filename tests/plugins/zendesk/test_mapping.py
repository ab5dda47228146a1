"""Zendesk's JSON to records, with anything missing that the vendor may leave out."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import Agent, Customer, EventKind, Group, Outcome
from deskpulse_zendesk import mapping

SETTINGS = {
    "segment1_field": "user:site",
    "segment2_field": "organization:region",
    "category_field": "ticket:901",
    "mapped_fields": "900, 902 903,904",
}
RAW_TICKET: dict[str, Any] = {
    "id": 5158,
    "url": "https://acme.zendesk.com/api/v2/tickets/5158.json",
    "external_id": None,
    "subject": "Printer on fire",
    "status": "solved",
    "custom_status_id": 7100000000789,
    "priority": "high",
    "type": "incident",
    "requester_id": 613,
    "submitter_id": 613,
    "assignee_id": 614,
    "group_id": 615,
    "organization_id": 616,
    "tags": ["vip"],
    "custom_fields": [
        {"id": 900, "value": "9"},
        {"id": 901, "value": "hardware_printer"},
        {"id": 902, "value": ["red", "blue"]},
        {"id": 903, "value": True},
        {"id": 904, "value": None},
        {"id": 905, "value": "not mapped"},
    ],
    "via": {"channel": "email", "source": {"from": {}, "to": {}, "rel": None}},
    "created_at": "2026-03-01T10:00:00Z",
    "updated_at": "2026-03-01T12:00:00Z",
}
RAW: dict[str, Any] = {
    "ticket": RAW_TICKET,
    "users": [
        {
            "id": 613,
            "name": "Rita",
            "email": "rita@example.com",
            "role": "end-user",
            "locale": "de",
            "active": True,
            "suspended": False,
            "user_fields": {"site": "berlin"},
        },
        {"id": 614, "name": "Anton", "email": "anton@acme.example", "role": "agent", "active": True},
    ],
    "groups": [{"id": 615, "name": "Service Desk", "deleted": False}],
    "organizations": [{"id": 616, "name": "Acme Europe", "organization_fields": {"region": "emea"}}],
}
RAW_METRICS: dict[str, Any] = {
    "ticket_id": 5158,
    "reopens": 2,
    "group_stations": 3,
    "assignee_stations": 2,
    "solved_at": "2026-03-01T11:59:00Z",
    "assigned_at": "2026-03-01T10:05:00Z",
}


def raw_ticket(**changes: Any) -> dict[str, Any]:
    return {**RAW, "ticket": {**RAW_TICKET, **changes}}


def test_a_whole_ticket() -> None:
    found = mapping.ticket(RAW, RAW_METRICS, SETTINGS)
    assert (found.ref.id, found.ref.number, found.subject) == ("5158", "5158", "Printer on fire")
    assert found.customer == Customer("613", "Rita", "rita@example.com", "de")
    assert found.agent == Agent("614", "Anton", "anton@acme.example")
    assert found.group == Group("615", "Service Desk")
    assert (found.resolution_key, found.past_resolution_keys, found.reopens) == ("2", ("0", "1"), 2)
    assert found.reassignments == 3
    assert found.created_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert found.resolved_at == datetime(2026, 3, 1, 11, 59, tzinfo=UTC)
    assert (found.channel, found.priority, found.category) == ("email", "high", "hardware_printer")
    assert (found.segment1, found.segment2) == ("berlin", "emea")
    assert (found.organisation, found.outcome, found.by_bot) == ("Acme Europe", Outcome.SOLVED, False)
    assert found.fields == {
        "user:site": "berlin",
        "organization:region": "emea",
        "ticket:901": "hardware_printer",
        "900": "9",
        "902": "red, blue",
        "903": "true",
    }


@pytest.mark.parametrize("status", ["new", "open", "pending", "hold"])
def test_an_open_ticket_has_only_past_resolutions(status: str) -> None:
    found = mapping.ticket(raw_ticket(status=status), RAW_METRICS, SETTINGS)
    assert (found.resolution_key, found.past_resolution_keys, found.resolved_at) == (None, ("0", "1"), None)


def test_closing_does_not_change_the_resolution() -> None:
    assert mapping.ticket(raw_ticket(status="closed"), RAW_METRICS, SETTINGS).resolution_key == "2"


def test_without_metrics_a_solved_ticket_is_in_its_first_resolution() -> None:
    found = mapping.ticket(RAW, None, SETTINGS)
    assert (found.resolution_key, found.past_resolution_keys) == ("0", ())
    assert (found.reopens, found.reassignments, found.resolved_at) == (None, None, None)


def test_outcomes() -> None:
    assert mapping.ticket(raw_ticket(status="closed", tags=["closed_by_merge"]), None, {}).outcome is Outcome.MERGED
    assert mapping.ticket(raw_ticket(status="deleted"), None, {}).outcome is Outcome.DELETED


def test_solved_without_an_assignee_is_solved_by_a_bot() -> None:
    assert mapping.ticket(raw_ticket(assignee_id=None), RAW_METRICS, {}).by_bot
    assert not mapping.ticket(raw_ticket(assignee_id=None, status="open"), RAW_METRICS, {}).by_bot


def test_people_who_were_not_sent_along_keep_their_ids() -> None:
    found = mapping.ticket({"ticket": RAW_TICKET}, RAW_METRICS, {})
    assert found.agent == Agent("614", "")
    assert found.customer == Customer("613", "")
    assert found.group == Group("615", "")


def test_the_type_is_the_category_where_no_field_is_named() -> None:
    assert mapping.ticket(RAW, None, {}).category == "incident"


@pytest.mark.parametrize(
    ("raw_user", "active"),
    [
        ({"role": "agent"}, True),
        ({"role": "admin", "suspended": False, "active": True}, True),
        ({"role": "agent", "suspended": True}, False),
        ({"role": "agent", "active": False}, False),
        ({"role": "end-user"}, False),
    ],
)
def test_agents_are_active_while_they_may_work(raw_user: dict[str, Any], active: bool) -> None:
    assert mapping.agent({"id": 1, "name": "A", **raw_user}).active is active


@pytest.mark.parametrize(
    ("status", "tags", "reopens", "kind", "key"),
    [
        ("solved", [], 1, EventKind.CLOSED, "1"),
        ("closed", ["closed_by_merge"], 0, EventKind.CLOSED, "0"),
        ("solved", [], None, EventKind.CLOSED, None),
        ("deleted", [], 1, EventKind.CLOSED, None),
        ("open", [], 1, EventKind.REOPENED, None),
        ("open", [], 0, None, None),
        ("open", [], None, None, None),
        ("unheard of", [], 3, None, None),
    ],
)
def test_rows_of_the_export(
    status: str, tags: list[str], reopens: int | None, kind: EventKind | None, key: str | None
) -> None:
    raw_metrics = None if reopens is None else {"reopens": reopens}
    found = mapping.exported_event({"id": 7, "status": status, "tags": tags, "updated_at": None}, raw_metrics)
    if kind is None:
        assert found is None
    else:
        assert found is not None
        assert (found.kind, found.ticket.id, found.resolution_key) == (kind, "7", key)


def paths(raw: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the sample that could be null, but for the ticket itself and its id."""
    items = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    found = [one for key, value in items for one in ((*path, key), *paths(value, (*path, key)))]
    return [one for one in found if one not in {("ticket",), ("ticket", "id")}]


def blank(raw: Any, where: list[tuple[Any, ...]]) -> Any:
    raw = copy.deepcopy(raw)
    for path in where:
        target = raw
        for step in path[:-1]:
            target = target[step] if target else None
        if target:
            target[path[-1]] = None
    return raw


@given(st.lists(st.sampled_from(paths(RAW)), max_size=12), st.lists(st.sampled_from(paths(RAW_METRICS)), max_size=6))
def test_any_null_is_a_none_and_never_an_error(in_ticket: list[tuple[Any, ...]], in_metrics: list[Any]) -> None:
    raw, raw_metrics = blank(RAW, in_ticket), blank(RAW_METRICS, in_metrics)
    found = mapping.ticket(raw, raw_metrics, SETTINGS)
    assert found.ref.id == "5158"
    assert all(found.fields.values())
    mapping.exported_event(raw["ticket"], raw_metrics)
