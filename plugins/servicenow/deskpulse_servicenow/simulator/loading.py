"""Filling the instance: what a new one comes with, the sample organisation, and many people. No rule runs here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from deskpulse.simulation import SampleCustomer, SampleTicket, SampleWorld
from deskpulse_servicenow.simulator import process
from deskpulse_servicenow.simulator.instance import Instance, written
from deskpulse_servicenow.simulator.schema import TABLES
from deskpulse_servicenow.simulator.stock import ACCESS, CHOICES, FORM, PROPERTIES, ROLES, STOCK_NOTIFICATION
from deskpulse_servicenow.simulator.store import Row

EVERY_ITEM = 8
"""Each so-many-th ticket of the sample is a requested item instead of an incident."""
CLOSED_AFTER = timedelta(days=7)
SUPPORT = "itil"
_PRIORITIES = {"urgent": "1", "high": "2", "normal": "3", "low": "4"}
_CHANNELS = {"web": "self-service", "portal": "self-service"}


@dataclass(frozen=True)
class Furniture:
    """Who and what a new instance has."""

    admin: Row
    integration: Row
    roles: Mapping[str, str]
    """sys_ids by role name."""
    support: str
    """The sys_id of the group type that marks support groups."""


def furnish(instance: Instance) -> Furniture:
    """Give a new instance its tables, choices, access rules, properties, an administrator and the integration user."""
    objects = {table.name: instance.ids.sys_id() for table in TABLES}
    for table in TABLES:
        parent = objects.get(table.parent, "")
        values = {"sys_id": objects[table.name], "name": table.name, "label": table.label, "super_class": parent}
        instance.add("sys_db_object", values | {"ws_access": "true"})
        for line in table.columns.strip().splitlines():
            _column(instance, table.name, line)
    for (name, element), choices in CHOICES.items():
        for place, (value, label) in enumerate(choices.items()):
            row = {"name": name, "element": element, "value": value, "label": label, "sequence": str(place)}
            instance.add("sys_choice", row | {"inactive": "false", "language": "en"})
    for name, value in PROPERTIES.items():
        instance.add("sys_properties", {"name": name, "value": value, "type": "string"})
    instance.add("sysevent_email_action", STOCK_NOTIFICATION)
    roles = {name: instance.add("sys_user_role", {"name": name})["sys_id"] for name in ROLES}
    _access(instance, roles)
    section = instance.add("sys_ui_section", {"name": "incident", "view": "Default view", "caption": "Incident"})[
        "sys_id"
    ]
    for place, element in enumerate(FORM):
        field = {"sys_ui_section": section, "element": element, "position": str(place), "type": "element"}
        instance.add("sys_ui_element", field)
    support = instance.add("sys_user_group_type", {"name": SUPPORT, "description": "Support groups"})["sys_id"]
    admin = person(instance, "System Administrator", "admin@example.com", user_name="admin")
    own = {"user_name": "deskpulse.integration", "web_service_access_only": "true", "internal_integration_user": "true"}
    integration = person(instance, "DeskPulse", "deskpulse@acme.example", **own, time_zone="GMT")
    for user, role in ((admin, "admin"), (integration, "itil")):
        instance.add("sys_user_has_role", {"user": user["sys_id"], "role": roles[role]})
    return Furniture(admin, integration, roles, support)


def _column(instance: Instance, table: str, line: str) -> None:
    element, kind, label = line.split(maxsplit=2)
    kind, _, reference = kind.partition(">")
    internal = {"list": "glide_list"}.get(kind, kind)
    values = {"name": table, "element": element, "column_label": label, "internal_type": internal, "active": "true"}
    length = (
        "4000" if kind in ("string", "journal_input") and element in ("description", "close_notes", "value") else ""
    )
    instance.add("sys_dictionary", values | {"reference": reference, "max_length": length})


def _access(instance: Instance, roles: Mapping[str, str]) -> None:
    for table, operations, needed in ACCESS:
        for operation in operations.split():
            rule = {"name": table, "operation": operation, "type": "record", "active": "true"}
            sys_id = instance.add("sys_security_acl", rule)["sys_id"]
            for role in needed:
                pair = {"sys_security_acl": sys_id, "sys_user_role": roles[role]}
                instance.add("sys_security_acl_role", pair)


def person(instance: Instance, name: str, email: str | None, **more: str) -> Row:
    """Add somebody."""
    first, _, last = name.rpartition(" ")
    user_name = (email or name).partition("@")[0].lower().replace(" ", ".")
    values = {"name": name, "first_name": first, "last_name": last, "email": email or "", "user_name": user_name}
    return instance.add("sys_user", values | {"active": "true"} | more)


class Loader:
    """Turns a sample world into records; groups and people that are there already are used again."""

    def __init__(self, instance: Instance, furniture: Furniture) -> None:
        self._instance = instance
        self._furniture = furniture

    def load(self, world: SampleWorld) -> None:
        """Add everything in the world."""
        for group in world.groups:
            self.group(group.name, group.description)
        for agent in world.agents:
            user = self._instance.user(agent.email) or person(self._instance, agent.name, agent.email)
            if agent.suspended:
                self._instance.store.put("sys_user", user | {"active": "false"})
            self._join(user["sys_id"], [self.group(name) for name in agent.groups])
        for customer in world.customers:
            self._customer(customer)
        for place, ticket in enumerate(sorted(world.tickets, key=lambda ticket: ticket.created_at), 1):
            self._ticket(ticket, item=place % EVERY_ITEM == 0)

    def group(self, name: str, description: str = "") -> Row:
        """A support group of that name; ``Parent / Child`` has a parent."""
        found = self._instance.group(name)
        if found is not None:
            return found
        above, slash, _ = name.rpartition(" / ")
        values = {"name": name, "description": description, "active": "true", "type": self._furniture.support}
        return self._instance.add("sys_user_group", values | {"parent": self.group(above)["sys_id"] if slash else ""})

    def _join(self, user: str, groups: list[Row]) -> None:
        store = self._instance.store
        joined = {row.get("group") for row in store.find("sys_user_grmember", "user", user)}
        for group in groups:
            if group["sys_id"] not in joined:
                self._instance.add("sys_user_grmember", {"user": user, "group": group["sys_id"]})
        role = self._furniture.roles["itil"]
        if all(row.get("role") != role for row in store.find("sys_user_has_role", "user", user)):
            self._instance.add("sys_user_has_role", {"user": user, "role": role})

    def _customer(self, customer: SampleCustomer) -> Row:
        known = self._instance.user(customer.email or customer.name)
        row = known or person(self._instance, customer.name, customer.email)
        named = {
            "location": self._named("cmn_location", customer.location),
            "department": self._named("cmn_department", customer.function),
        }
        changed = row | {column: value for column, value in named.items() if value}
        self._instance.store.put("sys_user", changed)
        return changed

    def _named(self, table: str, name: str) -> str:
        if not name:
            return ""
        found = next(self._instance.store.where(table, name=name), None)
        return (found or self._instance.add(table, {"name": name}))["sys_id"]

    def _category(self, label: str) -> str:
        """A category's value; one that is new becomes a choice."""
        column = self._instance.dictionary.column("incident", "category")
        choices = column.choices if column else {}
        for value, text in choices.items():
            if label.lower() in (text.lower(), value):
                return value
        row = {"name": "incident", "element": "category", "value": label.lower(), "label": label, "language": "en"}
        self._instance.add("sys_choice", row | {"sequence": str(len(choices)), "inactive": "false"})
        return label.lower()

    def _ticket(self, sample: SampleTicket, *, item: bool) -> None:
        instance, table = self._instance, "sc_req_item" if item else "incident"
        created = written(sample.created_at)
        requester = instance.user(sample.requester) or self._customer(_stranger(sample.requester))
        assignee = instance.user(sample.assignee) if sample.assignee else None
        row: Row = {
            "number": instance.number(table),
            "short_description": sample.subject,
            "description": sample.description or sample.subject,
            "opened_at": created,
            "opened_by": requester["sys_id"],
            "assigned_to": assignee["sys_id"] if assignee else "",
            "assignment_group": self.group(sample.group)["sys_id"] if sample.group else "",
            "location": requester.get("location", ""),
            "priority": _PRIORITIES.get(sample.priority or "normal", "3"),
            "contact_type": _CHANNELS.get(sample.channel, sample.channel),
            "state": process.STATES[table].working if assignee else process.STATES[table].new,
        }
        row = {column: value for column, value in row.items() if value}
        if item:
            row |= {"requested_for": requester["sys_id"], "request": self._request(requester["sys_id"], created)}
        else:
            row |= {"caller_id": requester["sys_id"]}
            if sample.category:
                row["category"] = self._category(sample.category)
        process.begin(table, row, created)
        if sample.solved_at is not None:
            row = self._solved(table, row, sample, assignee or requester)
        stored = instance.add(table, row, by=requester.get("user_name", "guest"), at=created)
        if sample.solved_at is not None:
            by = (assignee or requester).get("user_name", "guest")
            changed = {"sys_updated_on": written(sample.solved_at), "sys_updated_by": by, "sys_mod_count": "1"}
            instance.store.put(table, stored | changed)

    def _solved(self, table: str, row: Row, sample: SampleTicket, by: Row) -> Row:
        assert sample.solved_at is not None  # the caller asks only then
        done = row | {"state": process.STATES[table].done, "close_notes": "Done."}
        process.follow(table, done, row, by["sys_id"], written(sample.solved_at))
        closed_at = sample.solved_at + CLOSED_AFTER
        if table == "incident" and closed_at < self._instance.clock.now():
            closed = done | {"state": process.CLOSED}
            process.follow(table, closed, done, self._furniture.admin["sys_id"], written(closed_at))
            return closed
        return done

    def _request(self, requester: str, created: str) -> str:
        row = {"number": self._instance.number("sc_request"), "requested_for": requester, "opened_by": requester}
        process.begin("sc_request", row, created)
        return self._instance.add("sc_request", row, at=created)["sys_id"]


def _stranger(key: str) -> SampleCustomer:
    return SampleCustomer(key.partition("@")[0].replace(".", " ").title(), key if "@" in key else None)


def populate(instance: Instance, furniture: Furniture, groups: int, agents: int) -> None:
    """Add many groups, and agents spread over them, for trying how a directory sync scales."""
    first = len(instance.store.rows("sys_user_group"))
    values = {"active": "true", "type": furniture.support}
    for number in range(first + 1, first + groups + 1):
        instance.add("sys_user_group", values | {"name": f"Group {number:05d}"})
    everyone = list(instance.store.rows("sys_user_group"))
    first = len(instance.store.rows("sys_user"))
    for number in range(first + 1, first + agents + 1):
        name = f"Agent {number:05d}"
        user = person(instance, name, f"agent{number:05d}@{instance.name}.example")["sys_id"]
        instance.add("sys_user_has_role", {"user": user, "role": furniture.roles["itil"]})
        if everyone:
            instance.add("sys_user_grmember", {"user": user, "group": everyone[number % len(everyone)]})
