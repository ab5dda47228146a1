"""The records of our update set, read from ``contents.json`` and the texts that it names.

Tables, columns, access rules and properties are written there in a short form and spelled out here. Ids are made from
what a record is (``uuid5``), so that the next release changes the same records instead of adding others.
https://www.servicenow.com/docs/r/application-development/system-update-sets/customizations-tracked-update-sets.html
(read 2026-08)
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

SOURCES = files("deskpulse_servicenow.app")
NAMESPACE = uuid.UUID("5f1d6f0e-6f0b-5b63-9f43-6b0c2a8f6d11")
"""Never to be changed: every id in an instance comes from it."""
LANGUAGE = "en"
Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the set. ``name`` is what ServiceNow calls its update; ``on`` the table that it concerns."""

    table: str
    name: str
    type: str
    target: str
    fields: Mapping[str, str]
    on: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Of the payload's element: records that are found by other columns than their id name those there."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """What a reference points to, in words, by its column."""


def sys_id(*names: str) -> str:
    """The id of what these names say, for ever."""
    return uuid.uuid5(NAMESPACE, ":".join(names)).hex


@cache
def raw_contents() -> Any:
    """``contents.json`` as it stands."""
    return json.loads(source("contents.json"))


def source(path: str) -> str:
    """The text of one of our sources."""
    return SOURCES.joinpath(*path.split("/")).read_text(encoding="utf-8")


def records() -> Iterator[Record]:
    """Every record, in the order in which they can be loaded."""
    raw = raw_contents()
    for name, description in raw["roles"].items():
        yield _by_id("sys_user_role", "Role", name, {"name": name, "description": description, "grantable": "true"})
    for table, raw_table in raw["tables"].items():
        yield from _table(table, raw_table)
    for table, columns in raw["columns"].items():
        for element, raw_column in columns.items():
            yield from _column(table, element, {"read_only": True, **raw_column})
            for operation, roles in raw["column_access"].items():
                yield from _access(f"{table}.{element}", operation, roles)
    for rule in raw["access"]:
        yield from _access(rule["name"], rule["operation"], rule["roles"], rule.get("condition", ""))
    for name, raw_property in raw["properties"].items():
        yield _property(name, raw_property)
    for one in raw["records"]:
        fields = {name: _text(value) for name, value in one["fields"].items()}
        yield _by_id(one["table"], one["type"], one["key"], fields, one.get("on", ""))


def property_names() -> tuple[str, ...]:
    """The system properties that the set brings."""
    return tuple(raw_contents()["properties"])


def columns(table: str) -> tuple[str, ...]:
    """The columns that the set brings to a table, its own or one of ServiceNow's."""
    raw = raw_contents()
    return tuple(raw["columns"].get(table) or raw["tables"][table]["columns"])


def _text(value: str) -> str:
    return source(value[1:]) if value.startswith("@") else value


def _by_id(table: str, kind: str, key: str, fields: Mapping[str, str], on: str = "") -> Record:
    identity = sys_id(table, key)
    target = fields.get("name") or fields.get("event_name") or key
    return Record(table, f"{table}_{identity}", kind, target, {"sys_id": identity, **fields}, on)


def _table(table: str, raw_table: Raw) -> Iterator[Record]:
    """A table of our own: open to the API (``ws_access``), which a table is not unless it says so."""
    fields = {"name": table, "label": raw_table["label"], "ws_access": "true", "create_access_controls": "false"}
    yield _by_id("sys_db_object", "Table", table, fields)
    yield _dictionary(table, "", {"label": raw_table["label"], "type": "collection"})
    yield _label(table, "", raw_table["label"], raw_table["plural"])
    for element, raw_column in raw_table["columns"].items():
        yield from _column(table, element, raw_column)
    for operation in ("read", "create", "write", "delete"):
        if raw_table.get(operation):
            yield from _access(table, operation, raw_table[operation])


def _column(table: str, element: str, raw_column: Raw) -> Iterator[Record]:
    yield _dictionary(table, element, raw_column)
    yield _label(table, element, raw_column["label"], raw_column["label"])


def _dictionary(table: str, element: str, raw_column: Raw) -> Record:
    fields = {
        "sys_id": sys_id("sys_dictionary", table, element),
        "name": table,
        "element": element,
        "column_label": raw_column["label"],
        "internal_type": raw_column["type"],
        "reference": raw_column.get("reference", ""),
        "max_length": str(raw_column.get("max_length", "")),
        "unique": _flag(raw_column.get("unique")),
        "display": _flag(raw_column.get("display")),
        "read_only": _flag(raw_column.get("read_only")),
        "active": "true",
        "mandatory": "false",
    }
    shown = {name: value for name, value in fields.items() if value or name == "element"}
    name = f"sys_dictionary_{table}_{element or 'null'}"
    attributes = {"element": element or "null", "table": table}
    return Record("sys_dictionary", name, "Dictionary", raw_column["label"], shown, table, attributes)


def _label(table: str, element: str, label: str, plural: str) -> Record:
    identity = sys_id("sys_documentation", table, element, LANGUAGE)
    fields = {"sys_id": identity, "name": table, "element": element, "label": label, "plural": plural}
    name = f"sys_documentation_{table}_{element or 'null'}_{LANGUAGE}"
    attributes = {"element": element or "null", "label": label, "language": LANGUAGE, "table": table}
    fields["language"] = LANGUAGE
    return Record("sys_documentation", name, "Field Label", label, fields, table, attributes)


def _access(name: str, operation: str, roles: list[str], condition: str = "") -> Iterator[Record]:
    """An access rule that lets the roles in, beside whatever rules there are for the same thing."""
    key = f"{name}:{operation}"
    fields = {"name": name, "operation": operation, "type": "record", "active": "true", "admin_overrides": "true"}
    if condition:
        fields["condition"] = condition
    rule = _by_id("sys_security_acl", "Access Control", key, fields)
    yield rule
    for role in roles:
        link = {"sys_security_acl": rule.fields["sys_id"], "sys_user_role": _role_id(role)}
        record = _by_id("sys_security_acl_role", "Access Roles", f"{key}:{role}", link)
        yield replace(record, target=f"{name}.{role}", shown={"sys_security_acl": name, "sys_user_role": role})


def _role_id(role: str) -> str:
    """One of ours, or one that has the same id in every instance."""
    return str(raw_contents()["roles_of_servicenow"].get(role) or sys_id("sys_user_role", role))


def _property(name: str, raw_property: Raw) -> Record:
    """A system property without a value: loading a newer set must not empty what was entered.

    Neither has a password's property a description, where the set-up notes what it entered.
    """
    described = {} if raw_property["type"] == "password2" else {"description": raw_property["description"]}
    fields = {
        "name": name,
        "type": raw_property["type"],
        **described,
        "is_private": "true",
        "ignore_cache": "false",
        "read_roles": "admin,u_nps_integration",
        "write_roles": "admin,u_nps_integration",
        "suffix": name,
    }
    return _by_id("sys_properties", "System Property", name, fields)


def _flag(value: object) -> str:
    return "true" if value else "false"
