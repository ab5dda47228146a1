"""Endpoints of the fields of tickets, contacts and companies."""

from __future__ import annotations

import re
from functools import partial

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.api import ROOT, Answer, Api, Call, Reply
from deskpulse_freshdesk.simulator.checks import (
    ANYTHING,
    FIELD_KINDS,
    FLAG,
    SOME_TEXT,
    SOME_WHOLE,
    Kind,
    check,
    check_choice,
    refuse,
)
from deskpulse_freshdesk.simulator.errors import ApiError, access_denied, duplicate, not_found
from deskpulse_freshdesk.simulator.records import PRIORITIES, SOURCES, TYPES, Field
from deskpulse_freshdesk.simulator.rendering import field_json
from deskpulse_freshdesk.simulator.rules import is_outdated
from deskpulse_simulation.records import Json
from deskpulse_simulation.tables import Table

COMMON: dict[str, Kind] = {
    "label": SOME_TEXT,
    "label_for_customers": SOME_TEXT,
    "type": SOME_TEXT,
    "position": SOME_WHOLE,
    "customers_can_edit": FLAG,
    "required_for_agents": FLAG,
    "required_for_customers": FLAG,
    "choices": ANYTHING,
}
OF_TICKETS = COMMON | {"displayed_to_customers": FLAG, "required_for_closure": FLAG}
OF_CONTACTS = COMMON | {"displayed_for_customers": FLAG, "editable_in_signup": FLAG}
OF_COMPANIES = {name: COMMON[name] for name in ("label", "type", "position", "required_for_agents", "choices")}
STANDARD = (
    ("requester", "Search a requester", "default_requester"),
    ("subject", "Subject", "default_subject"),
    ("ticket_type", "Type", "default_ticket_type"),
    ("source", "Source", "default_source"),
    ("status", "Status", "default_status"),
    ("priority", "Priority", "default_priority"),
    ("group", "Group", "default_group"),
    ("agent", "Agent", "default_agent"),
    ("description", "Description", "default_description"),
)
STANDARD_OF_CONTACTS = (
    ("name", "Full name", "default_name"),
    ("email", "Email", "default_email"),
    ("phone", "Work phone", "default_phone"),
    ("company_name", "Company", "default_company_name"),
)


def furnish(account: Account) -> None:
    """The fields every account has."""
    for table, standard in ((account.ticket_fields, STANDARD), (account.contact_fields, STANDARD_OF_CONTACTS)):
        for position, (name, label, kind) in enumerate(standard, start=1):
            moment = account.now()
            shown = Field(account.ids.number(), name, label, kind, moment, moment, default=True, position=position)
            shown.label_for_customers = label
            table.add(shown)


def add_routes(api: Api, account: Account) -> None:
    """Tickets' fields are listed at two places; contacts' and companies' have one each."""
    api.add("GET", "/ticket_fields", ticket_fields)
    api.add("GET", "/admin/ticket_fields", admin_fields, admin=True)
    api.add("POST", "/admin/ticket_fields", create_ticket_field, admin=True, feature="ticket_fields")
    api.add("GET", "/admin/ticket_fields/<int:number>", partial(show, table=account.ticket_fields), admin=True)
    api.add("PUT", "/admin/ticket_fields/<int:number>", update_ticket_field, admin=True)
    api.add("DELETE", "/admin/ticket_fields/<int:number>", delete_ticket_field, admin=True)
    for name, table, spec in (
        ("contact_fields", account.contact_fields, OF_CONTACTS),
        ("company_fields", account.company_fields, OF_COMPANIES),
    ):
        own = f"/{name}/<int:number>"
        api.add("GET", f"/{name}", partial(listing, table=table))
        api.add("POST", f"/{name}", partial(create, table=table, spec=spec, path=name), feature=name)
        api.add("GET", own, partial(show, table=table))
        api.add("PUT", own, partial(update, table=table, spec=spec))
        api.add("DELETE", own, partial(delete, table=table), admin=True)


def shown_ticket_field(account: Account, one: Field) -> Json:
    """A ticket field with the choices it has at this moment."""
    body = field_json(one)
    standard = {
        "status": {str(number): list(labels) for number, labels in account.statuses.items()},
        "priority": {label: number for number, label in PRIORITIES.items()},
        "source": {label: number for number, label in SOURCES.items()},
        "ticket_type": list(TYPES),
        "group": {group.name: group.id for group in account.groups} if one.name == "group" else None,
        "agent": {agent.name: agent.id for agent in account.agents} if one.name == "agent" else None,
    }
    choices = standard.get(one.name) if one.default else None
    return body | ({"choices": choices} if choices is not None else {})


def ticket_fields(call: Call) -> Answer:
    """All fields of the ticket form, narrowed by ``type``."""
    call.allow_args("type", "page", "per_page")
    wanted = call.arg("type")
    rows = [one for one in call.account.ticket_fields if wanted in (None, one.type)]
    return [shown_ticket_field(call.account, one) for one in rows]


