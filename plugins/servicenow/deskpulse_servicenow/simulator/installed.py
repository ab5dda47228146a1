"""Update sets committed to the instance: their records put in place, and taken back again.

What an administrator does beside the commit is done here too: the roles that a set brings are given to the integration
user, system properties get their values, and formatters show on the forms of their tables.
"""

from __future__ import annotations

from collections.abc import Mapping

from deskpulse_servicenow.simulator.dictionary import SOURCES, Table
from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_servicenow.simulator.store import Row
from deskpulse_servicenow.simulator.update_set import Update, UpdateSet, read

Before = tuple[str, str, Row | None]
"""Table and sys_id of a record, and what it was before the first commit."""


class Installed:
    """The sets of one instance. Its caller holds the instance's lock."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._sets: dict[str, list[Before]] = {}
        self._names: dict[str, str] = {}

    def names(self) -> list[str]:
        """What the committed sets are called."""
        return list(self._names.values())

    def install(self, package: bytes, settings: Mapping[str, str], integration: str) -> None:
        """Preview, commit and set up; ValueError where a preview would show problems, and then nothing is done."""
        found = read(package)
        wanted = self._settings(found, settings)
        earlier = self._sets.setdefault(found.sys_id, [])
        self._names[found.sys_id] = found.name
        known = {(table, sys_id) for table, sys_id, _ in earlier}
        replaced = [key for update in found.updates for key in self._replaced(update)]
        for key in [*replaced, *((update.table, update.row["sys_id"]) for update in found.updates)]:
            if key not in known:
                earlier.append((*key, self._instance.store.get(*key)))
                known.add(key)
        for table, sys_id in replaced:
            self._instance.store.remove(table, sys_id)
        shaping = [update for update in found.updates if update.table in SOURCES]
        for updates in (shaping, [update for update in found.updates if update.table not in SOURCES]):
            tables = self._instance.dictionary.tables()  # read again after those that shape them, not after each
            for update in updates:
                self._commit(update, tables)
        for name, value in wanted.items():
            self._instance.set_property(name, value)
        for update in found.updates:
            if update.table == "sys_user_role":
                self._give(integration, update.row["sys_id"])

    def back_out(self) -> int:
        """Take all sets back: their records are gone, or again what they were; the number of records."""
        before = [record for records in reversed(self._sets.values()) for record in reversed(records)]
        self._sets.clear()
        self._names.clear()
        for table, sys_id, row in before:
            if row is not None:
                self._instance.store.put(table, row)
            elif self._instance.store.get(table, sys_id) is not None:
                self._instance.store.remove(table, sys_id)
        return len(before)

    def _settings(self, found: UpdateSet, settings: Mapping[str, str]) -> dict[str, str]:
        """Properties by their full name; a setting may leave away what stands before the last dot."""
        names = [update.row.get("name", "") for update in found.updates if update.table == "sys_properties"]
        wanted: dict[str, str] = {}
        for key, value in settings.items():
            full = [name for name in names if name == key or name.rpartition(".")[2] == key]
            if len(full) != 1:
                raise ValueError(f"the update set has no property called {key}")
            wanted[full[0]] = value
        return wanted

    def _replaced(self, update: Update) -> list[tuple[str, str]]:
        """What a form section takes the place of: a section is deleted with all its fields and made anew.

        https://www.servicenow.com/docs/r/application-development/system-update-sets/customizations-tracked-update-sets.html
        (read 2026-03)
        """
        if update.table != "sys_ui_section":
            return []
        store = self._instance.store
        same = {name: update.row.get(name, "") for name in ("name", "view", "caption")}
        sections = [row["sys_id"] for row in store.where("sys_ui_section", **same)]
        fields = [row["sys_id"] for key in sections for row in store.where("sys_ui_element", sys_ui_section=key)]
        return [("sys_ui_element", key) for key in fields] + [("sys_ui_section", key) for key in sections]

    def _commit(self, update: Update, tables: Mapping[str, Table]) -> None:
        store, sys_id = self._instance.store, update.row["sys_id"]
        current = store.get(update.table, sys_id)
        if update.delete:
            if current is not None:
                store.remove(update.table, sys_id)
            return
        columns = tables[update.table].columns
        row = {name: value for name, value in update.row.items() if name in columns and value != ""}
        if update.table == "sys_properties" and current is not None and current.get("value"):
            row["value"] = current["value"]  # what an administrator set is kept: the preview asks, and they say so
        if update.table == "sys_db_object":
            row.setdefault("ws_access", "false")
        row["sys_mod_count"] = str(int((current or {}).get("sys_mod_count") or 0) + 1)
        row |= {"sys_updated_on": self._instance.now(), "sys_updated_by": "admin"}
        row.setdefault("sys_created_on", self._instance.now())
        row.setdefault("sys_created_by", "admin")
        store.put(update.table, row)

    def _give(self, user: str, role: str) -> None:
        held = self._instance.store.find("sys_user_has_role", "user", user)
        if all(row.get("role") != role for row in held):
            self._instance.add("sys_user_has_role", {"user": user, "role": role})
