"""Webhook calls to ticket events. Pure.

Two forms are read: the body that our own triggers send, and the envelope of an event webhook that subscribes to
``zen:event-type:ticket.status_changed`` (string ids, upper-case words, "0" for nobody).
https://developer.zendesk.com/api-reference/webhooks/event-types/ticket-events (read 2026-08)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from deskpulse.plugin_api import Delivery, EventKind, Misread, TicketEvent, TicketRef, json_object, moment
from deskpulse_zendesk.client import is_id
from deskpulse_zendesk.mapping import OPEN, RESOLVED, ident

VERSION = 1
SOLVED, REOPENED = "solved", "reopened"
KINDS = {SOLVED: EventKind.CLOSED, REOPENED: EventKind.REOPENED}
STATUS_CHANGED = "zen:event-type:ticket.status_changed"
EVENT_PREFIX = "zen:event-type:"
TICKET_PLACEHOLDER = "{{ticket.id}}"


def trigger_body(event: str) -> str:
    """What our triggers send: ids only, since free text in a JSON template may break it."""
    return json.dumps({"v": VERSION, "event": event, "ticket_id": TICKET_PLACEHOLDER}, separators=(",", ":"))


def read(delivery: Delivery) -> Sequence[TicketEvent]:
    """The events in a delivery; none in a test call. Raises Misread for anything that we did not arrange."""
    raw = json_object(delivery)
    if not raw:
        return ()
    return _envelope(raw) if "type" in raw else _trigger(raw)


def _trigger(raw: Mapping[str, Any]) -> Sequence[TicketEvent]:
    if raw.get("v") != VERSION or isinstance(raw.get("v"), bool):
        raise Misread(f"the body has no version that we know: v is not {VERSION}")
    event = raw.get("event")
    kind = KINDS.get(event) if isinstance(event, str) else None
    if kind is None:
        raise Misread(f"event is neither {SOLVED} nor {REOPENED}")
    if raw.get("ticket_id") == TICKET_PLACEHOLDER:  # the webhook page's test sends the template as it is
        return ()
    return (TicketEvent(kind, _ticket(raw.get("ticket_id"), "ticket_id")),)


def _envelope(raw: Mapping[str, Any]) -> Sequence[TicketEvent]:
    name = raw.get("type")
    if not isinstance(name, str) or not name.startswith(EVENT_PREFIX):
        raise Misread("type names no Zendesk event")
    if name != STATUS_CHANGED:
        return ()
    raw_detail, raw_event = raw.get("detail"), raw.get("event")
    if not isinstance(raw_detail, Mapping) or not isinstance(raw_event, Mapping):
        raise Misread("the event has no detail, or does not say what changed")
    current, previous = (str(raw_event.get(key) or "").lower() for key in ("current", "previous"))
    ticket, at = _ticket(raw_detail.get("id"), "detail.id"), moment(raw.get("time"))
    if current in RESOLVED:
        return (TicketEvent(EventKind.CLOSED, ticket, at=at),)
    if previous == SOLVED and current in OPEN:
        return (TicketEvent(EventKind.REOPENED, ticket, at=at),)
    return ()


def _ticket(raw: Any, where: str) -> TicketRef:
    key = ident(raw)
    if key is None or not is_id(key):
        raise Misread(f"{where} is not the id of a ticket")
    return TicketRef(key, key)
