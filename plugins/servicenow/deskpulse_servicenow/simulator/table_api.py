"""The Table API and the Aggregate API's count.

https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html and .../c_AggregateAPI.html (read 2026-03)
"""

from __future__ import annotations

from typing import Any

from deskpulse_servicenow.simulator import errors, paging
from deskpulse_servicenow.simulator.api import Api, Call, Reply
from deskpulse_servicenow.simulator.process import CLOSED
from deskpulse_servicenow.simulator.query import Searcher
from deskpulse_servicenow.simulator.store import Row
from deskpulse_servicenow.simulator.values import stored
from deskpulse_servicenow.simulator.writing import SYSTEM_FIELDS, Aborted, Writer
from deskpulse_simulation.records import Json

RESOURCE = "Table API"
PATHS = ("/api/now/table", "/api/now/v1/table", "/api/now/v2/table")


class TableApi:
    """Reads and writes rows for callers."""

    def __init__(self, searcher: Searcher, writer: Writer) -> None:
        self._searcher = searcher
        self._writer = writer

    def add_routes(self, api: Api) -> None:
        """Serve both versions, and the one without."""
        for path in PATHS:
            for method, rule, view in (
                ("GET", "", self.listing),
                ("POST", "", self.create),
                ("GET", "/<sys_id>", self.one),
                ("PATCH", "/<sys_id>", self.update),
                ("PUT", "/<sys_id>", self.update),
                ("DELETE", "/<sys_id>", self.delete),
            ):
                api.add(method, f"{path}/<table>{rule}", view, RESOURCE)
        for path in ("/api/now/stats", "/api/now/v1/stats"):
            api.add("GET", f"{path}/<table>", self.count, "Aggregate API")

    def listing(self, call: Call, table: str) -> Reply:
        """One page. The limit is applied before access rules, so a page may be short although more follow."""
        _known(call, table)
        limit, offset = call.number("sysparm_limit", paging.DEFAULT_LIMIT), call.number("sysparm_offset", 0)
        with call.instance.lock:
            found = self._searcher.search(table, _encoded(call))
            page = found[offset : offset + limit]
            view, names = call.view(), call.names()
            rows = [view.record(name, row, names) for name, row in page if call.access.may_see(call.user, name, row)]
            headers = paging.headers(call, offset, limit, len(found))
            if call.instance.switches.truncate_lists > 0:
                call.instance.switches.truncate_lists -= 1
                return Reply(errors.cut_off(rows[: len(rows) // 2]), 200, headers)
        if not rows and "/v1/" in call.request.path:
            raise errors.not_found()
        return Reply({"result": rows}, 200, headers)

    def one(self, call: Call, table: str, sys_id: str) -> Reply:
        """A record by its sys_id, never by its number."""
        with call.instance.lock:
            name, row = self._found(call, table, sys_id)
            return Reply({"result": call.view().record(name, row, call.names())})

    def create(self, call: Call, table: str) -> Reply:
        """Add a record; ``Location`` is its address."""
        _known(call, table)
        given = call.body()
        with call.instance.lock:
            if not call.access.may(call.user, table, "create"):
                raise errors.refused("Insert")
            values = self._values(call, table, given, None)
        try:
            row = self._writer.insert(table, values, call.user)
        except Aborted as error:
            raise errors.ApiError(403, "Operation Failed", str(error)) from None
        with call.instance.lock:
            body: Json = {"result": call.view().record(table, row, call.names())}
        return Reply(body, 201, {"Location": f"{call.instance.base_url}/api/now/table/{table}/{row['sys_id']}"})

    def update(self, call: Call, table: str, sys_id: str) -> Reply:
        """Change what is named; a closed incident only for administrators."""
        given = call.body()
        with call.instance.lock:
            name, row = self._found(call, table, sys_id)
            if name == "incident" and row.get("state") == CLOSED and not call.access.admin(call.user):
                raise errors.refused("Update")
            values = self._values(call, name, given, row)
            if not values and not call.access.may(call.user, name, "write", row):
                raise errors.refused("Update")
        try:
            row = self._writer.update(name, sys_id, values, call.user)
        except Aborted as error:
            raise errors.ApiError(403, "Operation Failed", str(error)) from None
        with call.instance.lock:
            return Reply({"result": call.view().record(name, row, call.names())})

    def delete(self, call: Call, table: str, sys_id: str) -> Reply:
        """Take a record away."""
        with call.instance.lock:
            name, row = self._found(call, table, sys_id)
            if not call.access.may(call.user, name, "delete", row):
                raise errors.refused("Delete")
        self._writer.delete(name, sys_id, call.user)
        return Reply(None, 204)

    def count(self, call: Call, table: str) -> Reply:
        """How many records a query finds."""
        _known(call, table)
        with call.instance.lock:
            found = self._searcher.search(table, _encoded(call))
        return Reply({"result": {"stats": {"count": str(len(found))} if call.flag("sysparm_count") else {}}})

    def _found(self, call: Call, table: str, sys_id: str) -> tuple[str, Row]:
        _known(call, table)
        found = call.instance.find(table, sys_id)
        if found is None or not call.access.may_see(call.user, *found):
            raise errors.not_found()
        return found

    def _values(self, call: Call, table: str, given: dict[str, Any], row: Row | None) -> dict[str, str]:
        """What may be written of what was sent: unknown columns are dropped, and so are those without the right to."""
        operation, view = ("create" if row is None else "write"), call.view()
        values: dict[str, str] = {}
        for element, value in given.items():
            column = call.instance.dictionary.column(table, element)
            if column is None or element in SYSTEM_FIELDS:
                continue
            if call.access.may_field(call.user, table, element, operation, row):
                displayed = call.flag("sysparm_input_display_value")
                values[element] = stored(view, column, value, displayed=displayed)
            elif call.instance.switches.field_acl_refuses:
                raise errors.refused("Insert" if row is None else "Update")
        return values


def _known(call: Call, table: str) -> None:
    found = call.instance.dictionary.table(table)
    if found is None:
        raise errors.invalid_table(table)
    if not found.web_services:
        raise errors.no_web_service(table)


def _encoded(call: Call) -> str:
    """``sysparm_query``, or plain ``name=value`` parameters where it is not given."""
    args = call.request.args
    if "sysparm_query" in args:
        return args["sysparm_query"]
    plain = [(name, value) for name, value in args.items() if not name.startswith("sysparm_") and name != "x-sn-apikey"]
    return "^".join(f"{name}={value}" for name, value in plain)
