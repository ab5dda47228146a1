"""What webhooks missed: resolutions, reopenings and deletions from the list of changed tickets.

Freshdesk has no export with a cursor. Its list counts pages, which shift while tickets change, and ends after 300 of
them. So each call asks for what changed at or after the last change that was seen, and a further page is turned only
where one whole page has a single time. Our cursor is that time, with the changes of the last two minutes by id, since a
change may show up late: what is named there is not told again.
https://developers.freshdesk.com/api/#list_all_tickets (read 2026-08)
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from deskpulse.plugin_api import Connection, EventsAndCursor, Refused, TicketEvent, moment
from deskpulse_freshdesk import mapping
from deskpulse_freshdesk.client import LONG, PAGE, Client, Raw
from deskpulse_freshdesk.values import stamp

OVERLAP = timedelta(minutes=2)
"""Read again at the start of each run."""
FALLBACK = timedelta(days=1)
"""How far to go back from now where a cursor tells no time at all."""
LAST_PAGE = 300
"""The last page that the list gives."""
MOST_NAMED = 2000
"""Changes named in a cursor; what is beyond is told again, and skipped by its resolution key."""
SEPARATOR = "|"
GONE = ("deleted", "spam")
"""Tickets that the list shows only where it is asked for them alone."""

log = logging.getLogger(__name__)

Change = tuple[str, datetime]
"""A ticket's id with its status, and when it was changed last."""


def closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """Events page by page, each page with the cursor to continue from.

    What is gone comes first: the cursor moves on only with the list of what is there, so nothing gone is passed over.
    """
    client = Client(connection, patience=LONG)
    until, seen = _position(cursor)
    since = until - OVERLAP
    for only in GONE:
        try:
            rows = [{**raw, only: True} for page in _changed(client, since, only) for raw in page]
        except Refused as error:
            log.warning("freshdesk does not list what is %s (%s)", only, error.status)
            continue
        yield list(_events(connection, _news(rows, seen))), _cursor(until, seen)
    for rows in _changed(client, since):
        until = max([until, *(at for _, at in _changes(rows))])
        yield list(_events(connection, _news(rows, seen))), _cursor(until, seen)


def _news(rows: Iterable[Raw], seen: set[Change]) -> list[Raw]:
    """The rows that were not seen yet, which they are from now on."""
    found = [raw for raw in rows if not seen.issuperset(_changes([raw]))]
    seen.update(_changes(found))
    return found


def _changed(client: Client, since: datetime, only: str = "") -> Iterator[list[Raw]]:
    """Pages of changed tickets, the oldest change first. A row may come twice."""
    page = 1
    while True:
        rows = client.tickets_since(stamp(since), page, only)
        if rows or page == 1:
            yield rows
        if len(rows) < PAGE:
            return
        newest = max((at for _, at in _changes(rows)), default=since)
        if newest.replace(microsecond=0) > since.replace(microsecond=0):
            since, page = newest, 1
        elif page == LAST_PAGE:
            raise Refused(
                f"more than {LAST_PAGE * PAGE} tickets were changed at {stamp(since)}: Freshdesk lists no more"
            )
        else:
            page += 1


def _changes(rows: Iterable[Raw]) -> set[Change]:
    """Every row as a change. Times are whole seconds, so the status tells apart two changes within one."""
    found = ((f"{raw.get('id')}.{raw.get('status')}", moment(raw.get("updated_at"))) for raw in rows)
    return {(key, at) for key, at in found if at}


def _events(connection: Connection, rows: Iterable[Raw]) -> Iterator[TicketEvent]:
    for raw in rows:
        if event := mapping.listed_event(raw, connection.settings, connection.facts):
            yield event


def _position(cursor: str) -> tuple[datetime, set[Change]]:
    """The time in a cursor, and the changes it names; a bare time is where core begins."""
    time, _, named = cursor.partition(SEPARATOR)
    until = moment(time)
    if until is None:
        return datetime.now(UTC) - FALLBACK, set()
    pairs = (word.partition("@") for word in named.split())
    return until, {(key, datetime.fromtimestamp(int(at), UTC)) for key, _, at in pairs if at.isdecimal()}


def _cursor(until: datetime, seen: set[Change]) -> str:
    """Also drops from ``seen`` what will not be read again."""
    seen.difference_update([change for change in seen if change[1] < until - OVERLAP])
    newest = sorted(seen, key=lambda change: change[1], reverse=True)[:MOST_NAMED]
    return f"{until.isoformat()}{SEPARATOR}{' '.join(f'{key}@{int(at.timestamp())}' for key, at in newest)}"
