"""What an instance does by itself when a task changes state, and the job that closes resolved incidents.

A state number means one thing for an incident and another for a requested item: 7 is Closed there, Closed Skipped here.
https://www.servicenow.com/docs/r/it-service-management/incident-management/configure-incident-auto-close.html (read
2026-03)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from deskpulse_servicenow.simulator.instance import Instance, read_time
from deskpulse_servicenow.simulator.store import Row

RESOLVED, CLOSED, CANCELED = "6", "7", "8"
AUTO_CLOSE_DAYS = "glide.ui.autoclose.time"
BY_RESOLVED_AT = "com.snc.incident.autoclose.basedon.resolved_at"


@dataclass(frozen=True, slots=True)
class States:
    """What the state numbers of one table mean."""

    new: str
    working: str
    done: str
    open: frozenset[str]
    closed: frozenset[str]
    """In which a record is no longer active."""


STATES = {
    "incident": States("1", "2", RESOLVED, frozenset("123"), frozenset((CLOSED, CANCELED))),
    "sc_req_item": States("1", "2", "3", frozenset(("1", "2", "-5")), frozenset("347")),
    "sc_request": States("1", "2", "3", frozenset(("1", "2", "-5")), frozenset("347")),
}
"""``done`` is what an agent sets: Resolved, or Closed Complete."""


def begin(table: str, row: Row, moment: str) -> None:
    """Fill in what a new task starts with."""
    states = STATES.get(table)
    if states is None:
        return
    row.setdefault("state", states.new)
    row.setdefault("opened_at", moment)
    row.setdefault("priority", "4")
    row.update({"active": "true", "sys_class_name": table, "sys_domain": "global"})
    if table == "incident":
        row.setdefault("reopen_count", "0")
        row.setdefault("category", "inquiry")
    follow(table, row, {}, row.get("opened_by", ""), moment)


def follow(table: str, row: Row, before: Row, user: str, moment: str) -> None:
    """Carry a change of state on to the columns that depend on it; ``user`` is the sys_id of who changes it."""
    states = STATES.get(table)
    if states is None:
        return
    if table == "incident":
        _mirror(row, before)
    state, was = row.get("state", ""), before.get("state", "")
    if state == was:
        return
    row["active"] = "false" if state in states.closed else "true"
    if state in states.closed:
        row.update({"closed_at": moment, "closed_by": user})
    elif was in states.closed:
        row.pop("closed_at", None)
        row.pop("closed_by", None)
    if table == "incident":
        _incident(row, state, was, user, moment)
    elif table == "sc_req_item":
        row["stage"] = "complete" if state in states.closed else "fulfillment"


def _mirror(row: Row, before: Row) -> None:
    """``incident_state`` says the same as ``state``, whichever was written."""
    if row.get("incident_state", "") not in ("", before.get("incident_state", "")):
        row["state"] = row["incident_state"]
    row["incident_state"] = row.get("state", "")


def _incident(row: Row, state: str, was: str, user: str, moment: str) -> None:
    if state == RESOLVED or (state == CLOSED and was != RESOLVED):
        row.update({"resolved_at": moment, "resolved_by": user})
    elif state in STATES["incident"].open and was in (RESOLVED, CLOSED):
        row["reopen_count"] = str(int(row.get("reopen_count") or 0) + 1)
        row["reopened_time"] = moment


def overdue(instance: Instance) -> list[str]:
    """The resolved incidents that the auto-close job would close now."""
    days = instance.property(AUTO_CLOSE_DAYS, "7")
    if not days.isdigit() or days == "0":
        return []
    column = "resolved_at" if instance.property(BY_RESOLVED_AT, "true") == "true" else "sys_updated_on"
    before = instance.clock.now() - timedelta(days=int(days))
    return [
        row["sys_id"]
        for row in instance.store.where("incident", state=RESOLVED)
        if row.get(column) and read_time(row[column]) <= before
    ]
