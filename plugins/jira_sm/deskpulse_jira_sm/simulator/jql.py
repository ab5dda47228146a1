"""A subset of JQL, read into a tree: clauses joined by AND, OR and NOT, in parentheses, then ORDER BY."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deskpulse_jira_sm.simulator.errors import ApiError, invalid

_TOKEN = re.compile(
    r"""\s*(?:"(?P<double>(?:\\.|[^"\\])*)"|'(?P<single>(?:\\.|[^'\\])*)'|(?P<sign><=|>=|!=|!~|[=<>~(),])"""
    r"""|(?P<word>[^\s"'=<>!~(),]+))"""
)
OPERATORS = ("=", "!=", "<", "<=", ">", ">=", "~", "!~")


@dataclass(frozen=True)
class Word:
    """One token; ``quoted`` words are never keywords."""

    text: str
    quoted: bool = False
    sign: bool = False

    def means(self, keyword: str) -> bool:
        """Whether this is a keyword or sign."""
        return not self.quoted and self.text.lower() == keyword


@dataclass(frozen=True)
class Clause:
    """``field operator values``; the operator is one of the signs, ``in``, ``not in``, ``is`` or ``is not``."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Joined:
    """Several conditions: ``and``, ``or``, or ``not`` with a single one."""

    how: str
    parts: tuple[Clause | Joined, ...]


Condition = Clause | Joined


@dataclass(frozen=True)
class Query:
    """What to find, and by which fields to sort (``True``: descending)."""

    condition: Condition | None
    order: tuple[tuple[str, bool], ...] = ()


def wrong(text: str) -> ApiError:
    """400 in the query language's words."""
    return invalid(f"Error in the JQL Query: {text}")


def parse(text: str) -> Query:
    """The query's tree. Raises a 400 where it cannot be read."""
    return _Parser(_words(text)).query()


def _words(text: str) -> list[Word]:
    found: list[Word] = []
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise wrong(f"The character at position {place + 1} is not expected.")
        quoted = match["double"] if match["double"] is not None else match["single"]
        if quoted is not None:
            found.append(Word(re.sub(r"\\(.)", r"\1", quoted), quoted=True))
        else:
            found.append(Word(match["sign"] or match["word"], sign=match["sign"] is not None))
        place = match.end()
    return found


class _Parser:
    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._place = 0

    def query(self) -> Query:
        ordered = self._next_means("order")
        condition = None if ordered or not self._words else self._any()
        order = self._order() if self._next_means("order") else ()
        if self._place < len(self._words):
            raise wrong(f"Expecting either 'OR' or 'AND' but got '{self._words[self._place].text}'.")
        return Query(condition, order)

    def _next_means(self, keyword: str) -> bool:
        return self._place < len(self._words) and self._words[self._place].means(keyword)

    def _take(self) -> Word:
        if self._place >= len(self._words):
            raise wrong("Expecting more, but the query ended.")
        self._place += 1
        return self._words[self._place - 1]

    def _skip(self, keyword: str) -> bool:
        found = self._next_means(keyword)
        self._place += found
        return found

    def _any(self) -> Condition:
        parts = [self._all()]
        while self._skip("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Joined("or", tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._skip("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Joined("and", tuple(parts))

    def _one(self) -> Condition:
        if self._skip("not"):
            return Joined("not", (self._one(),))
        if self._skip("("):
            inner = self._any()
            if not self._skip(")"):
                raise wrong("Expecting ')'.")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        field = self._take()
        if field.sign:
            raise wrong(f"Expecting a field name but got '{field.text}'.")
        name = field.text.lower()
        if self._skip("is"):
            operator = "is not" if self._skip("not") else "is"
            value = self._take()
            if value.text.lower() not in ("empty", "null"):
                raise wrong(f"The operator 'is' takes EMPTY, not '{value.text}'.")
            return Clause(name, operator, ())
        if self._skip("not"):
            if not self._skip("in"):
                raise wrong("Expecting 'in' after 'not'.")
            return Clause(name, "not in", self._list())
        if self._skip("in"):
            return Clause(name, "in", self._list())
        operator = self._take().text
        if operator not in OPERATORS:
            raise wrong(f"Expecting operator but got '{operator}'.")
        return Clause(name, operator, (self._value(),))

    def _value(self) -> str:
        word = self._take()
        if word.sign:
            raise wrong(f"Expecting a value but got '{word.text}'.")
        if not word.quoted and self._skip("("):
            if not self._skip(")"):
                raise wrong(f"Function {word.text} takes no arguments here.")
            return f"{word.text.lower()}()"
        return word.text

    def _list(self) -> tuple[str, ...]:
        if not self._skip("("):
            raise wrong("Expecting '(' after 'in'.")
        values = [self._value()]
        while self._skip(","):
            values.append(self._value())
        if not self._skip(")"):
            raise wrong("Expecting ')'.")
        return tuple(values)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._take()
        if not self._skip("by"):
            raise wrong("Expecting 'by' after 'order'.")
        found: list[tuple[str, bool]] = []
        while True:
            name = self._take().text.lower()
            down = self._skip("desc")
            if not down:
                self._skip("asc")
            found.append((name, down))
            if not self._skip(","):
                return tuple(found)
