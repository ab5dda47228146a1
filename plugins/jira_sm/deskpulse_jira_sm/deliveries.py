"""Webhook calls: telling genuine ones, and reading ticket events from them. Without network.

Three senders are read: the administrator's webhook (``jira:issue_updated``), a workflow's post-function, which has no
changelog, and an Automation rule's *Send web request*, with our own body or with Jira's issue data. What is read is a
hint: the issue is always read again, and a status is judged there.
https://developer.atlassian.com/cloud/jira/platform/webhooks/ (read 2026-08)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from deskpulse.plugin_api import (
    Connection,
    Delivery,
    DeliveryRejected,
    EventKind,
    Misread,
    TicketEvent,
    TicketRef,
    Verified,
    json_object,
)
from deskpulse_jira_sm import statuses
from deskpulse_jira_sm.client import is_issue
from deskpulse_jira_sm.history import item_of
from deskpulse_jira_sm.kind import AUTOMATION, KIND
from deskpulse_jira_sm.mapping import DONE, account, category, ident, mapping_of, text

UPDATED = "jira:issue_updated"
SIGNATURE = "x-hub-signature"
OLDEST = timedelta(days=2)
"""The largest age of the time in a signed body. Jira repeats a call for some two hours, bulk changes come later."""
STALE = "outside replay window"
RESOLVED, REOPENED = "resolved", "reopened"
KINDS = {RESOLVED: EventKind.CLOSED, REOPENED: EventKind.REOPENED}

Raw = Mapping[str, Any]


def automation_body(event: str) -> str:
    """What our Automation rules send: ids only, since free text in a JSON template may break it."""
    return json.dumps({"v": 1, "event": event, "issue": "{{issue.id}}", "key": "{{issue.key}}"})


def verify(connection: Connection, delivery: Delivery) -> Verified:
    """A signed call of the webhook, or an Automation rule's with the secret in its header. Raises DeliveryRejected.

    Whatever carries a signature is judged by it alone.
    """
    if AUTOMATION.header.lower() in delivery.headers and SIGNATURE not in delivery.headers:
        return AUTOMATION.verify(delivery, connection.current_secrets(AUTOMATION.secret_name))
    verified = KIND.scheme.verify(delivery, connection.current_secrets(KIND.scheme.secret_name))
    sent = _sent_at(delivery)
    if sent is not None and delivery.received_at - sent > OLDEST:
        raise DeliveryRejected(STALE)
    return verified


def read(connection: Connection, delivery: Delivery) -> Sequence[TicketEvent]:
    """The events in a delivery; none in a call that is about something else, or of our own making."""
    raw = json_object(delivery)
    us = connection.facts.get("account_id")
    if not raw or (us and account(raw.get("user")) == us):
        return ()
    if isinstance(raw.get("issue"), str | int) and not isinstance(raw.get("issue"), bool):
        return (_automation(raw),)
    name = raw.get("webhookEvent")
    if name is not None and name != UPDATED:
        if not isinstance(name, str):
            raise Misread("webhookEvent is no text")
        return ()
    raw_issue = raw.get("issue") if "issue" in raw else raw
    if not isinstance(raw_issue, Mapping):
        raise Misread("the issue is no object")
    kind = _kind(raw, raw_issue, statuses.remembered(connection.facts), sent_by_webhook=name is not None)
    return () if kind is None else (TicketEvent(kind, _ticket(raw_issue), at=_time(raw.get("timestamp"))),)


def _kind(raw: Raw, raw_issue: Raw, known: Mapping[str, str], *, sent_by_webhook: bool) -> EventKind | None:
    """What happened: into Done, out of it, or neither. Where the body does not tell, somebody has to look."""
    raw_log = raw.get("changelog") or raw_issue.get("changelog")
    items = mapping_of(raw_log).get("items")
    status, resolution = item_of(items, "status"), item_of(items, "resolution")
    raw_status = mapping_of(raw_issue.get("fields")).get("status")
    resolved = resolution is not None and not resolution.get("from") and bool(resolution.get("to"))
    if status is None and not resolved and sent_by_webhook:
        return None
    now = category(raw_status) or known.get(_id(status, "to"))
    if now == DONE or (now is None and (resolution is None or resolved)):
        return EventKind.CLOSED
    before = known.get(_id(status, "from"))
    if status is None and sent_by_webhook:
        return None
    return EventKind.REOPENED if before in (DONE, None) else None


def _automation(raw: Raw) -> TicketEvent:
    event = raw.get("event", RESOLVED)
    kind = KINDS.get(event) if isinstance(event, str) else None
    if kind is None:
        raise Misread(f"event is neither {RESOLVED} nor {REOPENED}")
    return TicketEvent(kind, _ticket({"id": raw.get("issue"), "key": raw.get("key")}))


def _ticket(raw_issue: Raw) -> TicketRef:
    """The issue by its id, which stays when it moves; by its key where a body has nothing else."""
    key = text(raw_issue.get("key")) or ""
    found = ident(raw_issue.get("id")) or key
    if not is_issue(found):
        raise Misread("the issue has neither an id nor a key")
    return TicketRef(found, key if is_issue(key) else "")


def _id(item: Raw | None, end: str) -> str:
    return ident((item or {}).get(end)) or ""


def _sent_at(delivery: Delivery) -> datetime | None:
    """The time in a signed body."""
    try:
        raw = json_object(delivery)
    except Misread:
        return None
    return _time(raw.get("timestamp"))


def _time(raw_millis: Any) -> datetime | None:
    if isinstance(raw_millis, bool) or not isinstance(raw_millis, int | float):
        return None
    try:
        return datetime.fromtimestamp(raw_millis / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
