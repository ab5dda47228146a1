"""Endpoints of automation rules: ``/automations/{type}/rules`` for creation (1), time (3) and updates (4)."""

from __future__ import annotations

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.actions import MAILS, SETTABLE
from deskpulse_freshdesk.simulator.api import ROOT, Answer, Api, Call, Reply
from deskpulse_freshdesk.simulator.changes import OCCURRENCES
from deskpulse_freshdesk.simulator.checks import (
    FLAG,
    OBJECTS,
    SOME_OBJECT,
    SOME_TEXT,
    SOME_WHOLE,
    TEXT,
    Kind,
    check,
    check_choice,
    refuse,
)
from deskpulse_freshdesk.simulator.conditions import OPERATORS, TIME_FIELDS
from deskpulse_freshdesk.simulator.errors import (
    Problem,
    internal_error,
    mismatch,
    missing,
    not_among,
    not_found,
    wrong_value,
)
from deskpulse_freshdesk.simulator.paging import paged
from deskpulse_freshdesk.simulator.placeholders import SIMPLE_KEYS
from deskpulse_freshdesk.simulator.records import Rule
from deskpulse_freshdesk.simulator.rendering import rule_json
from deskpulse_freshdesk.simulator.rules import KINDS, TIME, UPDATE, is_outdated
from deskpulse_freshdesk.simulator.webhooks import CONTENT_TYPES, SIMPLE
from deskpulse_simulation.records import Json

