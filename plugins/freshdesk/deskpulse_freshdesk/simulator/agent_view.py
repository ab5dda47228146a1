"""Records as the agent screen shows them, and as the app reads them through the host page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.desk import is_open
from deskpulse_freshdesk.simulator.records import (
    CLOSED,
    OPEN,
    PENDING,
    PRIORITIES,
    SOURCES,
    Agent,
    Contact,
    Field,
    Ticket,
)
from deskpulse_freshdesk.simulator.rendering import agent_json, contact_json, plain, ticket_json
from deskpulse_simulation.records import Json
from deskpulse_simulation.screen import Line
from deskpulse_simulation.tables import Table

MOST_TICKETS = 25
STATES = {OPEN: "open", PENDING: "pending", CLOSED: "closed"}
"""The frame's colours; a status of the account's own looks like one that waits."""


def state_of(ticket: Ticket) -> str:
    """The frame's word for a ticket's status."""
    return STATES.get(ticket.status, "hold" if is_open(ticket) else "solved")


def listed(account: Account, chosen: str, query: str, most: int) -> tuple[list[Line], int]:
    """The newest tickets of a status group that contain the query, and how many there are in all."""
    needle = query.lower()
    rows: list[Line] = []
    total = 0
    for number in reversed(account.tickets.ids):
        ticket = account.tickets[number]
        hidden = ticket.deleted or ticket.spam or (chosen != "all" and is_open(ticket) != (chosen == "open"))
        requester = account.person(ticket.requester_id)
        if hidden or (needle and not _contains(needle, ticket, requester)):
            continue
        total += 1
        if len(rows) < most:
            rows.append(_line(account, ticket, requester))
    return rows, total


def _contains(needle: str, ticket: Ticket, requester: Agent | Contact | None) -> bool:
    text = [str(ticket.id), ticket.subject, *ticket.tags]
    if requester is not None:
        text += [requester.name, requester.email or ""]
    return any(needle in words.lower() for words in text)


def _line(account: Account, ticket: Ticket, requester: Agent | Contact | None) -> Line:
    responder, group = account.agents.get(ticket.responder_id), account.groups.get(ticket.group_id)
    return Line(
        f"#{ticket.id}",
        ticket.subject,
        f"/a/tickets/{ticket.id}",
        state_of(ticket),
        account.statuses[ticket.status][0],
        ticket.updated_at,
        requester.name if requester else None,
        f"/a/contacts/{requester.id}" if requester else None,
        responder.name if responder else None,
        group.name if group else None,
    )


def ticket_view(account: Account, ticket: Ticket) -> Json:
    """Everything the ticket's page shows; ``revision`` changes when any of it does."""
    requester, responder = account.person(ticket.requester_id), account.agents.get(ticket.responder_id)
    group = account.groups.get(ticket.group_id)
    touched = requester.updated_at.timestamp() if requester else 0
    entries = [
        {
            "author": _name(account, entry.user_id),
            "at": entry.created_at,
            "words": plain(entry.body),
            "private": entry.private,
        }
        for entry in reversed(ticket.conversation)
    ]
    first = {
        "author": requester.name if requester else None,
        "at": ticket.created_at,
        "words": plain(ticket.description),
        "private": False,
    }
    return {
        "number": f"#{ticket.id}",
        "subject": ticket.subject,
        "address": f"/a/tickets/{ticket.id}",
        "open": is_open(ticket),
        "closed": ticket.archived,
        "ticket": ticket,
        "state": state_of(ticket),
        "status": account.statuses[ticket.status][0],
        "facts": [
            ("Agent", responder.name if responder else None),
            ("Group", group.name if group else None),
            ("Priority", PRIORITIES[ticket.priority]),
            ("Came by", SOURCES.get(ticket.source)),
        ],
        "requester": requester,
        "requester_address": f"/a/contacts/{ticket.requester_id}",
        "requester_fields": person_fields(account, requester),
        "conversation": [*entries, first],
        "fields": _shown(account.ticket_fields, ticket.custom_fields),
        "tags": sorted(ticket.tags),
        "revision": f"{ticket.updated_at.timestamp():.0f}.{touched:.0f}.{len(entries)}.{len(account.ticket_fields)}"
        f".{ticket.status}.{len(ticket.tags)}.{hash(tuple(map(str, ticket.custom_fields.values())))}",
    }


def _name(account: Account, number: int) -> str | None:
    person = account.person(number)
    return person.name if person else None


def _shown(table: Table[int, Field], values: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [(one.label, values.get(one.name)) for one in table if not one.default]
    return [(label, "" if value is None else str(value)) for label, value in rows]


def person_fields(account: Account, person: Agent | Contact | None) -> list[tuple[str, str]]:
    """A customer's custom fields with their labels; agents have none."""
    return _shown(account.contact_fields, person.custom_fields) if isinstance(person, Contact) else []


def person_view(account: Account, person: Agent | Contact) -> Json:
    """Everything a person's page shows."""
    tickets = account.tickets_of(person.id)[-MOST_TICKETS:]
    latest = max((ticket.updated_at.timestamp() for ticket in tickets), default=0)
    company = account.companies.get(person.company_id) if isinstance(person, Contact) else None
    return {
        "name": person.name,
        "address": f"/a/contacts/{person.id}",
        "person": person,
        "role": "Agent" if isinstance(person, Agent) else "Contact",
        "company": company.name if company else None,
        "fields": person_fields(account, person),
        "tickets": [_line(account, ticket, person) for ticket in reversed(tickets)],
        "revision": f"{person.updated_at.timestamp():.0f}.{latest:.0f}.{len(tickets)}",
    }


def host_data(account: Account, agent: Agent, asked: Mapping[str, str]) -> Json:
    """What ``client.data.get`` gives on the page that asks, by the names it takes."""
    data: Json = {
        "loggedInUser": agent_json(account, agent),
        "domainName": {"domainName": f"{account.domain}.freshdesk.com"},
    }
    ticket = account.tickets.get(int(asked["ticket"])) if asked.get("ticket", "").isdigit() else None
    number = ticket.requester_id if ticket is not None else int(asked.get("contact") or 0)
    person = account.person(number)
    if ticket is not None:
        group, company = account.groups.get(ticket.group_id), account.companies.get(ticket.company_id)
        data["ticket"] = ticket_json(account, ticket)
        data["group"] = {"id": group.id, "name": group.name} if group else None
        data["company"] = {"id": company.id, "name": company.name} if company else None
        data["requester"] = _person(account, person)
    if person is not None:
        data["contact"] = _person(account, person)
    return data


def _person(account: Account, person: Agent | Contact | None) -> Json | None:
    if isinstance(person, Contact):
        return contact_json(account, person)
    return None if person is None else {"id": person.id, "name": person.name, "email": person.email}
