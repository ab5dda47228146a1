"""Every call to ServiceNow's Table API: addresses, paging and access. The answers are raw; ``mapping`` reads them.

Three traps are met here. A list's limit is applied before access rules, so a page may be short, even empty, while more
rows exist: only the total, or a ``next`` link, tells the end. Without an order by a unique column rows come twice or
never, so a list is continued after the last row seen. And an answer cut off after too long carries an ``error`` beside
part of its rows, whatever its status: it is asked for again in smaller pieces.
https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from deskpulse.plugin_api import Answer, AuthExpired, Connection, Misread, NotFound, Unreachable
from deskpulse_servicenow.auth import Access
from deskpulse_servicenow.links import base_url

Raw = dict[str, Any]

PAGE = 500
"""Rows asked for at once."""
SMALLEST_PAGE = 30
"""Below this, a list that is still cut off is given up for now."""
CUT_OFF = (200, 500)
"""Statuses of an answer that was cut off."""
LONG = 120.0
"""Seconds of pause that long work accepts for each call. Limits are counted by the hour, so a pause may take an hour:
the job is then put off instead of sleeping."""
JSON = "application/json"
SHAPE = (("sysparm_display_value", "all"), ("sysparm_exclude_reference_link", "true"))
"""Every value as a pair of raw and shown value: what is shown alone has lost ids, and its numbers and dates are in the
user's own format."""


class Client:
    """The API of one connection's instance. ``patience`` is what :meth:`HttpClient.request` calls so."""

    def __init__(self, connection: Connection, *, patience: float = 0.0) -> None:
        self._http = connection.http
        self._base = base_url(connection.settings)
        self._access = Access(connection, patience=patience)
        self._patience = patience
        self.last_headers: Mapping[str, str] = {}
        """Headers of the latest answer."""

    def row(self, table: str, key: str, fields: Sequence[str]) -> Raw | None:
        """One record; None where it does not exist, or an access rule hides it, which look the same."""
        if not is_sys_id(key):
            return None
        try:
            answer = self._ask("GET", f"/{table}/{key}", [*SHAPE, ("sysparm_fields", ",".join(fields))])
        except NotFound:
            return None
        return _record(answer)

    def first(self, table: str, query: str, fields: Sequence[str]) -> Raw | None:
        """The first record that fits an encoded query."""
        return next(iter(self.rows(table, query, fields, limit=1)[0]), None)

    def rows(
        self, table: str, query: str, fields: Sequence[str], *, limit: int, offset: int = 0
    ) -> tuple[list[Raw], bool]:
        """One page of a list, and whether there is more. The query must end in an order that is unique."""
        params = [
            *SHAPE,
            ("sysparm_fields", ",".join(fields)),
            ("sysparm_query", query),
            ("sysparm_limit", str(limit)),
            ("sysparm_offset", str(offset)),
        ]
        answer = self._ask("GET", f"/{table}", params)
        raw = _checked(answer)
        found = raw.get("result")
        if not isinstance(found, list):
            raise Misread(f"the list of {table} has no result", status=answer.status)
        return [row for row in found if isinstance(row, dict)], _has_more(answer.headers, offset + limit)

    def pages(
        self, table: str, query: str, fields: Sequence[str], *, after: Callable[[str, Raw | None], str] | None = None
    ) -> Iterator[list[Raw]]:
        """Every row that fits a query, page by page, each page beginning after the last row of the one before.

        ``after(query, row)`` makes the query for what follows a row, in an order of its own; by default by ``sys_id``.
        A page in which access rules hid every row has no last row: it is passed over by its offset.
        """
        following = after or by_sys_id
        last: Raw | None = None
        offset, limit = 0, PAGE
        while True:
            try:
                found, more = self.rows(table, following(query, last), fields, limit=limit, offset=offset)
            except Unreachable as error:
                limit //= 2
                if error.status not in CUT_OFF or limit < SMALLEST_PAGE:
                    raise
                continue
            yield found
            if not more:
                return
            last, offset = (found[-1], 0) if found else (last, offset + limit)

    def create(self, table: str, values: Mapping[str, str], fields: Sequence[str]) -> Answer:
        """Make a record. A refusal, also because of a column that must be unique, is returned."""
        return self._ask("POST", f"/{table}", _answering(fields), json=dict(values), expect=(400, 403, 404))

    def update(self, table: str, key: str, values: Mapping[str, str], fields: Sequence[str]) -> Answer:
        """Change a record; unknown columns are dropped with a 200, so look at what comes back. Refusals are given."""
        return self._ask("PATCH", f"/{table}/{key}", _answering(fields), json=dict(values), expect=(400, 403, 404))

    # -- one call

    def _ask(
        self, method: str, path: str, params: Sequence[tuple[str, str]], *, json: Any = None, expect: Iterable[int] = ()
    ) -> Answer:
        """One call; a refused token is refreshed, one refused again is got by signing in, and then it is over."""
        answer = self._once(method, path, params, json, expect)
        if answer.status == 401 and self._access.renewable:
            self._access.renew()
            answer = self._once(method, path, params, json, expect)
        if answer.status == 401 and self._access.refreshed:
            self._access.renew()
            answer = self._once(method, path, params, json, expect)
        if answer.status == 401:
            raise AuthExpired(f"{method} {path}: ServiceNow did not accept the credentials", status=401)
        self.last_headers = answer.headers
        if JSON not in (answer.headers.get("Content-Type") or ""):
            raise Unreachable(
                f"{method} {path}: answered with a web page, as an instance asleep or a sign-on page does"
            )
        return answer

    def _once(
        self, method: str, path: str, params: Sequence[tuple[str, str]], json: Any, expect: Iterable[int]
    ) -> Answer:
        return self._http.request(
            method,
            f"{self._base}/api/now/table{path}",
            headers={**self._access.headers(), "Accept": JSON},
            params=list(params),
            json=json,
            expect=(401, *expect),
            patience=self._patience,
        )


