"""Freshdesk's JSON to records. Pure; anything the vendor may leave empty may be empty here.

https://developers.freshdesk.com/api/#ticket_attributes (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
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
    ident,
    moment,
    text,
)
from deskpulse_freshdesk.resolutions import FIELD, resolved_statuses, standing
from deskpulse_freshdesk.values import inner

PRIORITIES = {1: "low", 2: "medium", 3: "high", 4: "urgent"}
SOURCES = {1: "email", 2: "portal", 3: "phone", 7: "chat", 9: "widget", 10: "outbound email"}
FIELD_SOURCES = ("ticket", "contact", "company")
"""Whose fields an administrator may name: ``cf_site``, ``ticket:cf_site``, ``contact:site``, ``company:region``."""
RESOLVED_TIMES = ("resolved_at", "closed_at", "status_updated_at")
"""Where to read when a ticket was resolved; a status of the account's own sets only the last."""
RESOLUTION_FIELD = "resolution_field"
"""The fact that keeps the name of the field for our own reopenings."""


@dataclass(frozen=True, slots=True)
class Around:
    """What belongs to a ticket and was read beside it; empty where there is none, or where nobody needs it."""

    raw_requester: Raw
    raw_agent: Raw
    raw_group: Raw
    raw_company: Raw


def ticket(raw: Raw, around: Around, settings: Mapping[str, str], facts: Mapping[str, str]) -> Ticket:
    """A ticket from ``GET /tickets/{id}`` with its stats, and what was read around it.

    A ticket that is resolved while nobody is responsible was resolved by a rule or a bot: Freshdesk does not say who
    resolved it. It counts neither reopenings nor reassignments, and does not say that a ticket was merged.
    """
    state = standing(raw, resolved_statuses(settings), facts.get(RESOLUTION_FIELD) or FIELD)
    fields = _fields(raw, around, settings)
    responder, group_key, requester = (ident(raw.get(name)) for name in ("responder_id", "group_id", "requester_id"))
    return Ticket(
        ref=reference(raw),
        subject=text(raw.get("subject")) or "",
        customer=customer({**around.raw_requester, "id": requester}) if requester else None,
        agent=agent({**around.raw_agent, "id": responder}) if responder else None,
        group=group({**around.raw_group, "id": group_key}) if group_key else None,
        resolution_key=state.key,
        past_resolution_keys=state.past,
        outcome=_outcome(raw),
        created_at=moment(raw.get("created_at")),
        resolved_at=_resolved_at(raw, state.key) if state.key else None,
        channel=_named(SOURCES, raw.get("source")),
        priority=_named(PRIORITIES, raw.get("priority")),
        category=fields.get(settings.get("category_field") or "") or text(raw.get("type")),
        organisation=text(around.raw_company.get("name")),
        segment1=fields.get(settings.get("segment1_field") or ""),
        segment2=fields.get(settings.get("segment2_field") or ""),
        by_bot=state.key is not None and responder is None,
        fields=fields,
    )


def reference(raw_ticket: Raw) -> TicketRef:
    """A ticket's id, which is also its number."""
    key = ident(raw_ticket.get("id")) or ""
    return TicketRef(key, key)


def listed_event(raw_ticket: Raw, settings: Mapping[str, str], facts: Mapping[str, str]) -> TicketEvent | None:
    """What a row of the list of changed tickets means: resolved or gone, open again, or nothing that concerns us."""
    if ident(raw_ticket.get("id")) is None:
        return None
    ref, at = reference(raw_ticket), moment(raw_ticket.get("updated_at"))
    if _outcome(raw_ticket) is not Outcome.SOLVED:
        return TicketEvent(EventKind.CLOSED, ref, at=at)
    state = standing(raw_ticket, resolved_statuses(settings), facts.get(RESOLUTION_FIELD) or FIELD)
    if state.key is not None:
        return TicketEvent(EventKind.CLOSED, ref, state.key, _resolved_at(raw_ticket, state.key) or at)
    return TicketEvent(EventKind.REOPENED, ref, at=at) if state.past else None


def agent(raw_agent: Raw) -> Agent:
    """Someone who resolves tickets. Name and address lie inside ``contact``; a contact alone is no agent any more."""
    raw_contact = inner(raw_agent, "contact")
    person = raw_contact or raw_agent
    active = bool(raw_contact) and not raw_agent.get("deactivated")
    return Agent(ident(raw_agent.get("id")) or "", text(person.get("name")) or "", text(person.get("email")), active)


def customer(raw_person: Raw) -> Customer:
    """Someone who asks for help: a contact, what a ticket says of its requester, or an agent. Some have no address."""
    person = inner(raw_person, "contact") or raw_person
    gone = raw_person.get("deleted") or raw_person.get("deactivated")
    key = ident(raw_person.get("id")) or ""
    return Customer(key, text(person.get("name")) or "", text(person.get("email")), active=not gone)


def group(raw_group: Raw, members: tuple[Agent, ...] = ()) -> Group:
    """A group. Deleted ones are no longer listed."""
    return Group(ident(raw_group.get("id")) or "", text(raw_group.get("name")) or "", members=members)


def _resolved_at(raw_ticket: Raw, key: str) -> datetime | None:
    """When the solving of this name came about: what is older than the opening that names it is an earlier one's."""
    stats, opened = inner(raw_ticket, "stats"), moment(key)
    times = (moment(stats.get(name)) for name in RESOLVED_TIMES)
    return next((at for at in times if at and (opened is None or at >= opened)), None)


def _outcome(raw_ticket: Raw) -> Outcome:
    if raw_ticket.get("spam"):
        return Outcome.SPAM
    return Outcome.DELETED if raw_ticket.get("deleted") else Outcome.SOLVED


def _named(names: Mapping[int, str], raw: Any) -> str | None:
    return names.get(raw) if isinstance(raw, int) and raw in names else ident(raw)


def _fields(raw_ticket: Raw, around: Around, settings: Mapping[str, str]) -> dict[str, str]:
    customs = (inner(raw, "custom_fields") for raw in (raw_ticket, around.raw_requester, around.raw_company))
    return field_values(settings, dict(zip(FIELD_SOURCES, customs, strict=True)))
