"""Whether a rule's performer, events and conditions are met."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.changes import AGENT, EITHER, REQUESTER, Actor, Change, Happening
from deskpulse_freshdesk.simulator.records import Rule, Ticket
from deskpulse_simulation.records import Json

ANY = "--"
HOUR = 3600
TIME_FIELDS: dict[str, Callable[[Ticket], datetime | None]] = {
    "created_at": lambda ticket: ticket.created_at,
    "updated_at": lambda ticket: ticket.updated_at,
    "resolved_at": lambda ticket: ticket.stats.resolved_at,
    "closed_at": lambda ticket: ticket.stats.closed_at,
    "pending_since": lambda ticket: ticket.stats.pending_since,
    "requester_responded_at": lambda ticket: ticket.stats.requester_responded_at,
    "agent_responded_at": lambda ticket: ticket.stats.agent_responded_at,
}
"""What time triggers count whole hours from."""


def performer_fits(performer: Json | None, actor: Actor) -> bool:
    """Whether the rule listens to whoever did it; ``members`` narrows it to some agents."""
    kind = (performer or {}).get("type", EITHER)
    if actor.kind != kind and not (kind == EITHER and actor.kind in (AGENT, REQUESTER)):
        return False
    members = (performer or {}).get("members")
    return not members or actor.id in members


def event_met(rule: Rule, change: Change) -> Happening | None:
    """The happening that sets the rule off; any of its events is enough."""
    for event in rule.events:
        for happening in change.happenings:
            if _matches(event, happening):
                return happening
    return None


def _matches(event: Json, happening: Happening) -> bool:
    if event["field_name"] != happening.field_name:
        return False
    if "value" in event:
        return event["value"] in (ANY, happening.new)
    return _meets(event.get("from", ANY), happening.old) and _meets(event.get("to", ANY), happening.new)


def _meets(wanted: Any, value: Any) -> bool:
    return wanted == ANY or value in (wanted if isinstance(wanted, list) else [wanted])


def conditions_hold(account: Account, rule: Rule, ticket: Ticket) -> bool:
    """Whether the condition sets are true of the ticket as it stands; a set without conditions is."""
    results = [_set_holds(account, one, ticket) for one in rule.conditions]
    either = rule.operator is not None and " or " in rule.operator.lower()
    return not results or (any(results) if either else all(results))


def _set_holds(account: Account, one: Json, ticket: Ticket) -> bool:
    properties = one.get("properties") or []
    results = [_holds(account, condition, ticket) for condition in properties]
    return not results or (any(results) if one.get("match_type") == "any" else all(results))


def _holds(account: Account, condition: Json, ticket: Ticket) -> bool:
    name, operator, wanted = condition["field_name"], condition["operator"], condition.get("value")
    if name in TIME_FIELDS and condition.get("resource_type", "ticket") == "ticket":
        since = TIME_FIELDS[name](ticket)
        value: Any = None if since is None else int((account.now() - since).total_seconds() // HOUR)
    else:
        value = _value(account, condition.get("resource_type", "ticket"), name, ticket)
    return OPERATORS[operator](value, wanted)


def _value(account: Account, resource: str, name: str, ticket: Ticket) -> Any:
    if resource == "ticket":
        facts = ticket.facts()
        return facts["tags"] if name == "tag_names" else facts.get(name)
    record: Any = account.person(ticket.requester_id)
    if resource == "company":
        record = account.companies.get(ticket.company_id)
    custom = getattr(record, "custom_fields", {})
    return custom[name] if name in custom else getattr(record, name, None)


def _listed(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def _among(value: Any, wanted: Any) -> bool:
    found = value if isinstance(value, list) else [value]
    return any(one in _listed(wanted) for one in found)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return _among(value, wanted)
    return any(str(one).lower() in str(value or "").lower() for one in _listed(wanted))


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "is": _among,
    "in": _among,
    "is_not": lambda value, wanted: not _among(value, wanted),
    "not_in": lambda value, wanted: not _among(value, wanted),
    "contains": _contains,
    "does_not_contain": lambda value, wanted: not _contains(value, wanted),
    "starts_with": lambda value, wanted: str(value or "").lower().startswith(str(wanted).lower()),
    "ends_with": lambda value, wanted: str(value or "").lower().endswith(str(wanted).lower()),
    "greater_than": lambda value, wanted: value is not None and value > float(wanted),
    "less_than": lambda value, wanted: value is not None and value < float(wanted),
    "selected": lambda value, wanted: bool(value),  # noqa: ARG005 - a checkbox has no value to compare with
    "not_selected": lambda value, wanted: not value,  # noqa: ARG005 - likewise
}
