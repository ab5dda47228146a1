"""What tables there are, which columns each has, inherited ones included, and what choices are called.

All of it is read from the instance's own rows (``sys_db_object``, ``sys_dictionary``, ``sys_documentation``,
``sys_choice``), so that whatever adds such a row, the API or an update set, changes the tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from deskpulse_servicenow.simulator.schema import SYSTEM_COLUMNS
from deskpulse_servicenow.simulator.store import Row, Store

SOURCES = ("sys_db_object", "sys_dictionary", "sys_documentation", "sys_choice")
"""Tables whose rows say what all tables are like."""
JOURNAL_TYPES = ("journal_input", "journal", "journal_list")


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``reference`` names the table that a reference or a list points into."""

    table: str
    element: str
    label: str
    type: str = "string"
    reference: str = ""
    max_length: int = 0
    default: str = ""
    unique: bool = False
    choices: dict[str, str] = field(default_factory=dict)

    @property
    def is_reference(self) -> bool:
        """Whether the value is one record's sys_id."""
        return self.type == "reference"

    @property
    def is_journal(self) -> bool:
        """Whether writing appends an entry instead of changing a value."""
        return self.type in JOURNAL_TYPES


@dataclass(slots=True)
class Table:
    """One table; ``columns`` has its own and its ancestors'."""

    name: str
    label: str
    parent: str
    web_services: bool
    columns: dict[str, Column] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)

    @property
    def display(self) -> str:
        """The column that stands for a record where it is referred to."""
        return next((name for name in ("name", "number", "label", "u_name") if name in self.columns), "sys_id")


class Dictionary:
    """Reads itself again when one of its rows has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._checked = -1
        self._seen: tuple[int, ...] = ()
        self._tables: dict[str, Table] = {}

    def tables(self) -> dict[str, Table]:
        """All tables by name."""
        if self._checked != self._store.version:
            self._checked = self._store.version
            seen = tuple(self._store.version_of(name) for name in SOURCES)
            if seen != self._seen:
                self._tables = _read(self._store)
                self._seen = seen
        return self._tables

    def table(self, name: str) -> Table | None:
        """One table."""
        return self.tables().get(name)

    def column(self, table: str, element: str) -> Column | None:
        """A column of a table, its own or inherited."""
        found = self.table(table)
        return found.columns.get(element) if found else None

    def chain(self, table: str) -> list[str]:
        """The table and what it extends, nearest first."""
        names, tables = [table], self.tables()
        while (found := tables.get(names[-1])) and found.parent and found.parent not in names:
            names.append(found.parent)
        return names

    def family(self, table: str) -> list[str]:
        """The table and all that extend it."""
        names, tables = [table], self.tables()
        for name in names:
            names.extend(tables[name].children if name in tables else [])
        return names


def _read(store: Store) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    names = {sys_id: row.get("name", "") for sys_id, row in store.rows("sys_db_object").items()}
    for row in store.rows("sys_db_object").values():
        parent = row.get("super_class", "")
        served = row.get("ws_access", "false") == "true"
        tables[row["name"]] = Table(row["name"], row.get("label", row["name"]), names.get(parent, parent), served)
    labels = {
        (row.get("name", ""), row.get("element", "")): row.get("label", "")
        for row in store.rows("sys_documentation").values()
        if row.get("language", "en") == "en"
    }
    choices: dict[tuple[str, str], list[Row]] = {}
    for row in store.rows("sys_choice").values():
        if row.get("inactive") != "true" and row.get("language", "en") == "en":
            choices.setdefault((row.get("name", ""), row.get("element", "")), []).append(row)
    own: dict[str, dict[str, Column]] = {}
    for row in store.rows("sys_dictionary").values():
        if row.get("element") and row.get("active") != "false":
            column = _column(row, labels)
            own.setdefault(column.table, {})[column.element] = column
    for name in sorted(tables, key=lambda name: len(_ancestors(tables, name))):
        table = tables[name]
        table.columns.update({element: Column(name, element, label, kind) for element, kind, label in SYSTEM_COLUMNS})
        if table.parent in tables:
            tables[table.parent].children.append(name)
            table.columns.update(tables[table.parent].columns)
        table.columns.update(own.get(name, {}))
        for element, column in table.columns.items():
            rows = choices.get((name, element))
            if rows:
                table.columns[element] = _with_choices(column, rows)
    return tables


def _ancestors(tables: dict[str, Table], name: str) -> list[str]:
    names: list[str] = []
    while name in tables and name not in names:
        names.append(name)
        name = tables[name].parent
    return names


def _column(row: Row, labels: dict[tuple[str, str], str]) -> Column:
    table, element = row.get("name", ""), row["element"]
    length = row.get("max_length", "")
    return Column(
        table=table,
        element=element,
        label=labels.get((table, element)) or row.get("column_label") or element,
        type=row.get("internal_type") or "string",
        reference=row.get("reference", ""),
        max_length=int(length) if length.isdigit() else 0,
        default=row.get("default_value", ""),
        unique=row.get("unique") == "true",
    )


def _with_choices(column: Column, rows: list[Row]) -> Column:
    ordered = sorted(rows, key=lambda row: int(row.get("sequence") or 0))
    return replace(column, choices={row.get("value", ""): row.get("label", "") for row in ordered})
