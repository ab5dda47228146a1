"""The hooks that ServiceNow answers; each hands over to the module of that name.

``deskpulse_send_invite`` is not among them: where the helpdesk shall ask, a notification of our update set does it.
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
from deskpulse_servicenow import bundle, check, deliveries, links, lookups, provision, reconcile, sync, write_back
from deskpulse_servicenow.kind import KIND


@hookimpl
def deskpulse_register(registry: Registry) -> None:
    """One kind of helpdesk."""
    registry.add_kind(KIND)


@hookimpl
def deskpulse_check_connection(connection: Connection) -> CheckReport:
    """Some small reads."""
    return check.check(connection)


@hookimpl
def deskpulse_provision(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    """The system properties that our update set works with."""
    return provision.provision(connection, plan)


@hookimpl
def deskpulse_read_delivery(delivery: Delivery) -> Sequence[TicketEvent]:
    """The body of our business rule."""
    return deliveries.read(delivery)


@hookimpl
def deskpulse_find_ticket(connection: Connection, key: str) -> Ticket | None:
    """One read for an incident, two for a requested item."""
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
    """A form in Core UI, or a workspace."""
    return links.ticket_url(connection, ticket)


@hookimpl
def deskpulse_sync_groups(connection: Connection) -> Iterator[Group]:
    """Always everything: an ended membership leaves no trace."""
    return sync.groups(connection)


@hookimpl
def deskpulse_closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """Tickets by the time of their last change."""
    return reconcile.closed_since(connection, cursor)


@hookimpl
def deskpulse_write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """A row in our table, an update of the ticket and one of the customer."""
    return write_back.write_back(connection, ticket, result)


@hookimpl
def deskpulse_panel_bundle(connection: Connection) -> Bundle:
    """The update set."""
    return bundle.panel_bundle(connection)
