"""Records as the agent screen shows them, and as the app reads them through the host page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse_simulation.records import Json
from deskpulse_simulation.screen import Line
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.field_values import CHOICES
from deskpulse_zendesk.simulator.placeholders import CHANNEL_LABELS, STATUS_LABELS
from deskpulse_zendesk.simulator.records import OPEN_STATUSES, Field, Ticket, User

MOST_TICKETS = 25


def listed(account: Account, status: str, query: str, most: int) -> tuple[list[Line], int]:
    """The newest tickets of a status group that contain the query, and how many there are in all."""
    wanted = {"open": OPEN_STATUSES, "solved": frozenset(("solved", "closed"))}.get(status)
    needle = query.lower()
    rows: list[Line] = []
    total = 0
    for number in reversed(account.tickets.ids):
        ticket = account.tickets[number]
        if wanted is not None and ticket.status not in wanted:
            continue
        requester = account.users.get(ticket.requester_id)
        if needle and not _contains(needle, ticket, requester):
            continue
        total += 1
        if len(rows) < most:
            rows.append(_line(account, ticket, requester))
    return rows, total


def _line(account: Account, ticket: Ticket, requester: User | None) -> Line:
    assignee, group = account.users.get(ticket.assignee_id), account.groups.get(ticket.group_id)
    return Line(
        number=f"#{ticket.id}",
        subject=ticket.subject,
        address=f"/agent/tickets/{ticket.id}",
        state=ticket.status,
        status=STATUS_LABELS[ticket.status],
        updated_at=ticket.updated_at,
        requester=requester.name if requester else None,
        requester_address=f"/agent/users/{ticket.requester_id}",
        assignee=assignee.name if assignee else None,
        group=group.name if group else None,
    )


def _contains(needle: str, ticket: Ticket, requester: User | None) -> bool:
    text = [str(ticket.id), ticket.subject, *(ticket.tags)]
    if requester is not None:
        text += [requester.name, requester.email or ""]
    return any(needle in words.lower() for words in text)


def ticket_view(account: Account, ticket: Ticket) -> Json:
    """Everything the ticket's page shows; ``revision`` changes when any of it does."""
    requester = account.users.get(ticket.requester_id)
    conversation = [
        {"comment": comment, "author": account.users.get(comment.author_id)} for comment in reversed(ticket.comments)
    ]
    touched = requester.updated_at.isoformat() if requester else ""
    return {
        "number": f"#{ticket.id}",
        "subject": ticket.subject,
        "address": f"/agent/tickets/{ticket.id}",
        "ticket": ticket,
        "status": STATUS_LABELS[ticket.status],
        "channel": CHANNEL_LABELS.get(ticket.via, ticket.via.capitalize()),
        "open": ticket.status in OPEN_STATUSES,
        "closed": ticket.status == "closed",
        "requester": requester,
        "requester_fields": person_fields(account, requester) if requester else [],
        "assignee": account.users.get(ticket.assignee_id),
        "group": account.groups.get(ticket.group_id),
        "conversation": conversation,
        "fields": ticket_fields(account, ticket),
        "tags": sorted(ticket.tags),
        "revision": f"{len(ticket.audits)}.{ticket.updated_at.timestamp():.0f}.{touched}.{len(account.ticket_fields)}",
    }


def ticket_fields(account: Account, ticket: Ticket) -> list[tuple[str, str]]:
    """Custom fields with their titles, choices by name."""
    return [
        (field.title, _shown(field, ticket.custom_fields.get(field.id)))
        for field in account.ticket_fields
        if field.removable and field.active
    ]


def person_fields(account: Account, user: User) -> list[tuple[str, str]]:
    """User fields with their titles."""
    rows = [(field, user.user_fields.get(str(field.key))) for field in account.user_fields if field.active]
    return [(field.title, _shown(field, value)) for field, value in rows]


def _shown(field: Field, value: Any) -> str:
    if value is None:
        return ""
    if field.type == "checkbox":
        return "Yes" if value else "No"
    if field.type in CHOICES:
        names = {option["value"]: option["name"] for option in field.options}
        return ", ".join(str(names.get(item, item)) for item in (value if isinstance(value, list) else [value]))
    return str(value).removesuffix("T00:00:00Z") if field.type == "date" else str(value)


def user_view(account: Account, user: User) -> Json:
    """Everything a person's page shows."""
    numbers = account.ticket_ids_of(user.id)[-MOST_TICKETS:]
    latest = max((account.tickets[number].updated_at.isoformat() for number in numbers), default="")
    return {
        "name": user.name,
        "address": f"/agent/users/{user.id}",
        "user": user,
        "fields": person_fields(account, user),
        "tickets": [account.tickets[number] for number in reversed(numbers)],
        "organization": account.organizations.get(user.organization_id),
        "revision": f"{user.updated_at.isoformat()}.{latest}.{len(numbers)}",
    }


def host_data(account: Account, agent: User, asked: Mapping[str, str]) -> Json:
    """``ticket``, ``user`` and ``currentUser`` as the framework's paths read them, for the page that asks."""
    data: Json = {"currentUser": _framework_user(account, agent) | {"role": agent.role}}
    ticket = account.tickets.get(int(asked["ticket"])) if asked.get("ticket", "").isdigit() else None
    person = account.users.get(int(asked["user"])) if asked.get("user", "").isdigit() else None
    requester = account.user_by_email(asked["requester"]) if asked.get("requester") else None
    if ticket is not None:
        data["ticket"] = _framework_ticket(account, ticket)
    elif "requester" in asked:
        data["ticket"] = {"requester": _framework_user(account, requester) if requester else None, "isNew": True}
    if person is not None:
        data["user"] = _framework_user(account, person)
    return data


def _framework_ticket(account: Account, ticket: Ticket) -> Json:
    requester, assignee = account.users.get(ticket.requester_id), account.users.get(ticket.assignee_id)
    group = account.groups.get(ticket.group_id)
    return {
        "id": ticket.id,
        "isNew": False,
        "subject": ticket.subject,
        "description": ticket.description,
        "status": ticket.status,
        "priority": ticket.priority or "-",
        "type": ticket.type or "",
        "tags": sorted(ticket.tags),
        "requester": _framework_user(account, requester) if requester else None,
        "assignee": {
            "user": _framework_user(account, assignee) if assignee else None,
            "group": {"id": group.id, "name": group.name} if group else None,
        },
        "createdAt": ticket.created_at.isoformat(),
        "updatedAt": ticket.updated_at.isoformat(),
    } | {f"customField:custom_field_{number}": value for number, value in ticket.custom_fields.items()}


def _framework_user(account: Account, user: User) -> Json:
    identities = [{"id": f"{user.id}-email", "type": "email", "value": user.email, "verified": True, "primary": True}]
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "alias": "",
        "avatarUrl": None,
        "externalId": user.external_id,
        "identities": identities if user.email else [],
        "locale": user.locale,
        "organizations": [],
        "role": user.role,
        "details": user.details,
        "notes": user.notes,
        "groups": [
            {"id": membership.group_id, "name": account.groups[membership.group_id].name}
            for membership in account.memberships_of(user.id)
        ],
    }
