"""Event webhooks: what the account tells a webhook that subscribed to event types instead of being called by rules."""

from __future__ import annotations

import json
from collections.abc import Iterator

from deskpulse_simulation.clock import stamp
from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.records import Ticket, Webhook
from deskpulse_zendesk.simulator.updates import Update

PREFIX = "zen:event-type:"
EVENT_TYPES = frozenset(
    f"{PREFIX}ticket.{name}"
    for name in (
        "created",
        "status_changed",
        "priority_changed",
        "subject_changed",
        "agent_assignment_changed",
        "group_assignment_changed",
    )
)
_WATCHED = {
    "status": "status_changed",
    "priority": "priority_changed",
    "subject": "subject_changed",
    "assignee_id": "agent_assignment_changed",
    "group_id": "group_assignment_changed",
}
_ENUMS = frozenset(("status", "priority", "type"))


def events_of(change: Update) -> Iterator[tuple[Webhook, bytes]]:
    """Each webhook to call about this update, with the body it gets; there is no filter at the vendor's side."""
    account = change.account
    events = list(_happened(change))
    for webhook in account.webhooks.values():
        for name, event in events:
            if PREFIX + name in webhook.subscriptions and webhook.status == "active":
                yield webhook, envelope(account, change, name, event)


def _happened(change: Update) -> Iterator[tuple[str, Json]]:
    sequence = {"sequence": {"id": change.account.ids.secret(26).upper(), "position": 1}}
    if change.before is None:
        yield "ticket.created", {"meta": sequence}
        return
    after = change.ticket.facts()
    for name, event in _WATCHED.items():
        if change.before[name] != after[name]:
            yield (
                f"ticket.{event}",
                {"current": _word(name, after[name]), "previous": _word(name, change.before[name]), "meta": sequence},
            )


def envelope(account: Account, change: Update, name: str, event: Json) -> bytes:
    """The body: ids are strings, ``"0"`` stands for none, enums are upper case, a line feed ends it."""
    body = {
        "account_id": account.id,
        "id": account.ids.uuid(),
        "time": stamp(change.moment),
        "type": PREFIX + name,
        "subject": f"zen:ticket:{change.ticket.id}",
        "zendesk_event_version": "2022-11-06",
        "detail": _detail(change.ticket, change),
        "event": event,
    }
    return (json.dumps(body, indent=3, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _detail(ticket: Ticket, change: Update) -> Json:
    detail: Json = {name: _word(name, value) for name, value in ticket.facts().items() if name in _DETAILS}
    return detail | {
        "id": str(ticket.id),
        "actor_id": str(change.actor.id),
        "submitter_id": str(ticket.submitter_id),
        "external_id": ticket.external_id or "",
        "description": ticket.description,
        "form_id": str(ticket.ticket_form_id or 0),
        "tags": sorted(ticket.tags),
        "is_public": ticket.is_public,
        "via": {"channel": ticket.via},
        "created_at": stamp(ticket.created_at),
        "updated_at": stamp(change.moment),
    }


_DETAILS = frozenset(
    ("subject", "status", "priority", "type", "requester_id", "assignee_id", "group_id", "organization_id", "brand_id")
)


def _word(name: str, value: object) -> str:
    if name.endswith("_id"):
        return str(value or 0)
    if value is None:
        return ""
    return str(value).upper() if name in _ENUMS else str(value)
