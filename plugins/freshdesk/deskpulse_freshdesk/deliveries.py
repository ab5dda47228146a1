"""Webhook calls to ticket events. Pure.

Our own rules send ids only. A rule that somebody made by hand from the ready-made list of values sends other words,
which are read too. Either body may arrive inside ``freshdesk_webhook``, and ids as numbers or as text. Nothing is
signed, so whatever stands here is a hint and the ticket is always read again.
https://support.freshdesk.com/support/solutions/articles/132589 (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from deskpulse.plugin_api import Connection, Delivery, EventKind, Misread, TicketEvent, TicketRef, ident, json_object
from deskpulse_freshdesk.client import is_id
from deskpulse_freshdesk.resolutions import resolved_statuses

VERSION = 1
RESOLVED, REOPENED = "resolved", "reopened"
KINDS = {RESOLVED: EventKind.CLOSED, REOPENED: EventKind.REOPENED}
WRAPPER = "freshdesk_webhook"
TICKET_PLACEHOLDER = "{{ticket.id}}"
STATUS_CHANGE = re.compile(r"status\s*:\s*\{\s*from\s*:\s*(\d{1,9})\s*,\s*to\s*:\s*(\d{1,9})\s*\}")
"""``{status:{from:2,to:4}}``, which looks like JSON and is none."""


def rule_body(event: str) -> dict[str, Any]:
    """What our rules send: ids only, since quotes or line ends of free text would break the JSON."""
    return {"v": VERSION, "event": event, "ticket_id": TICKET_PLACEHOLDER}


def read(connection: Connection, delivery: Delivery) -> Sequence[TicketEvent]:
    """The events in a delivery. Raises Misread for anything that we did not arrange."""
    raw = json_object(delivery)
    if WRAPPER in raw:
        raw = raw[WRAPPER]
    if not isinstance(raw, Mapping):
        raise Misread("the body is JSON, but no object")
    if not raw:
        return ()
    if raw.get("ticket_id") == TICKET_PLACEHOLDER:  # a test of the rule sends the template as it is
        return ()
    kind = _ours(raw) if "v" in raw else _ready_made(raw, connection)
    return (TicketEvent(kind, _ticket(raw.get("ticket_id"))),) if kind else ()


def _ours(raw: Mapping[str, Any]) -> EventKind:
    if str(raw["v"]) != str(VERSION):
        raise Misread(f"the body has no version that we know: v is not {VERSION}")
    event = raw.get("event")
    kind = KINDS.get(event) if isinstance(event, str) else None
    if kind is None:
        raise Misread(f"event is neither {RESOLVED} nor {REOPENED}")
    return kind


def _ready_made(raw: Mapping[str, Any], connection: Connection) -> EventKind | None:
    """From the status' numbers. Its name is in the account's language, and may be anything."""
    if "triggered_event" not in raw:
        raise Misread("the body has neither v nor triggered_event")
    changed = STATUS_CHANGE.search(str(raw["triggered_event"])[:1000])
    if changed is None:
        return None
    resolved = resolved_statuses(connection.settings)
    before, after = (int(number) in resolved for number in changed.groups())
    if after:
        return EventKind.CLOSED
    return EventKind.REOPENED if before else None


def _ticket(raw: Any) -> TicketRef:
    key = ident(raw)
    if key is None or not is_id(key):
        raise Misread("ticket_id is not the id of a ticket")
    return TicketRef(key, key)
