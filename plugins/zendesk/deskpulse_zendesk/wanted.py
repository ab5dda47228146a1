"""What must exist in a Zendesk account for the loop to work, and whether something there is just that. Pure.

Trigger conditions: ``value`` means "changed to", ``value_previous`` "changed from"; statuses rank new < open < pending
< hold < solved < closed. They are written at the top level and read back nested under ``conditions``.
https://developer.zendesk.com/documentation/ticketing/reference-guides/conditions-reference/ (read 2026-08)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deskpulse_zendesk import deliveries
from deskpulse_zendesk.client import Raw

MARKER = "managed-by deskpulse"
"""In the description of everything that we made, so that it is known again, and nothing else is ever removed."""
WEBHOOK_NAME = "DeskPulse"
SUBSCRIPTIONS = ["conditional_ticket_events"]
"""A webhook for triggers subscribes to nothing else, and can never be changed into another kind."""
FIELD_TITLE = "NPS score"
TITLES = {
    "trigger_solved_id": "DeskPulse: ticket solved",
    "trigger_reopened_id": "DeskPulse: ticket reopened",
    "trigger_invite_id": "DeskPulse: ask the requester",
}
"""Titles of our triggers by the fact that keeps their id."""
LINK_PLACEHOLDERS = {
    "tid": "{{ticket.id}}",
    "rgid": "{{ticket.group.id}}",
    "agid": "{{ticket.assignee.email}}",
    "cid": "{{ticket.requester.id}}",
}
"""What Zendesk fills into a survey link, by the link's parameter."""
INVITE_SUBJECT = "How did we do? {{ticket.title}}"
INVITE_TEXT = (
    "Hello {{{{ticket.requester.first_name}}}},\n\nyour request #{{{{ticket.id}}}} is solved. How was it?\n\n{link}\n\n"
    "Thank you!"
)

SCORE_FIELD: Raw = {
    "type": "integer",
    "title": FIELD_TITLE,
    "description": f"The customer's latest Net Promoter answer, 0 to 10 ({MARKER})",
    "active": True,
    "required": False,
    "agent_can_edit": True,
    "visible_in_portal": False,
    "editable_in_portal": False,
}
"""``agent_can_edit`` stays true: the API acts as an agent, and nothing promises that it may set other fields."""
USER_FIELDS: tuple[Raw, ...] = tuple(
    {"type": kind, "key": key, "title": title, "description": f"Net Promoter feedback ({MARKER})", "active": True}
    for kind, key, title in (
        ("integer", "nps_last_score", "Last NPS score"),
        ("date", "nps_last_date", "Last NPS answer"),
        ("text", "nps_last_category", "Last NPS category"),
    )
)


def webhook(connection_key: str, inlet_url: str) -> Raw:
    """The webhook that our triggers call. It needs no authentication of its own: every call is signed."""
    return {
        "name": WEBHOOK_NAME,
        "description": _description(connection_key),
        "status": "active",
        "endpoint": inlet_url,
        "http_method": "POST",
        "request_format": "json",
        "subscriptions": SUBSCRIPTIONS,
    }


def triggers(connection_key: str, webhook_id: str, not_us: Sequence[Raw], invite_link: str | None) -> dict[str, Raw]:
    """Our triggers by the fact that keeps their id. ``not_us`` are conditions that shut out our own updates."""
    solved: list[Raw] = [{"field": "status", "operator": "value", "value": "solved"}]
    reopened: list[Raw] = [
        {"field": "status", "operator": "value_previous", "value": "solved"},
        {"field": "status", "operator": "less_than", "value": "solved"},
    ]
    found: dict[str, tuple[list[Raw], Raw]] = {
        "trigger_solved_id": ([*solved, *not_us], _call(webhook_id, deliveries.SOLVED)),
        "trigger_reopened_id": ([*reopened, *not_us], _call(webhook_id, deliveries.REOPENED)),
    }
    if invite_link:
        mail = ["requester_id", INVITE_SUBJECT, INVITE_TEXT.format(link=invite_link)]
        found["trigger_invite_id"] = ([*solved, *not_us], {"field": "notification_user", "value": mail})
    return {
        fact: {
            "title": TITLES[fact],
            "description": _description(connection_key),
            "active": True,
            "all": conditions,
            "any": [],
            "actions": [action],
        }
        for fact, (conditions, action) in found.items()
    }


def is_ours(raw: Raw, title: str) -> bool:
    """Whether an object found by its id is one that we made, though perhaps renamed or described anew."""
    return raw.get("title") == title or MARKER in str(raw.get("description") or "")


def is_this_trigger(raw: Raw, title: str, connection_key: str) -> bool:
    """Whether a trigger found by looking through all is the one of this connection."""
    return raw.get("title") == title and _description(connection_key) in str(raw.get("description") or "")


def same(raw: Raw, want: Mapping[str, Any]) -> bool:
    """Whether the vendor's object has every value that we want."""
    return all(raw.get(name) == value for name, value in want.items())


def same_trigger(raw: Raw, want: Raw, invite_link: str | None) -> bool:
    """Whether a trigger does what we want; the wording of an invitation may be the administrator's own."""
    raw_conditions = raw.get("conditions") or {}
    if not raw.get("active") or raw_conditions.get("any"):
        return False
    if _conditions(raw_conditions.get("all") or ()) != _conditions(want["all"]):
        return False
    raw_actions = list(raw.get("actions") or ())
    if len(raw_actions) != 1:
        return False
    found, wished = raw_actions[0], want["actions"][0]
    if wished["field"] == "notification_user" and found.get("field") == "notification_user":
        words = list(found.get("value") or ())
        return len(words) == 3 and words[0] == "requester_id" and str(invite_link) in str(words[2])
    return bool(found.get("field") == wished["field"] and found.get("value") == wished["value"])


def _conditions(raw: Sequence[Raw]) -> list[tuple[str, str, str]]:
    return sorted((str(one.get("field")), str(one.get("operator")), str(one.get("value"))) for one in raw)


def _call(webhook_id: str, event: str) -> Raw:
    return {"field": "notification_webhook", "value": [webhook_id, deliveries.trigger_body(event)]}


def _description(connection_key: str) -> str:
    return f"{MARKER} {connection_key}"