def admin_fields(call: Call) -> Answer:
    """The same for administrators."""
    return [field_json(one) for one in call.account.ticket_fields]


def create_ticket_field(call: Call) -> Answer:
    """A new custom field of tickets; its name is ``cf_`` and a slug of the label."""
    table = call.account.ticket_fields
    made = _make(call, table, OF_TICKETS, "cf_", ("label", "label_for_customers", "type"))
    where = f"{call.account.base_url}{ROOT}/admin/ticket_fields/{made.id}"
    return Reply(field_json(made), 201, {"Location": where})


def create(call: Call, table: Table[int, Field], spec: dict[str, Kind], path: str) -> Answer:
    """A new custom field of contacts or companies; its name is the label's slug and nothing before it."""
    if not call.agent.admin:
        raise access_denied()
    required = ("label", "label_for_customers", "type") if path == "contact_fields" else ("label", "type")
    made = _make(call, table, spec, "", required)
    where = f"{call.account.base_url}{ROOT}/{path}/{made.id}"
    return Reply(field_json(made, contact=True), 201, {"Location": where})


def _make(call: Call, table: Table[int, Field], spec: dict[str, Kind], prefix: str, required: tuple[str, ...]) -> Field:
    account, raw = call.account, call.body()
    refuse(check(raw, spec, required))
    refuse(check_choice(raw, "type", [*FIELD_KINDS]))
    if any(one.label.lower() == raw["label"].lower() for one in table):
        raise duplicate("label")
    return add_field(account, table, raw, prefix)


def add_field(account: Account, table: Table[int, Field], raw: Json, prefix: str) -> Field:
    """Store a custom field with a generated name that no other has."""
    moment = account.now()
    slug = prefix + re.sub(r"[^a-z0-9]+", "_", raw["label"].lower()).strip("_")
    taken = {one.name for one in table}
    name = next(found for found in (slug, *(f"{slug}{number}" for number in range(1, 1000))) if found not in taken)
    made = Field(account.ids.number(), name, raw["label"], raw["type"], moment, moment, position=len(table) + 1)
    made.label_for_customers = raw["label"]
    _set(made, {key: value for key, value in raw.items() if key not in ("label", "type")})
    return table.add(made)


def _set(one: Field, raw: Json) -> None:
    for key, value in raw.items():
        if key == "choices":
            rows = value if isinstance(value, list) else []
            one.choices = [row["value"] if isinstance(row, dict) else row for row in rows]
        else:
            setattr(one, "displayed_to_customers" if key == "displayed_for_customers" else key, value)


def _find(table: Table[int, Field], number: int) -> Field:
    found = table.get(number)
    if found is None:
        raise not_found()
    return found


def listing(call: Call, table: Table[int, Field]) -> Answer:
    """All fields of contacts or companies."""
    call.allow_args("page", "per_page")
    return [field_json(one, contact=True) for one in table]


def show(call: Call, number: int, table: Table[int, Field]) -> Answer:
    """One field."""
    return field_json(_find(table, number), contact=table is not call.account.ticket_fields)


def update(call: Call, number: int, table: Table[int, Field], spec: dict[str, Kind]) -> Answer:
    """Change a field of contacts or companies; its name stays."""
    if not call.agent.admin:
        raise access_denied()
    return _update(call, _find(table, number), spec, contact=True)


def update_ticket_field(call: Call, number: int) -> Answer:
    """Change a field of tickets; its name stays."""
    return _update(call, _find(call.account.ticket_fields, number), OF_TICKETS, contact=False)


def _update(call: Call, one: Field, spec: dict[str, Kind], *, contact: bool) -> Answer:
    raw = call.body()
    refuse(check(raw, {key: kind for key, kind in spec.items() if key != "type"}))
    _set(one, raw)
    one.updated_at = call.account.now()
    return field_json(one, contact=contact)


def delete_ticket_field(call: Call, number: int) -> Answer:
    """Delete a field with every value in it; rules that name it are outdated and stop without a word."""
    account, one = call.account, _find(call.account.ticket_fields, number)
    if one.default:
        raise ApiError(400, {"code": "invalid_value", "message": "Default fields cannot be deleted"})
    account.ticket_fields.remove(number)
    for ticket in account.tickets:
        ticket.custom_fields.pop(one.name, None)
    for rule in account.rules:
        rule.outdated = is_outdated(account, rule)
    return Reply(status=204)


def delete(call: Call, number: int, table: Table[int, Field]) -> Answer:
    """Delete a field of contacts or companies with every value in it."""
    one = _find(table, number)
    table.remove(number)
    account = call.account
    for record in account.contacts if table is account.contact_fields else account.companies:
        record.custom_fields.pop(one.name, None)
    return Reply(status=204)
