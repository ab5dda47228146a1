"""The hooks that the Fake helpdesk answers; each hands over to the module of that name.

A hook may leave out arguments that it does not look at. ``deskpulse_verify_delivery`` is core's, by the scheme in
``kind``.
"""

from __future__ import annotations

from collections.abc import Sequence

from deskpulse.plugin_api import (
    Agent,
    Bundle,
    CheckReport,
    Connection,
    Customer,
    Delivery,
    EventsAndCursor,
    Groups,
    History,
    Invitation,
    ProvisionPlan,
    ProvisionReport,
    Receipt,
    Registry,
    Result,
    Ticket,
    TicketEvent,
    TicketRef,
    Verdict,
    hookimpl,
)
from deskpulse.testing.fake_helpdesk import bundle, check, invites, links, lookups, mapping, provision, sync, write_back
from deskpulse.testing.fake_helpdesk.kind import KIND


@hookimpl
def deskpulse_register(registry: Registry) -> None:
    """One kind of helpdesk."""
    registry.add_kind(KIND)


@hookimpl
def deskpulse_check_connection(connection: Connection) -> CheckReport:
    """One read: who are we."""
    return check.check(connection)


@hookimpl
def deskpulse_provision(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    """A webhook and three custom fields."""
    return provision.provision(connection, plan)


@hookimpl
def deskpulse_read_delivery(delivery: Delivery) -> Sequence[TicketEvent]:
    """A delivery holds one event."""
    return mapping.events(delivery.body)


@hookimpl
def deskpulse_find_ticket(connection: Connection, key: str) -> Ticket | None:
    """One read, with the people that the ticket names."""
    return lookups.find_ticket(connection, key)


@hookimpl
def deskpulse_find_agent(connection: Connection, key: str) -> Agent | None:
    """One read."""
    return lookups.find_agent(connection, key)


@hookimpl
def deskpulse_find_customer(connection: Connection, key: str) -> Customer | None:
    """One read."""
    return lookups.find_customer(connection, key)


@hookimpl
def deskpulse_ticket_url(connection: Connection, ticket: TicketRef) -> str:
    """The agent screen's address."""
    return links.ticket_url(connection.settings, ticket)


@hookimpl
def deskpulse_sync_groups(connection: Connection) -> Groups:
    """Always everything: the vendor does not tell what changed."""
    return sync.groups(connection)


@hookimpl
def deskpulse_closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """The vendor's feed of changed tickets."""
    return sync.closed_since(connection, cursor)


@hookimpl
def deskpulse_should_invite(history: History) -> Verdict | None:
    """Tickets that monitoring raised have nobody behind them; all others are left to core's rules."""
    return invites.verdict(history)


@hookimpl
def deskpulse_send_invite(connection: Connection, invitation: Invitation) -> Receipt | None:
    """The vendor's own message, where the helpdesk is the channel."""
    return invites.send(connection, invitation)


@hookimpl
def deskpulse_write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """At most one change of the ticket and one of the customer."""
    return write_back.write_back(connection, ticket, result)


@hookimpl
def deskpulse_panel_bundle(connection: Connection) -> Bundle:
    """The sidebar app."""
    return bundle.panel_bundle(connection)
