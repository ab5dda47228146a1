"""Zendesk's JSON to records. Pure; anything the vendor may leave empty may be empty here.

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/ and
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_metrics/ (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse.plugin_api import (
    Agent,
    Customer,
    EventKind,
    Group,
    Outcome,
    Raw,
    Ticket,
    TicketEvent,
    TicketRef,
    field_values,
    mapping_of,
    moment,
    text,
)

OPEN = frozenset({"new", "open", "pending", "hold"})
RESOLVED = frozenset({"solved", "closed"})
"""A custom status keeps one of these categories in ``status``."""
DELETED = "deleted"
MERGE_TAG = "closed_by_merge"
"""The vendor tags a ticket that was merged into another, and closes it at once."""


def ticket(raw: Raw, raw_metrics: Raw | None, settings: Mapping[str, str]) -> Ticket:
    """A ticket from ``GET /tickets/{id}`` with its sideloads, and its metric record.

    ``resolution_key`` is the number of reopens before the present solving, so it is the same however the ticket is
    reached: the first solving is ``0``. A ticket without a metric record counts as never reopened. Reassignments are
    the group stations and the assignee stations beyond the first of each. A ticket solved without an assignee was
    solved by a bot or a rule: Zendesk does not say who solved a ticket, and asks its agents for an assignee.
    """
    raw_ticket = mapping_of(raw.get("ticket"))
    metrics = mapping_of(raw_metrics)
    users, groups, organisations = (_by_id(raw.get(name)) for name in ("users", "groups", "organizations"))
    raw_requester, raw_organisation = (
        table.get(ident(raw_ticket.get(name)) or "")
        for table, name in ((users, "requester_id"), (organisations, "organization_id"))
    )
    reopens = count(metrics.get("reopens"))
    resolved = raw_ticket.get("status") in RESOLVED
    fields = _fields(raw_ticket, mapping_of(raw_requester), mapping_of(raw_organisation), settings)
    assignee = ident(raw_ticket.get("assignee_id"))
    group_key = ident(raw_ticket.get("group_id"))
    requester = ident(raw_ticket.get("requester_id"))
    return Ticket(
        ref=reference(raw_ticket),
        subject=text(raw_ticket.get("subject")) or "",
        customer=customer(users.get(requester) or {"id": requester}) if requester else None,
        agent=agent(users.get(assignee) or {"id": assignee, "role": "agent"}) if assignee else None,
        group=group(groups.get(group_key) or {"id": group_key}) if group_key else None,
        resolution_key=str(reopens or 0) if resolved else None,
        past_resolution_keys=tuple(str(number) for number in range(reopens or 0)),
        outcome=_outcome(raw_ticket),
        created_at=moment(raw_ticket.get("created_at")),
        resolved_at=moment(metrics.get("solved_at")) if resolved else None,
        reopens=reopens,
        reassignments=_reassignments(metrics),
        channel=text(mapping_of(raw_ticket.get("via")).get("channel")),
        priority=text(raw_ticket.get("priority")),
        category=fields.get(settings.get("category_field") or "") or text(raw_ticket.get("type")),
        organisation=text(mapping_of(raw_organisation).get("name")),
        segment1=fields.get(settings.get("segment1_field") or ""),
        segment2=fields.get(settings.get("segment2_field") or ""),
        by_bot=resolved and assignee is None,
        fields=fields,
    )


def reference(raw_ticket: Raw) -> TicketRef:
    """A ticket's id, which is also its number."""
    key = ident(raw_ticket.get("id")) or ""
    return TicketRef(key, key)


def exported_event(raw_ticket: Raw, raw_metrics: Raw | None) -> TicketEvent | None:
    """What a row of the export means: resolved or gone, open again, or nothing that concerns us."""
    status = raw_ticket.get("status")
    metrics = mapping_of(raw_metrics)
    reopens = count(metrics.get("reopens"))
    at = moment(raw_ticket.get("updated_at"))
    if ident(raw_ticket.get("id")) is None:
        return None
    if status in RESOLVED:
        key = None if reopens is None else str(reopens)
        return TicketEvent(EventKind.CLOSED, reference(raw_ticket), key, moment(metrics.get("solved_at")) or at)
    if status == DELETED:
        return TicketEvent(EventKind.CLOSED, reference(raw_ticket), at=at)
    if status in OPEN and reopens:
        return TicketEvent(EventKind.REOPENED, reference(raw_ticket), at=at)
    return None


def agent(raw_user: Raw) -> Agent:
    """A user as one who resolves tickets; suspended, deleted and downgraded ones are inactive."""
    active = _is_active(raw_user) and raw_user.get("role") in ("agent", "admin")
    return Agent(ident(raw_user.get("id")) or "", text(raw_user.get("name")) or "", text(raw_user.get("email")), active)


def customer(raw_user: Raw) -> Customer:
    """A user as one who asks for help. Telephone and messaging users have no address."""
    return Customer(
        ident(raw_user.get("id")) or "",
        text(raw_user.get("name")) or "",
        text(raw_user.get("email")),
        text(raw_user.get("locale")),
        _is_active(raw_user),
    )


def group(raw_group: Raw, members: tuple[Agent, ...] = ()) -> Group:
    """A group; deleted ones are inactive."""
    key = ident(raw_group.get("id")) or ""
    return Group(key, text(raw_group.get("name")) or "", not raw_group.get("deleted"), members)


def ident(raw: Any) -> str | None:
    """An id as text. Events name nobody with "0"."""
    found = str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    return None if found in ("", "0") else found


def count(raw: Any) -> int | None:
    """A number of times, or None."""
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 0 else None


def _outcome(raw_ticket: Raw) -> Outcome:
    """Spam is no outcome of its own: marking a ticket as spam deletes it."""
    if raw_ticket.get("status") == DELETED:
        return Outcome.DELETED
    return Outcome.MERGED if MERGE_TAG in (raw_ticket.get("tags") or ()) else Outcome.SOLVED


def _reassignments(metrics: Raw) -> int | None:
    stations = [count(metrics.get(name)) for name in ("group_stations", "assignee_stations")]
    known = [number for number in stations if number is not None]
    return sum(max(number - 1, 0) for number in known) if known else None


def _fields(raw_ticket: Raw, raw_requester: Raw, raw_organisation: Raw, settings: Mapping[str, str]) -> dict[str, str]:
    """The fields that the connection maps: ``360001``, ``ticket:360001``, ``user:site``, ``organization:x``.

    Drop-downs hold the tag of their option, multiple choices a list of tags.
    """
    raw_customs = (one for one in raw_ticket.get("custom_fields") or () if isinstance(one, Mapping))
    sources: dict[str, Raw] = {
        "ticket": {str(one.get("id")): one.get("value") for one in raw_customs},
        "user": mapping_of(raw_requester.get("user_fields")),
        "organization": mapping_of(raw_organisation.get("organization_fields")),
    }
    return field_values(settings, sources)


def _is_active(raw_user: Raw) -> bool:
    return raw_user.get("active") is not False and not raw_user.get("suspended")


def _by_id(raw_rows: Any) -> dict[str, Raw]:
    rows = raw_rows if isinstance(raw_rows, list) else ()
    return {ident(row.get("id")) or "": row for row in rows if isinstance(row, Mapping)}