def by_sys_id(query: str, last: Raw | None) -> str:
    """The query for what follows a row in the order of ids."""
    return join(query, f"sys_id>{value(last['sys_id'])}" if last else "", "ORDERBYsys_id")


def join(*parts: str) -> str:
    """One encoded query of several conditions that must all hold."""
    return "^".join(part for part in parts if part)


def literal(text: str) -> str:
    """Text as a value in an encoded query, where ``^`` would begin the next condition."""
    return text.replace("^", "^^")


def value(raw: Any) -> str:
    """The raw value of a field in any of the shapes in which the API gives one: text, null, or a pair."""
    found = raw.get("value") if isinstance(raw, Mapping) else raw
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, str | int | float) else ""


def shown(raw: Any) -> str:
    """What a field shows to people; for a reference, the name of what it points to."""
    found = raw.get("display_value") if isinstance(raw, Mapping) else raw
    return found if isinstance(found, str) else value(raw)


def is_sys_id(key: str) -> bool:
    """Whether this can be the id of a record, which may then safely become part of a path."""
    return bool(re.fullmatch(r"[0-9a-f]{32}", key))


def problem(answer: Answer) -> str:
    """What a refusal says; it never says which access rule, data policy or business rule it was."""
    raw = answer.json()
    error = raw.get("error") if isinstance(raw, dict) else None
    words = [error.get(name) for name in ("message", "detail")] if isinstance(error, dict) else []
    return ": ".join(str(word) for word in words if word) or f"status {answer.status}"


def _answering(fields: Sequence[str]) -> list[tuple[str, str]]:
    return [("sysparm_fields", ",".join(fields)), *SHAPE]


def _record(answer: Answer) -> Raw:
    found = _checked(answer).get("result")
    if not isinstance(found, dict):
        raise Misread("the answer has no record", status=answer.status)
    return found


def written(answer: Answer) -> Raw:
    """The record as it stands after a write that went well."""
    return _record(answer)


def _checked(answer: Answer) -> Raw:
    raw = answer.json()
    if not isinstance(raw, dict):
        raise Misread("the answer is no object", status=answer.status)
    if error := raw.get("error"):
        words = error.get("message") if isinstance(error, dict) else error
        raise Unreachable(f"ServiceNow ended its work early: {words}", status=answer.status)
    return raw


def _has_more(headers: Mapping[str, str], seen: int) -> bool:
    """By the total where it is told, else by the ``next`` link, whose address is never followed."""
    total = headers.get("X-Total-Count") or ""
    if total.isdecimal():
        return seen < int(total)
    return 'rel="next"' in (headers.get("Link") or "")
