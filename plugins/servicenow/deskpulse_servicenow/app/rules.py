"""Checks an update set as far as that is possible without an instance: the outer file, then every payload.

Rules come from the sheet of a recorded export and from what ServiceNow does on loading: records are found by their id
or by the columns that the payload's element names; form sections, lists and choice lists are deleted and written anew,
so none may be in the set.
https://www.servicenow.com/docs/r/application-development/system-update-sets/customizations-tracked-update-sets.html
(read 2026-08)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree import ElementTree as ET

SYS_ID = re.compile(r"[0-9a-f]{32}")
REPLACING = frozenset({"sys_ui_section", "sys_ui_list", "sys_choice_set", "sys_ui_related_list"})
"""Tables whose records, when loaded, take the place of everything the customer arranged."""
BY_COLUMNS = {"sys_dictionary": ("table", "element"), "sys_documentation": ("table", "element", "language")}
"""Tables whose records are found by these columns; their attributes and their names say which."""
NEW_SYNTAX = re.compile(r"^\s*(?:let|const|class|import|export)\s|=>|`", re.MULTILINE)
"""What a global script's engine may not know: scripts are ES5."""


def check(content: bytes) -> list[str]:
    """Everything that is wrong, in sentences; empty where nothing is."""
    try:
        root = ET.fromstring(content)  # noqa: S314 - our own file
    except ET.ParseError as error:
        return [f"The file is not well-formed: {error}."]
    sets = root.findall("sys_remote_update_set")
    if root.tag != "unload" or len(sets) != 1:
        return ["The file is no unload with one update set."]
    updates = root.findall("sys_update_xml")
    found = [*_set(sets[0], updates), *_ids(updates)]
    for update in updates:
        found += [f"{_text(update, 'name')}: {problem}" for problem in _update(update)]
    return found


def _set(raw_set: ET.Element, updates: list[ET.Element]) -> Iterator[str]:
    key = _text(raw_set, "sys_id")
    if not SYS_ID.fullmatch(key):
        yield "The set's sys_id is not 32 hex digits."
    if _text(raw_set, "state") != "loaded":
        yield "The set's state is not loaded."
    if not updates:
        yield "The set is empty."
    strays = [_text(update, "name") for update in updates if _text(update, "remote_update_set") != key]
    if strays:
        yield f"Not of this set by remote_update_set: {', '.join(strays)}."


def _ids(updates: list[ET.Element]) -> Iterator[str]:
    for element in ("sys_id", "update_guid"):
        values = [_text(update, element) for update in updates]
        for value, times in Counter(values).items():
            if times > 1 or not SYS_ID.fullmatch(value):
                yield f"The {element} {value!r} is not 32 hex digits, or not unique."
    for name, times in Counter(_text(update, "name") for update in updates).items():
        if times > 1:
            yield f"There are {times} updates called {name}."


def _update(update: ET.Element) -> Iterator[str]:
    for element in ("type", "target_name"):
        if not _text(update, element):
            yield f"It has no {element}."
    if update.find("payload_hash") is not None:
        yield "It has a payload_hash, which only ServiceNow can make."
    try:
        payload = ET.fromstring(_text(update, "payload"))  # noqa: S314 - our own file
    except ET.ParseError as error:
        yield f"The payload is not well-formed: {error}."
        return
    if payload.tag != "record_update" or len(payload) != 1:
        yield "The payload is no record_update with one record."
        return
    record = payload[0]
    if record.get("action") != "INSERT_OR_UPDATE":
        yield "The record's action is not INSERT_OR_UPDATE."
    if record.tag in REPLACING:
        yield f"A {record.tag} would replace what the customer arranged."
    yield from _naming(_text(update, "name"), payload, record)
    yield from _content(record)


def _naming(name: str, payload: ET.Element, record: ET.Element) -> Iterator[str]:
    key = _text(record, "sys_id")
    if not SYS_ID.fullmatch(key):
        yield "The record's sys_id is not 32 hex digits."
    if _text(record, "sys_update_name") != name:
        yield "The payload's sys_update_name is another."
    columns = BY_COLUMNS.get(record.tag)
    expected = "_".join(record.get(column, "") for column in columns) if columns else key
    if name != f"{record.tag}_{expected}":
        yield f"By its record it should be called {record.tag}_{expected}."
    if not columns and payload.get("table") != record.tag:
        yield "The record_update names another table than its record."


def _content(record: ET.Element) -> Iterator[str]:
    if record.tag == "sys_properties" and record.find("value") is not None:
        yield "The property has a value, which would overwrite what was entered."
    if record.tag == "sys_properties" and _text(record, "is_private") != "true":
        yield "The property is not private, so it would travel to other instances."
    if record.tag == "sys_script" and _text(record, "when") != "async":
        yield "The business rule is not asynchronous, so it would hold up the user's save."
    if record.tag == "sys_db_object" and _text(record, "ws_access") != "true":
        yield "The table is closed to web services."
    if record.tag == "sys_dictionary" and not _text(record, "internal_type"):
        yield "The column has no type."
    if record.tag == "sys_ui_macro":
        yield from _macro(_text(record, "xml"))
    for element in ("script", "condition"):
        if NEW_SYNTAX.search(_text(record, element)):
            yield f"The {element} is not ES5."
    if not _text(record, "script").isascii():
        yield "The script has characters beyond ASCII."


def _macro(text: str) -> Iterator[str]:
    try:
        macro = ET.fromstring(text)  # noqa: S314 - our own file
    except ET.ParseError as error:
        yield f"The macro is not well-formed: {error}."
        return
    if len(macro.findall("tr")) != 1:
        yield "The macro does not make one row."


def _text(element: ET.Element, name: str) -> str:
    return element.findtext(name) or ""
