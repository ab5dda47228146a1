"""The hooks that Jira Service Management answers; each hands over to the module of that name."""

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
    Verified,
    hookimpl,
)
from deskpulse_jira_sm import bundle, check, deliveries, invite, links, lookups, provision, reconcile, sync, write_back
from deskpulse_jira_sm.kind import KIND


@hookimpl
def deskpulse_register(registry: Registry) -> None:
    """One kind of helpdesk."""
    registry.add_kind(KIND)


@hookimpl
def deskpulse_check_connection(connection: Connection) -> CheckReport:
    """A few small reads."""
    return check.check(connection)


@hookimpl
def deskpulse_provision(connection: Connection, plan: ProvisionPlan) -> ProvisionReport:
    """Webhook, two fields on the projects' screens, and a customer detail field."""
    return provision.provision(connection, plan)


@hookimpl
def deskpulse_verify_delivery(connection: Connection, delivery: Delivery) -> Verified:
    """The kind's scheme, or the secret of an Automation rule."""
    return deliveries.verify(connection, delivery)


@hookimpl
def deskpulse_read_delivery(connection: Connection, delivery: Delivery) -> Sequence[TicketEvent]:
    """The webhook's body, a post-function's, or an Automation rule's."""
    return deliveries.read(connection, delivery)


@hookimpl
def deskpulse_find_ticket(connection: Connection, key: str) -> Ticket | None:
    """One read, or two where the reporter's address comes with the request only."""
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
    """The issue's address for agents."""
    return links.ticket_url(connection, ticket)


@hookimpl
def deskpulse_sync_groups(connection: Connection) -> Iterator[Group]:
    """Always everything: Jira has no feed of changed groups."""
    return sync.groups(connection)


@hookimpl
def deskpulse_closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """A search for what was resolved."""
    return reconcile.closed_since(connection, cursor)


@hookimpl
def deskpulse_send_invite(connection: Connection, invitation: Invitation) -> Receipt | None:
    """One public comment on the request, where the helpdesk's own message is wanted."""
    return invite.send(connection, invitation)


@hookimpl
def deskpulse_write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt:
    """Issue property, fields, internal comment, customer detail."""
    return write_back.write_back(connection, ticket, result)


@hookimpl
def deskpulse_panel_bundle(connection: Connection) -> Bundle | None:
    """The Forge app, on Cloud."""
    return bundle.panel_bundle(connection)
