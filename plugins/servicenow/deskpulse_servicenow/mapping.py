"""ServiceNow's records to ours. Pure; anything that an instance may leave empty may be empty here.

Every field comes as a pair of raw and shown value: ids, states, numbers and times are taken raw (times are in UTC there
without saying so), names and choices as they are shown.
https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deskpulse.plugin_api import Agent, Customer, EventKind, Group, Ticket, TicketEvent, TicketRef
from deskpulse_servicenow.client import shown, value
from deskpulse_servicenow.tables import Table

Raw = Mapping[str, Any]

FIELD_SETTINGS = ("segment1_field", "segment2_field", "category_field", "mapped_fields")
CUSTOMER = "customer."
"""At the beginning of a mapped field: the person who asked, whatever the table calls them."""
COMMON = (
    "sys_id",
    "number",
    "short_description",
    "state",
    "active",
    "assigned_to",
    "assigned_to.name",
    "assigned_to.email",
    "assigned_to.active",
    "assigned_to.locked_out",
    "assignment_group",
    "assignment_group.name",
    "assignment_group.active",
    "company",
    "contact_type",
    "priority",
    "closed_at",
    "reassignment_count",
    "sys_created_on",
    "sys_updated_on",
)
PERSON = ("name", "email", "active", "locked_out", "preferred_language", "company")
USER = ("sys_id", "name", "email", "active", "locked_out", "preferred_language")
GROUP = (
    "sys_id",
    "name",
    "active",
    "parent",
    "manager",
    "manager.name",
    "manager.email",
    "manager.active",
    "manager.locked_out",
)
MEMBERSHIP = ("sys_id", "group", "user", "user.name", "user.email", "user.active", "user.locked_out")
EXPORTED = ("sys_id", "number", "state", "closed_at", "resolved_at", "reopen_count", "sys_updated_on")


def wanted(table: Table, settings: Mapping[str, str]) -> tuple[str, ...]:
    """The fields to ask for of a ticket, with those that the connection maps."""
    people = [column for who in table.requester for column in (who, *(f"{who}.{name}" for name in PERSON))]
    mapped = [column for one in mapped_fields(settings) for column in columns_of(one, table)]
    return tuple(dict.fromkeys((*COMMON, *table.own, *people, *mapped)))


def mapped_fields(settings: Mapping[str, str]) -> tuple[str, ...]:
    """Every field that the connection maps, as an administrator named it."""
    words = (word for name in FIELD_SETTINGS for word in re.split(r"[,\s]+", settings.get(name) or ""))
    return tuple(dict.fromkeys(filter(None, words)))


def columns_of(field: str, table: Table) -> tuple[str, ...]:
    """Where a mapped field may stand in this table."""
    if field.startswith(CUSTOMER):
        return tuple(f"{who}.{field.removeprefix(CUSTOMER)}" for who in table.requester)
    return (field,)


def ticket(raw: Raw, table: Table, settings: Mapping[str, str]) -> Ticket:
    """An incident or requested item.

    ``resolution_key`` is an incident's number of reopens before the present solving, so closing a resolved incident
    changes nothing; a requested item has no such count, and there it is the time of closing. A ticket resolved without
    an assignee counts as the work of whoever resolved it, or of a bot where that was nobody or a web service's user.
    """
    resolved = _is_resolved(raw, table, settings)
    reopens = count(raw.get("reopen_count"))
    fields = _fields(raw, table, settings)
    company = shown(raw.get("company"))
    requester = next((who for who in table.requester if value(raw.get(who))), table.requester[0])
    solver = _agent(raw, "assigned_to") or (_solver(raw) if resolved else None)
    return Ticket(
        ref=reference(raw),
        subject=shown(raw.get("short_description")),
        customer=_customer(raw, requester),
        agent=solver,
        group=_group(raw),
        resolution_key=_resolution_key(raw, table) if resolved else None,
        past_resolution_keys=tuple(str(number) for number in range(reopens or 0)),
        created_at=moment(raw.get("sys_created_on")),
        resolved_at=(moment(raw.get("resolved_at")) or moment(raw.get("closed_at"))) if resolved else None,
        reopens=reopens,
        reassignments=count(raw.get("reassignment_count")),
        channel=value(raw.get("contact_type")) or None,
        priority=shown(raw.get("priority")) or None,
        category=fields.get(settings.get("category_field") or "")
        or shown(raw.get("category"))
        or shown(raw.get("cat_item"))
        or None,
        segment1=fields.get(settings.get("segment1_field") or ""),
        segment2=fields.get(settings.get("segment2_field") or ""),
        organisation=company or shown(raw.get(f"{requester}.company")) or None,
        by_bot=resolved and solver is None,
        fields=fields,
    )


def reference(raw: Raw) -> TicketRef:
    """A ticket's id and the number that people use."""
    return TicketRef(value(raw.get("sys_id")), value(raw.get("number")))


