"""What webhooks missed: resolved issues, found by a search.

Dates in searches are exact to the minute and read in our user's time zone, so they are given relative to now, with some
minutes read twice; the search index lags a little, which the same minutes cover. Our cursor holds the time of the
newest change read and the ids of those within the overlap, so that nothing is told twice. Data Center has no date of
the category's change: its issues are found by their latest update.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/ (read 2026-08)
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from deskpulse.plugin_api import Connection, EventKind, EventsAndCursor, TicketEvent
from deskpulse_jira_sm import mapping
from deskpulse_jira_sm.client import LONG, Client

OVERLAP = timedelta(minutes=5)
FALLBACK = timedelta(days=1)
"""How far to go back from now where a cursor tells no time at all."""
MOST_REMEMBERED = 500
"""Ids in a cursor; beyond them, some are told twice, which does no harm."""
MOST_FRESH = 50
"""Ids that one search may read past the index."""
SEPARATOR = "|"
FIELDS = ("status", "resolution", "project", "statuscategorychangedate", "updated")


def closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """Resolved issues page by page, oldest change first, each with the cursor to continue from."""
    client = Client(connection, patience=LONG)
    since, told = _position(cursor)
    rule, latest = mapping.Rule.of(connection.settings), since
    recent = dict.fromkeys(told, since)
    fresh = [int(key) for key in told if key.isdecimal()][-MOST_FRESH:]
    for page in client.search(_jql(connection, client, since), FIELDS, fresh):
        events = []
        for raw in page:
            fields = mapping.mapping_of(raw.get("fields"))
            at, ticket = _moment(client, fields), mapping.reference(raw)
            if at is None or (ticket.id in told and at <= since):
                continue
            latest, recent[ticket.id] = max(latest, at), at
            if rule.is_resolved(fields):
                events.append(TicketEvent(EventKind.CLOSED, ticket, at=at))
        recent = {key: at for key, at in recent.items() if at >= latest - OVERLAP}
        yield events, _cursor(latest, recent)


def _jql(connection: Connection, client: Client, since: datetime) -> str:
    """Bounded by a date, as Jira asks for; sorted so that it can be continued from any row."""
    minutes = max(math.ceil((datetime.now(UTC) - since + OVERLAP).total_seconds() / 60), 1)
    field = "updated" if client.server else "statusCategoryChangedDate"
    clause = mapping.in_projects(connection.setting("projects"))
    where = f"{clause} AND " if clause else ""
    return f'{where}statusCategory = Done AND {field} >= "-{minutes}m" ORDER BY {field} ASC, key ASC'


def _moment(client: Client, raw_fields: mapping.Raw) -> datetime | None:
    if client.server:
        return mapping.moment(raw_fields.get("updated"))
    return mapping.moment(raw_fields.get("statuscategorychangedate"))


def _position(cursor: str) -> tuple[datetime, Sequence[str]]:
    """The time in a cursor and the ids told near it; a bare time is where core begins."""
    time, _, ids = cursor.partition(SEPARATOR)
    at = mapping.moment(time)
    return (datetime.now(UTC) - FALLBACK, ()) if at is None else (at, ids.split())


def _cursor(latest: datetime, recent: Mapping[str, datetime]) -> str:
    newest = sorted(recent, key=lambda key: recent[key])[-MOST_REMEMBERED:]
    return f"{latest.isoformat()}{SEPARATOR}{' '.join(newest)}"
