"""Addresses of a Fake account: for people, and for the client."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from deskpulse.plugin_api import Refused, TicketRef


def base_url(settings: Mapping[str, str]) -> str:
    """Where the account is reached, without trailing slash."""
    if not settings.get("base_url"):
        raise Refused("the setting base_url is empty")
    return settings["base_url"].rstrip("/")


def ticket_url(settings: Mapping[str, str], ticket: TicketRef) -> str:
    """The ticket on the agent's screen."""
    return f"{base_url(settings)}/tickets/{quote(ticket.id, safe='')}"
