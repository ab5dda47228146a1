"""The one way records change: by the API, the agent screen, a job or a script. Rules run around every write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from deskpulse_servicenow.simulator import process
from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_servicenow.simulator.store import Row

SYSTEM_FIELDS = frozenset(
    (
        "sys_id",
        "sys_created_on",
        "sys_created_by",
        "sys_updated_on",
        "sys_updated_by",
        "sys_mod_count",
        "sys_class_name",
    )
)
"""Nobody writes these."""


class Aborted(Exception):
    """The write was refused: by a before rule, or because a unique column has that value already."""


@dataclass
class Change:
    """One write: the row as it was and as it is; ``current`` may still be altered by before rules."""

    table: str
    operation: str
    """insert, update or delete."""
    before: Row
    current: Row
    user: Row
    journal: dict[str, str] = field(default_factory=dict)

    @property
    def written(self) -> Row:
        """The row with what was written to its journal columns: conditions may ask for either."""
        return self.current | self.journal


def _nothing(_: Change) -> None:
    """Before rules are put in place."""


@dataclass
class Hooks:
    """What runs around a write: ``before`` inside it, ``after`` once it is done and the lock is free."""

    before: Callable[[Change], None] = _nothing
    after: Callable[[Change], None] = _nothing


class Writer:
    """Writes records of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.hooks = Hooks()

    def insert(self, table: str, values: Mapping[str, str], user: Row, *, rules: bool = True) -> Row:
        """Add a record; unknown columns are dropped. Answers its row."""
        instance = self._instance
        with instance.lock:
            row, journal = self._split(table, values)
            row = self._defaults(table) | row
            moment, name = instance.now(), user.get("user_name", "system")
            row["sys_id"] = str(values.get("sys_id") or instance.ids.sys_id())
            if table in process.STATES:
                row.setdefault("number", instance.number(table))
                row.setdefault("opened_by", user.get("sys_id", ""))
            process.begin(table, row, moment)
            change = Change(table, "insert", {}, row, user, journal)
            if rules:
                self.hooks.before(change)
            self._unique(change)
            row = instance.add(table, change.current, by=name)
            change.current = row
            self._append(change)
        if rules:
            self.hooks.after(change)
        return row

    def update(
        self, table: str, sys_id: str, values: Mapping[str, str], user: Row, *, rules: bool = True, stamped: bool = True
    ) -> Row:
        """Change a record; what is not named stays. A write that changes nothing leaves no trace. Answers its row."""
        instance = self._instance
        with instance.lock:
            before = instance.store.rows(table)[sys_id]
            given, journal = self._split(table, values)
            current = before | given
            process.follow(table, current, before, user.get("sys_id", ""), instance.now())
            change = Change(table, "update", before, current, user, journal)
            if rules:
                self.hooks.before(change)
            current = {column: value for column, value in change.current.items() if value != ""}
            if current == before and not change.journal:
                return before
            if stamped:
                current["sys_updated_on"] = instance.now()
                current["sys_updated_by"] = user.get("user_name", "system")
                current["sys_mod_count"] = str(int(before.get("sys_mod_count") or 0) + 1)
            change.current = current
            instance.store.put(table, current)
            self._append(change)
        if rules:
            self.hooks.after(change)
        return current

    def delete(self, table: str, sys_id: str, user: Row, *, rules: bool = True) -> None:
        """Take a record away; nothing is left of it."""
        with self._instance.lock:
            before = self._instance.store.rows(table)[sys_id]
            change = Change(table, "delete", before, dict(before), user)
            if rules:
                self.hooks.before(change)
            self._instance.store.remove(table, sys_id)
        if rules:
            self.hooks.after(change)

    def _split(self, table: str, values: Mapping[str, str]) -> tuple[Row, dict[str, str]]:
        """Known columns without the system's own, and journal entries apart from them."""
        row: Row = {}
        journal: dict[str, str] = {}
        for element, value in values.items():
            column = self._instance.dictionary.column(table, element)
            if column is None or element in SYSTEM_FIELDS:
                continue
            if column.is_journal:
                if value != "":
                    journal[element] = value
            else:
                row[element] = value
        return row, journal

    def _unique(self, change: Change) -> None:
        known = self._instance.dictionary.table(change.table)
        for column in known.columns.values() if known else ():
            value = change.current.get(column.element, "")
            if column.unique and value:
                taken = self._instance.store.where(change.table, **{column.element: value})
                if next(taken, None) is not None:
                    raise Aborted(f"Unique Key violation detected by database ({column.element})")

    def _defaults(self, table: str) -> Row:
        known = self._instance.dictionary.table(table)
        columns = known.columns.values() if known else ()
        found = {column.element: column.default for column in columns if column.default}
        booleans = {
            column.element: "true" if column.element == "active" else "false"
            for column in columns
            if column.type == "boolean"
        }
        return booleans | found

    def _append(self, change: Change) -> None:
        name = change.user.get("user_name", "system")
        for element, text in change.journal.items():
            entry = {"name": change.table, "element": element, "value": text, "element_id": change.current["sys_id"]}
            self._instance.add("sys_journal_field", entry, by=name)
