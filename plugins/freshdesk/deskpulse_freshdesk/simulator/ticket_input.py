"""What bodies about tickets may hold, and turning them into values."""

from __future__ import annotations

from typing import Any

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.checks import (
    FLAG,
    ID,
    MOMENT,
    OBJECT,
    SOME_ID,
    SOME_TEXT,
    SOME_WHOLE,
    TEXT,
    TEXTS,
    Kind,
    check,
    check_choice,
    check_custom,
    check_required,
    refuse,
)
from deskpulse_freshdesk.simulator.errors import Problem, missing, wrong_value
from deskpulse_freshdesk.simulator.people import find_or_create
from deskpulse_freshdesk.simulator.records import DONE, PRIORITIES, SOURCES, TYPES, Ticket
from deskpulse_simulation.records import Json

WHO = ("requester_id", "email", "phone", "unique_external_id", "twitter_id", "facebook_id")
"""How a requester is named; one of them is enough."""
CHANGES: dict[str, Kind] = {
    "name": TEXT,
    "requester_id": SOME_ID,
    "email": TEXT,
    "phone": TEXT,
    "unique_external_id": TEXT,
    "twitter_id": TEXT,
    "facebook_id": TEXT,
    "subject": SOME_TEXT,
    "type": TEXT,
    "status": SOME_WHOLE,
    "priority": SOME_WHOLE,
    "description": SOME_TEXT,
    "responder_id": ID,
    "custom_fields": OBJECT,
    "due_by": MOMENT,
    "fr_due_by": MOMENT,
    "email_config_id": ID,
    "group_id": ID,
    "product_id": ID,
    "company_id": ID,
    "source": SOME_WHOLE,
    "tags": TEXTS,
}
CREATION = CHANGES | {"cc_emails": TEXTS, "parent_id": ID}
REPLY = {"body": SOME_TEXT, "from_email": TEXT, "user_id": ID, "cc_emails": TEXTS, "bcc_emails": TEXTS}
NOTE = {"body": SOME_TEXT, "incoming": FLAG, "notify_emails": TEXTS, "private": FLAG, "user_id": ID}


def for_creation(account: Account, raw: Json) -> Json:
    """The values of a new ticket; 400 tells everything that is wrong."""
    problems = check(raw, CREATION, ("subject", "description", "status", "priority"))
    if not any(raw.get(name) for name in WHO):
        problems.append(missing("requester_id", "a/an Positive Integer"))
    problems += _values(account, raw)
    if not problems:
        problems += check_required(
            account, account.ticket_fields, raw.get("custom_fields") or {}, "required_for_agents"
        )
        if raw["status"] in DONE:
            given = raw.get("custom_fields") or {}
            problems += check_required(account, account.ticket_fields, given, "required_for_closure")
    refuse(problems)
    return _requester(account, raw)


def for_update(account: Account, ticket: Ticket, raw: Json) -> Json:
    """The values to change; fields that must be filled on a finished ticket are checked whatever is sent."""
    refuse(check(raw, CHANGES) + _values(account, raw))
    refuse(unfilled(account, ticket, raw))
    return _requester(account, raw)


def unfilled(account: Account, ticket: Ticket, raw: Json) -> list[Problem]:
    """Fields that are required for closure, or for agents, and would be empty on a resolved or closed ticket."""
    if raw.get("status", ticket.status) not in DONE:
        return []
    custom = ticket.custom_fields | (raw.get("custom_fields") or {})
    return check_required(account, account.ticket_fields, custom, "required_for_closure", "required_for_agents")


def _values(account: Account, raw: Json) -> list[Problem]:
    problems = check_custom(raw, account.ticket_fields)
    problems += _whole_choice(raw, "status", list(account.statuses))
    problems += _whole_choice(raw, "priority", list(PRIORITIES))
    problems += _whole_choice(raw, "source", list(SOURCES))
    if isinstance(raw.get("type"), str):
        problems += check_choice(raw, "type", TYPES)
    tables: dict[str, Any] = {
        "responder_id": account.agents,
        "group_id": account.groups,
        "company_id": account.companies,
    }
    for key, table in tables.items():
        if isinstance(raw.get(key), int) and raw[key] not in table:
            problems.append(wrong_value(key, f"There is no {key.removesuffix('_id')} matching the given {key}"))
    if isinstance(raw.get("requester_id"), int) and account.person(raw["requester_id"]) is None:
        problems.append(wrong_value("requester_id", "There is no contact matching the given requester_id"))
    return problems


def _whole_choice(raw: Json, key: str, choices: list[int]) -> list[Problem]:
    return check_choice(raw, key, choices) if isinstance(raw.get(key), int) else []


def _requester(account: Account, raw: Json) -> Json:
    values = {key: value for key, value in raw.items() if key not in WHO and key != "name"}
    if raw.get("requester_id"):
        values["requester_id"] = raw["requester_id"]
    elif any(raw.get(name) for name in WHO):
        values["requester_id"] = find_or_create(account, raw).id
    return values
