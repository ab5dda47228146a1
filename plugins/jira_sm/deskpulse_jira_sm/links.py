"""Addresses of a Jira site outside its API: for the agents' browsers, and for granting access.

Agents work at ``{site}.atlassian.net``; scoped tokens and OAuth reach the same API at ``api.atlassian.com`` only, so
the two are kept apart. Customers' portal addresses are never shown to agents, nor the agents' ones to customers.
https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/ (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from deskpulse.plugin_api import Connection, Refused, TicketRef

SITE = r"^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$"
"""The site's name in its address, as an administrator types it."""
DATA_CENTER = "data_center"
GATEWAY = "https://api.atlassian.com"
SIGN_IN = "https://auth.atlassian.com"
KEY = re.compile(r"[A-Z][A-Z0-9_]{1,254}-[0-9]{1,18}")
"""An issue's key, which people use; it changes when the issue moves to another project."""
SCOPES = (
    "read:jira-work",
    "write:jira-work",
    "read:jira-user",
    "manage:jira-configuration",
    "manage:jira-webhook",
    "read:servicedesk-request",
    "write:servicedesk-request",
    "manage:servicedesk-customer",
    "offline_access",
)
"""The classic scopes that the hooks need; the last one brings the refresh token."""


def is_data_center(settings: Mapping[str, str]) -> bool:
    """Whether this is a Data Center installation, with version 2 of the API and users by name."""
    return settings.get("deployment") == DATA_CENTER


def site_url(settings: Mapping[str, str]) -> str:
    """Where people reach Jira, without trailing slash; ``base_url`` overrules the site's name."""
    if given := settings.get("base_url"):
        return given.strip().rstrip("/")
    if is_data_center(settings):
        raise Refused("the setting base_url is missing: the address of the Data Center installation")
    site = settings.get("site", "")
    if not re.fullmatch(SITE, site):
        raise Refused(f"the setting site is not the name of a Jira site: {site!r}")
    return f"https://{site.lower()}.atlassian.net"


def gateway_url(settings: Mapping[str, str]) -> str:
    """Where Atlassian's shared API is reached."""
    return site_url(settings) if settings.get("base_url") else GATEWAY


def ticket_url(connection: Connection, ticket: TicketRef) -> str:
    """The issue on the agent's screen. Without a key, the search for its id, which follows moves too."""
    site = site_url(connection.settings)
    if KEY.fullmatch(ticket.number):
        return f"{site}/browse/{ticket.number}"
    return f"{site}/issues/?{urlencode({'jql': f'id = {ticket.id}'}, quote_via=quote)}"


def token_url(settings: Mapping[str, str]) -> str:
    """Where codes and refresh tokens are traded for access tokens."""
    return f"{_sign_in(settings)}/oauth/token"


def authorize_url(settings: Mapping[str, str], redirect_uri: str, state: str, challenge: str) -> str:
    """Where an administrator grants access in the browser (PKCE, S256)."""
    query = {
        "audience": "api.atlassian.com",
        "client_id": settings.get("client_id", ""),
        "scope": " ".join(SCOPES),
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        "prompt": "consent",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{_sign_in(settings)}/authorize?{urlencode(query)}"


def _sign_in(settings: Mapping[str, str]) -> str:
    return site_url(settings) if settings.get("base_url") else SIGN_IN
