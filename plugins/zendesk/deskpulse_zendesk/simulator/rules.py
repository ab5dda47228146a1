"""``/triggers`` and ``/automations``: written with ``all`` and ``any`` at top level, read with them nested."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from deskpulse_simulation.records import Json
from deskpulse_simulation.tables import Table
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.actions import problem_with
from deskpulse_zendesk.simulator.api import Api, Call, Reply
from deskpulse_zendesk.simulator.automations import NULLIFIERS, TIME_FIELDS, TIME_OPERATORS, nullifies
from deskpulse_zendesk.simulator.conditions import known_fields, operators
from deskpulse_zendesk.simulator.errors import ApiError, invalid, not_found
from deskpulse_zendesk.simulator.paging import offset_page, paged
from deskpulse_zendesk.simulator.records import Rule
from deskpulse_zendesk.simulator.rendering import rule_json

LARGEST_RULE = 65_536


def add_routes(api: Api) -> None:
    """Rules are for admins."""
    api.add("GET", "/triggers/definitions", definitions, admin=True)
    for kind in ("trigger", "automation"):
        api.add("GET", f"/{kind}s", partial(index, kind=kind), admin=True)
        api.add("GET", f"/{kind}s/active", partial(index, kind=kind, active=True), admin=True)
        api.add("GET", f"/{kind}s/search", partial(search, kind=kind), admin=True)
        api.add("POST", f"/{kind}s", partial(create, kind=kind), admin=True)
        api.add("GET", f"/{kind}s/<int:number>", partial(show, kind=kind), admin=True)
        api.add("PUT", f"/{kind}s/<int:number>", partial(update, kind=kind), admin=True)
        api.add("DELETE", f"/{kind}s/<int:number>", partial(delete, kind=kind), admin=True)


def table_of(account: Account, kind: str) -> Table[int, Rule]:
    """Where rules of a kind are kept."""
    return account.triggers if kind == "trigger" else account.automations


def find(account: Account, kind: str, number: int) -> Rule:
    """The rule, or the vendor's 404."""
    rule = table_of(account, kind).get(number)
    if rule is None:
        raise not_found()
    return rule


def index(call: Call, kind: str, active: bool = False) -> Json:
    """All rules, or the active (or inactive) ones."""
    asked = call.arg("active")
    table = table_of(call.account, kind)
    ids = [rule.id for rule in table if (asked is None and not active) or rule.active == (asked != "false")]
    return paged(call, f"{kind}s", ids, table.__getitem__, lambda rule: rule_json(call.account, kind, rule))


def search(call: Call, kind: str) -> Json:
    """Rules whose title contains the query."""
    query = (call.arg("query") or "").strip('"').lower()
    rows = [rule for rule in table_of(call.account, kind) if query in rule.title.lower()]
    picked, envelope = offset_page(call, rows)
    return {f"{kind}s": [rule_json(call.account, kind, rule) for rule in picked]} | envelope


def show(call: Call, number: int, kind: str) -> Json:
    """One rule."""
    return {kind: rule_json(call.account, kind, find(call.account, kind, number))}


def create(call: Call, kind: str) -> Reply:
    """A new rule: 201."""
    rule = add_rule(call.account, kind, call.part(kind))
    location = f"{call.account.base_url}/api/v2/{kind}s/{rule.id}.json"
    return Reply({kind: rule_json(call.account, kind, rule)}, 201, {"Location": location})


def add_rule(account: Account, kind: str, raw: Json, *, default: bool = False) -> Rule:
    """Check and store a rule at the end of the order, unless a position is given."""
    parts = _parts(raw) or RuleParts()
    _check(account, kind, str(raw.get("title") or ""), parts)
    table, moment = table_of(account, kind), account.now()
    last = max((rule.position for rule in table), default=0)
    return table.add(
        Rule(
            id=account.ids.number(),
            title=str(raw["title"]),
            created_at=moment,
            updated_at=moment,
            position=int(raw.get("position") or last + 1),
            all=parts.all,
            any=parts.any,
            actions=parts.actions,
            active=bool(raw.get("active", True)),
            description=raw.get("description"),
            category_id=str(raw.get("category_id") or account.trigger_category_id),
            default=default,
        )
    )


