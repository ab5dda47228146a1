"""The hooks that Freshdesk answers; each hands over to the module of that name.

``deskpulse_verify_delivery`` is core's, by the scheme in ``kind``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deskpulse.plugin_api import (
    Agent,
    Bundle,
    CheckReport,
    Connection,
    Customer,
    Delivery,
    EventsAndCursor,
    Group,
    Invitation,
    ProvisionPlan,
    ProvisionReport,
    Receipt,
    Registry,
    Result,
    Ticket,
    TicketEvent,
    TicketRef,
    hookimpl,
)
from deskpulse_freshdesk import (
    bundle,
    check,
    deliveries,
    invite,
    links,
    lookups,
    provision,
    reconcile,
    sync,
    write_back,
)
from deskpulse_freshdesk.kind import KIND


@hookimpl
def deskpulse_register(registry: Registry) -> None:
    """One kind of helpdesk."""
    registry.add_kind(KIND)


@hookimpl
def deskpulse_check_connection(connection: Connection) -> CheckReport:
    """Five small reads."""
    return check.check(connection)


@hookimpl
def deskpulse_provision(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    """Fields of tickets and contacts, and automation rules."""
    return provision.provision(connection, plan)


@hookimpl
def deskpulse_read_delivery(connection: Connection, delivery: Delivery) -> Sequence[TicketEvent]:
    """Our rules' body, or the ready-made one of a rule that somebody made by hand."""
    return deliveries.read(connection, delivery)


@hookimpl
def deskpulse_find_ticket(connection: Connection, key: str) -> Ticket | None:
    """One read, and one each for agent and group; further ones where their fields are mapped."""
    return lookups.find_ticket(connection, key)


@hookimpl
def deskpulse_find_agent(connection: Connection, key: str) -> Agent | None:
    """One read, or two where an agent has become a contact."""
    return lookups.find_agent(connection, key)


@hookimpl
def deskpulse_find_customer(connection: Connection, key: str) -> Customer | None:
    """One read, or two where the customer is an agent."""
    return lookups.find_customer(connection, key)


@hookimpl
def deskpulse_ticket_url(connection: Connection, ticket: TicketRef) -> str:
    """The agents' screen, never the customers' portal."""
    return links.ticket_url(connection, ticket)


@hookimpl
def deskpulse_sync_groups(connection: Connection) -> Iterator[Group]:
    """Always everything: Freshdesk has no feed of changed groups."""
    return sync.groups(connection)


@hookimpl
def deskpulse_closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """The list of changed tickets."""
    return reconcile.closed_since(connection, cursor)


@hookimpl
def deskpulse_send_invite(connection: Connection, invitation: Invitation) -> Receipt | None:
    """A public reply, where the helpdesk is the channel."""
    return invite.send(connection, invitation)


@hookimpl
def deskpulse_write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """At most one update and one note for the ticket, and one update of the contact."""
    return write_back.write_back(connection, ticket, result)


@hookimpl
def deskpulse_panel_bundle(connection: Connection) -> Bundle:
    """The sidebar app."""
    return bundle.panel_bundle(connection)
