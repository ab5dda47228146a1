"""What must exist in a Freshdesk account for the loop to work, and whether something there is just that. Pure.

Two rules for each direction: Freshdesk knows performers *agent or requester* and *system*, none for both, and what its
own time rules close is done by the system. A change made through the API counts as the agent's whose key is used; our
rules listen to the status alone, which only ``invite`` ever writes.
https://support.freshdesk.com/support/solutions/articles/37614 (read 2026-08)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deskpulse_freshdesk import deliveries
from deskpulse_freshdesk.client import Raw

SECRET_HEADER = "X-DeskPulse-Secret"  # noqa: S105 - the header's name
ANYBODY, SYSTEM = 3, 4
"""Performers: an agent or the requester; Freshdesk itself."""
ANY = "--"
COMPARED = ("field_name", "request_type", "url", "content_type")
"""What of a webhook action must be as we want it."""
LAYOUTS = ("advanced", "2")
"""How "advanced content" is written: as a word, or in accounts whose rules have numbers, as a number."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field to have: the fact that keeps its name, its label, the vendor's type, and where it belongs."""

    fact: str
    kind: str
    label: str
    type: str

    def body(self) -> Raw:
        """What creates it. Nothing requires it, and customers do not see it."""
        shown = "displayed_to_customers" if self.kind == "ticket_fields" else "displayed_for_customers"
        return {
            "label": self.label,
            "label_for_customers": self.label,
            "type": self.type,
            "customers_can_edit": False,
            shown: False,
        }


FIELDS = (
    Field("score_field", "ticket_fields", "NPS score", "custom_number"),
    Field("category_field", "ticket_fields", "NPS category", "custom_text"),
    Field("resolution_field", "ticket_fields", "DeskPulse resolution", "custom_text"),
    Field("contact_score_field", "contact_fields", "NPS last score", "custom_number"),
    Field("contact_date_field", "contact_fields", "NPS last date", "custom_date"),
    Field("contact_category_field", "contact_fields", "NPS last category", "custom_text"),
)
RULES = {
    "rule_resolved_id": (deliveries.RESOLVED, ANYBODY, "ticket resolved"),
    "rule_reopened_id": (deliveries.REOPENED, ANYBODY, "ticket reopened"),
    "rule_resolved_system_id": (deliveries.RESOLVED, SYSTEM, "ticket resolved by the system"),
    "rule_reopened_system_id": (deliveries.REOPENED, SYSTEM, "ticket reopened by the system"),
}
"""Our rules by the fact that keeps their id: event, performer, and what the rule is called."""


def rule_name(fact: str, connection_key: str) -> str:
    """A rule's name. Freshdesk lets many rules have one name, so it says whose rule it is."""
    return f"{rule_prefix(connection_key)} {RULES[fact][2]}"


def rule_prefix(connection_key: str) -> str:
    """What the names of all our rules begin with."""
    return f"DeskPulse {connection_key}:"


@dataclass(frozen=True, slots=True)
class Statuses:
    """Ids of the account's statuses: those that count as resolved, and the others."""

    resolved: tuple[int, ...]
    unresolved: tuple[int, ...]
    names: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, raw_fields: Iterable[Raw], resolved: Iterable[int]) -> Statuses:
        """From the ticket field ``status``. Its choices are keyed by id, which is a text in JSON."""
        raw_choices = next((raw.get("choices") for raw in raw_fields if raw.get("name") == "status"), None)
        choices = raw_choices.items() if isinstance(raw_choices, Mapping) else ()
        names = {int(key): _label(raw_choice) for key, raw_choice in choices if str(key).isdecimal()}
        known, chosen = set(names) or {2, 3, 4, 5}, set(resolved)
        return cls(tuple(sorted(chosen & known or chosen)), tuple(sorted(known - chosen)), names)

    def words(self, ids: Iterable[int]) -> str:
        """Statuses as people know them, with their ids: ``Resolved (4), Closed (5)``."""
        return ", ".join(f"{self.names[one]} ({one})" if self.names.get(one) else str(one) for one in ids)


