"""Single tickets, agents and customers, as they are now."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from deskpulse.plugin_api import Agent, Connection, Customer, Ticket
from deskpulse_servicenow import mapping
from deskpulse_servicenow.client import Client, Raw, is_sys_id
from deskpulse_servicenow.tables import Table, watched

NUMBER = re.compile(r"[A-Z]{2,10}[0-9]{3,20}")


def find_ticket(connection: Connection, key: str) -> Ticket | None:
    """The ticket by its id, or by its number as links made elsewhere may give it.

    None where it does not exist, or an access rule hides it.
    """
    found = locate(Client(connection), connection, key, lambda table: mapping.wanted(table, connection.settings))
    return mapping.ticket(found[1], found[0], connection.settings) if found else None


def find_agent(connection: Connection, key: str) -> Agent | None:
    """The agent."""
    raw = Client(connection).row("sys_user", key, mapping.USER)
    return None if raw is None else mapping.user_agent(raw)


def find_customer(connection: Connection, key: str) -> Customer | None:
    """The customer."""
    raw = Client(connection).row("sys_user", key, mapping.USER)
    return None if raw is None else mapping.user_customer(raw)


def locate(
    client: Client, connection: Connection, key: str, fields: Callable[[Table], Sequence[str]]
) -> tuple[Table, Raw] | None:
    """The table and the record of a ticket: an id says nothing about its table, and an API of ids knows no numbers."""
    for table in watched(connection.settings):
        if is_sys_id(key):
            raw = client.row(table.name, key, fields(table))
        elif NUMBER.fullmatch(key):
            raw = client.first(table.name, f"number={key}^ORDERBYsys_id", fields(table))
        else:
            return None
        if raw:
            return table, raw
    return None
