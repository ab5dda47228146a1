"""Single tickets, agents and customers, as they are now."""

from __future__ import annotations

from deskpulse.plugin_api import Agent, Connection, Customer, Ticket, field_references, ident
from deskpulse_freshdesk import mapping
from deskpulse_freshdesk.client import Client, Raw
from deskpulse_freshdesk.values import inner


def find_ticket(connection: Connection, key: str) -> Ticket | None:
    """The ticket; None where Freshdesk does not show it.

    Requester, company and stats come with it. The names of agent and group take a call each, and so do contact and
    company where one of their fields is mapped.
    """
    client = Client(connection)
    raw = client.ticket(key)
    if raw is None:
        return None
    sources = {one.source for one in field_references(connection.settings, mapping.FIELD_SOURCES)}
    around = mapping.Around(
        raw_requester=_requester(client, raw, whole="contact" in sources),
        raw_agent=_agent(client, ident(raw.get("responder_id")) or "") or {},
        raw_group=client.group(ident(raw.get("group_id")) or "") or {},
        raw_company=_company(client, raw, whole="company" in sources),
    )
    return mapping.ticket(raw, around, connection.settings, connection.facts)


def find_agent(connection: Connection, key: str) -> Agent | None:
    """The agent; one who was made a contact is still found, and inactive."""
    raw = _agent(Client(connection), key)
    return None if raw is None else mapping.agent(raw)


def find_customer(connection: Connection, key: str) -> Customer | None:
    """The customer, who may be an agent; one who was merged into another is unknown under the old id."""
    raw = _person(Client(connection), key)
    return None if raw is None else mapping.customer(raw)


def _agent(client: Client, key: str) -> Raw | None:
    return client.agent(key) or client.contact(key)


def _person(client: Client, key: str) -> Raw | None:
    return client.contact(key) or client.agent(key)


def _requester(client: Client, raw: Raw, *, whole: bool) -> Raw:
    said = dict(inner(raw, "requester"))
    if said.get("id") and not whole:
        return said
    return _person(client, ident(raw.get("requester_id")) or "") or said


def _company(client: Client, raw: Raw, *, whole: bool) -> Raw:
    said = dict(inner(raw, "company"))
    key = ident(raw.get("company_id")) or ""
    return (client.company(key) or said) if whole or (key and not said.get("name")) else said
