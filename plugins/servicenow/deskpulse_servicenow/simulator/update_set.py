"""Update sets as XML files: reading one, and what a preview would complain about.

https://www.servicenow.com/docs/r/application-development/system-update-sets/t_SaveAnUpdateSetAsAnXMLFile.html (read
2026-03); the format as recorded.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZipFile

from deskpulse_servicenow.simulator.jelly import JellyError, parsed
from deskpulse_servicenow.simulator.scripting.engine import refusal
from deskpulse_servicenow.simulator.store import Row

TRACKED = frozenset(
    (
        "sys_choice",
        "sys_db_object",
        "sys_dictionary",
        "sys_documentation",
        "sys_properties",
        "sys_rest_message",
        "sys_rest_message_fn",
        "sys_script",
        "sys_script_email",
        "sys_script_include",
        "sys_security_acl",
        "sys_security_acl_role",
        "sys_ui_element",
        "sys_ui_formatter",
        "sys_ui_macro",
        "sys_ui_section",
        "sys_user_role",
        "sysauto_script",
        "sysevent_email_action",
        "sysevent_register",
    )
)
"""Tables whose records travel in update sets; records of others are data, which does not."""
SCRIPTED = {"sys_script": ("script", "condition"), "sys_script_include": ("script",), "sys_script_email": ("script",)}
SCRIPTED["sysauto_script"] = ("script", "condition")
_SYS_ID = re.compile(r"[0-9a-f]{32}")
_NEEDED = ("name", "type", "payload", "sys_id", "remote_update_set")


@dataclass(frozen=True, slots=True)
class Update:
    """One record that a set brings."""

    table: str
    row: Row
    delete: bool = False


@dataclass(frozen=True, slots=True)
class UpdateSet:
    """A set that a preview has nothing against."""

    sys_id: str
    name: str
    updates: tuple[Update, ...]


def unpacked(package: bytes) -> bytes:
    """The set itself, where it comes in an archive that holds nothing else."""
    if not package.startswith(b"PK"):
        return package
    with ZipFile(BytesIO(package)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xml")]
        if len(names) != 1:
            raise ValueError("the archive does not hold one XML file")
        return archive.read(names[0])


def read(package: bytes) -> UpdateSet:
    """Read and check a set; ValueError says everything that is wrong with it."""
    problems: list[str] = []
    try:
        root = ET.fromstring(unpacked(package))  # noqa: S314 - expat refuses external entities, and administrators load sets
    except ET.ParseError as error:
        raise ValueError(f"not well-formed: {error}") from None
    heads = root.findall("sys_remote_update_set")
    if root.tag != "unload" or len(heads) != 1:
        raise ValueError("an update set is an <unload> with one <sys_remote_update_set>")
    head = {child.tag: child.text or "" for child in heads[0]}
    if not _SYS_ID.fullmatch(head.get("sys_id", "")):
        problems.append("the set's sys_id is not 32 hexadecimal digits")
    if head.get("state") != "loaded":
        problems.append("the set's state is not loaded")
    seen: set[str] = {head.get("sys_id", "")}
    updates: list[Update] = []
    for node in root.findall("sys_update_xml"):
        values = {child.tag: child.text or "" for child in node}
        name = values.get("name", "unnamed")
        found, wrong = _update(values, head["sys_id"], seen)
        problems += [f"{name}: {problem}" for problem in wrong]
        updates += found
    keys = [(update.table, update.row.get("sys_id", "")) for update in updates]
    problems += [f"{table}_{key}: comes twice" for table, key in sorted(set(keys)) if keys.count((table, key)) > 1]
    if problems:
        raise ValueError("; ".join(problems))
    return UpdateSet(head["sys_id"], head.get("name", ""), tuple(updates))


def _update(values: Row, owner: str, seen: set[str]) -> tuple[list[Update], list[str]]:
    wrong = [f"{name} is missing" for name in _NEEDED if not values.get(name)]
    if wrong:
        return [], wrong
    if values["remote_update_set"] != owner:
        wrong.append("remote_update_set is another set's")
    if not _SYS_ID.fullmatch(values["sys_id"]):
        wrong.append("sys_id is not 32 hexadecimal digits")
    elif values["sys_id"] in seen:
        wrong.append("sys_id comes twice")
    seen.add(values["sys_id"])
    try:
        payload = ET.fromstring(values["payload"].encode())  # noqa: S314 - as above
    except ET.ParseError as error:
        return [], [*wrong, f"payload is not well-formed: {error}"]
    found, more = _records(payload, values["name"])
    return found, wrong + more


def _records(payload: ET.Element, name: str) -> tuple[list[Update], list[str]]:
    """The records of a payload. The name must be that of one of them."""
    if payload.tag not in ("record_update", "sys_choice_set"):
        return [], [f"unknown payload <{payload.tag}>"]
    found: list[Update] = []
    wrong: list[str] = []
    names: list[str] = []
    for node in payload.iter():
        if node is payload or "action" not in node.attrib:
            continue
        if node.tag not in TRACKED:
            wrong.append(f"records of {node.tag} do not travel in update sets")
            continue
        row = {child.tag: child.text or "" for child in node if "action" not in child.attrib}
        row.setdefault("element", node.get("element", ""))
        names.append(row.get("sys_update_name", ""))
        wrong += _problems(node.tag, row)
        found.append(Update(node.tag, row, node.get("action") == "DELETE"))
    if not found and not wrong:
        wrong.append("the payload has no record")
    if name not in names and found and payload.tag == "record_update":
        wrong.append(f"name is not the payload's sys_update_name ({', '.join(names)})")
    return found, wrong


def _problems(table: str, row: Row) -> list[str]:
    wrong = []
    if not _SYS_ID.fullmatch(row.get("sys_id", "")):
        wrong.append("the record's sys_id is not 32 hexadecimal digits")
    if table == "sys_ui_macro":
        try:
            parsed(row.get("xml", ""))
        except JellyError as error:
            wrong.append(f"xml is {error}")
    for column in SCRIPTED.get(table, ()):
        problem = refusal(row.get(column, ""))
        if problem:
            wrong.append(f"{column} is {problem}")
    return wrong
