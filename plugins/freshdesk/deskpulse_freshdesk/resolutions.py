"""Which solving of a ticket is meant, from what Freshdesk tells of the ticket now. Pure.

Freshdesk keeps no history of a ticket's solvings: it tells when the ticket was last reopened, and forgets when it was
solved before that. So a solving is named after the opening that it ended: ``0`` for the first, then the moment of the
reopening. The name is there while the ticket is resolved, and closing it changes nothing.

A reply of ours, which asks the customer, may itself open the ticket. Before replying we therefore note in a field of
the ticket which solving stands, and from when to when a change of status is our own doing
(:class:`OwnReopening`). Whatever opens the ticket in that time does not end the solving; see ``invite``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deskpulse.plugin_api import Raw, moment
from deskpulse_freshdesk.values import inner, stamp

RESOLVED = frozenset({4, 5})
"""Resolved and Closed. Accounts may have statuses of their own, from 6."""
FIRST = "0"
FIELD = "cf_deskpulse_resolution"
"""What Freshdesk names the field that we note it in, where nobody has a field of that label already."""


@dataclass(frozen=True, slots=True)
class OwnReopening:
    """The solving ``key`` stands, whatever changes the status from ``since`` to ``until``, by Freshdesk's clock.

    ``status`` is the one that the ticket had, and gets back.
    """

    key: str
    status: int
    since: datetime
    until: datetime

    def covers(self, at: datetime | None) -> bool:
        """Whether a change at that moment was ours."""
        return at is not None and self.since <= at <= self.until

    def __str__(self) -> str:
        return f"{self.key} {self.status} {stamp(self.since)} {stamp(self.until)}"

    @classmethod
    def read(cls, raw: Any) -> OwnReopening | None:
        """From the field's text; None where there is none, or somebody has written something else."""
        words = raw.split() if isinstance(raw, str) else []
        if len(words) != 4 or not words[1].isdecimal():
            return None
        since, until = moment(words[2]), moment(words[3])
        return cls(words[0], int(words[1]), since, until) if since and until else None


@dataclass(frozen=True, slots=True)
class Standing:
    """The solving that the ticket is in, None while it is open, and earlier ones as far as Freshdesk tells."""

    key: str | None
    past: tuple[str, ...]


def standing(raw_ticket: Raw, resolved: Collection[int], field: str) -> Standing:
    """Where a ticket stands that was read with its stats; ``field`` is what our note is kept in.

    Of several reopenings only the last is known, so of the solvings between the first and the last none is named.
    """
    stats = inner(raw_ticket, "stats")
    reopened, changed = moment(stats.get("reopened_at")), moment(stats.get("status_updated_at"))
    ours = OwnReopening.read(inner(raw_ticket, "custom_fields").get(field))
    by_us = ours is not None and ours.covers(reopened)
    key = ours.key if ours and by_us else stamp(reopened) if reopened else FIRST
    still = ours is not None and ours.covers(changed or reopened)
    earlier = dict.fromkeys([FIRST, *([ours.key] if ours else [])])
    if raw_ticket.get("status") in resolved or still:
        return Standing(key, tuple(one for one in earlier if one != key))
    return Standing(None, tuple(one for one in earlier if one != key or by_us) if reopened else ())


def resolved_statuses(settings: Mapping[str, str]) -> frozenset[int]:
    """Ids of the statuses that count as resolved: Freshdesk's own two, and those that the connection names."""
    return RESOLVED | {int(word) for word in re.findall(r"[0-9]{1,9}", settings.get("resolved_statuses") or "")}
