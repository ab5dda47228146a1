"""The vendor's ways of writing a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo


def stamp(moment: datetime, zone: str = "Etc/UTC") -> str:
    """``2026-01-06T10:00:00.000+0100``: the platform API and its webhooks, in somebody's zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def stamp_or_none(moment: datetime | None, zone: str = "Etc/UTC") -> str | None:
    """``stamp`` for a time that may not be set."""
    return None if moment is None else stamp(moment, zone)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC at second precision, as in ``X-RateLimit-Reset``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def millis(moment: datetime) -> int:
    """Milliseconds since 1970, as a webhook's ``timestamp``."""
    return int(moment.timestamp() * 1000)


def date_object(moment: datetime, zone: str = "Etc/UTC") -> dict[str, Any]:
    """The four spellings that servicedeskapi puts side by side."""
    local = moment.astimezone(ZoneInfo(zone))
    text = stamp(moment, zone)
    return {
        "iso8601": f"{text[:19]}{text[23:]}",
        "jira": text,
        "friendly": f"{local:%d/%b/%y %I:%M %p}",
        "epochMillis": millis(moment),
    }
