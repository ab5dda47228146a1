"""Support groups, and what webhooks missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from deskpulse.plugin_api import Agent, Connection, EventsAndCursor, Groups, TicketEvent
from deskpulse.testing.fake_helpdesk import mapping
from deskpulse.testing.fake_helpdesk.client import LONG, Client


def groups(connection: Connection) -> Groups:
    """Agents name their groups, so agents are read first and held; groups stream past them."""
    client = Client(connection, patience=LONG)
    members: defaultdict[str, list[Agent]] = defaultdict(list)
    for raw in client.every("agents"):
        for key in raw.get("groups") or ():
            members[key].append(mapping.agent(raw))
    for raw in client.every("groups"):
        yield mapping.group(raw, members[str(raw.get("id"))])


def closed_since(connection: Connection, cursor: str) -> EventsAndCursor:
    """The change feed from a time, later from the number after which the last page ended."""
    return _changes(Client(connection, patience=LONG), cursor)


def _changes(client: Client, cursor: str) -> Iterator[tuple[list[TicketEvent], str]]:
    more = True
    while more:
        raw = client.changes({"after" if cursor.isdecimal() else "since": cursor})
        cursor, more = str(raw["last"]), bool(raw["more"])
        yield [event for event in map(mapping.event, raw["items"]) if event], cursor
