"""Ordered storage: records by id."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> Any:
        """The record's number or text, which never changes."""
        ...


Key = TypeVar("Key", int, str)
Row = TypeVar("Row", bound=Identified)


class Table(Generic[Key, Row]):
    """Records by id, walkable in id order (``ids``) from any id without reading those before it."""

    def __init__(self) -> None:
        self._rows: dict[Key, Row] = {}
        self.ids: list[Key] = []

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter([self._rows[key] for key in self.ids])

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __getitem__(self, key: Key) -> Row:
        return self._rows[key]

    def get(self, key: Key | None) -> Row | None:
        """The record, or None where there is none of that id."""
        return None if key is None else self._rows.get(key)

    def add(self, row: Row) -> Row:
        """Store a new record."""
        self._rows[row.id] = row
        if self.ids and row.id < self.ids[-1]:
            insort(self.ids, row.id)
        else:
            self.ids.append(row.id)
        return row

    def remove(self, key: Key) -> Row:
        """Take a record out and return it."""
        row = self._rows.pop(key)
        del self.ids[bisect_left(self.ids, key)]
        return row
