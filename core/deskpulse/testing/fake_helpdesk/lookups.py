"""Reading one ticket, agent or customer as it is now."""

from __future__ import annotations

from deskpulse.plugin_api import Agent, Connection, Customer, Ticket
from deskpulse.testing.fake_helpdesk import mapping
from deskpulse.testing.fake_helpdesk.client import Client


def find_ticket(connection: Connection, key: str) -> Ticket | None:
    """The vendor still shows deleted tickets, so their outcome is known."""
    raw = Client(connection).find("tickets", key)
    return mapping.ticket(raw, connection.settings) if raw else None


def find_agent(connection: Connection, key: str) -> Agent | None:
    """An agent, also a suspended one."""
    raw = Client(connection).find("agents", key)
    return mapping.agent(raw) if raw else None


def find_customer(connection: Connection, key: str) -> Customer | None:
    """A customer, also a removed one."""
    raw = Client(connection).find("customers", key)
    return mapping.customer(raw) if raw else None
