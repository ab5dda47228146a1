"""What was captured of a ticket when it was solved, kept beside its answer for reports to group and filter by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from deskpulse.surveys.models import Resolution


@dataclass(frozen=True, slots=True)
class Captured:
    """The named facts of a ticket, and every mapped custom field. ``minutes_to_resolve``: from opening to solving."""

    channel: str | None = None
    priority: str | None = None
    category: str | None = None
    customer_organisation: str | None = None
    reopens: int | None = None
    reassignments: int | None = None
    minutes_to_resolve: int | None = None
    fields: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """By column of a response."""
        return {name: getattr(self, name) for name in NAMES} | {"fields": dict(self.fields)}


COLUMNS = (
    Resolution.channel,
    Resolution.priority,
    Resolution.category,
    Resolution.customer_organisation,
    Resolution.reopens,
    Resolution.reassignments,
    Resolution.opened_at,
    Resolution.resolved_at,
    Resolution.fields,
)
NOTHING_CAPTURED = Captured()
NAMES = tuple(one.name for one in fields_of(Captured) if one.name != "fields")


def of_resolution(frozen: Resolution | Row[*tuple[Any, ...]]) -> Captured:
    """What a resolution's snapshot holds, given as its object or as a row of :data:`COLUMNS`."""
    return Captured(
        channel=frozen.channel,
        priority=frozen.priority,
        category=frozen.category,
        customer_organisation=frozen.customer_organisation,
        reopens=frozen.reopens,
        reassignments=frozen.reassignments,
        minutes_to_resolve=minutes(frozen.opened_at, frozen.resolved_at),
        fields=frozen.fields or {},
    )


def minutes(opened_at: datetime | None, resolved_at: datetime) -> int | None:
    """Whole minutes from opening to solving; ``None`` where the opening is unknown or later, as clocks may differ."""
    if opened_at is None or opened_at > resolved_at:
        return None
    return (resolved_at - opened_at) // timedelta(minutes=1)
