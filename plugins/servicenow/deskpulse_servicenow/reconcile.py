"""What the business rule's calls missed: resolved and reopened tickets by the time of their last change.

Each table is read in the order of time and id, every page beginning after the last row of the one before. The cursor
holds that position for each table. A change that was being saved while we read may appear later with an earlier time:
every run therefore begins some minutes before its cursor, which also names the rows of those minutes that were told.
A literal time in a query is read in the user's zone, so the user's zone must be GMT.
https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html (read 2026-08)
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deskpulse.plugin_api import Connection, EventsAndCursor, TicketEvent
from deskpulse_servicenow import mapping
from deskpulse_servicenow.client import LONG, Client, Raw, is_sys_id, join, value
from deskpulse_servicenow.tables import Table, watched

OVERLAP = timedelta(minutes=5)
"""How late a change may appear."""
FALLBACK = timedelta(days=1)
"""How far to go back from now where a cursor tells no time at all."""
MOST_TOLD = 500
"""Rows named in a cursor; those beyond are told twice, which does no harm."""
ORDER = "ORDERBYsys_updated_on^ORDERBYsys_id"


@dataclass(frozen=True, slots=True)
class _Place:
    """Up to where a table was read, and the rows just before that."""

    at: datetime
    told: tuple[str, ...] = ()


def closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """Events page by page, each with the cursor to continue from."""
    client = Client(connection, patience=LONG)
    places, begin = _read(cursor)
    for table in watched(connection.settings):
        place = places.get(table.name) or _Place(begin)
        told = set(place.told)
        query = _changes(table, connection.settings)
        for page in client.pages(table.name, query, mapping.EXPORTED, after=_after(place.at - OVERLAP)):
            fresh = [raw for raw in page if _mark(raw) not in told]
            place = _onward(place, page)
            places[table.name] = place
            yield _events(fresh, table, connection.settings), _written(places, begin)


def _changes(table: Table, settings: Mapping[str, str]) -> str:
    """The rows that matter. A column that the table lacks would be passed over, and the query find far too much."""
    states = "stateIN" + ",".join(sorted(table.resolved(settings)))
    return f"{states}^ORreopen_count>0" if table.counts_reopens else states


def _after(begin: datetime) -> Callable[[str, Raw | None], str]:
    """What follows a row in the order of time and id; without one, everything since the beginning."""

    def query(base: str, last: Raw | None) -> str:
        if last is None:
            return join(base, f"sys_updated_on>={mapping.stamp(begin)}", ORDER)
        at, key = value(last["sys_updated_on"]), value(last["sys_id"])
        later, same = f"sys_updated_on>{at}", f"sys_updated_on={at}^sys_id>{key}"
        return join(base, later, f"NQ{join(base, same)}", ORDER)

    return query


def _onward(place: _Place, page: Sequence[Raw]) -> _Place:
    """The place after a page; it never goes back, though a run begins before it."""
    times = {_mark(raw): mapping.moment(raw.get("sys_updated_on")) for raw in page}
    newest = max((at for at in times.values() if at), default=place.at)
    at = max(place.at, newest)
    recent = [mark for mark, when in times.items() if when and when >= at - OVERLAP]
    kept = [mark for mark in place.told if mark not in times] if at - place.at <= OVERLAP else []
    return _Place(at, tuple([*kept, *recent][-MOST_TOLD:]))


def _events(page: Sequence[Raw], table: Table, settings: Mapping[str, str]) -> list[TicketEvent]:
    found = (mapping.exported_event(raw, table, settings) for raw in page if is_sys_id(value(raw.get("sys_id"))))
    return [event for event in found if event]


def _mark(raw: Raw) -> str:
    """A row in one version, in eight characters."""
    return f"{zlib.crc32((value(raw.get('sys_id')) + value(raw.get('sys_updated_on'))).encode()):08x}"


def _read(cursor: str) -> tuple[dict[str, _Place], datetime]:
    """The places in a cursor, and where tables begin that it does not name; core's first cursor is a time."""
    try:
        raw = json.loads(cursor)
        rows = {str(name): (_time(at), tuple(told.split())) for name, (at, told) in raw["tables"].items()}
        begin = _time(raw["begin"])
    except (ValueError, TypeError, KeyError, AttributeError):
        rows, begin = {}, _time(cursor)
    begin = begin or datetime.now(UTC) - FALLBACK
    return {name: _Place(at or begin, told) for name, (at, told) in rows.items()}, begin


def _written(places: Mapping[str, _Place], begin: datetime) -> str:
    tables = {name: [place.at.isoformat(), " ".join(place.told)] for name, place in places.items()}
    return json.dumps({"begin": begin.isoformat(), "tables": tables}, separators=(",", ":"))


def _time(text: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
