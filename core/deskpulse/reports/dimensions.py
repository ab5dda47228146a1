"""What answers can be grouped and filtered by: one list, for every display, dashboard and document.

A dimension reads its value from a response. Its keys are never null: what a response does not name has the key 0, for
rows of the directory, or the empty text. Days, months and weekdays are those of the organisation's time zone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    SmallInteger,
    String,
    case,
    cast,
    extract,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from deskpulse.db.types import BigId
from deskpulse.surveys.factors import BY_CODE
from deskpulse.surveys.models import Response

FIELD = "field:"
"""Before the name of a mapped custom field."""
TICKED = "ticked:"
"""Before the code of an experience factor."""
NOBODY, NOTHING = 0, ""
"""The keys of what a response does not name."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """``of_response`` is the key of one response; ``of_day`` is set where the day alone tells it.

    ``column`` is set where the key is a column's own value, which may be null: filtering by it can use an index.
    ``several`` where a response may have more than one key: it can be filtered by, and not grouped by.
    """

    name: str
    label: str
    type: Any
    of_response: Any
    of_day: Any = None
    column: Any = None
    several: bool = False

    @property
    def nothing(self) -> int | str:
        """The key of responses that name nothing."""
        return NOTHING if self.type is String else NOBODY

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Dimension) and other.name == self.name


def _id(name: str, label: str, column: Any) -> Dimension:
    return Dimension(name, label, BigId, func.coalesce(column, literal_column("0")), column=column)


def _text(name: str, label: str, column: Any) -> Dimension:
    return Dimension(name, label, String, func.coalesce(column, literal_column("''")), column=column)


def _of_day(name: str, label: str, type_: Any, derive: Any) -> Dimension:
    return Dimension(name, label, type_, derive(Response.day), derive)


class _Month(FunctionElement[int]):
    """The year times 100 plus the month of a day."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Month)
def _month(element: _Month, compiler: SQLCompiler, **how: Any) -> str:
    day = compiler.process(element.clauses, **how)
    return f"CAST(extract(year FROM {day}) * 100 + extract(month FROM {day}) AS BIGINT)"


@compiles(_Month, "sqlite")
def _month_of_text(element: _Month, compiler: SQLCompiler, **how: Any) -> str:
    day = compiler.process(element.clauses, **how)
    return f"CAST(substr({day}, 1, 4) || substr({day}, 6, 2) AS INTEGER)"


def _weekday(day: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast((extract("dow", day) + literal_column("6")) % literal_column("7"), BigInteger)


def _bands(column: Any, steps: tuple[tuple[int, str], ...], beyond: str) -> Any:
    """The name of the first step that the number does not exceed."""
    return case((column.is_(None), NOTHING), *((column <= most, name) for most, name in steps), else_=beyond)


class each_factor(FunctionElement[str]):  # noqa: N801 - read like the SQL function that it becomes
    """The factors of a response as rows, their codes in the column ``value``."""

    name = "each_factor"
    inherit_cache = True


@compiles(each_factor, "sqlite")
def _on_sqlite(element: each_factor, compiler: Any, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(each_factor, "postgresql")
def _on_postgresql(element: each_factor, compiler: Any, **options: Any) -> str:
    return f"jsonb_array_elements_text({compiler.process(element.clauses, **options)})"


class _Ticked:
    """In the place of a key: any of the factors that a response ticks, or nothing where it ticks none."""

    __hash__ = object.__hash__

    def __eq__(self, key: object) -> Any:
        return self._is(lambda one: one == key)

    def in_(self, keys: Any) -> Any:
        """The condition that one of these keys is the response's."""
        return self._is(lambda one: one.in_(keys))

    def _is(self, wanted: Callable[[Any], Any]) -> Any:
        each = each_factor(Response.factors).table_valued("value", name="ticked")
        some: Any = select(literal_column("1")).select_from(each)
        return some.where(wanted(each.c.value)).exists() | (~some.exists() & wanted(literal(NOTHING, String)))


TIMES = ((60, "within 1 h"), (240, "1 to 4 h"), (480, "4 to 8 h"), (1440, "8 to 24 h"), (4320, "1 to 3 days"))
"""Steps of the time to resolve, in minutes."""
HANDS = ((0, "0"), (1, "1"), (2, "2"), (4, "3 to 4"))
"""Steps of the number of reassignments."""

DAY = _of_day("day", "Day", Date, lambda day: day)
MONTH = _of_day("month", "Month", BigInteger, _Month)
"""The year times 100 plus the month: 202608."""
WEEKDAY = _of_day("weekday", "Weekday", BigInteger, _weekday)
"""0 is Monday."""
HOUR = Dimension("hour", "Hour of day", SmallInteger, Response.hour, column=Response.hour)
SCORE = Dimension("score", "Score", SmallInteger, Response.score, column=Response.score)
GROUP = _id("group_id", "Support group", Response.group_id)
AGENT = _id("agent_id", "Agent", Response.agent_id)
SEGMENT1 = _text("segment1", "Segment 1", Response.segment1)
SEGMENT2 = _text("segment2", "Segment 2", Response.segment2)
CHANNEL = _text("channel", "Channel", Response.channel)
PRIORITY = _text("priority", "Priority", Response.priority)
CATEGORY = _text("category", "Category", Response.category)
CUSTOMER_ORGANISATION = _text("customer_organisation", "Customer's organisation", Response.customer_organisation)
REASSIGNMENTS = Dimension("reassignments", "Reassignments", String, _bands(Response.reassignments, HANDS, "5 or more"))
TIME_TO_RESOLVE = Dimension(
    "time_to_resolve", "Time to resolve", String, _bands(Response.minutes_to_resolve, TIMES, "over 3 days")
)
COMMENTED = Dimension("commented", "With comment", String, case((Response.comment != NOTHING, "yes"), else_=NOTHING))
FACTOR = Dimension("factor", "Experience factor", String, _Ticked(), several=True)
NAMED = {
    one.name: one
    for one in (
        DAY, MONTH, WEEKDAY, HOUR, SCORE, GROUP, AGENT, SEGMENT1, SEGMENT2, CHANNEL, PRIORITY, CATEGORY,
        CUSTOMER_ORGANISATION, REASSIGNMENTS, TIME_TO_RESOLVE, COMMENTED, FACTOR,
    )
}  # fmt: skip


def field(name: str) -> Dimension:
    """A mapped custom field of the ticket, by its name in the connection's settings."""
    return _text(FIELD + name, name, Response.fields[name].as_string())


def ticked(code: str) -> Dimension:
    """Whether a response ticks one experience factor: ``yes``, or nothing. Unlike ``FACTOR``, several must all hold."""
    each = each_factor(Response.factors).table_valued("value", name="ticked")
    ticks = select(literal_column("1")).select_from(each).where(each.c.value == code).exists()
    name = BY_CODE[code].neutral if code in BY_CODE else code
    return Dimension(TICKED + code, f"Ticked {name[:1].lower()}{name[1:]}", String, case((ticks, "yes"), else_=NOTHING))


def dimension(name: str) -> Dimension:
    """The dimension of that name: ``field:...`` a custom field, ``ticked:...`` a factor. Raises KeyError."""
    for before, make in ((FIELD, field), (TICKED, ticked)):
        if name.startswith(before) and len(name) > len(before):
            return make(name.removeprefix(before))
    return NAMED[name]