def update(call: Call, number: int, kind: str) -> Json:
    """A change. Any condition or action sent replaces conditions *and* actions, those not sent included."""
    rule, raw = find(call.account, kind, number), call.part(kind)
    parts = _parts(raw)
    if parts is not None:
        _check(call.account, kind, str(raw.get("title") or rule.title), parts)
        rule.all, rule.any, rule.actions = parts.all, parts.any, parts.actions
    for key in ("title", "description"):
        if key in raw:
            setattr(rule, key, raw[key])
    if "active" in raw:
        rule.active = bool(raw["active"])
    if "position" in raw:
        rule.position = int(raw["position"])
    rule.updated_at = call.account.now()
    return {kind: rule_json(call.account, kind, rule)}


def delete(call: Call, number: int, kind: str) -> Reply:
    """Gone: 204."""
    table_of(call.account, kind).remove(find(call.account, kind, number).id)
    return Reply(None, 204)


@dataclass
class RuleParts:
    """Conditions and actions as sent."""

    all: list[Json] = field(default_factory=list)
    any: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)


def _parts(raw: Json) -> RuleParts | None:
    nested = raw.get("conditions") or {}
    given = {key: raw.get(key, nested.get(key)) for key in ("all", "any")} | {"actions": raw.get("actions")}
    if all(value is None for value in given.values()):
        return None
    return RuleParts(**{key: list(value or ()) for key, value in given.items()})


def _check(account: Account, kind: str, title: str, parts: RuleParts) -> None:
    if not title:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    if not parts.all and not parts.any:
        raise invalid("base", "Invalid conditions: you must select at least one condition", "InvalidValue")
    if not parts.actions:
        raise invalid("base", "Invalid actions: you must select at least one action", "InvalidValue")
    if len(json.dumps([parts.all, parts.any, parts.actions])) > LARGEST_RULE:
        raise invalid("base", "The rule is larger than 65 KB", "TooLong")
    for condition in (*parts.all, *parts.any):
        _check_condition(account, kind, condition)
    field_ids = [custom.id for custom in account.ticket_fields if custom.removable]
    for action in parts.actions:
        problem = problem_with(action, account.webhooks, field_ids)
        if problem:
            raise invalid("actions", problem, "InvalidValue")
    if kind == "automation":
        _check_automation(parts)


def _check_condition(account: Account, kind: str, condition: Json) -> None:
    name, operator = str(condition.get("field")), str(condition.get("operator") or "is")
    allowed = TIME_OPERATORS if kind == "automation" and name in TIME_FIELDS else operators(name)
    number = name.removeprefix("custom_fields_")
    missing = number != name and not (number.isdigit() and int(number) in account.ticket_fields)
    if allowed is None or missing:
        raise invalid("conditions", f"Invalid condition: {name} is not a valid field", "InvalidValue")
    if operator not in allowed:
        raise invalid("conditions", f"Invalid condition: {operator} is not a valid operator for {name}", "InvalidValue")


def _check_automation(parts: RuleParts) -> None:
    names = {condition["field"] for condition in parts.all}
    if not names & TIME_FIELDS.keys():
        raise _automation_error("must contain at least one time-based condition in the ALL section")
    if not names & NULLIFIERS:
        raise _automation_error(f"must check for at least one of {', '.join(sorted(NULLIFIERS))} in the ALL section")
    if not nullifies(parts.all, parts.actions):
        raise _automation_error("must contain an action that makes one of its conditions untrue")


def _automation_error(reason: str) -> ApiError:
    return invalid("base", f"Your automation {reason}", "InvalidValue")


def definitions(call: Call) -> Json:
    """What a trigger may test and do."""

    def condition(name: str) -> dict[str, Any]:
        known = operators(name) or frozenset()
        choices = [{"value": operator, "title": operator.replace("_", " ").capitalize()} for operator in sorted(known)]
        title = name.replace("_", " ").capitalize()
        return {"title": title, "subject": name, "group": "ticket", "nullable": False, "operators": choices}

    custom = [f"custom_fields_{field.id}" for field in call.account.ticket_fields if field.removable]
    conditions = [condition(name) for name in (*known_fields(), *custom)]
    actions = [
        {"title": name.replace("_", " ").capitalize(), "subject": name, "group": "ticket", "nullable": False}
        for name in ("status", "priority", "type", "group_id", "assignee_id", "current_tags", "set_tags", "remove_tags")
    ]
    actions += [
        {"title": name.replace("_", " ").capitalize(), "subject": name, "group": "notification", "nullable": False}
        for name in ("notification_user", "notification_group", "notification_webhook")
    ]
    return {"definitions": {"conditions_all": conditions, "conditions_any": conditions, "actions": actions}}
