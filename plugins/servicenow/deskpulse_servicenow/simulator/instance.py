"""The state of one instance, and the look-ups that everything else needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from deskpulse_servicenow.simulator.dictionary import Dictionary
from deskpulse_servicenow.simulator.ids import Ids
from deskpulse_servicenow.simulator.schema import TABLES
from deskpulse_servicenow.simulator.store import Row, Store
from deskpulse_simulation.clock import Clock

TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
"""How raw values write a time, always in UTC and without saying so."""
PREFIXES = {table.name: table.prefix for table in TABLES if table.prefix}
FIRST_NUMBER = 10_001


@dataclass
class Switches:
    """Behaviours that differ between real instances; tests turn them on and off."""

    unstable_order: bool = True
    """Rows without ORDERBY come in another order each time."""
    first_page_prev: bool = True
    """The first page's Link names a previous page at offset -1."""
    hidden: dict[str, str] = field(default_factory=dict)
    """By table, the encoded query of rows that an access rule hides from all but administrators."""
    unwritable: dict[str, list[str]] = field(default_factory=dict)
    """By table, columns whose access rule lets only administrators write."""
    field_acl_refuses: bool = False
    """A write with such a column is refused as a whole (403), instead of losing the column."""
    truncate_lists: int = 0
    """As many lists to come are cut off half-way: part of the result, and an error."""
    html_pages: int = 0
    """As many answers to come are a web page with status 200, as from a sleeping instance."""
    async_reordered: bool = False
    """Asynchronous rules swap places where two wait."""


@dataclass
class Instance:
    """One instance. Whoever reads or writes its rows holds ``lock``."""

    clock: Clock
    ids: Ids
    store: Store = field(default_factory=Store)
    switches: Switches = field(default_factory=Switches)
    name: str = "acme"
    title: str = "Acme Service Desk"
    base_url: str = "http://127.0.0.1"

    def __post_init__(self) -> None:
        self.lock = self.store.lock
        self.dictionary = Dictionary(self.store)
        self._numbers: dict[str, int] = {}

    def now(self) -> str:
        """The present moment as rows keep it."""
        return written(self.clock.now())

    def number(self, table: str) -> str:
        """The next record number of a table, such as INC0010001."""
        value = self._numbers.get(table, FIRST_NUMBER)
        self._numbers[table] = value + 1
        return f"{PREFIXES[table]}{value:07d}"

    def add(self, table: str, values: Mapping[str, str], *, by: str = "system", at: str | None = None) -> Row:
        """Store a row as it is given, without rules; empty values are left out. Answers the row."""
        moment = at or self.now()
        row = {column: value for column, value in values.items() if value != ""}
        row.setdefault("sys_id", self.ids.sys_id())
        row.setdefault("sys_mod_count", "0")
        row.update({"sys_created_on": moment, "sys_created_by": by, "sys_updated_on": moment, "sys_updated_by": by})
        self.store.put(table, row)
        return row

    def find(self, table: str, sys_id: str) -> tuple[str, Row] | None:
        """A record of a table or of one that extends it, with the table it is really in."""
        for name in self.dictionary.family(table):
            row = self.store.get(name, sys_id)
            if row is not None:
                return name, row
        return None

    def row(self, table: str, sys_id: str) -> Row:
        """A record that may not exist: then an empty one."""
        found = self.find(table, sys_id) if sys_id else None
        return found[1] if found else {}

    def user(self, key: str) -> Row | None:
        """A person by user name, e-mail address or name, whatever the letter case."""
        for column in ("user_name", "email", "name"):
            found = self.store.find("sys_user", column, key) if key else []
            if found:
                return found[0]
        return None

    def group(self, name: str) -> Row | None:
        """A group by its name."""
        found = self.store.find("sys_user_group", "name", name) if name else []
        return found[0] if found else None

    def members(self, group: str) -> list[Row]:
        """The people of a group, by its sys_id."""
        rows = self.store.find("sys_user_grmember", "group", group)
        return [user for row in rows if (user := self.store.get("sys_user", row.get("user", "")))]

    def property(self, name: str, default: str = "") -> str:
        """A system property's value."""
        found = self.store.find("sys_properties", "name", name)
        return found[0].get("value", "") if found else default

    def set_property(self, name: str, value: str) -> None:
        """Set a system property, adding it where it is missing."""
        found = self.store.find("sys_properties", "name", name)
        if found:
            self.store.put("sys_properties", found[0] | {"value": value, "sys_updated_on": self.now()})
        else:
            self.add("sys_properties", {"name": name, "value": value, "type": "string"})

    def zone(self, user: Row | None) -> ZoneInfo:
        """The zone in which times are shown to somebody: their own, else the instance's."""
        named = (user or {}).get("time_zone") or self.property("glide.sys.default.tz", "GMT")
        return ZoneInfo(named)


def written(moment: datetime) -> str:
    """A time as rows keep it."""
    return moment.astimezone(UTC).strftime(TIME_FORMAT)


def read_time(text: str) -> datetime:
    """A raw value as a moment; ValueError where it is none."""
    return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=UTC)
