"""Objects inside others, and times as Freshdesk writes them. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from deskpulse.plugin_api import Raw, mapping_of


def inner(raw: Raw, name: str) -> Raw:
    """An object inside another, empty where there is none."""
    return mapping_of(raw.get(name))


def stamp(at: datetime) -> str:
    """A time as Freshdesk writes it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