SPEC: dict[str, Kind] = {
    "name": SOME_TEXT,
    "active": FLAG,
    "position": SOME_WHOLE,
    "performer": SOME_OBJECT,
    "events": OBJECTS,
    "conditions": OBJECTS,
    "actions": OBJECTS,
    "operator": TEXT,
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
WEBHOOK_NEEDS = ("url", "request_type", "content_type", "content_layout", "content")
"""Without all of these the vendor answers 500, not 400."""
FIELDS = frozenset(
    ("status", "priority", "source", "type", "ticket_type", "subject", "tags", "tag_names", "group_id", "responder_id")
) | frozenset(TIME_FIELDS)
PERSON_FIELDS = frozenset(("name", "email", "job_title", "language", "time_zone", "tags", "segments"))


def add_routes(api: Api) -> None:
    """For administrators, on plans that have automations."""
    every, one = "/automations/<int:kind>/rules", "/automations/<int:kind>/rules/<int:number>"
    for method, path, view in (
        ("GET", every, listing),
        ("POST", every, create),
        ("GET", one, show),
        ("PUT", one, update),
        ("DELETE", one, delete),
    ):
        api.add(method, path, view, admin=True, feature="automations")


def _kind(kind: int) -> int:
    if kind not in KINDS:
        raise not_found()
    return kind


def _find(account: Account, kind: int, number: int) -> Rule:
    found = account.rules.get(number)
    if found is None or found.kind != _kind(kind):
        raise not_found()
    return found


def listing(call: Call, kind: int) -> Answer:
    """Rules of one type in the order they run."""
    return paged(call, call.account.rules_of(_kind(kind)), rule_json)


def show(call: Call, kind: int, number: int) -> Answer:
    """One rule."""
    return rule_json(_find(call.account, kind, number))


def create(call: Call, kind: int) -> Answer:
    """A new rule, last in its row; names need not be unique."""
    raw = call.body()
    needed = ("name", "actions", "performer", "events") if _kind(kind) == UPDATE else ("name", "actions")
    _check(call.account, kind, raw, needed)
    rule = add_rule(call.account, kind, raw, call.agent.id)
    where = f"{call.account.base_url}{ROOT}/automations/{kind}/rules/{rule.id}"
    return Reply(rule_json(rule), 201, {"Location": where})


def add_rule(account: Account, kind: int, raw: Json, author: int) -> Rule:
    """Store a rule from a checked body."""
    moment, position = account.now(), len(account.rules_of(kind)) + 1
    rule = Rule(account.ids.number(), kind, raw["name"], position, moment, moment, author)
    _set(rule, raw)
    return account.rules.add(rule)


def _set(rule: Rule, raw: Json) -> None:
    for key, value in raw.items():
        setattr(rule, key, value)


def update(call: Call, kind: int, number: int) -> Answer:
    """Change what is listed, and nothing else."""
    rule, raw = _find(call.account, kind, number), call.body()
    _check(call.account, kind, raw, ())
    _set(rule, raw)
    rule.outdated = is_outdated(call.account, rule)
    rule.updated_by, rule.updated_at = call.agent.id, call.account.now()
    return rule_json(rule)


def delete(call: Call, kind: int, number: int) -> Answer:
    """Take a rule out."""
    call.account.rules.remove(_find(call.account, kind, number).id)
    return Reply(status=204)


def _check(account: Account, kind: int, raw: Json, required: tuple[str, ...]) -> None:
    allowed = SPEC if kind == UPDATE else {key: SPEC[key] for key in SPEC if key not in ("performer", "events")}
    refuse(check(raw, allowed, required))
    problems: list[Problem] = []
    if "performer" in raw:
        problems += check_choice({"performer[type]": raw["performer"].get("type", 0)}, "performer[type]", (1, 2, 3, 4))
    if raw.get("actions") == []:
        problems.append(missing("actions", "a/an Array"))
    for event in raw.get("events") or []:
        problems += _event(account, event)
    for one in raw.get("conditions") or []:
        for condition in one.get("properties") or []:
            problems += _condition(account, kind, condition)
    for action in raw.get("actions") or []:
        problems += _action(account, action)
    refuse(problems)


def _custom(account: Account) -> set[str]:
    return {one.name for one in account.ticket_fields if not one.default}


def _event(account: Account, event: Json) -> list[Problem]:
    names = sorted(OCCURRENCES | FIELDS - TIME_FIELDS.keys() | _custom(account))
    return check_choice({"events[field_name]": event.get("field_name", "")}, "events[field_name]", names)


def _condition(account: Account, kind: int, condition: Json) -> list[Problem]:
    where = "conditions[properties]"
    resource = condition.get("resource_type", "ticket")
    problems = check_choice({where: condition.get("operator", "")}, where, [*OPERATORS])
    if resource not in ("ticket", "contact", "company"):
        return [*problems, not_among(f"{where}[resource_type]", ("ticket", "contact", "company"))]
    own = {one.name for one in (account.contact_fields if resource == "contact" else account.company_fields)}
    known = FIELDS | _custom(account) if resource == "ticket" else PERSON_FIELDS | own
    if kind != TIME and resource == "ticket":
        known -= TIME_FIELDS.keys()
    return problems + check_choice(
        {f"{where}[field_name]": condition.get("field_name", "")}, f"{where}[field_name]", sorted(known)
    )


def _action(account: Account, action: Json) -> list[Problem]:
    name = action.get("field_name", "")
    if name == "trigger_webhook":
        return _webhook(action)
    if name in MAILS:
        return [missing(f"actions[{key}]") for key in ("email_subject", "email_body") if not action.get(key)]
    if name not in {"add_tag", "add_note"} | SETTABLE | _custom(account):
        known = {"trigger_webhook", "add_tag", "add_note"} | MAILS | SETTABLE | _custom(account)
        return [not_among("actions[field_name]", sorted(known))]
    return [] if "value" in action else [missing("actions[value]")]


def _webhook(action: Json) -> list[Problem]:
    if any(action.get(key) in (None, "") for key in WEBHOOK_NEEDS):
        raise internal_error()
    problems = check_choice(action, "request_type", METHODS)
    problems += check_choice(action, "content_type", [*CONTENT_TYPES])
    problems += check_choice(
        {"content_layout": str(action["content_layout"])}, "content_layout", ("1", "2", "simple", "advanced")
    )
    if not str(action["url"]).startswith(("https://", "http://")):
        problems.append(wrong_value("actions[url]", "It should be in the 'valid URL' format"))
    for key in ("custom_headers", "auth_header"):
        if not isinstance(action.get(key) or {}, dict):
            problems.append(mismatch(f"actions[{key}]", "key/value pair", action[key]))
    return problems + _content(action)


def _content(action: Json) -> list[Problem]:
    """The simple layout has ticks, or texts by key; the advanced one has any JSON, or pairs for other formats."""
    content, simple = action["content"], action["content_layout"] in SIMPLE
    if simple and isinstance(content, list):
        unknown = [key for key in content if key not in SIMPLE_KEYS and not str(key).startswith("ticket_cf_")]
        return [not_among("actions[content]", [*SIMPLE_KEYS])] if unknown else []
    if (simple or action["content_type"] != "JSON") and not isinstance(content, dict):
        return [mismatch("actions[content]", "key/value pair", content)]
    return []
