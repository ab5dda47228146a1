"""Cells of an export, column by column: one call for a whole batch is much quicker than one for each cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from deskpulse.cells import SUSPECT, harmless

MOST_REMEMBERED = 1_024
"""Different values whose cells are kept in memory."""

Cells = Iterable[Any]
Make = Callable[[Sequence[Any]], Cells]
"""Turns one column of a batch into cells."""


def texts(column: Sequence[str | None]) -> Cells:
    """Harmless cells; what is not there is an empty cell."""
    return [harmless(text) if text and text[0] in SUSPECT else text for text in column]


def looked_up(names: Callable[[Any], Any]) -> Make:
    """What ids stand for, in a table that is complete."""
    return lambda column: map(names, column)


class Remembered(dict[str, Any]):
    """Makes something of a text once, and remembers it: lists of codes and fields of tickets mostly repeat."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, text: str) -> Any:
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        made = self[text] = self._make(text)
        return made

    def __call__(self, column: Sequence[str]) -> list[Any]:
        """What it makes of every text of a column."""
        return list(map(self.__getitem__, column))


def moments(zone: ZoneInfo) -> Make:
    """ISO 8601 to the second with the offset of the zone, from texts in UTC.

    What an hour of UTC is there is found once: answers come by the hundred in order of time.
    """

    def hour(text: str) -> tuple[str, str] | None:
        begin = datetime.fromisoformat(f"{text}:00:00+00:00").astimezone(zone)
        end = (begin.astimezone(UTC) + timedelta(minutes=59)).astimezone(zone)
        if begin.minute or begin.utcoffset() != end.utcoffset():
            return None
        local = begin.isoformat("T", "minutes")
        return local[:13], local[16:]

    def exactly(text: str) -> str:
        return datetime.fromisoformat(f"{text[:19]}+00:00").astimezone(zone).isoformat("T", "seconds")

    def make(column: Sequence[str | None]) -> Cells:
        return [
            text and (f"{known[0]}{text[13:19]}{known[1]}" if (known := hours[text[:13]]) else exactly(text))
            for text in column
        ]

    hours = Remembered(hour)
    return make


def joined_codes() -> Make:
    """A JSON list of codes as one cell: ``reply;speed``."""
    return Remembered(lambda text: harmless(";".join(orjson.loads(text))))


def as_json() -> Make:
    """JSON that is put into other JSON as it is."""
    return lambda column: map(orjson.Fragment, column)
