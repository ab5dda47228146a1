"""Single tickets, agents and customers, as they are now."""

from __future__ import annotations

from deskpulse.plugin_api import Agent, Connection, Customer, Ticket
from deskpulse_zendesk import mapping
from deskpulse_zendesk.client import Client


def find_ticket(connection: Connection, key: str) -> Ticket | None:
    """The ticket; None where Zendesk no longer shows it, which is how it treats deleted ones.

    Status and number of reopens come in one answer where they can, so that they cannot contradict each other.
    """
    client = Client(connection)
    raw = client.ticket(key, whole=True)
    if raw is None:
        return None
    raw_metrics = (raw["ticket"] or {}).get("metric_set") or client.metrics(key)
    return mapping.ticket(raw, raw_metrics, connection.settings)


def find_agent(connection: Connection, key: str) -> Agent | None:
    """The agent; one who was downgraded to an end user is still found, and inactive."""
    raw = Client(connection).user(key)
    return None if raw is None else mapping.agent(raw)


def find_customer(connection: Connection, key: str) -> Customer | None:
    """The customer; one who was merged into another is unknown under the old id."""
    raw = Client(connection).user(key)
    return None if raw is None else mapping.customer(raw)
