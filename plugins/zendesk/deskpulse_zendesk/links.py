"""Addresses of a Zendesk account outside its API: for the agents' browsers, and for granting access.

Agents always work at ``{subdomain}.zendesk.com``, also where a brand's help centre is mapped to a host of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from deskpulse.plugin_api import Connection, Refused, TicketRef

SUBDOMAIN = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
"""The account's name in its address, as an administrator types it."""
SCOPE = "read write"
"""Groups, ticket fields and user fields have no scope of their own, so narrower scopes would not do."""


def base_url(settings: Mapping[str, str]) -> str:
    """Where the account is reached, without trailing slash; ``base_url`` overrules the subdomain."""
    if given := settings.get("base_url"):
        return given.strip().rstrip("/")
    subdomain = settings.get("subdomain", "")
    if not re.fullmatch(SUBDOMAIN, subdomain):
        raise Refused(f"the setting subdomain is not the name of a Zendesk account: {subdomain!r}")
    return f"https://{subdomain.lower()}.zendesk.com"


def ticket_url(connection: Connection, ticket: TicketRef) -> str:
    """The ticket on the agent's screen; the API's own ``url`` property is not for people."""
    return f"{base_url(connection.settings)}/agent/tickets/{quote(ticket.id, safe='')}"


def token_url(settings: Mapping[str, str]) -> str:
    """Where codes, refresh tokens and client credentials are traded for access tokens."""
    return f"{base_url(settings)}/oauth/tokens"


def authorize_url(settings: Mapping[str, str], redirect_uri: str, state: str, challenge: str) -> str:
    """Where an administrator grants access in the browser (PKCE, S256); the code is valid for 120 seconds."""
    query = {
        "response_type": "code",
        "client_id": settings.get("client_id", ""),
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{base_url(settings)}/oauth/authorizations/new?{urlencode(query)}"
