"""Single tickets, agents and customers, as they are now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deskpulse.plugin_api import Agent, Connection, Customer, Ticket
from deskpulse_jira_sm import mapping, statuses
from deskpulse_jira_sm.client import Client, Raw
from deskpulse_jira_sm.groups import group_of
from deskpulse_jira_sm.history import Solvings, solvings, steps


def find_ticket(connection: Connection, key: str) -> Ticket | None:
    """The issue; None where Jira no longer shows it, which is how it treats deleted ones.

    One read, a second one where the reporter's address is only told with the request.
    """
    client = Client(connection)
    settings, facts = connection.settings, connection.facts
    raw = client.issue(key, mapping.wanted_fields(settings, facts), changelog=True)
    if raw is None:
        return None
    found = mapping.ticket(raw, settings, facts, _solvings(client, connection, raw), group_of(client, connection, raw))
    if found.customer is not None and not found.customer.email:
        told = _told_with_request(client, found.ref.id)
        found = replace(found, customer=replace(found.customer, email=told))
    return found


def find_agent(connection: Connection, key: str) -> Agent | None:
    """The agent, also one who was deactivated."""
    raw = Client(connection).user(key)
    return None if raw is None else mapping.person_as_agent(raw)


def find_customer(connection: Connection, key: str) -> Customer | None:
    """The customer; their address only where their privacy settings let our user see it."""
    raw = Client(connection).user(key)
    return None if raw is None else mapping.customer(raw)


def _solvings(client: Client, connection: Connection, raw: Raw) -> Solvings:
    histories = _histories(client, raw)
    ids = {status for step in steps(histories, mapping.moment) for status, _ in (step.source, step.target)}
    raw_status = mapping.mapping_of(mapping.mapping_of(raw.get("fields")).get("status"))
    known = statuses.of_changes(client, connection.facts, dict(raw_status), ids)
    rule, us = mapping.Rule.of(connection.settings), connection.facts.get("account_id")
    return solvings(
        histories,
        mapping.moment,
        lambda status: rule.counts(status[1], known.get(status[0])),
        lambda author: bool(us) and mapping.account(author) == us,
    )


def _histories(client: Client, raw: Raw) -> list[Any]:
    """The whole changelog: an issue brings its latest hundred changes along, and says how many there are."""
    raw_log = mapping.mapping_of(raw.get("changelog"))
    found = raw_log.get("histories")
    histories = list(found) if isinstance(found, list) else []
    total = raw_log.get("total")
    if isinstance(total, int) and total > len(histories) and not client.server:
        return list(client.changelog(str(raw.get("id"))))
    return histories


def _told_with_request(client: Client, key: str) -> str | None:
    """The reporter's address as agents of the desk may see it, which is often the only way to it."""
    raw = client.request(key)
    return None if raw is None else mapping.text(mapping.mapping_of(raw.get("reporter")).get("emailAddress"))