def exported_event(raw: Raw, table: Table, settings: Mapping[str, str]) -> TicketEvent | None:
    """What a changed row means: resolved, open again, or nothing that concerns us."""
    at = moment(raw.get("sys_updated_on"))
    if _is_resolved(raw, table, settings):
        solved = moment(raw.get("resolved_at")) or moment(raw.get("closed_at")) or at
        return TicketEvent(EventKind.CLOSED, reference(raw), _resolution_key(raw, table), solved)
    return TicketEvent(EventKind.REOPENED, reference(raw), at=at) if count(raw.get("reopen_count")) else None


def user_agent(raw: Raw) -> Agent:
    """A user as one who resolves tickets; one locked out is inactive."""
    return Agent(value(raw.get("sys_id")), shown(raw.get("name")), value(raw.get("email")) or None, _is_active(raw))


def user_customer(raw: Raw) -> Customer:
    """A user as one who asks for help."""
    return Customer(
        value(raw.get("sys_id")),
        shown(raw.get("name")),
        value(raw.get("email")) or None,
        value(raw.get("preferred_language")) or None,
        _is_active(raw),
    )


def member(raw_membership: Raw) -> Agent | None:
    """The user of a membership; none where the user was deleted and the row was left behind."""
    return _agent(raw_membership, "user")


def group(raw: Raw, members: tuple[Agent, ...] = ()) -> Group:
    """A support group; its manager is suggested as Support Lead, its parent as the group above it."""
    return Group(
        value(raw.get("sys_id")),
        shown(raw.get("name")),
        value(raw.get("active")) != "false",
        members,
        value(raw.get("parent")) or None,
        _agent(raw, "manager"),
    )


def moment(raw: Any) -> datetime | None:
    """A raw time, which is in UTC."""
    try:
        return datetime.strptime(value(raw), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def stamp(at: datetime) -> str:
    """A time as a raw value and as a literal in a query."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def count(raw: Any) -> int | None:
    """A number of times, which comes as text; None where there is none."""
    found = value(raw)
    return int(found) if re.fullmatch(r"[0-9]{1,9}", found) else None


def closing_key(closed_at: str) -> str:
    """The resolution key of a ticket without a count of reopens; empty while it has no time of closing either."""
    return closed_at.replace(" ", "T")


def _is_resolved(raw: Raw, table: Table, settings: Mapping[str, str]) -> bool:
    state = value(raw.get("state"))
    closed_later = state == table.closed and bool(value(raw.get("resolved_at")))
    return closed_later or state in table.resolved(settings)


def _resolution_key(raw: Raw, table: Table) -> str:
    if table.counts_reopens:
        return str(count(raw.get("reopen_count")) or 0)
    return closing_key(value(raw.get("closed_at")))


def _agent(raw: Raw, column: str) -> Agent | None:
    """Who a column points to, by the dot-walked fields beside it."""
    key = value(raw.get(column))
    if not key:
        return None
    name = value(raw.get(f"{column}.name")) or shown(raw.get(column))
    return Agent(key, name, value(raw.get(f"{column}.email")) or None, _is_active(raw, f"{column}."))


def _solver(raw: Raw) -> Agent | None:
    if value(raw.get("resolved_by.web_service_access_only")) == "true":
        return None
    return _agent(raw, "resolved_by")


def _customer(raw: Raw, column: str) -> Customer | None:
    key = value(raw.get(column))
    if not key:
        return None
    return Customer(
        key,
        value(raw.get(f"{column}.name")) or shown(raw.get(column)),
        value(raw.get(f"{column}.email")) or None,
        value(raw.get(f"{column}.preferred_language")) or None,
        _is_active(raw, f"{column}."),
    )


def _group(raw: Raw) -> Group | None:
    key = value(raw.get("assignment_group"))
    if not key:
        return None
    name = value(raw.get("assignment_group.name")) or shown(raw.get("assignment_group"))
    return Group(key, name, value(raw.get("assignment_group.active")) != "false")


def _fields(raw: Raw, table: Table, settings: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for field in mapped_fields(settings):
        texts = (shown(raw.get(column)) for column in columns_of(field, table))
        if text := next(filter(None, texts), ""):
            found[field] = text
    return found


def _is_active(raw: Raw, prefix: str = "") -> bool:
    return value(raw.get(f"{prefix}active")) != "false" and value(raw.get(f"{prefix}locked_out")) != "true"
