"""Business rules: which fire on a write, and running their scripts.

``before`` rules run inside the write and may change it or stop it; ``after`` rules once it is done, while the caller
waits; asynchronous ones on the background, where the record may have moved on, ``previous`` is null and ``changes()``
says nothing. https://www.servicenow.com/docs/r/api-reference/business-rules-classic/c_BusinessRules.html (read 2026-03)
"""

from __future__ import annotations

from collections.abc import Callable

from deskpulse_servicenow.simulator.background import Background
from deskpulse_servicenow.simulator.scripting.engine import Script, ScriptError
from deskpulse_servicenow.simulator.scripting.host import Host
from deskpulse_servicenow.simulator.store import Row
from deskpulse_servicenow.simulator.writing import Aborted, Change

RECHECK = "glide.businessrule.async_condition_check"
ASYNC = ("async", "async_always")


class Rules:
    """The rules of one instance; ``notify`` is told of every write once it is done."""

    def __init__(self, host: Host, background: Background, notify: Callable[[Change], None]) -> None:
        self._host = host
        self._instance = host.instance
        self._background = background
        self._notify = notify

    def before(self, change: Change) -> None:
        """Run what may still alter the write."""
        for rule in self._firing(change, ("before",)):
            script = self._open(change)
            self._run(rule, script)
            changes, aborted = script.outcome()
            if aborted or rule.get("abort_action") == "true":
                raise Aborted(f"aborted by business rule {rule.get('name', '')}")
            change.current.update(changes)

    def after(self, change: Change) -> None:
        """Run, or queue, what follows from a write."""
        for rule in self._firing(change, ("after",)):
            self._run(rule, self._open(change))
        for rule in self._firing(change, ASYNC):
            self._background.add_rule(lambda rule=rule: self._later(rule, change))  # type: ignore[misc]
        self._notify(change)

    def _firing(self, change: Change, when: tuple[str, ...]) -> list[Row]:
        with self._instance.lock:
            chain = self._instance.dictionary.chain(change.table)
            rows = [
                row
                for row in self._instance.store.rows("sys_script").values()
                if row.get("active") == "true"
                and row.get("when") in when
                and row.get("collection") in chain
                and row.get(f"action_{change.operation}") == "true"
            ]
        rows.sort(key=lambda row: int(row.get("order") or 100))
        return [row for row in rows if self._holds(row, change)]

    def _holds(self, rule: Row, change: Change) -> bool:
        filtered = rule.get("filter_condition", "")
        with self._instance.lock:
            matches = self._host.searcher.matches(change.table, filtered, change.written, change.before)
        condition = rule.get("condition", "")
        if not matches or not condition or rule.get("advanced") != "true":
            return matches
        try:
            return bool(self._open(change).value(condition))
        except ScriptError as error:
            self._host.note("error", f"{rule.get('name', '')}: condition: {error}")
            return False

    def _open(self, change: Change) -> Script:
        script = Script(self._host, change.user)
        script.open(change.table, change.written, change.before, previous=True, operation=change.operation)
        return script

    def _later(self, rule: Row, change: Change) -> None:
        """An asynchronous rule: with the record as it is by now; without it where it has been deleted."""
        with self._instance.lock:
            row = self._instance.store.get(change.table, change.current["sys_id"])
            if row is None and change.operation == "delete":
                row = change.before
            recheck = self._instance.property(RECHECK) == "true"
        now = Change(change.table, change.operation, {}, row or {}, change.user)
        if row is None or (recheck and not self._holds(rule, now)):
            return
        script = Script(self._host, change.user)
        script.open(change.table, row, None, operation=change.operation)
        self._run(rule, script)

    def _run(self, rule: Row, script: Script) -> None:
        if rule.get("advanced") != "true":
            return
        try:
            script.run(rule.get("script", ""))
        except ScriptError as error:
            self._host.note("error", f"{rule.get('name', '')}: {error}")
