"""Addresses of a Freshdesk account: of its API, and of its tickets on the agents' screen.

The API answers at ``{domain}.freshdesk.com`` only, also where the portal has a host of its own.
https://support.freshdesk.com/support/solutions/articles/215517 (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from deskpulse.plugin_api import Connection, Refused, TicketRef

DOMAIN = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
"""The account's name in its address, as an administrator types it."""


def base_url(settings: Mapping[str, str]) -> str:
    """Where the account is reached, without trailing slash; ``base_url`` overrules the domain.

    A doubled slash makes Freshdesk answer 400 ``invalid_field``, which says nothing of slashes.
    """
    if given := settings.get("base_url"):
        return given.strip().rstrip("/")
    domain = settings.get("domain", "")
    if not re.fullmatch(DOMAIN, domain):
        raise Refused(f"the setting domain is not the name of a Freshdesk account: {domain!r}")
    return f"https://{domain.lower()}.freshdesk.com"


def ticket_url(connection: Connection, ticket: TicketRef) -> str:
    """The ticket on the agent's screen; ``/support/tickets`` would be the customer's portal."""
    return f"{base_url(connection.settings)}/a/tickets/{quote(ticket.id, safe='')}"
