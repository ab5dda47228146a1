"""The two kinds of ticket, incidents and requested items: where each keeps what we need, and when it is resolved.

State numbers mean different things from table to table: 7 is Closed for an incident and Closed Skipped for a requested
item, 3 is On Hold and Closed Complete. Administrators change them too, so they are settings. Cancelled and skipped
tickets are not resolved by any of the usual numbers.
https://www.servicenow.com/docs/r/it-service-management/incident-management/ (read 2026-08)
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

NONE = "-"
"""As a setting: tickets of this table are never asked about."""


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of ticket. ``requester`` lists the columns that may name who asked, the first filled one counts."""

    name: str
    setting: str
    states: str
    requester: tuple[str, ...]
    own: tuple[str, ...]
    """Columns that other tickets lack. Unknown columns are left out of an answer, but must never be in a query."""
    counts_reopens: bool = False
    closed: str | None = None
    """The state in which a ticket that was resolved ends by itself, days later: closing it ends no resolution."""

    def resolved(self, settings: Mapping[str, str]) -> frozenset[str]:
        """The state numbers that count as resolved; empty where this kind of ticket is left alone."""
        return frozenset(re.findall(r"-?\d+", settings.get(self.setting) or self.states))


INCIDENT = Table(
    "incident",
    "incident_states",
    "6,7",
    ("caller_id",),
    (
        "resolved_at",
        "resolved_by",
        "resolved_by.name",
        "resolved_by.email",
        "resolved_by.active",
        "resolved_by.web_service_access_only",
        "reopen_count",
        "category",
    ),
    counts_reopens=True,
    closed="7",
)
ITEM = Table("sc_req_item", "request_item_states", "3,4", ("requested_for", "request.requested_for"), ("cat_item",))
"""``requested_for`` is a column of newer releases; before, only the request had it."""
TABLES = (INCIDENT, ITEM)


def watched(settings: Mapping[str, str]) -> tuple[Table, ...]:
    """The kinds of ticket that are asked about."""
    return tuple(table for table in TABLES if table.resolved(settings))


def states_property(settings: Mapping[str, str]) -> str:
    """The same for the business rules in the instance, as the system property holds it."""
    states = {table.name: ",".join(sorted(table.resolved(settings), key=int)) for table in TABLES}
    return json.dumps(states, separators=(",", ":"))
