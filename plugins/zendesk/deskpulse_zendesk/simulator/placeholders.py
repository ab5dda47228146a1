"""The vendor's ``{{placeholders}}``: case-sensitive, plain text, empty where there is nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from deskpulse_simulation.clock import stamp
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.records import Comment, Organization, Ticket, User

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
STATUS_LABELS = {
    "new": "New",
    "open": "Open",
    "pending": "Pending",
    "hold": "On-hold",
    "solved": "Solved",
    "closed": "Closed",
}
CHANNEL_LABELS = {"email": "Mail", "web": "Web form", "api": "Web service", "voice": "Phone call (incoming)"}


def render(text: str, account: Account, ticket: Ticket, actor: User) -> str:
    """The text with every placeholder replaced; an unknown one leaves nothing behind."""
    return _PLACEHOLDER.sub(lambda found: value_of(found.group(1), account, ticket, actor), text)


def value_of(path: str, account: Account, ticket: Ticket, actor: User) -> str:
    """One placeholder's text."""
    root, _, rest = path.partition(".")
    if root == "ticket":
        return _ticket_value(rest, account, ticket)
    if root == "current_user":
        return _person(rest, account, actor)
    return ""


def _ticket_value(path: str, account: Account, ticket: Ticket) -> str:
    plain = _PLAIN.get(path)
    if plain is not None:
        return _text(plain(ticket))
    known = _of_account(path, account, ticket)
    if known is not None:
        return known
    head, _, rest = path.partition(".")
    if head == "requester":
        return _person(rest, account, account.users.get(ticket.requester_id))
    if head == "assignee":
        return _person(rest, account, account.users.get(ticket.assignee_id))
    if head == "submitter":
        return _person(rest, account, account.users.get(ticket.submitter_id))
    if head == "organization":
        return _organization(rest, account.organizations.get(ticket.organization_id))
    if head == "group":
        group = account.groups.get(ticket.group_id)
        return "" if group is None else {"name": group.name, "id": str(group.id)}.get(rest, "")
    if head == "brand":
        return {"name": account.name, "id": str(account.brand_id)}.get(rest, "")
    return _custom_field(path, account, ticket)


def _custom_field(path: str, account: Account, ticket: Ticket) -> str:
    titled = path.startswith("ticket_field_option_title_")
    number = path.removeprefix("ticket_field_option_title_").removeprefix("ticket_field_")
    if number == path or not number.isdigit():
        return ""
    field = account.ticket_fields.get(int(number))
    value = ticket.custom_fields.get(int(number))
    if field is not None and titled:
        value = {option["value"]: option["name"] for option in field.options}.get(value, value)
    return _text(value)


def _person(path: str, account: Account, user: User | None) -> str:
    if user is None:
        return ""
    head, _, key = path.partition(".")
    if head == "custom_fields":
        return _text(user.user_fields.get(key))
    if head == "organization":
        return _organization(key, account.organizations.get(user.organization_id))
    words = user.name.split()
    return _text(
        {
            "id": user.id,
            "name": user.name,
            "first_name": words[0] if words else "",
            "last_name": " ".join(words[1:]),
            "email": user.email,
            "phone": user.phone,
            "language": user.locale,
            "locale": user.locale,
            "external_id": user.external_id,
            "details": user.details,
            "notes": user.notes,
            "tags": " ".join(sorted(user.tags)),
            "role": user.role,
        }.get(head)
    )


def _organization(path: str, organization: Organization | None) -> str:
    if organization is None:
        return ""
    head, _, key = path.partition(".")
    if head == "custom_fields":
        return _text(organization.organization_fields.get(key))
    known = {"id": organization.id, "name": organization.name, "external_id": organization.external_id}
    return _text(known.get(head))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def agent_link(account: Account, ticket: Ticket) -> str:
    """The ticket's page for agents."""
    return f"{account.base_url}/agent/tickets/{ticket.id}"


def _latest(ticket: Ticket, *, public: bool) -> Comment | None:
    return next((comment for comment in reversed(ticket.comments) if comment.public or not public), None)


def _body(comment: Comment | None) -> str:
    return "" if comment is None else comment.body


def _conversation(account: Account, ticket: Ticket, *, public: bool) -> str:
    lines = []
    for comment in reversed(ticket.comments):
        if comment.public or not public:
            author = account.users.get(comment.author_id)
            name = author.name if author else "System"
            lines.append(f"{name}, {comment.created_at:%b %d, %Y, %H:%M} UTC\n{comment.body}")
    return "\n\n".join(lines)


_PLAIN: dict[str, Callable[[Ticket], Any]] = {
    "id": lambda ticket: ticket.id,
    "external_id": lambda ticket: ticket.external_id,
    "title": lambda ticket: ticket.subject,
    "description": lambda ticket: ticket.description,
    "status": lambda ticket: STATUS_LABELS[ticket.status],
    "priority": lambda ticket: (ticket.priority or "").capitalize(),
    "ticket_type": lambda ticket: (ticket.type or "").capitalize(),
    "via": lambda ticket: CHANNEL_LABELS.get(ticket.via, ticket.via.capitalize()),
    "tags": lambda ticket: " ".join(sorted(ticket.tags)),
    "created_at": lambda ticket: f"{ticket.created_at:%B %d, %Y}",
    "updated_at": lambda ticket: f"{ticket.updated_at:%B %d, %Y}",
    "created_at_with_timestamp": lambda ticket: stamp(ticket.created_at),
    "updated_at_with_timestamp": lambda ticket: stamp(ticket.updated_at),
    "latest_comment": lambda ticket: _body(_latest(ticket, public=False)),
    "latest_public_comment": lambda ticket: _body(_latest(ticket, public=True)),
}


def _of_account(path: str, account: Account, ticket: Ticket) -> str | None:
    """Placeholders that need the account, or None for any other."""
    match path:
        case "account":
            return account.name
        case "url":
            return agent_link(account, ticket).partition("://")[2]
        case "link" | "url_with_protocol":
            return agent_link(account, ticket)
        case "ticket_form":
            return "Default Ticket Form"
        case "comments_formatted":
            return _conversation(account, ticket, public=False)
        case "public_comments_formatted":
            return _conversation(account, ticket, public=True)
        case _:
            return None
