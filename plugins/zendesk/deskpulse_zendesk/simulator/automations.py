"""Automations: rules that wait. They run hourly on the account's clock, which only tests and people step forward."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator import editing
from deskpulse_zendesk.simulator.account import SYSTEM_AUTHOR, Account
from deskpulse_zendesk.simulator.conditions import value_holds, with_custom_status
from deskpulse_zendesk.simulator.field_values import tag_words
from deskpulse_zendesk.simulator.records import Rule, Ticket, User

TIME_FIELDS = {
    "NEW": "new",
    "OPEN": "open",
    "PENDING": "pending",
    "HOLD": "hold",
    "SOLVED": "solved",
    "CLOSED": "closed",
    "created_at": "",
    "updated_at": "",
    "assigned_at": "",
}
TIME_OPERATORS = frozenset(("is", "less_than", "greater_than"))
NULLIFIERS = frozenset(("status", "type", "group_id", "assignee_id", "requester_id"))
HOUR = 3600
MOST_STEPS = 24 * 60


def nullifies(conditions: Iterable[Json], actions: Iterable[Json]) -> bool:
    """Whether some action makes a condition untrue, so that the rule acts once per ticket only."""
    done = {str(action["field"]): action.get("value") for action in actions}
    for condition in conditions:
        name, operator, value = condition["field"], condition.get("operator"), condition.get("value")
        if name in done and operator == "is" and str(done[name]) != str(value):
            return True
        if name in done and operator in ("is_not", "less_than", "greater_than"):
            return True
        if name == "current_tags":
            added = {tag for key in ("current_tags", "set_tags") for tag in tag_words(done.get(key))}
            removed = set(tag_words(done.get("remove_tags")))
            if operator == "not_includes" and added & set(tag_words(value)):
                return True
            if operator == "includes" and (removed & set(tag_words(value)) or "set_tags" in done):
                return True
    return False


def advance(account: Account, seconds: float) -> datetime:
    """Step the clock forward, the automations running at every full hour passed."""
    whole, rest = divmod(seconds, HOUR)
    steps = min(int(whole), MOST_STEPS)
    for _ in range(steps):
        account.clock.advance(HOUR * whole / steps)
        run_all(account)
    return account.clock.advance(rest)


def run_all(account: Account) -> None:
    """Run every active automation once over all tickets that are not closed; what they do is the system's doing."""
    rules = account.active_rules(account.automations)
    moment = account.now()
    system = User(SYSTEM_AUTHOR, "System", moment, moment, role="admin")
    for ticket in [ticket for ticket in account.tickets if ticket.status != "closed"]:
        for rule in rules:
            if ticket.status != "closed" and holds(account, rule, ticket):
                editing.apply_automation(account, ticket, rule, system)


def holds(account: Account, rule: Rule, ticket: Ticket) -> bool:
    """Whether the conditions are true of the ticket as it stands; nothing counts as a change here."""
    facts = with_custom_status(account, ticket.facts())

    def test(condition: Json) -> bool:
        name, operator, value = str(condition["field"]), str(condition.get("operator") or "is"), condition.get("value")
        if name in TIME_FIELDS:
            return _hours_hold(account, ticket, name, operator, str(value))
        if name == "current_tags":
            found = not facts["current_tags"].isdisjoint(tag_words(value))
            return found == (operator == "includes")
        wanted = value if isinstance(value, list) else [value]
        return value_holds(operator, ["" if item is None else str(item) for item in wanted], facts, facts, name)

    return all(map(test, rule.all)) and (not rule.any or any(map(test, rule.any)))


def _hours_hold(account: Account, ticket: Ticket, name: str, operator: str, value: str) -> bool:
    if TIME_FIELDS[name]:
        since = ticket.metrics.status_updated_at if ticket.status == TIME_FIELDS[name] else None
    elif name == "assigned_at":
        since = ticket.metrics.assigned_at
    else:
        since = ticket.created_at if name == "created_at" else ticket.updated_at
    if since is None:
        return False
    hours = int((account.now() - since).total_seconds() // HOUR)
    match operator:
        case "is":
            return hours == int(value)
        case "less_than":
            return hours < int(value)
        case _:
            return hours > int(value)
