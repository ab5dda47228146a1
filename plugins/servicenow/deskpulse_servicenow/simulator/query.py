"""Encoded queries: what is asked in ``sysparm_query``, by GlideRecord, and as the condition of a rule.

A condition on a column that does not exist is left out and the rest still runs, so a typing mistake finds too many;
``glide.invalid_query.returns_no_rows`` makes it find none.
https://www.servicenow.com/docs/r/api-reference/rest-apis/c_TableAPI.html (read 2026-03)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from deskpulse_servicenow.simulator.dictionary import Column
from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_servicenow.simulator.store import Row

NO_ROWS = "glide.invalid_query.returns_no_rows"
_OPERATORS = (
    "!=|>=|<=|=|>|<|ISNOTEMPTY|ISEMPTY|NOT LIKE|NOTLIKE|DOES NOT CONTAIN|CONTAINS|LIKE|STARTSWITH|ENDSWITH|NOT IN|IN"
    "|CHANGESFROM|CHANGESTO|VALCHANGES|CHANGES|ANYTHING"
)
_CONDITION = re.compile(rf"([a-z0-9_.]+?)({_OPERATORS})(.*)", re.DOTALL)
_SEPARATOR = re.compile(r"(?<!\^)\^(?!\^)")
REMEMBERED = 16
Test = Callable[[Row, Row], bool]
"""Whether a row, given what it was before, fits."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; ``path`` may lead through references."""

    path: str
    operator: str
    value: str


@dataclass(slots=True)
class Query:
    """Groups of which one must hold; in a group every list of alternatives must have one that holds."""

    groups: list[list[list[Condition]]] = field(default_factory=lambda: [[]])
    order: list[tuple[str, bool]] = field(default_factory=list)
    invalid: bool = False
    """Whether something in it could not be read."""


def parse(encoded: str) -> Query:
    """Read an encoded query."""
    query = Query()
    for part in _SEPARATOR.split(encoded):
        term = part.replace("^^", "^")
        if term.startswith("NQ"):
            query.groups.append([])
            term = term[2:]
        if term in ("", "EQ"):
            continue
        if term.startswith("ORDERBY"):
            descending = term.startswith("ORDERBYDESC")
            query.order.append((term[11 if descending else 7 :], descending))
            continue
        _add(query, term)
    return query


def _add(query: Query, term: str) -> None:
    alternative = term.startswith("OR")
    found = _CONDITION.fullmatch(term[2:] if alternative else term)
    if found is None:
        query.invalid = True
        return
    condition, group = Condition(*found.groups()), query.groups[-1]
    if alternative and group:
        group[-1].append(condition)
    else:
        group.append([condition])


