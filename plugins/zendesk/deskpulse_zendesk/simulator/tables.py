"""Ordered storage: records by id, and a log of changes that incremental exports read."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from datetime import datetime
from typing import Generic, Protocol, TypeVar


class Numbered(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> int:
        """The record's number."""
        ...


Row = TypeVar("Row", bound=Numbered)


class Table(Generic[Row]):
    """Records by id, walkable in id order from any id without reading those before it."""

    def __init__(self) -> None:
        self._rows: dict[int, Row] = {}
        self.ids: list[int] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter([self._rows[number] for number in self.ids])

    def __contains__(self, number: object) -> bool:
        return number in self._rows

    def __getitem__(self, number: int) -> Row:
        return self._rows[number]

    def get(self, number: int | None) -> Row | None:
        """The record, or None where there is none of that id."""
        return None if number is None else self._rows.get(number)

    def add(self, row: Row) -> Row:
        """Store a new record."""
        self._rows[row.id] = row
        if self.ids and row.id < self.ids[-1]:
            insort(self.ids, row.id)
        else:
            self.ids.append(row.id)
        return row

    def remove(self, number: int) -> Row:
        """Take a record out and return it."""
        row = self._rows.pop(number)
        del self.ids[bisect_left(self.ids, number)]
        return row


class ChangeLog:
    """When each record last changed, in that order. A record appears once, at its latest change."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, int]] = []
        self._latest: dict[int, tuple[int, int, int]] = {}
        self._sequence = 0

    def touch(self, number: int, moment: datetime) -> None:
        """Note a change of one record."""
        self._sequence += 1
        entry = (int(moment.timestamp()), self._sequence, number)
        self._latest[number] = entry
        if self._entries and entry < self._entries[-1]:
            insort(self._entries, entry)
        else:
            self._entries.append(entry)
        if len(self._entries) > 2 * len(self._latest) + 1000:
            self._entries = sorted(self._latest.values())

    def after(self, position: tuple[int, int], until: int) -> Iterator[tuple[int, int, int]]:
        """Entries ``(time, sequence, id)`` beyond a position, not later than ``until``."""
        entries = self._entries
        for index in range(bisect_right(entries, (*position, 2**63)), len(entries)):
            entry = entries[index]
            if entry[0] > until:
                return
            if self._latest[entry[2]] == entry:
                yield entry
