"""What webhooks missed: resolutions and reopens from the incremental export of tickets.

The export takes a start time once and the cursor of each page afterwards, never both, holds the last minute back, and
allows ten calls a minute. Our cursor carries the time up to which pages were read beside the vendor's own, so that a
cursor that the vendor no longer accepts costs some repetition and nothing else.
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/ (read 2026-08)
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from deskpulse.plugin_api import Answer, Connection, EventsAndCursor, Misread, Refused, TicketEvent, moment
from deskpulse_zendesk import mapping
from deskpulse_zendesk.client import LONG, Client

OVERLAP = timedelta(hours=1)
"""Read again after a lost cursor; what was decided already is skipped by its resolution key."""
FALLBACK = timedelta(days=1)
"""How far to go back from now where a cursor tells no time at all."""
NEWEST = timedelta(minutes=2)
"""A start time must lie at least a minute back."""
SEPARATOR = "|"

log = logging.getLogger(__name__)


def closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """Events page by page, each with the cursor to continue from; ends where the export does."""
    client = Client(connection, patience=LONG)
    read_until, after = _position(cursor)
    while True:
        answer = client.export({"cursor": after} if after else {"start_time": _start(read_until)})
        if answer.status >= 400 and after:
            log.warning(
                "zendesk refused the export's cursor (%s): beginning again before %s", answer.status, read_until
            )
            read_until, after = read_until - OVERLAP, ""
            answer = client.export({"start_time": _start(read_until)})
        if answer.status >= 400:
            raise Refused(f"the export refused its start time {_start(read_until)}", status=answer.status)
        raw = _page(answer)
        read_until = max((read_until, *_times(raw["tickets"])))
        seen, after = after, str(raw.get("after_cursor") or after)
        yield list(_events(raw)), f"{read_until.isoformat()}{SEPARATOR}{after}"
        if raw.get("end_of_stream") is not False or after == seen:
            return


def _position(cursor: str) -> tuple[datetime, str]:
    """The time in a cursor, and the vendor's cursor if it has one; a bare time is where core begins."""
    time, _, after = cursor.partition(SEPARATOR)
    at = moment(time)
    return (datetime.now(UTC) - FALLBACK, "") if at is None else (at, after)


def _start(read_until: datetime) -> str:
    return str(max(int(min(read_until, datetime.now(UTC) - NEWEST).timestamp()), 0))


def _page(answer: Answer) -> Mapping[str, Any]:
    raw = answer.json()
    if not isinstance(raw, dict) or not isinstance(raw.get("tickets"), list):
        raise Misread("the export has no tickets", status=answer.status)
    return raw


def _times(raw_tickets: Iterable[Any]) -> Iterator[datetime]:
    for raw in raw_tickets:
        if at := moment(raw.get("updated_at")):
            yield at


def _events(raw: Mapping[str, Any]) -> Iterator[TicketEvent]:
    """Side-loaded metrics come inside each ticket, or beside the tickets, as the endpoint pleases."""
    beside = {one.get("ticket_id"): one for one in raw.get("metric_sets") or ()}
    for raw_ticket in raw["tickets"]:
        raw_metrics = raw_ticket.get("metric_set") or beside.get(raw_ticket.get("id"))
        if event := mapping.exported_event(raw_ticket, raw_metrics):
            yield event