def _label(raw_choice: Any) -> str:
    """What agents call a status; customers' words for it come second."""
    first = raw_choice[0] if isinstance(raw_choice, list) and raw_choice else raw_choice
    return first if isinstance(first, str) else ""


def rule(fact: str, connection_key: str, inlet_url: str, secret: str, statuses: Statuses, layout: str) -> Raw:
    """One rule: an event for each status that counts as resolved, and a condition on where the ticket is now."""
    event, performer, _ = RULES[fact]
    to_resolved = event == deliveries.RESOLVED
    ends = {True: lambda status: {"from": ANY, "to": status}, False: lambda status: {"from": status, "to": ANY}}
    now_in = statuses.resolved if to_resolved else statuses.unresolved
    condition = {"resource_type": "ticket", "field_name": "status", "operator": "in", "value": list(now_in)}
    return {
        "name": rule_name(fact, connection_key),
        "active": True,
        "performer": {"type": performer},
        "events": [{"field_name": "status", **ends[to_resolved](status)} for status in statuses.resolved],
        "conditions": [{"name": "condition_set_1", "match_type": "all", "properties": [condition]}],
        "actions": [
            {
                "field_name": "trigger_webhook",
                "request_type": "POST",
                "url": inlet_url,
                "content_type": "JSON",
                "content_layout": layout,
                "custom_headers": {SECRET_HEADER: secret},
                "content": deliveries.rule_body(event),
            }
        ],
    }


def layout(raw_rules: Iterable[Raw]) -> str:
    """How this account writes "advanced content": sources disagree, so the account's other rules are looked at."""
    for raw in raw_rules:
        for raw_action in raw.get("actions") or ():
            if isinstance(raw_action, Mapping) and (found := raw_action.get("content_layout")):
                return LAYOUTS[1] if str(found).isdecimal() else LAYOUTS[0]
    return LAYOUTS[0]


def same_rule(raw: Raw, want: Raw) -> bool:
    """Whether a rule does what we want. ``outdated`` means that Freshdesk runs it no more.

    A header that is not told, or told as asterisks, is taken to be right.
    """
    if raw.get("outdated") or not all(raw.get(name) == want[name] for name in ("name", "active")):
        return False
    if (raw.get("performer") or {}).get("type") != want["performer"]["type"]:
        return False
    if _events(raw) != _events(want) or _conditions(raw) != _conditions(want):
        return False
    raw_actions = list(raw.get("actions") or ())
    return len(raw_actions) == 1 and _same_action(raw_actions[0], want["actions"][0])


def _same_action(raw: Raw, want: Raw) -> bool:
    if not all(raw.get(name) == want[name] for name in COMPARED):
        return False
    if _content(raw) != _content(want):
        return False
    told = (raw.get("custom_headers") or {}).get(SECRET_HEADER) or ""
    return not told.strip("*") or told == want["custom_headers"][SECRET_HEADER]


def _events(raw: Raw) -> set[tuple[str, ...]]:
    return {tuple(str(one.get(name)) for name in ("field_name", "from", "to")) for one in raw.get("events") or ()}


def _conditions(raw: Raw) -> list[tuple[str, str, list[str]]]:
    """Every condition, with its values as text; an empty set stands for none."""
    rows = [one for raw_set in raw.get("conditions") or () for one in raw_set.get("properties") or ()]
    return [(str(one.get("field_name")), str(one.get("operator")), _texts(one.get("value"))) for one in rows]


def _texts(raw: Any) -> list[str]:
    return sorted(map(str, raw if isinstance(raw, list) else [raw]))


def _content(raw_action: Raw) -> Any:
    """The body that an action sends, its values as text; it may itself be told as text."""
    raw = raw_action.get("content")
    try:
        found = json.loads(raw) if isinstance(raw, str) else raw
    except ValueError:
        return raw
    return {name: str(value) for name, value in found.items()} if isinstance(found, Mapping) else found
