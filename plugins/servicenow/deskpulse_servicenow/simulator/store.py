"""Rows: every table's records by sys_id, with look-ups for the columns that integrations search by."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping

Row = dict[str, str]
"""Raw values by column. A column that is empty is not in the row; a row knows its own table only by where it lies."""

INDEXED: dict[str, tuple[str, ...]] = {
    "incident": ("number", "caller_id", "assignment_group"),
    "sc_req_item": ("number", "requested_for"),
    "sc_request": ("number",),
    "sys_user": ("user_name", "email", "name"),
    "sys_user_group": ("name",),
    "sys_user_grmember": ("user", "group"),
    "sys_user_has_role": ("user",),
    "sys_journal_field": ("element_id",),
    "sys_properties": ("name",),
    "sys_choice": ("name",),
}


class Store:
    """All rows of one instance. Whoever reads or writes holds ``lock``."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.version = 0
        """Counts writes; what is worked out from rows is good as long as it stays the same."""
        self._tables: dict[str, dict[str, Row]] = defaultdict(dict)
        self._index: dict[tuple[str, str], dict[str, dict[str, None]]] = {
            (table, column): defaultdict(dict) for table, columns in INDEXED.items() for column in columns
        }
        self._versions: dict[str, int] = defaultdict(int)

    def version_of(self, table: str) -> int:
        """Counts writes of one table."""
        return self._versions[table]

    def rows(self, table: str) -> dict[str, Row]:
        """The table's rows by sys_id, in the order they were made. Not for changing."""
        return self._tables[table]

    def get(self, table: str, sys_id: str) -> Row | None:
        """One row."""
        return self._tables[table].get(sys_id)

    def put(self, table: str, row: Row) -> None:
        """Add a row, or exchange the one with its sys_id."""
        sys_id = row["sys_id"]
        self._forget(table, self._tables[table].get(sys_id))
        self._tables[table][sys_id] = row
        for column in INDEXED.get(table, ()):
            self._index[table, column][row.get(column, "").lower()][sys_id] = None
        self._touch(table)

    def remove(self, table: str, sys_id: str) -> None:
        """Take a row out for good."""
        self._forget(table, self._tables[table].pop(sys_id, None))
        self._touch(table)

    def _forget(self, table: str, row: Row | None) -> None:
        for column in INDEXED.get(table, ()) if row else ():
            self._index[table, column][(row or {}).get(column, "").lower()].pop((row or {})["sys_id"], None)

    def _touch(self, table: str) -> None:
        self.version += 1
        self._versions[table] += 1

    def indexed(self, table: str, column: str) -> bool:
        """Whether ``find`` works for this column."""
        return (table, column) in self._index

    def find(self, table: str, column: str, value: str) -> list[Row]:
        """The rows with that value, in any letter case, by look-up."""
        rows = self._tables[table]
        return [rows[sys_id] for sys_id in self._index[table, column].get(value.lower(), ())]

    def where(self, table: str, **values: str) -> Iterator[Row]:
        """The rows with all those values, exactly, by reading the table."""
        wanted: Mapping[str, str] = values
        for row in self._tables[table].values():
            if all(row.get(column, "") == value for column, value in wanted.items()):
                yield row
