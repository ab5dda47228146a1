"""Single values of a helpdesk's JSON, any of which may be missing or of another type. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Raw = Mapping[str, Any]
"""An object as a helpdesk tells it."""


def mapping_of(raw: Any) -> Raw:
    """An object, or an empty one."""
    return raw if isinstance(raw, Mapping) else {}


def ident(raw: Any) -> str | None:
    """An id as text, whether it came as a number or as text."""
    found = str(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    return found or None


def text(raw: Any) -> str | None:
    """Text, or None where there is none."""
    return raw if isinstance(raw, str) and raw else None


def moment(raw: Any) -> datetime | None:
    """A time in ISO 8601, aware and in UTC, to the microsecond; one without a zone is taken to be in UTC."""
    try:
        at = datetime.fromisoformat(raw)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def value_text(raw: Any) -> str:
    """A field's value as people read it; multiple choices are a list. Empty where there is none."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, list):
        return ", ".join(filter(None, map(value_text, raw)))
    return str(raw) if isinstance(raw, str | int | float) else ""
