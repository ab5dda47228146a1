"""Addresses of a ServiceNow instance outside its API: for the agents' browsers, and for getting tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote

from deskpulse.plugin_api import Connection, Refused, TicketRef

INSTANCE = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
"""The instance's name in its address, as an administrator types it."""
CLASSIC, NEXT, WORKSPACE = "classic", "next", "workspace"
TEMPLATES = {
    CLASSIC: "/nav_to.do?uri={table}.do%3Fsys_id%3D{sys_id}",
    NEXT: "/now/nav/ui/classic/params/target/{table}.do%3Fsys_id%3D{sys_id}",
    WORKSPACE: "/now/sow/record/{table}/{sys_id}",
}
"""https://www.servicenow.com/docs/r/platform-user-interface/navigate-using-url.html (read 2026-08). What stands in an
address inside an address is encoded once more."""
TABLES = {"INC": "incident", "RITM": "sc_req_item"}
"""By the letters that a ticket's number begins with. ``task`` is the table of all tickets."""


def base_url(settings: Mapping[str, str]) -> str:
    """Where the instance is reached, without trailing slash; ``base_url`` overrules its name."""
    if given := settings.get("base_url"):
        return given.strip().rstrip("/")
    instance = settings.get("instance", "")
    if not re.fullmatch(INSTANCE, instance):
        raise Refused(f"the setting instance is not the name of a ServiceNow instance: {instance!r}")
    return f"https://{instance.lower()}.service-now.com"


def ticket_url(connection: Connection, ticket: TicketRef) -> str:
    """The ticket on the agent's screen: in Core UI, in the Next Experience frame, or in a workspace.

    A path of the customer's own may be set, with ``{table}`` and ``{sys_id}`` in it: workspaces have many.
    """
    wanted = connection.setting("ticket_page", CLASSIC)
    path = TEMPLATES.get(wanted, wanted)
    letters = re.match(r"[A-Z]*", ticket.number)
    table = TABLES.get(letters[0] if letters else "", "task")
    return base_url(connection.settings) + path.replace("{table}", table).replace("{sys_id}", quote(ticket.id, safe=""))


def token_url(settings: Mapping[str, str]) -> str:
    """Where a password, a refresh token or client credentials are traded for an access token."""
    return f"{base_url(settings)}/oauth_token.do"
