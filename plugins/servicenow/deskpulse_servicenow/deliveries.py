"""Calls of our business rule to ticket events. Pure.

The call is a hint with ids only: the ticket may have moved on by the time the rule runs, so it is read again before
anything is decided.
https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deskpulse.plugin_api import Delivery, EventKind, Misread, TicketEvent, TicketRef, json_object
from deskpulse_servicenow.client import is_sys_id
from deskpulse_servicenow.mapping import closing_key, count, moment
from deskpulse_servicenow.tables import INCIDENT

VERSION = 1
RESOLVED, REOPENED = "ticket.resolved", "ticket.reopened"
KINDS = {RESOLVED: EventKind.CLOSED, REOPENED: EventKind.REOPENED}
LONGEST_NUMBER = 40


def read(delivery: Delivery) -> Sequence[TicketEvent]:
    """The event in a delivery; none in an empty call. Raises Misread for anything that our rule does not send."""
    raw = json_object(delivery)
    if not raw:
        return ()
    if raw.get("v") != VERSION or isinstance(raw.get("v"), bool):
        raise Misread(f"the body has no version that we know: v is not {VERSION}")
    event = raw.get("event")
    kind = KINDS.get(event) if isinstance(event, str) else None
    if kind is None:
        raise Misread(f"event is neither {RESOLVED} nor {REOPENED}")
    at = moment(raw.get("resolved_at")) or moment(raw.get("closed_at"))
    if kind is EventKind.REOPENED:
        return (TicketEvent(kind, _ticket(raw)),)
    return (TicketEvent(kind, _ticket(raw), _resolution_key(raw), at),)


def _ticket(raw: Mapping[str, Any]) -> TicketRef:
    key, number = raw.get("sys_id"), raw.get("number")
    if not isinstance(key, str) or not is_sys_id(key):
        raise Misread("sys_id is not the id of a record")
    return TicketRef(key, number if isinstance(number, str) and len(number) <= LONGEST_NUMBER else "")


def _resolution_key(raw: Mapping[str, Any]) -> str | None:
    """As ``mapping`` makes it: core then skips what is decided, as when an incident is closed that was resolved."""
    if raw.get("table") == INCIDENT.name:
        reopens = count(raw.get("reopen_count"))
        return None if reopens is None else str(reopens)
    closed_at = raw.get("closed_at")
    return closing_key(closed_at) if isinstance(closed_at, str) and moment(closed_at) else None
