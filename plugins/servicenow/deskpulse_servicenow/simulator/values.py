"""The value shapes of the Table API: raw, displayed, or both, and references with or without their link.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html (read 2026-03); empty choices as recorded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from deskpulse_servicenow.simulator.access import Access
from deskpulse_servicenow.simulator.dictionary import Column
from deskpulse_servicenow.simulator.instance import Instance, read_time, written
from deskpulse_servicenow.simulator.store import Row

DisplayMode = Literal["false", "true", "all"]
SECRET_TYPES = ("password", "password2")
MASKED = "********"
_JAVA_DATES = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}


@dataclass
class View:
    """How one caller wants values: mode, links, and the zone and date format they are shown in."""

    instance: Instance
    access: Access
    user: Row
    mode: DisplayMode = "false"
    links: bool = True
    everything: bool = False
    """As a script sees it: no access rule for columns applies."""
    zone: ZoneInfo = field(init=False)
    time_format: str = field(init=False)
    _columns: dict[tuple[str, str], Column | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.zone = self.instance.zone(self.user)
        dates = self.user.get("date_format") or self.instance.property("glide.sys.date_format", "yyyy-MM-dd")
        times = self.instance.property("glide.sys.time_format", "HH:mm:ss")
        self.time_format = f"{dates} {times}"
        for java, python in _JAVA_DATES.items():
            self.time_format = self.time_format.replace(java, python)

    def record(self, table: str, row: Row, names: list[str] | None) -> dict[str, Any]:
        """A record's answer: the named fields, unknown ones left out, or all."""
        known = self.instance.dictionary.table(table)
        wanted = names if names is not None else sorted(known.columns if known else ())
        found = ((name, self.field(table, row, name)) for name in wanted)
        return {name: value for name, value in found if value is not Missing}

    def field(self, table: str, row: Row, path: str) -> Any:
        """One field, perhaps of a record referred to (``caller_id.email``); ``Missing`` where there is none."""
        name, _, rest = path.partition(".")
        column = self._column(table, name)
        if column is None:
            return Missing
        if not rest:
            return self._shaped(table, column, row)
        if not column.is_reference or self.instance.dictionary.table(column.reference) is None:
            return Missing
        found = self.instance.find(column.reference, row.get(name, ""))
        return self.field(found[0], found[1], rest) if found else self.field(column.reference, {}, rest)

    def _column(self, table: str, name: str) -> Column | None:
        """A column that the caller may read."""
        key = (table, name)
        if key not in self._columns:
            column = self.instance.dictionary.column(table, name)
            hidden = not self.everything and not self.access.may_field(self.user, table, name, "read")
            self._columns[key] = None if hidden else column
        return self._columns[key]

    def _shaped(self, table: str, column: Column, row: Row) -> Any:
        raw = "" if column.is_journal else self.raw(table, column, row)
        if column.is_reference or column.type in ("domain_id", "sys_class_name"):
            return self._reference(table, column, raw, row)
        if self.mode == "false":
            return raw
        shown = self.shown(table, column, row)
        if self.mode == "true":
            return shown
        return {"display_value": None if column.choices and raw == "" else shown, "value": raw}

    def _reference(self, table: str, column: Column, raw: str, row: Row) -> Any:
        plain = not self.links or not column.is_reference
        shown = self.shown(table, column, row)
        if raw == "":
            return {"display_value": "", "value": ""} if self.mode == "all" else ""
        if plain:
            return {"false": raw, "true": shown, "all": {"display_value": shown, "value": raw}}[self.mode]
        link = f"{self.instance.base_url}/api/now/table/{column.reference}/{raw}"
        if self.mode == "false":
            return {"link": link, "value": raw}
        return {"display_value": shown, "link": link} | ({"value": raw} if self.mode == "all" else {})

    def raw(self, table: str, column: Column, row: Row) -> str:
        """The stored value as the API gives it: secrets masked."""
        value = row.get(column.element, "")
        secret = column.type in SECRET_TYPES or (
            table == "sys_properties" and column.element == "value" and row.get("type") in SECRET_TYPES
        )
        return MASKED if secret and value else value

    def shown(self, table: str, column: Column, row: Row) -> str:
        """The value for people."""
        raw = self.raw(table, column, row)
        if column.is_journal:
            return journal_text(self, row.get("sys_id", ""), column)
        if raw == "":
            return ""
        if column.is_reference:
            return self.name_of(column.reference, raw)
        if column.type.startswith("glide_list") or column.type == "list":
            return ", ".join(self.name_of(column.reference, one) for one in raw.split(","))
        if column.choices:
            return column.choices.get(raw, raw)
        return self._formatted(column, raw)

    def _formatted(self, column: Column, raw: str) -> str:
        if column.type in ("glide_date_time", "due_date"):
            return self.local(raw)
        if column.type == "integer" and raw.lstrip("-").isdigit():
            return f"{int(raw):,}"
        if column.type == "sys_class_name":
            table = self.instance.dictionary.table(raw)
            return table.label if table else raw
        return raw

    def name_of(self, table: str, sys_id: str) -> str:
        """What a record referred to is called; the value itself where there is no such record."""
        known, found = self.instance.dictionary.table(table), self.instance.find(table, sys_id)
        return sys_id if known is None or found is None else found[1].get(known.display, "")

    def local(self, raw: str) -> str:
        """A raw time in the caller's zone and format."""
        try:
            return read_time(raw).astimezone(self.zone).strftime(self.time_format)
        except ValueError:
            return raw


class Missing:
    """Stands for a field that a table does not have."""


def journal_text(view: View, sys_id: str, column: Column) -> str:
    """All entries of a journal field as one text, newest first."""
    entries = [
        row for row in view.instance.store.find("sys_journal_field", "element_id", sys_id)
        if row.get("element") == column.element
    ]  # fmt: skip
    texts = []
    for entry in reversed(entries):
        author = view.instance.user(entry.get("sys_created_by", "")) or {}
        name = author.get("name", entry.get("sys_created_by", ""))
        texts.append(f"{view.local(entry['sys_created_on'])} - {name} ({column.label})\n{entry.get('value', '')}\n\n")
    return "".join(texts)


def stored(view: View, column: Column, value: Any, *, displayed: bool) -> str:
    """A value sent, as it is stored; ``displayed``: it was written as people read it."""
    text = _text(value)
    if displayed and text:
        text = _undisplayed(view, column, text)
    if column.type == "integer":
        return text if text.lstrip("-").isdigit() else ""
    if column.type == "boolean":
        return "true" if text.lower() in ("true", "1") else "false"
    if column.type == "glide_date_time":
        try:
            return written(read_time(text))
        except ValueError:
            return ""
    return text[: column.max_length] if column.max_length else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return _text(value.get("value", value.get("display_value")))
    return str(value)


def _undisplayed(view: View, column: Column, text: str) -> str:
    if column.choices:
        return next((value for value, label in column.choices.items() if label == text), text)
    if column.type == "glide_date_time":
        try:
            return written(datetime.strptime(text, view.time_format).replace(tzinfo=view.zone))
        except ValueError:
            return text
    if column.is_reference:
        table = view.instance.dictionary.table(column.reference)
        rows = view.instance.store.rows(column.reference)
        shown = table.display if table else "sys_id"
        return next((sys_id for sys_id, row in rows.items() if row.get(shown) == text), text)
    return text
