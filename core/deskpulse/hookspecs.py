"""Every hook of DeskPulse. Read this file and you know what can be extended.

A hook is either *asked* of one connection's own plug-in (``hub.ask``) or *told* to every listener (``hub.tell``).
Plug-ins receive frozen records and return frozen records; ``None`` has the meaning that each hook states.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pluggy

from deskpulse.records import (
    Agent,
    Bundle,
    CheckReport,
    Connection,
    Customer,
    Delivery,
    EventsAndCursor,
    Group,
    History,
    Invitation,
    ProvisionPlan,
    ProvisionReport,
    Receipt,
    ResponseFacts,
    Result,
    SyncFacts,
    Ticket,
    TicketEvent,
    TicketRef,
    Verdict,
    Verified,
)

if TYPE_CHECKING:
    from deskpulse.kinds import Registry

hookspec = pluggy.HookspecMarker("deskpulse")


@hookspec(historic=True)
def deskpulse_register(registry: Registry) -> None:
    """Register the kinds of helpdesk that this plug-in brings.

    Called once per plug-in, when it is loaded.
    """


@hookspec(firstresult=True)
def deskpulse_check_connection(connection: Connection) -> CheckReport | None:
    """Try the connection's address and credentials with real calls.

    Asked before a connection is saved, and by ``deskpulse connection check``; must end within 10 seconds.
    None means that the helpdesk cannot be checked.
    """


@hookspec(firstresult=True)
def deskpulse_provision(connection: Connection, plan: ProvisionPlan) -> ProvisionReport | None:
    """Create or repair what the loop needs in the helpdesk: webhook, triggers, fields; or show or undo it.

    Asked by the worker and the command line; must be idempotent, and with ``plan.dry_run`` must not change anything.
    None means that an administrator sets it up by hand: the kind's notes say how.
    """


@hookspec(firstresult=True)
def deskpulse_verify_delivery(connection: Connection, delivery: Delivery) -> Verified | None:
    """Tell a genuine webhook call from a forged one; raises DeliveryRejected.

    Asked by the inlet before anything is stored; uses no network. Core's default applies the kind's declared scheme,
    so few plug-ins implement this. None means refused.
    """


@hookspec(firstresult=True)
def deskpulse_read_delivery(connection: Connection, delivery: Delivery) -> Sequence[TicketEvent] | None:
    """Read the ticket events in a stored delivery; an empty sequence means that nothing in it concerns us.

    Asked by the worker; pure. Raises Misread; None also means Misread: the delivery is kept for replay.
    """


@hookspec
def deskpulse_ticket_closed(organisation_code: str, connection_key: str, ticket: Ticket) -> None:
    """A resolution was seen for the first time, and has its Decision.

    Told after the commit.
    """


@hookspec
def deskpulse_ticket_reopened(organisation_code: str, connection_key: str, ticket: Ticket) -> None:
    """A ticket with an earlier resolution was found open again.

    Told after the commit.
    """


@hookspec(firstresult=True)
def deskpulse_find_ticket(connection: Connection, key: str) -> Ticket | None:
    """Read a ticket by its id as it is now, with requester, agent, group, mapped fields and its ``resolution_key``.

    Asked by the worker before every decision, and where an answer came through a link of the helpdesk about a ticket
    that DeskPulse has not met. A deleted ticket is returned with that outcome where the helpdesk still shows it. None
    means unknown.
    """


@hookspec(firstresult=True)
def deskpulse_find_agent(connection: Connection, key: str) -> Agent | None:
    """Read an agent by id.

    Asked by the worker where an answer came through a link of the helpdesk that names an agent whom DeskPulse has not
    met, by id or otherwise. None means unknown.
    """


@hookspec(firstresult=True)
def deskpulse_find_customer(connection: Connection, key: str) -> Customer | None:
    """Read a customer by id.

    Asked by the worker where an answer came through a link of the helpdesk that names the customer by something else
    than an address, and DeskPulse has not met them. None means unknown.
    """


@hookspec(firstresult=True)
def deskpulse_ticket_url(connection: Connection, ticket: TicketRef) -> str | None:
    """The address of the ticket on the helpdesk's agent screen.

    Asked wherever a ticket number is shown; pure, no network. None means that the number is shown unlinked.
    """


@hookspec(firstresult=True)
def deskpulse_sync_groups(connection: Connection, since: datetime | None) -> Iterator[Group] | None:
    """Every support group with its members, deleted ones marked inactive, in constant memory.

    Asked nightly, on demand, and when an unknown group is met. ``since`` allows a helpdesk with change feeds to send
    only what changed; None as argument asks for all. None as answer means nothing to synchronise.
    """


@hookspec(firstresult=True)
def deskpulse_closed_since(connection: Connection, cursor: str) -> EventsAndCursor | None:
    """Resolutions since a cursor, page by page, each page with the cursor to continue from.

    Asked every hour and after an outage, to find what webhooks missed. ``cursor`` is one this hook returned earlier, or
    at first an ISO 8601 time. None means not supported.
    """


@hookspec(firstresult=True)
def deskpulse_should_invite(connection: Connection, history: History) -> Verdict | None:
    """Decide whether to ask the customer about this resolution.

    Asked of policy plug-ins and the connection's own, newest first; core's rules decide last. No verdict can lift
    core's floor of 24 hours between two invites to one person. None leaves the decision to the next.
    """


@hookspec(firstresult=True)
def deskpulse_send_invite(connection: Connection, invitation: Invitation) -> Receipt | None:
    """Hand an invitation over to the customer.

    Asked of policy plug-ins and the connection's own; core's e-mail is last. A helpdesk answers only where
    ``invitation.channel`` is ``helpdesk``, and its kind declares ``sends_invites``. May be asked twice for one
    ``invitation.key``. None leaves it to the next channel.
    """


@hookspec(firstresult=True)
def deskpulse_write_back(connection: Connection, ticket: TicketRef, result: Result) -> Receipt | None:
    """Put a confirmed answer onto the ticket and the customer's record.

    Asked from the outbox, possibly twice for one ``result.key``: it must leave one trace. None means unsupported, which
    is recorded once.
    """


@hookspec
def deskpulse_response_recorded(response: ResponseFacts) -> None:
    """A confirmed answer was recorded or changed.

    Told after the commit, from the outbox.
    """


@hookspec
def deskpulse_groups_synced(sync: SyncFacts) -> None:
    """Support groups are in step with the helpdesk again.

    Told after the commit.
    """


@hookspec(firstresult=True)
def deskpulse_panel_bundle(connection: Connection) -> Bundle | None:
    """The vendor-side app for the agent's sidebar, ready to install.

    Asked by ``deskpulse bundle``; pure. None means that there is no app for this helpdesk.
    """


OPEN_TO_POLICY = frozenset({"deskpulse_should_invite", "deskpulse_send_invite"})
"""Asked hooks that plug-ins without a helpdesk of their own may answer too."""
