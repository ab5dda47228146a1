"""What ``/_sim`` and the agent screen do with tickets: incidents and requested items alike, by sys_id or number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from deskpulse_servicenow.simulator import process
from deskpulse_servicenow.simulator.instance import Instance, read_time
from deskpulse_servicenow.simulator.loading import populate
from deskpulse_servicenow.simulator.parts import InstanceParts
from deskpulse_servicenow.simulator.store import Row
from deskpulse_simulation.records import BadInput, Json

TABLES = ("incident", "sc_req_item")
RESOLVING = {"close_code": "Solved (Permanently)", "close_notes": "Done."}
REQUESTERS = {"incident": "caller_id", "sc_req_item": "requested_for"}
JOURNALS = {"comments": True, "work_notes": False}
"""Journal columns, and whether the customer sees what is written there."""


class Desk:
    """The instance's part of ``/_sim``."""

    def __init__(self, parts: InstanceParts) -> None:
        self._parts = parts
        self._instance = parts.instance

    def tickets(self) -> list[Json]:
        """Every ticket in one line, oldest first."""
        with self._instance.lock:
            return [self.line(table, row) for table, row in all_tickets(self._instance)]

    def line(self, table: str, row: Row) -> Json:
        """One of them."""
        requester = self.requester(table, row)
        return {
            "id": row["sys_id"],
            "number": row["number"],
            "subject": row.get("short_description", ""),
            "status": status(self._instance, table, row),
            "open": is_open(table, row),
            "requester": requester.get("email") or requester.get("name"),
        }

    def requester(self, table: str, row: Row) -> Row:
        """Who asked for help: the caller of an incident, whom an item was requested for."""
        return self._instance.row("sys_user", row.get(REQUESTERS[table], ""))

    def find(self, key: str) -> tuple[str, Row]:
        """A ticket by sys_id or number."""
        for table in TABLES:
            row = self._instance.store.get(table, key) or next(
                iter(self._instance.store.find(table, "number", key)), None
            )
            if row is not None:
                return table, row
        raise BadInput(f"no ticket is called {key}", 404)

    def ticket(self, key: str) -> Json:
        """A ticket with its raw fields, its notes oldest first, and the requester's record."""
        with self._instance.lock:
            table, row = self.find(key)
            return self.line(table, row) | {
                "table": table,
                "fields": dict(row),
                "notes": self.notes(row["sys_id"]),
                "customer": dict(self.requester(table, row)),
            }

    def notes(self, sys_id: str) -> list[Json]:
        """Journal entries: text, whether the customer sees it, who wrote it, and when."""
        rows = self._instance.store.find("sys_journal_field", "element_id", sys_id)
        return [
            {
                "text": row.get("value", ""),
                "public": JOURNALS.get(row.get("element", ""), False),
                "author": row.get("sys_created_by", ""),
                "at": row["sys_created_on"],
            }
            for row in rows
        ]

    def solve(self, key: str, given: Json, otherwise: Row | None = None) -> None:
        """Resolve an incident, or close a requested item complete, as the agent named or found, or ``otherwise``."""
        with self._instance.lock:
            table, row = self.find(key)
            group = self._group(given)
            agent = self._agent(given, row, group, otherwise)
            values = {"state": process.STATES[table].done, "assigned_to": agent["sys_id"]}
            values |= RESOLVING if table == "incident" else {}
            values |= {"assignment_group": group["sys_id"]} if group else {}
        if given.get("comment"):
            values["work_notes" if given.get("public") is False else "comments"] = str(given["comment"])
        self._write(table, row, values, agent)

    def _group(self, given: Json) -> Row | None:
        group = self._instance.group(str(given.get("group") or ""))
        if given.get("group") and group is None:
            raise BadInput(f"no group is called {given['group']}")
        return group

    def _agent(self, given: Json, row: Row, group: Row | None, otherwise: Row | None) -> Row:
        if given.get("agent_email"):
            named = self._instance.user(str(given["agent_email"]))
            if named is None or "itil" not in self._parts.access.roles(named):
                raise BadInput(f"no agent has the address {given['agent_email']}")
            return named
        assignee = self._instance.row("sys_user", row.get("assigned_to", ""))
        members = self._instance.members(group["sys_id"]) if group else []
        if assignee and (group is None or assignee in members):
            return assignee
        active = [member for member in members if member.get("active") == "true"]
        return active[0] if active else otherwise or self.agents(1)[0]

    def agents(self, most: int) -> list[Row]:
        """The first people with the role of an agent; the administrator where there are none."""
        store, role, found = self._instance.store, self._parts.furniture.roles["itil"], []
        for pair in store.rows("sys_user_has_role").values():
            user = store.get("sys_user", pair.get("user", "")) if pair.get("role") == role else None
            if user and user.get("active") == "true" and user.get("web_service_access_only") != "true":
                found.append(user)
            if len(found) >= most:
                break
        return found or [self._parts.furniture.admin]

    def reopen(self, key: str, comment: str) -> None:
        """Set a ticket back to work, as its customer's answer does; a closed incident stays closed."""
        with self._instance.lock:
            table, row = self.find(key)
            customer = self.requester(table, row)
        self._write(table, row, {"state": process.STATES[table].working, "comments": comment}, customer)

    def reply(self, key: str, text: str, agent: Row, *, public: bool) -> None:
        """Write to the customer, or a note for colleagues."""
        with self._instance.lock:
            table, row = self.find(key)
        self._write(table, row, {"comments" if public else "work_notes": text}, agent)

    def close(self, key: str) -> Json:
        """Close a ticket as the instance's own job does."""
        with self._instance.lock:
            table, row = self.find(key)
        state = process.CLOSED if table == "incident" else process.STATES[table].done
        self._parts.writer.update(table, row["sys_id"], {"state": state}, self._parts.furniture.admin)
        return self.ticket(key)

    def _write(self, table: str, row: Row, values: Mapping[str, str], user: Row) -> None:
        if table == "incident" and row.get("state") == process.CLOSED:
            raise BadInput(f"{row['number']} is closed, and only an administrator changes it", 403)
        self._parts.writer.update(table, row["sys_id"], values, user)

    def create(self, values: Mapping[str, str], email: str, agent: Row) -> Row:
        """A new incident for the person with that address, who is added where nobody has it."""
        with self._instance.lock:
            caller = self._instance.user(email)
            if caller is None:
                name = email.partition("@")[0] or "Someone"
                caller = self._instance.add(
                    "sys_user", {"name": name, "user_name": email, "email": email, "active": "true"}
                )
        return self._parts.writer.insert("incident", {**values, "caller_id": caller["sys_id"]}, agent)

    def advance(self, seconds: float) -> datetime:
        """Step the clock, with scheduled scripts and the auto-close job on the way."""
        return self._parts.schedule.advance(seconds)

    def populate(self, groups: int, agents: int) -> Json:
        """Add groups and agents by the number."""
        with self._instance.lock:
            populate(self._instance, self._parts.furniture, groups, agents)
            store = self._instance.store
            return {"groups": len(store.rows("sys_user_group")), "agents": len(store.rows("sys_user_has_role"))}


def all_tickets(instance: Instance) -> list[tuple[str, Row]]:
    """Incidents and requested items, oldest first."""
    found = [(table, row) for table in TABLES for row in instance.store.rows(table).values()]
    return sorted(found, key=lambda pair: pair[1]["sys_created_on"])


def is_open(table: str, row: Row) -> bool:
    """Whether somebody still has to do something."""
    return row.get("state", "") in process.STATES[table].open


def status(instance: Instance, table: str, row: Row) -> str:
    """The state's name."""
    column = instance.dictionary.column(table, "state")
    value = row.get("state", "")
    return column.choices.get(value, value) if column else value


def changed_at(row: Row) -> datetime:
    """When a record was last written."""
    return read_time(row["sys_updated_on"])
