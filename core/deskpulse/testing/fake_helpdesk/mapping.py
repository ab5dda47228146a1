"""The Fake helpdesk's JSON to records. Pure; anything the vendor may leave empty may be empty here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from deskpulse.plugin_api import Agent, Customer, EventKind, Group, Misread, Outcome, Ticket, TicketEvent, TicketRef

Raw = Mapping[str, Any]

RESOLVED = frozenset({"solved", "closed", "merged", "deleted"})
OUTCOMES = {"merged": Outcome.MERGED, "deleted": Outcome.DELETED}
EVENTS = {
    "ticket.solved": EventKind.CLOSED,
    "ticket.merged": EventKind.CLOSED,
    "ticket.deleted": EventKind.CLOSED,
    "ticket.reopened": EventKind.REOPENED,
}


def events(body: bytes) -> Sequence[TicketEvent]:
    """The event in a webhook's body; none where it concerns something else than a ticket's end."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise Misread("the body is not JSON") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("event"), str):
        raise Misread("the body names no event")
    return tuple(filter(None, [event(raw)]))


def event(raw: Raw) -> TicketEvent | None:
    """An event of a webhook or of the change feed, which look alike."""
    kind = EVENTS.get(str(raw.get("event")))
    if kind is None:
        return None
    raw_ticket = raw.get("ticket")
    if not isinstance(raw_ticket, dict) or not text(raw_ticket.get("id")):
        raise Misread("the event names no ticket")
    return TicketEvent(kind, reference(raw_ticket), text(raw.get("resolution")), moment(raw.get("at")))


def ticket(raw: Raw, settings: Mapping[str, str]) -> Ticket:
    """A ticket with the people it names. The vendor numbers each solving, which is just what a resolution key is."""
    keys = tuple(str(one["id"]) for one in raw.get("resolutions") or ())
    resolved = raw.get("status") in RESOLVED
    current = (keys[-1] if keys else str(raw.get("status"))) if resolved else None
    raw_customer, raw_agent, raw_group = raw.get("requester"), raw.get("assignee"), raw.get("group")
    fields = {**_texts((raw_customer or {}).get("fields")), **_texts(raw.get("fields"))}
    return Ticket(
        ref=reference(raw),
        subject=text(raw.get("subject")) or "",
        customer=customer(raw_customer) if raw_customer else None,
        agent=agent(raw_agent) if raw_agent else None,
        group=group(raw_group) if raw_group else None,
        resolution_key=current,
        past_resolution_keys=tuple(key for key in keys if key != current),
        outcome=OUTCOMES.get(str(raw.get("status")), Outcome.SOLVED),
        created_at=moment(raw.get("created_at")),
        resolved_at=moment(raw.get("solved_at")) if resolved else None,
        reopens=len(keys) - 1 if resolved and keys else len(keys),
        channel=text(raw.get("channel")),
        priority=text(raw.get("priority")),
        category=text(raw.get("category")),
        segment1=fields.get(settings.get("segment1_field") or ""),
        segment2=fields.get(settings.get("segment2_field") or ""),
        by_bot=resolved and raw_agent is None,
        fields=fields,
    )


def reference(raw: Raw) -> TicketRef:
    """A ticket's id, and the number that people use."""
    return TicketRef(str(raw.get("id")), text(raw.get("number")) or "")


def agent(raw: Raw) -> Agent:
    """Suspended and deleted agents are inactive."""
    return Agent(
        str(raw.get("id")), text(raw.get("name")) or "", text(raw.get("email")), raw.get("active") is not False
    )


def customer(raw: Raw) -> Customer:
    """Customers who telephoned have no address."""
    return Customer(
        str(raw.get("id")),
        text(raw.get("name")) or "",
        text(raw.get("email")),
        text(raw.get("locale")),
        raw.get("active") is not False,
    )


def group(raw: Raw, members: Sequence[Agent] = ()) -> Group:
    """Deleted groups are inactive."""
    return Group(str(raw.get("id")), text(raw.get("name")) or "", raw.get("active") is not False, tuple(members))


def text(raw: Any) -> str | None:
    """Text, or None where there is none."""
    return raw if isinstance(raw, str) and raw else None


def moment(raw: Any) -> datetime | None:
    """A time, aware and in UTC."""
    try:
        at = datetime.fromisoformat(raw)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _texts(raw: Any) -> dict[str, str]:
    return {key: str(value) for key, value in (raw or {}).items() if value not in (None, "")}
