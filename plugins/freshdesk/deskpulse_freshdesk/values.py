"""Single values of Freshdesk's JSON, any of which may be missing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Raw = Mapping[str, Any]


def ident(raw: Any) -> str | None:
    """An id as text: numbers in the API, numbers or text in webhooks."""
    found = str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    return found or None


def text(raw: Any) -> str | None:
    """Text, or None where there is none."""
    return raw if isinstance(raw, str) and raw else None


def inner(raw: Raw, name: str) -> Raw:
    """An object inside another, empty where there is none."""
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}


def moment(raw: Any) -> datetime | None:
    """A time, aware and in UTC."""
    try:
        at = datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        return None
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        return None


def stamp(at: datetime) -> str:
    """A time as Freshdesk writes it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