class Searcher:
    """Finds rows. What it found last is kept until something is written: paging asks for the same again and again."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._found: dict[tuple[str, str], list[tuple[str, Row]]] = {}
        self._version = -1

    def search(self, table: str, encoded: str) -> list[tuple[str, Row]]:
        """The rows with the tables they are really in; in no certain order unless the query gives one."""
        store = self._instance.store
        if self._version != store.version or len(self._found) >= REMEMBERED:
            self._found.clear()
            self._version = store.version
        key = (table, encoded)
        if key not in self._found:
            self._found[key] = self._search(table, parse(encoded))
        found = self._found[key]
        if self._instance.switches.unstable_order and "ORDERBY" not in encoded:
            return self._instance.ids.shuffled(found)
        return found

    def matches(self, table: str, encoded: str, row: Row, before: Row) -> bool:
        """Whether a row fits, given what it was before the write under way."""
        return self._test(table, parse(encoded))(row, before)

    def _search(self, table: str, query: Query) -> list[tuple[str, Row]]:
        test, found = self._test(table, query), []
        for name in self._instance.dictionary.family(table):
            found += [(name, row) for row in self._candidates(name, query) if test(row, row)]
        for path, descending in reversed(query.order):
            getter = self._getter(table, path)
            if getter is not None:
                key = _sort_key(self._instance, getter)
                found.sort(key=lambda pair, key=key: key(pair[1]), reverse=descending)  # type: ignore[misc]
        return found

    def _candidates(self, table: str, query: Query) -> Iterable[Row]:
        """The rows worth testing: few where one column with a look-up must have a certain value."""
        store = self._instance.store
        for alternatives in query.groups[0] if len(query.groups) == 1 else ():
            condition = alternatives[0]
            if len(alternatives) > 1 or condition.operator not in ("=", "IN"):
                continue
            values = condition.value.split(",") if condition.operator == "IN" else [condition.value]
            if condition.path == "sys_id":
                return [row for value in values if (row := store.get(table, value.strip()))]
            if store.indexed(table, condition.path):
                return [row for value in dict.fromkeys(values) for row in store.find(table, condition.path, value)]
        return store.rows(table).values()

    def _test(self, table: str, query: Query) -> Test:
        strict = self._instance.property(NO_ROWS) == "true"
        groups, broken = [], query.invalid
        for group in query.groups:
            tests = []
            for alternatives in group:
                known = [test for condition in alternatives if (test := self._condition(table, condition))]
                broken = broken or len(known) < len(alternatives)
                if known:
                    tests.append(known)
            groups.append(tests)
        if broken and strict:
            return lambda _row, _before: False
        return lambda row, before: any(
            all(any(test(row, before) for test in known) for known in tests) for tests in groups
        )

    def _condition(self, table: str, condition: Condition) -> Test | None:
        getter = self._getter(table, condition.path)
        if getter is None:
            return None
        read, column = getter
        operator, value = condition.operator, condition.value
        if operator in ("CHANGES", "VALCHANGES"):
            return lambda row, before: read(row) != read(before)
        if operator == "CHANGESTO":
            return lambda row, before: read(row) == value != read(before)
        if operator == "CHANGESFROM":
            return lambda row, before: read(before) == value != read(row)
        compare = _comparison(operator, value, numeric=column.type in ("integer", "float", "decimal", "longint"))
        return lambda row, _before: compare(read(row))

    def _getter(self, table: str, path: str) -> tuple[Callable[[Row], str], Column] | None:
        """How to read a dotted path from a row, and its last column; None where there is no such column."""
        first, _, rest = path.partition(".")
        column = self._instance.dictionary.column(table, first)
        if column is None:
            return None
        if not rest:
            return (lambda row: row.get(first, "")), column
        inner = self._getter(column.reference, rest) if column.is_reference else None
        if inner is None:
            return None
        read, last = inner
        target, find = column.reference, self._instance.row
        return (lambda row: read(find(target, row.get(first, "")))), last


def _sort_key(instance: Instance, getter: tuple[Callable[[Row], str], Column]) -> Callable[[Row], object]:
    read, column = getter
    if column.type == "integer":
        return lambda row: int(read(row) or 0)
    if column.is_reference:
        table = instance.dictionary.table(column.reference)
        shown = table.display if table else "sys_id"
        return lambda row: instance.row(column.reference, read(row)).get(shown, "").lower()
    return lambda row: read(row).lower()


def _comparison(operator: str, value: str, *, numeric: bool) -> Callable[[str], bool]:
    low = value.lower()
    words = {word.strip().lower() for word in value.split(",")}
    simple: dict[str, Callable[[str], bool]] = {
        "=": lambda text: text.lower() == low,
        "!=": lambda text: text.lower() != low,
        "LIKE": lambda text: low in text.lower(),
        "CONTAINS": lambda text: low in text.lower(),
        "NOT LIKE": lambda text: low not in text.lower(),
        "NOTLIKE": lambda text: low not in text.lower(),
        "DOES NOT CONTAIN": lambda text: low not in text.lower(),
        "STARTSWITH": lambda text: text.lower().startswith(low),
        "ENDSWITH": lambda text: text.lower().endswith(low),
        "IN": lambda text: text.lower() in words,
        "NOT IN": lambda text: text.lower() not in words,
        "ISEMPTY": lambda text: text == "",
        "ISNOTEMPTY": lambda text: text != "",
        "ANYTHING": lambda _text: True,
    }
    return simple[operator] if operator in simple else _ordering(operator, value, numeric=numeric)


def _ordering(operator: str, value: str, *, numeric: bool) -> Callable[[str], bool]:
    def rank(text: str) -> float | str:
        if numeric:
            return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else float("nan")
        return text.lower()

    limit = rank(value)
    orders: dict[str, Callable[[float | str], bool]] = {
        ">": lambda found: found > limit,  # type: ignore[operator]
        ">=": lambda found: found >= limit,  # type: ignore[operator]
        "<": lambda found: found < limit,  # type: ignore[operator]
        "<=": lambda found: found <= limit,  # type: ignore[operator]
    }
    order = orders[operator]
    return lambda text: text != "" and order(rank(text))
