"""Reading a ticket from a request: everything is checked before anything changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.conditions import PRIORITIES
from deskpulse_zendesk.simulator.errors import invalid
from deskpulse_zendesk.simulator.field_values import TYPE_CLASSES, clean, tag_words
from deskpulse_zendesk.simulator.people import create_user
from deskpulse_zendesk.simulator.records import STATUSES, Field, Ticket, User

TYPES = ("problem", "incident", "question", "task")
COMMON_KEYS = frozenset(
    [
        "subject",
        "raw_subject",
        "status",
        "custom_status_id",
        "priority",
        "type",
        "external_id",
        "requester",
        "requester_id",
        "assignee_id",
        "assignee_email",
        "group_id",
        "organization_id",
        "brand_id",
        "ticket_form_id",
        "tags",
        "custom_fields",
        "fields",
        "comment",
        "safe_update",
        "updated_stamp",
    ]
)
CREATE_KEYS = COMMON_KEYS | {"description", "submitter_id", "via_followup_source_id", "via"}
BULK_KEYS = COMMON_KEYS | {"id", "additional_tags", "remove_tags"}


@dataclass
class CommentInput:
    """A comment to be added. ``public`` is true unless the request says otherwise."""

    author: User
    body: str
    public: bool
    html_body: str | None


@dataclass
class TicketInput:
    """Checked values, by attribute name and by custom field."""

    values: dict[str, Any] = field(default_factory=dict)
    custom: list[tuple[Field, Any]] = field(default_factory=list)
    tags: list[str] | None = None
    comment: CommentInput | None = None
    dropped: list[str] = field(default_factory=list)


def read(account: Account, raw: Json, actor: User, ticket: Ticket | None) -> TicketInput:
    """Check a request's ``ticket`` object against the account; raises the vendor's 422."""
    found = TicketInput()
    for key in ("subject", "external_id", "organization_id", "brand_id", "ticket_form_id"):
        if key in raw:
            found.values[key] = raw[key]
    if "raw_subject" in raw:
        found.values["subject"] = raw["raw_subject"]
    _read_choice(found, raw, "priority", PRIORITIES)
    _read_choice(found, raw, "type", TYPES)
    _read_status(account, found, raw)
    _read_requester(account, found, raw)
    _read_place(account, found, raw, ticket)
    _read_custom(account, found, raw)
    _read_tags(found, raw, ticket)
    found.comment = _read_comment(account, raw, actor)
    return found


def _read_choice(found: TicketInput, raw: Json, key: str, allowed: tuple[str, ...]) -> None:
    if key in raw:
        value = raw[key] or None
        if value is not None and value not in allowed:
            raise invalid(key, f"{key.capitalize()}: {value} is not recognized", "InvalidValue")
        found.values[key] = value


def _read_status(account: Account, found: TicketInput, raw: Json) -> None:
    if raw.get("status"):
        if raw["status"] not in STATUSES:
            raise invalid("status", f"Status: {raw['status']} is not recognized", "InvalidValue")
        found.values["status"] = raw["status"]
    elif raw.get("custom_status_id"):
        categories = {number: status for status, number in account.custom_status_ids.items()}
        if raw["custom_status_id"] not in categories:
            raise invalid("custom_status_id", "Custom status: is invalid", "InvalidValue")
        found.values["status"] = categories[raw["custom_status_id"]]


def _read_requester(account: Account, found: TicketInput, raw: Json) -> None:
    if "requester_id" in raw:
        if account.users.get(raw["requester_id"]) is None:
            raise invalid("requester", "Requester: is invalid", "InvalidValue")
        found.values["requester_id"] = raw["requester_id"]
    elif isinstance(raw.get("requester"), dict):
        person = raw["requester"]
        email = person.get("email")
        known = account.user_by_email(str(email)) if email else None
        user = known or create_user(account, {"name": person.get("name") or email, "email": email})
        found.values["requester_id"] = user.id


def _read_place(account: Account, found: TicketInput, raw: Json, ticket: Ticket | None) -> None:
    """Group and assignee go together: an agent works in a group of theirs."""
    group_id = raw.get("group_id", ticket.group_id if ticket else None)
    assignee_id = raw.get("assignee_id", ticket.assignee_id if ticket else None)
    if raw.get("assignee_email"):
        named = account.user_by_email(str(raw["assignee_email"]))
        assignee_id = named.id if named else -1
    group = account.groups.get(group_id)
    if "group_id" in raw and group_id is not None and (group is None or group.deleted):
        raise invalid("group", "Group: is invalid", "InvalidValue")
    assigning = "assignee_id" in raw or "assignee_email" in raw
    if assigning and assignee_id is not None:
        agent = account.users.get(assignee_id)
        if agent is None or not agent.staff or agent.suspended:
            raise invalid("assignee", "Assignee: is invalid", "InvalidValue")
        if group_id is None or not account.is_member(agent.id, group_id):
            if raw.get("group_id") is not None:
                raise invalid("assignee", "Assignee: is not a member of the group", "InvalidValue")
            group_id = agent.default_group_id
    elif "group_id" in raw and assignee_id is not None and group_id is not None:
        assignee_id = assignee_id if account.is_member(assignee_id, group_id) else None
    if assigning or "group_id" in raw:
        found.values["group_id"] = group_id
        found.values["assignee_id"] = assignee_id


def _read_custom(account: Account, found: TicketInput, raw: Json) -> None:
    given = raw.get("custom_fields", raw.get("fields")) or []
    pairs = list(given.items()) if isinstance(given, dict) else [(item.get("id"), item.get("value")) for item in given]
    for number, value in pairs:
        custom = account.ticket_fields.get(int(number)) if str(number).isdigit() else None
        if custom is not None and custom.removable and custom.active:
            found.custom.append((custom, clean(custom, value, "base")))
        elif account.switches.unknown_field_422:
            raise invalid("custom_fields", f"Custom field {number} does not exist", "InvalidValue")
        else:
            found.dropped.append(f"ticket.custom_fields.{number}")


def _read_tags(found: TicketInput, raw: Json, ticket: Ticket | None) -> None:
    if "tags" in raw:
        found.tags = tag_words(raw["tags"])
    tags = found.tags if found.tags is not None else list(ticket.tags if ticket else ())
    if "additional_tags" in raw:
        found.tags = tags = [*tags, *tag_words(raw["additional_tags"])]
    if "remove_tags" in raw:
        gone = set(tag_words(raw["remove_tags"]))
        found.tags = [tag for tag in tags if tag not in gone]


def _read_comment(account: Account, raw: Json, actor: User) -> CommentInput | None:
    given = raw.get("comment")
    if isinstance(given, str):
        given = {"body": given}
    if not given:
        return None
    body = given.get("body") or given.get("value") or given.get("html_body") or ""
    if not str(body).strip():
        raise invalid("comment", "Comment: cannot be blank", "BlankValue")
    author = account.users.get(given.get("author_id")) if given.get("author_id") else actor
    if author is None:
        raise invalid("comment", "Author: is invalid", "InvalidValue")
    public = given.get("public", True) not in (False, "false")
    return CommentInput(author, str(body), public, given.get("html_body"))


def check_required(account: Account, ticket: Ticket | None, found: TicketInput) -> None:
    """Refuse to leave a ticket solved while a field that solving requires is empty, touched or not."""
    status = found.values.get("status", ticket.status if ticket else "new")
    if status != "solved":
        return
    values = dict(ticket.custom_fields if ticket else {})
    values.update({custom.id: value for custom, value in found.custom})
    for custom in account.ticket_fields:
        required = custom.removable and (custom.required or custom.id == account.switches.required_on_solve)
        if required and custom.active and values.get(custom.id) in (None, "", False):
            raise invalid(
                "base",
                f"{custom.title}: is required when solving a ticket",
                None,
                ticket_field_id=custom.id,
                ticket_field_type=TYPE_CLASSES.get(custom.type, "FieldText"),
            )
