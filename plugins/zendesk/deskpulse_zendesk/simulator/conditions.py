"""Whether a rule's conditions hold for an update: the vendor's fields and operators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.field_values import tag_words
from deskpulse_zendesk.simulator.records import STATUSES, Facts, Rule
from deskpulse_zendesk.simulator.updates import Update

PRIORITIES = ("low", "normal", "high", "urgent")
_VALUE_OPERATORS = frozenset(
    [
        "is",
        "is_not",
        "less_than",
        "greater_than",
        "changed",
        "not_changed",
        "value",
        "not_value",
        "value_previous",
        "not_value_previous",
        "present",
        "not_present",
        "includes",
        "not_includes",
    ]
)
_VALUE_FIELDS = frozenset(
    [
        "status",
        "priority",
        "type",
        "group_id",
        "assignee_id",
        "requester_id",
        "organization_id",
        "brand_id",
        "ticket_form_id",
        "custom_status_id",
        "subject",
    ]
)
_SPECIAL_FIELDS = {
    "current_tags": frozenset(("includes", "not_includes", "changed", "not_changed")),
    "update_type": frozenset(("is", "is_not")),
    "comment_is_public": frozenset(("is", "is_not")),
    "ticket_is_public": frozenset(("is", "is_not")),
    "role": frozenset(("is", "is_not")),
    "current_user": frozenset(("is", "is_not")),
}


def operators(field: str) -> frozenset[str] | None:
    """The operators a condition on this field may use, or None where the field is unknown."""
    if field in _VALUE_FIELDS or field.startswith("custom_fields_"):
        return _VALUE_OPERATORS
    return _SPECIAL_FIELDS.get(field)


def known_fields() -> list[str]:
    """Every field without a number in its name that a trigger condition may name."""
    return sorted((*_VALUE_FIELDS, *_SPECIAL_FIELDS))


def holds(rule: Rule, update: Update) -> bool:
    """All of ``all``, and any of ``any`` where there are some."""
    after = with_custom_status(update.account, update.ticket.facts())
    before = None if update.before is None else with_custom_status(update.account, update.before)

    def test(condition: Json) -> bool:
        return condition_holds(condition, update, before, after)

    return all(map(test, rule.all)) and (not rule.any or any(map(test, rule.any)))


def with_custom_status(account: Account, facts: Facts) -> Facts:
    """Facts plus the custom status that stands for the status (closed counts as solved there)."""
    status = "solved" if facts["status"] == "closed" else facts["status"]
    return facts | {"custom_status_id": account.custom_status_ids[status]}


def condition_holds(condition: Json, update: Update, before: Facts | None, after: Facts) -> bool:
    """One condition against the state before (None on create) and after."""
    name = str(condition["field"])
    operator = str(condition.get("operator") or "is")
    value = condition.get("value")
    special = _SPECIAL_TESTS.get(name)
    if special is not None:
        return special(value, update) == (operator != "is_not")
    if name == "current_tags":
        return _tags_hold(operator, value, before, after)
    return value_holds(operator, _wanted(value, update), before, after, name)


def value_holds(operator: str, wanted: list[str], before: Facts | None, after: Facts, name: str) -> bool:
    """A comparison of one value; on create everything counts as changed, and nothing as changed *from*."""
    now = _word(after.get(name))
    was = None if before is None else _word(before.get(name))
    if operator in ("less_than", "greater_than"):
        return _ranks(name, operator, now, wanted)
    answers = {
        "is": now in wanted,
        "changed": was != now,
        "value": now in wanted and was != now,
        "value_previous": was in wanted and was != now,
        "present": now != "",
        "includes": now in wanted,
    }
    if operator in answers:
        return answers[operator]
    return not answers[operator.removeprefix("not_").removesuffix("_not")]


def _ranks(name: str, operator: str, now: str, wanted: list[str]) -> bool:
    order: tuple[str, ...] = STATUSES if name == "status" else PRIORITIES
    if now in order and wanted and wanted[0] in order:
        difference = order.index(now) - order.index(wanted[0])
    else:
        try:
            difference = round((float(now) - float(wanted[0])) * 1000)
        except (ValueError, IndexError):
            return False
    return difference < 0 if operator == "less_than" else difference > 0


def _wanted(value: Any, update: Update) -> list[str]:
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    people = {"current_user": update.actor.id, "requester_id": update.ticket.requester_id}
    return [_word(people.get(item, item) if isinstance(item, str) else item) for item in values]


def _word(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tags_hold(operator: str, value: Any, before: Facts | None, after: Facts) -> bool:
    if operator in ("changed", "not_changed"):
        changed = before is None or before["current_tags"] != after["current_tags"]
        return changed is (operator == "changed")
    found = any(tag in after["current_tags"] for tag in tag_words(value))
    return found is (operator == "includes")


def _is_update_type(value: Any, update: Update) -> bool:
    return str(value) == ("Create" if update.creating else "Change")


def _has_comment(value: Any, update: Update) -> bool:
    comment = update.comment
    if comment is None:
        return False
    wanted = _word(value)
    if wanted == "not_relevant":
        return True
    return comment.public == (wanted in ("true", "requester_can_see_comment"))


def _is_public_ticket(value: Any, update: Update) -> bool:
    return update.ticket.is_public == (_word(value) in ("true", "public"))


def _has_role(value: Any, update: Update) -> bool:
    actor = update.actor
    if value in ("agent", "all_agents"):
        return actor.staff
    return str(value) in (actor.role, actor.role.replace("-", "_"), str(actor.id))


_SPECIAL_TESTS: dict[str, Callable[[Any, Update], bool]] = {
    "update_type": _is_update_type,
    "comment_is_public": _has_comment,
    "ticket_is_public": _is_public_ticket,
    "role": _has_role,
    "current_user": _has_role,
}
