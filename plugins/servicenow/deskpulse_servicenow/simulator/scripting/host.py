"""The Python side of the server-side API: every operation that a script's stand-ins ask for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from deskpulse_servicenow.simulator.access import Access
from deskpulse_servicenow.simulator.instance import Instance, read_time
from deskpulse_servicenow.simulator.query import Searcher
from deskpulse_servicenow.simulator.store import Row
from deskpulse_servicenow.simulator.values import Missing, View, stored
from deskpulse_servicenow.simulator.writing import Aborted, Writer
from deskpulse_simulation.attempts import Call
from deskpulse_simulation.records import Json

if TYPE_CHECKING:
    from deskpulse_servicenow.simulator.outbound import Outbound

MACS = {
    "HmacSHA256": hashlib.sha256,
    "HmacSHA1": hashlib.sha1,
    "HmacSHA384": hashlib.sha384,
    "HmacSHA512": hashlib.sha512,
}
KEPT_LOG = 2000


def _unheard(*_: object) -> None:
    """Events are heard once notifications are put in place."""


@dataclass
class Host:
    """What scripts of one instance reach. ``on_event`` takes what ``gs.eventQueue`` queues."""

    instance: Instance
    access: Access
    searcher: Searcher
    writer: Writer
    outbound: Outbound
    on_event: Callable[[str, str, str, str, str, Row], None] = _unheard
    log: list[Json] = field(default_factory=list)

    def note(self, level: str, text: str) -> None:
        """Write to the system log."""
        self.log.append({"level": level, "text": text, "at": self.instance.now()})
        del self.log[:-KEPT_LOG]

    def wrapped(self, table: str, row: Row) -> Json:
        """A row as scripts get it."""
        return {"table": table, "values": dict(row)}


class Operations:
    """The operations for one run of a script, as one user; each is called by its name."""

    def __init__(self, host: Host, user: Row) -> None:
        self._host = host
        self._instance = host.instance
        self._user = user
        self._view = View(host.instance, host.access, user, "true", links=False, everything=True)

    def __call__(self, operation: str, *given: Any) -> Any:
        """Do one operation; calls out are made without holding the instance's lock."""
        view = getattr(self, f"op_{operation}")
        if operation in ("http", "insert", "update", "delete"):
            return view(*given)
        with self._instance.lock:
            return view(*given)

    def op_includes(self) -> list[str]:
        """The names of all script includes."""
        return [row.get("name", "") for row in self._instance.store.where("sys_script_include", active="true")]

    def op_include(self, name: str) -> str:
        """A script include's source."""
        return next(self._instance.store.where("sys_script_include", name=name)).get("script", "")

    def op_column(self, table: str, element: str) -> Json | None:
        """What a column is."""
        column = self._instance.dictionary.column(table, element)
        if column is None:
            return None
        return {"type": column.type, "reference": column.reference, "label": column.label}

    def op_exists(self, table: str) -> bool:
        """Whether there is such a table."""
        return self._instance.dictionary.table(table) is not None

    def op_walk(self, table: str, first: str, value: str, rest: str) -> str:
        """A value of a record referred to."""
        column = self._instance.dictionary.column(table, first)
        found = self._instance.find(column.reference, value) if column and column.is_reference else None
        if found is None:
            return ""
        name, _, more = rest.partition(".")
        here = found[1].get(name, "")
        return self.op_walk(found[0], name, here, more) if more else here

    def op_stored(self, table: str, element: str, value: str) -> str:
        """A value as its column keeps it."""
        column = self._instance.dictionary.column(table, element)
        return value if column is None else stored(self._view, column, value, displayed=False)

    def op_display(self, table: str, values: Row, path: str) -> str:
        """A value for people; of the record itself without a path."""
        known = self._instance.dictionary.table(table)
        shown = self._view.field(table, values, path or (known.display if known else "sys_id"))
        return "" if shown is Missing or shown is None else str(shown)

    def op_local(self, value: str) -> str:
        """A time in the user's zone."""
        return self._view.local(value)

    def op_query(self, table: str, encoded: str, limit: int) -> list[Json]:
        """Rows."""
        if self._instance.dictionary.table(table) is None:
            return []
        found = self._host.searcher.search(table, encoded)
        return [self._host.wrapped(name, row) for name, row in (found[: int(limit)] if limit else found)]

    def op_insert(self, table: str, values: Mapping[str, str], rules: bool) -> Json | None:
        """Add a record; None where it was refused."""
        try:
            return self._host.wrapped(table, self._host.writer.insert(table, values, self._user, rules=rules))
        except Aborted as error:
            self._host.note("error", str(error))
            return None

    def op_update(self, table: str, sys_id: str, values: Mapping[str, str], rules: bool, stamped: bool) -> Json | None:
        """Change a record; None where it is gone or the change was refused."""
        try:
            row = self._host.writer.update(table, sys_id, values, self._user, rules=rules, stamped=stamped)
        except (Aborted, KeyError) as error:
            self._host.note("error", str(error))
            return None
        return self._host.wrapped(table, row)

    def op_delete(self, table: str, sys_id: str, rules: bool) -> bool:
        """Take a record away."""
        try:
            self._host.writer.delete(table, sys_id, self._user, rules=rules)
        except (Aborted, KeyError):
            return False
        return True

    def op_property(self, name: str) -> str | None:
        """A system property, decrypted; None where there is none of that name."""
        found = self._instance.store.find("sys_properties", "name", name)
        return found[0].get("value", "") if found else None

    def op_set_property(self, name: str, value: str) -> None:
        """Set a system property."""
        self._instance.set_property(name, value)

    def op_user(self) -> Json:
        """Who the script runs as."""
        return dict(self._user)

    def op_has_role(self, role: str) -> bool:
        """Whether that user has a role; administrators have all."""
        return bool(self._host.access.roles(self._user) & {role, "admin"})

    def op_guid(self) -> str:
        """A fresh sys_id."""
        return self._instance.ids.sys_id()

    def op_time(self) -> Json:
        """The instance's time, and that of the world around it, in milliseconds since 1970."""
        clock = self._instance.clock
        now = read_time(self._instance.now())
        wall = clock.wall().astimezone(UTC).replace(microsecond=0)
        return {"now": int(now.timestamp() * 1000), "wall": int(wall.timestamp() * 1000)}

    def op_log(self, level: str, text: str) -> None:
        """Write to the system log."""
        self._host.note(level, text)

    def op_base64(self, text: str, encode: bool) -> str:
        """Base64, either way."""
        return base64.b64encode(text.encode()).decode() if encode else base64.b64decode(text).decode()

    def op_mac(self, key: str, algorithm: str, data: str) -> str:
        """``generateMac``: the key comes in Base64, and so goes the answer.

        https://www.servicenow.com/docs/r/api-reference/server-api-reference/c_GlideCertificateEncryptionAPI.html
        (read 2026-03)
        """
        mac = hmac.new(base64.b64decode(key), data.encode(), MACS[algorithm])
        return base64.b64encode(mac.digest()).decode()

    def op_event(self, name: str, table: str, sys_id: str, one: str, two: str) -> None:
        """``gs.eventQueue``."""
        self._host.on_event(name, table, sys_id, one, two, self._user)

    def op_rest_message(self, name: str, function: str) -> Json | None:
        """The address, method and body of an outbound REST message."""
        store = self._instance.store
        message = next(store.where("sys_rest_message", name=name), None)
        if message is None:
            return None
        wanted = {"rest_message": message["sys_id"], "function_name": function}
        method = next(store.where("sys_rest_message_fn", **wanted), {})
        return {
            "url": method.get("rest_endpoint") or message.get("rest_endpoint", ""),
            "verb": method.get("http_method", "get"),
            "body": method.get("content", ""),
        }

    def op_http(
        self, method: str, url: str, query: list[list[str]], headers: Mapping[str, str], body: str, waits: bool
    ) -> Json:
        """A call to the outside world: one attempt, and whether the script waits for the answer."""
        address = (
            f"{url}{'&' if '?' in url else '?'}{urlencode([(name, value) for name, value in query])}" if query else url
        )
        call = Call(method, address, dict(headers), body.encode())
        return self._host.outbound.call(call) if waits else self._host.outbound.call_later(call)
