"""``/search``: a quoted query of terms with AND, OR and brackets; 30 hits a page, ten pages, and an index that lags."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.api import Answer, Api, Call
from deskpulse_freshdesk.simulator.checks import read_time, refuse
from deskpulse_freshdesk.simulator.errors import ApiError, invalid, unexpected, wrong_value
from deskpulse_freshdesk.simulator.paging import page_of
from deskpulse_freshdesk.simulator.rendering import company_json, contact_json, ticket_json
from deskpulse_simulation.records import Json

SIZE, DEEPEST, LONGEST = 30, 10, 512
_TOKEN = re.compile(r"\s*(\(|\)|AND\b|OR\b|[\w.]+:(?:[<>])?(?:'[^']*'|[^\s()]+))")
_TERM = re.compile(r"([\w.]+):([<>]?)('?)(.*?)'?$")
Test = Callable[[Any], bool]

NAMES: dict[str, dict[str, str]] = {
    "tickets": {
        "agent_id": "responder_id",
        "group_id": "group_id",
        "priority": "priority",
        "status": "status",
        "tag": "tags",
        "type": "type",
        "due_by": "due_by",
        "fr_due_by": "fr_due_by",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    "contacts": {
        "active": "active",
        "company_id": "company_id",
        "email": "email",
        "mobile": "mobile",
        "phone": "phone",
        "name": "name",
        "language": "language",
        "time_zone": "time_zone",
        "tag": "tags",
        "twitter_id": "twitter_id",
        "unique_external_id": "unique_external_id",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    "companies": {"name": "name", "domain": "domains", "created_at": "created_at", "updated_at": "updated_at"},
}
"""What each search knows a record's values by; custom fields go by their own names."""


def add_routes(api: Api) -> None:
    """One search for each kind of record."""
    for kind in NAMES:
        api.add("GET", f"/search/{kind}", partial(search, kind=kind))


def search(call: Call, kind: str) -> Answer:
    """``{"total": n, "results": [...]}``; what changed a moment ago may not be found yet."""
    call.allow_args("query", "page")
    number, _ = page_of(call, DEEPEST)
    test = Query(kind, _unquoted(call), _custom(call.account, kind)).read()
    latest = call.account.now() - timedelta(seconds=call.account.switches.search_lag)
    rows = [one for one in _rows(call.account, kind) if one.updated_at <= latest and test(one)]
    picked = rows[(number - 1) * SIZE : number * SIZE]
    return {"total": len(rows), "results": [_render(call.account, kind, one) for one in picked]}


def _unquoted(call: Call) -> str:
    text = call.arg("query") or ""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        raise invalid(wrong_value("query", "Query should be enclosed within double quotes"))
    if len(text) - 2 > LONGEST:
        raise invalid(wrong_value("query", f"Query can be a maximum of {LONGEST} characters"))
    return text[1:-1]


def _rows(account: Account, kind: str) -> list[Any]:
    if kind == "tickets":
        return [one for one in account.tickets if not (one.deleted or one.spam or one.archived)]
    return [one for one in account.contacts if not one.deleted] if kind == "contacts" else list(account.companies)


def _custom(account: Account, kind: str) -> set[str]:
    tables = {"tickets": account.ticket_fields, "contacts": account.contact_fields, "companies": account.company_fields}
    return {one.name for one in tables[kind] if not one.default}


def _render(account: Account, kind: str, row: Any) -> Json:
    if kind == "tickets":
        return ticket_json(account, row, listed=True)
    return contact_json(account, row, listed=True) if kind == "contacts" else company_json(account, row)


class Query:
    """A query being read: ``or`` of ``and`` of terms and brackets."""

    def __init__(self, kind: str, text: str, custom: set[str]) -> None:
        self._names, self._custom = NAMES[kind], custom
        self._tokens: list[str] = []
        position = 0
        while position < len(text.rstrip()):
            found = _TOKEN.match(text, position)
            if found is None:
                raise _malformed()
            self._tokens.append(found[1])
            position = found.end()

    def read(self) -> Test:
        """The whole query as a test of a record."""
        test = self._either()
        if self._tokens:
            raise _malformed()
        return test

    def _either(self) -> Test:
        tests = [self._all()]
        while self._tokens[:1] == ["OR"]:
            self._tokens.pop(0)
            tests.append(self._all())
        return lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._tokens[:1] == ["AND"]:
            self._tokens.pop(0)
            tests.append(self._one())
        return lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        token = self._tokens.pop(0) if self._tokens else ")"
        if token == "(":  # noqa: S105 - a bracket
            inner = self._either()
            if self._tokens[:1] != [")"]:
                raise _malformed()
            self._tokens.pop(0)
            return inner
        found = _TERM.match(token)
        if found is None:
            raise _malformed()
        return self._term(found[1], found[2], found[4], quoted=bool(found[3]))

    def _term(self, name: str, operator: str, text: str, *, quoted: bool) -> Test:
        if name not in self._names and name not in self._custom:
            refuse([unexpected(name)])
        if operator:
            return self._beyond(name, operator, text)
        wanted: Any = text
        if not quoted:
            literals: dict[str, Any] = {"null": None, "true": True, "false": False}
            wanted = literals.get(text, int(text) if text.lstrip("-").isdigit() else text)
        return lambda row: _equal(self._value(row, name), wanted)

    def _beyond(self, name: str, operator: str, text: str) -> Test:
        """At least, or at most, a day; that day is part of both."""
        moment = read_time(text)
        if moment is None:
            raise _malformed()
        end = moment + timedelta(days=1) if len(text) == len("2026-03-01") else moment

        def test(row: Any) -> bool:
            value = self._value(row, name)
            return value is not None and (value >= moment if operator == ">" else value <= end)

        return test

    def _value(self, row: Any, name: str) -> Any:
        return getattr(row, self._names[name]) if name in self._names else row.custom_fields.get(name)


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return wanted in value
    if isinstance(value, str) and isinstance(wanted, str):
        return value.lower() == wanted.lower()
    return bool(value == wanted)


def _malformed() -> ApiError:
    return invalid(wrong_value("query", "Query is invalid. Check the format and try again"))
