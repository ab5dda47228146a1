"""Jobs by the clock: scheduled scripts, and closing incidents that were resolved long enough ago."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from deskpulse_servicenow.simulator import process
from deskpulse_servicenow.simulator.instance import Instance, read_time
from deskpulse_servicenow.simulator.scripting.engine import Script, ScriptError
from deskpulse_servicenow.simulator.scripting.host import Host
from deskpulse_servicenow.simulator.store import Row

EPOCH = "1970-01-01 00:00:00"
DAY = timedelta(days=1)
MOST_RUNS = 60
"""How often the clock stops for scheduled scripts on one step; longer steps skip runs."""
PERIODS = {"daily": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY}


@dataclass
class Schedule:
    """Runs what is due. ``next_runs`` are kept by the script's sys_id.

    ``settle`` waits for background jobs: on an instance they are long done when the next minute comes.
    """

    host: Host
    admin: Row
    settle: Callable[[], object]
    next_runs: dict[str, datetime] = field(default_factory=dict)
    _alone: threading.Lock = field(default_factory=threading.Lock)
    """One script at a time."""

    @property
    def _instance(self) -> Instance:
        return self.host.instance

    def tick(self) -> None:
        """What happens every few seconds by itself: periodic scripts run however long their period is."""
        self.close_resolved()
        for row in self._active():
            if row.get("run_type") == "periodically":
                self._run(row)

    def advance(self, seconds: float) -> datetime:
        """Step the clock forward and stop wherever a script is due, or an incident is to be closed, on the way."""
        clock = self._instance.clock
        target = clock.now() + timedelta(seconds=seconds)
        pause = timedelta(seconds=seconds / MOST_RUNS)
        while (left := (target - clock.now()).total_seconds()) > 0:
            due = [self._due(row) for row in self._active()]
            stop = min([*due, target], default=target)
            clock.advance(max(min((stop - clock.now()).total_seconds(), left), min(pause.total_seconds(), left)))
            self.run_due()
        return clock.now()

    def run_due(self) -> None:
        """Close what is to be closed, and run the scripts whose time has come."""
        self.settle()
        self.close_resolved()
        self.settle()
        moment = self._instance.clock.now()
        for row in self._active():
            if self._due(row) <= moment:
                self.next_runs[row["sys_id"]] = moment + _period(row)
                self._run(row)

    def close_resolved(self) -> None:
        """The auto-close job; it works as an administrator."""
        with self._instance.lock:
            numbers = process.overdue(self._instance)
        for sys_id in numbers:
            self.host.writer.update("incident", sys_id, {"state": process.CLOSED}, self.admin)

    def _active(self) -> list[Row]:
        with self._instance.lock:
            return list(self._instance.store.where("sysauto_script", active="true"))

    def _due(self, row: Row) -> datetime:
        return self.next_runs.setdefault(row["sys_id"], self._instance.clock.now() + _period(row))

    def _run(self, row: Row) -> None:
        with self._instance.lock:
            user = self._instance.row("sys_user", row.get("run_as", "")) or self.admin
        script = Script(self.host, user)
        try:
            with self._alone:
                if row.get("conditional") != "true" or script.value(row.get("condition") or "true"):
                    script.run(row.get("script", ""))
        except ScriptError as error:
            self.host.note("error", f"{row.get('name', '')}: {error}")


def _period(row: Row) -> timedelta:
    if row.get("run_type") == "periodically" and row.get("run_period"):
        return max(read_time(row["run_period"]) - read_time(EPOCH), timedelta(seconds=1))
    return PERIODS.get(row.get("run_type", ""), DAY)
