"""Freshdesk's JSON to records, and which solving of a ticket is meant."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.plugin_api import Agent, Customer, EventKind, Outcome, TicketRef
from deskpulse_freshdesk import mapping
from deskpulse_freshdesk.resolutions import FIELD, RESOLVED, OwnReopening, resolved_statuses, standing

NONE = mapping.Around({}, {}, {}, {})
SOLVED_AT, REOPENED_AT = "2026-03-01T15:35:21Z", "2026-03-02T08:00:00Z"
RAW: dict[str, Any] = {
    "id": 205,
    "subject": "Printer",
    "status": 4,
    "priority": 3,
    "source": 1,
    "type": "Incident",
    "requester_id": 613,
    "responder_id": 320,
    "group_id": 351,
    "company_id": 77,
    "tags": ["foo"],
    "custom_fields": {"cf_site": "Oslo", "cf_urgent": True, "cf_rooms": 3, "cf_empty": None},
    "spam": False,
    "deleted": False,
    "created_at": "2026-03-01T04:36:04Z",
    "updated_at": "2026-03-01T15:35:21Z",
    "stats": {"resolved_at": SOLVED_AT, "closed_at": None, "reopened_at": None, "status_updated_at": SOLVED_AT},
}
AROUND = mapping.Around(
    {"id": 613, "name": "Rita", "email": "rita@example.com", "custom_fields": {"location": "Berlin"}},
    {"id": 320, "contact": {"name": "Anton", "email": "anton@acme.example"}},
    {"id": 351, "name": "Service Desk"},
    {"id": 77, "name": "Acme", "custom_fields": {"region": "North"}},
)
SETTINGS = {
    "segment1_field": "contact:location",
    "segment2_field": "company:region",
    "category_field": "cf_site",
    "mapped_fields": "ticket:cf_urgent, cf_rooms cf_empty",
}


def raw_ticket(status: int = 4, **stats: Any) -> dict[str, Any]:
    raw = copy.deepcopy(RAW) | {"status": status}
    raw["stats"] |= stats
    return raw


def test_a_whole_ticket() -> None:
    found = mapping.ticket(RAW, AROUND, SETTINGS, {})
    assert (found.ref, found.subject, found.resolution_key) == (TicketRef("205", "205"), "Printer", "0")
    assert found.customer == Customer("613", "Rita", "rita@example.com")
    assert found.agent == Agent("320", "Anton", "anton@acme.example")
    assert (found.group and found.group.name, found.organisation) == ("Service Desk", "Acme")
    assert (found.segment1, found.segment2, found.category) == ("Berlin", "North", "Oslo")
    assert found.fields == {
        "contact:location": "Berlin",
        "company:region": "North",
        "cf_site": "Oslo",
        "ticket:cf_urgent": "true",
        "cf_rooms": "3",
    }
    assert (found.channel, found.priority, found.by_bot) == ("email", "high", False)
    assert found.created_at == datetime(2026, 3, 1, 4, 36, 4, tzinfo=UTC)
    assert found.resolved_at == datetime(2026, 3, 1, 15, 35, 21, tzinfo=UTC)
    assert (found.reopens, found.reassignments) == (None, None)


def test_nobody_responsible_no_group_and_no_company_are_normal() -> None:
    raw = RAW | {"responder_id": None, "group_id": None, "company_id": None, "source": 99}
    found = mapping.ticket(raw, NONE, {}, {})
    assert (found.agent, found.group, found.organisation, found.category) == (None, None, None, "Incident")
    assert (found.by_bot, found.channel) == (True, "99")
    assert mapping.ticket(raw | {"status": 2}, NONE, {}, {}).by_bot is False


def test_a_requester_who_is_an_agent() -> None:
    raw_agent = {"id": 320, "contact": {"name": "Anton", "email": "anton@acme.example"}}
    found = mapping.ticket(RAW | {"requester_id": 320}, mapping.Around(raw_agent, raw_agent, {}, {}), {}, {})
    assert found.customer == Customer("320", "Anton", "anton@acme.example")


@pytest.mark.parametrize(
    ("raw", "active"),
    [
        ({"id": 1, "contact": {"name": "A", "active": False}}, True),
        ({"id": 1, "deactivated": True, "contact": {"name": "A"}}, False),
        ({"id": 1, "name": "A", "email": None}, False),
    ],
)
def test_name_and_address_of_an_agent_lie_inside_contact(raw: dict[str, Any], active: bool) -> None:
    found = mapping.agent(raw)
    assert (found.id, found.name, found.active) == ("1", "A", active)


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [({"deleted": True}, Outcome.DELETED), ({"spam": True}, Outcome.SPAM), ({}, Outcome.SOLVED)],
)
def test_deleted_and_spam_are_outcomes(raw: dict[str, Any], outcome: Outcome) -> None:
    assert mapping.ticket(RAW | raw, NONE, {}, {}).outcome is outcome


# -- which solving


def key(raw: dict[str, Any], **settings: str) -> tuple[str | None, tuple[str, ...]]:
    found = standing(raw, resolved_statuses(settings), FIELD)
    return found.key, found.past


def test_the_first_solving_a_reopening_and_the_next_solving() -> None:
    assert key(raw_ticket(2, resolved_at=None)) == (None, ())
    assert key(raw_ticket(4)) == ("0", ())
    assert key(raw_ticket(5, closed_at=REOPENED_AT)) == ("0", ()), "closing changes nothing"
    reopened = {"reopened_at": REOPENED_AT, "status_updated_at": REOPENED_AT}
    assert key(raw_ticket(2, resolved_at=None, **reopened)) == (None, ("0",))
    assert key(raw_ticket(2, resolved_at=SOLVED_AT, **reopened)) == (None, ("0",)), "also where resolved_at is kept"
    again = {"reopened_at": REOPENED_AT, "status_updated_at": "2026-03-03T08:00:00Z"}
    assert key(raw_ticket(4, **again)) == key(raw_ticket(5, **again)) == (REOPENED_AT, ("0",))


def test_statuses_of_ones_own_count_where_they_are_named() -> None:
    assert key(raw_ticket(8)) == (None, ())
    assert key(raw_ticket(8, resolved_at=None), resolved_statuses="8, 9") == ("0", ())
    assert key(raw_ticket(4), resolved_statuses="8") == ("0", ()), "besides Freshdesk's own two"
    found = mapping.ticket(raw_ticket(8, resolved_at=None), NONE, {"resolved_statuses": "8"}, {})
    assert found.resolved_at == datetime(2026, 3, 1, 15, 35, 21, tzinfo=UTC)


def test_a_moment_before_the_last_reopening_belongs_to_an_earlier_solving() -> None:
    """A status of the account's own sets neither resolved_at nor closed_at, and may leave the old one standing."""
    raw = raw_ticket(8, reopened_at=REOPENED_AT, status_updated_at="2026-03-03T08:00:00Z")
    settings = {"resolved_statuses": "8"}
    solved = datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert mapping.ticket(raw, NONE, settings, {}).resolved_at == solved
    event = mapping.listed_event(raw, settings, {})
    assert event is not None
    assert event.at == solved


