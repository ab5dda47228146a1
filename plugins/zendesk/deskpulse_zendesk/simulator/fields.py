"""``/ticket_fields``, ``/user_fields``, ``/organization_fields``, the one ticket form and the custom statuses."""

from __future__ import annotations

from functools import partial

from deskpulse_simulation.clock import stamp
from deskpulse_simulation.records import Json
from deskpulse_simulation.tables import Table
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, Call, Reply, unknown_keys
from deskpulse_zendesk.simulator.errors import TAKEN, invalid, not_found
from deskpulse_zendesk.simulator.field_values import CHOICES, PERSON_TYPES, TICKET_TYPES
from deskpulse_zendesk.simulator.paging import paged
from deskpulse_zendesk.simulator.records import Field
from deskpulse_zendesk.simulator.rendering import api_url, field_json

SYSTEM_FIELDS = (
    ("subject", "Subject"),
    ("description", "Description"),
    ("status", "Status"),
    ("tickettype", "Type"),
    ("priority", "Priority"),
    ("group", "Group"),
    ("assignee", "Assignee"),
)
_KEYS = frozenset(
    [
        "type",
        "title",
        "raw_title",
        "description",
        "raw_description",
        "active",
        "required",
        "position",
        "key",
        "tag",
        "custom_field_options",
        "agent_can_edit",
        "visible_in_portal",
        "title_in_portal",
        "editable_in_portal",
        "required_in_portal",
        "agent_description",
    ]
)


def add_routes(api: Api) -> None:
    """The three kinds of fields answer alike; only admins change them."""
    for kind in ("ticket", "user", "organization"):
        api.add("GET", f"/{kind}_fields", partial(index, kind=kind))
        api.add("POST", f"/{kind}_fields", partial(create, kind=kind), admin=True)
        api.add("GET", f"/{kind}_fields/<number>", partial(show, kind=kind))
        api.add("PUT", f"/{kind}_fields/<number>", partial(update, kind=kind), admin=True)
        api.add("DELETE", f"/{kind}_fields/<number>", partial(delete, kind=kind), admin=True)
    form = TicketForm()
    api.add("GET", "/ticket_forms", form.index)
    api.add("GET", "/ticket_forms/<int:number>", form.show)
    api.add("PUT", "/ticket_forms/<int:number>", form.update, admin=True)
    api.add("GET", "/custom_statuses", custom_statuses)


def table_of(account: Account, kind: str) -> Table[int, Field]:
    """Where fields of a kind are kept."""
    return {
        "ticket": account.ticket_fields,
        "user": account.user_fields,
        "organization": account.organization_fields,
    }[kind]


def find(account: Account, kind: str, number: str) -> Field:
    """A field by id, or by key where it has one."""
    table = table_of(account, kind)
    found = next((field for field in table if number in (str(field.id), field.key)), None)
    if found is None:
        raise not_found()
    return found


def index(call: Call, kind: str) -> Json:
    """All fields of a kind."""
    table = table_of(call.account, kind)
    return paged(
        call,
        f"{kind}_fields",
        table.ids,
        table.__getitem__,
        lambda field: field_json(call.account, kind, field),
    )


def show(call: Call, number: str, kind: str) -> Json:
    """One field."""
    return {f"{kind}_field": field_json(call.account, kind, find(call.account, kind, number))}


def create(call: Call, kind: str) -> Reply:
    """A new field: 201."""
    raw = call.part(f"{kind}_field")
    field = add_field(call.account, kind, raw)
    call.warn(f"{kind}_fields", "create", unknown_keys(f"{kind}_field", raw, _KEYS))
    return Reply({f"{kind}_field": field_json(call.account, kind, field)}, 201)


def add_field(account: Account, kind: str, raw: Json) -> Field:
    """Check and store a field. Keys of user and organization fields are unique; titles need not be."""
    table = table_of(account, kind)
    title, field_type = str(raw.get("title") or ""), str(raw.get("type") or "text")
    if not title:
        raise invalid("title", "Title: cannot be blank", "BlankValue")
    if field_type not in (TICKET_TYPES if kind == "ticket" else PERSON_TYPES):
        raise invalid("type", f"Type: {field_type} is invalid", "InvalidValue")
    key = None if kind == "ticket" else str(raw.get("key") or "")
    if key == "":
        raise invalid("key", "Key: cannot be blank", "BlankValue")
    if key is not None and any(field.key == key for field in table):
        raise invalid("key", f"Key: {key} has already been taken", TAKEN)
    moment = account.now()
    field = Field(account.ids.number(), field_type, title, moment, moment, key=key, position=len(table))
    field.options = _options(account, kind, field, raw)
    _assign(field, raw)
    return table.add(field)


def _options(account: Account, kind: str, field: Field, raw: Json) -> list[Json]:
    """Choices: those not sent again are gone, and a ticket tag may stand for one choice only."""
    if field.type not in CHOICES:
        return []
    given = raw.get("custom_field_options") or []
    if not given:
        raise invalid("custom_field_options", "Custom field options: cannot be blank", "BlankValue")
    taken = {
        option["value"]
        for other in table_of(account, kind)
        if other.id != field.id and kind == "ticket"
        for option in other.options
    }
    for option in given:
        if not option.get("name") or not option.get("value"):
            raise invalid("custom_field_options", "Custom field options: name and value are required", "BlankValue")
        if option["value"] in taken:
            raise invalid("custom_field_options", f"Tag {option['value']} is already used in another field", TAKEN)
    known = {option["value"]: option["id"] for option in field.options}
    return [
        {
            "id": known.get(option["value"]) or account.ids.number(),
            "name": option["name"],
            "raw_name": option["name"],
            "value": option["value"],
        }
        for option in given
    ]


def _assign(field: Field, raw: Json) -> None:
    for key in ("title", "description", "tag"):
        if key in raw:
            setattr(field, key, raw[key])
    for key in ("active", "required", "agent_can_edit", "visible_in_portal"):
        if key in raw:
            setattr(field, key, bool(raw[key]))
    if "position" in raw:
        field.position = int(raw["position"])


def update(call: Call, number: str, kind: str) -> Json:
    """Change a field; type and key are for ever."""
    field, raw = find(call.account, kind, number), call.part(f"{kind}_field")
    if "custom_field_options" in raw:
        field.options = _options(call.account, kind, field, raw)
    _assign(field, raw)
    field.updated_at = call.account.now()
    return {f"{kind}_field": field_json(call.account, kind, field)}


def delete(call: Call, number: str, kind: str) -> Reply:
    """Remove a field that is not one of the system's: 204."""
    field = find(call.account, kind, number)
    if not field.removable:
        raise invalid("base", "System fields cannot be deleted", "InvalidValue")
    table_of(call.account, kind).remove(field.id)
    return Reply(None, 204)


class TicketForm:
    """The account's one form. A field shows to agents only once the form lists it."""

    def __init__(self) -> None:
        self._field_ids: list[int] | None = None

    def _json(self, account: Account) -> Json:
        return {
            "id": account.form_id,
            "url": api_url(account, f"ticket_forms/{account.form_id}"),
            "name": "Default Ticket Form",
            "display_name": "Default Ticket Form",
            "active": True,
            "default": True,
            "end_user_visible": True,
            "position": 1,
            "ticket_field_ids": self._field_ids or list(account.ticket_fields.ids),
        }

    def index(self, call: Call) -> Json:
        """All forms: one."""
        return {"ticket_forms": [self._json(call.account)], "next_page": None, "previous_page": None, "count": 1}

    def show(self, call: Call, number: int) -> Json:
        """The form."""
        if number != call.account.form_id:
            raise not_found()
        return {"ticket_form": self._json(call.account)}

    def update(self, call: Call, number: int) -> Json:
        """Say which fields it shows."""
        raw = call.part("ticket_form")
        if "ticket_field_ids" in raw:
            known = call.account.ticket_fields
            if any(field_id not in known for field_id in raw["ticket_field_ids"]):
                raise invalid("ticket_field_ids", "Ticket field: is invalid", "InvalidValue")
            self._field_ids = list(raw["ticket_field_ids"])
        return self.show(call, number)


def custom_statuses(call: Call) -> Json:
    """One status per category; a closed ticket counts into ``solved`` here."""
    rows = [
        {
            "id": number,
            "status_category": status,
            "agent_label": status.capitalize(),
            "end_user_label": status.capitalize(),
            "active": True,
            "default": True,
            "created_at": stamp(call.account.now()),
        }
        for status, number in call.account.custom_status_ids.items()
    ]
    return {"custom_statuses": rows}