OURS = OwnReopening("0", 4, datetime(2026, 3, 2, 7, 59, tzinfo=UTC), datetime(2026, 3, 2, 8, 14, tzinfo=UTC))


def with_ours(raw: dict[str, Any], ours: object = OURS) -> dict[str, Any]:
    raw["custom_fields"][FIELD] = str(ours)
    return raw


def test_our_own_reply_ends_no_solving() -> None:
    reopened = {"reopened_at": REOPENED_AT, "status_updated_at": REOPENED_AT}
    assert key(with_ours(raw_ticket(2, resolved_at=None, **reopened))) == ("0", ()), "while we reply"
    restored = {"reopened_at": REOPENED_AT, "status_updated_at": "2026-03-02T08:00:02Z"}
    closed = OwnReopening(OURS.key, 4, OURS.since, datetime(2026, 3, 2, 8, tzinfo=UTC))
    assert key(with_ours(raw_ticket(4, **restored), closed)) == ("0", ()), "after the status was set back"
    later = {"reopened_at": "2026-03-04T08:00:00Z", "status_updated_at": "2026-03-04T08:00:00Z"}
    assert key(with_ours(raw_ticket(2, **later), closed)) == (None, ("0",)), "a customer's reopening does"
    assert key(with_ours(raw_ticket(4, **later), closed)) == ("2026-03-04T08:00:00Z", ("0",))


def test_an_earlier_solving_that_we_noted_is_known_to_be_past() -> None:
    ours = OwnReopening(REOPENED_AT, 5, OURS.since + timedelta(days=1), OURS.until + timedelta(days=1))
    later = {"reopened_at": "2026-03-09T08:00:00Z", "status_updated_at": "2026-03-09T08:00:00Z"}
    assert key(with_ours(raw_ticket(2, **later), ours)) == (None, ("0", REOPENED_AT))


@pytest.mark.parametrize(
    "words", ["", "hello", "0 4 x y", "0 4 2026-03-01", "0 four 2026-03-01T00:00Z 2027-01-01T00:00Z"]
)
def test_what_somebody_else_wrote_into_our_field_is_passed_over(words: str) -> None:
    assert OwnReopening.read(words) is None
    assert key(with_ours(raw_ticket(4), words)) == ("0", ())


def test_what_we_note_is_read_again() -> None:
    assert OwnReopening.read(str(OURS)) == OURS


# -- rows of the list


@pytest.mark.parametrize(
    ("raw", "kind", "resolution"),
    [
        (raw_ticket(4), EventKind.CLOSED, "0"),
        (raw_ticket(5, reopened_at=REOPENED_AT), EventKind.CLOSED, REOPENED_AT),
        (raw_ticket(2, reopened_at=REOPENED_AT, status_updated_at=REOPENED_AT), EventKind.REOPENED, None),
        (raw_ticket(2) | {"deleted": True}, EventKind.CLOSED, None),
        (raw_ticket(4) | {"spam": True}, EventKind.CLOSED, None),
    ],
)
def test_a_listed_ticket_tells_what_became_of_it(raw: dict[str, Any], kind: EventKind, resolution: str | None) -> None:
    event = mapping.listed_event(raw, {}, {})
    assert event is not None
    assert (event.kind, event.ticket.id, event.resolution_key) == (kind, "205", resolution)


def test_an_open_ticket_or_a_row_without_id_tells_nothing() -> None:
    assert mapping.listed_event(raw_ticket(3), {}, {}) is None
    assert mapping.listed_event(raw_ticket(4) | {"id": None}, {}, {}) is None


def paths(raw: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    return [found for name, value in inner for found in [(*path, name), *paths(value, (*path, name))]]


@given(st.lists(st.sampled_from([path for path in paths(RAW) if path != ("id",)]), max_size=12))
def test_any_null_is_a_none_and_never_an_error(blanks: list[tuple[Any, ...]]) -> None:
    raw: Any = copy.deepcopy(RAW)
    for *way, last in blanks:
        place = raw
        for name in way:
            place = place[name] if place is not None else None
        if place is not None:
            place[last] = None
    found = mapping.ticket(raw, AROUND, SETTINGS, {})
    assert found.ref.id == "205"
    assert all(found.fields.values())
    mapping.listed_event(raw, SETTINGS, {})


def test_resolved_and_closed_are_freshdesks_own() -> None:
    assert resolved_statuses({}) == RESOLVED == {4, 5}
