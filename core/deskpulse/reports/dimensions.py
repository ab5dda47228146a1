"""What answers can be grouped and filtered by: one list, for every display, dashboard and document.

A dimension reads its value from a response. Its keys are never null: what a response does not name has the key 0, for
rows of the directory, or the empty text. Days, months and weekdays are those of the organisation's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, SmallInteger, String, case, cast, extract, func, literal_column

from deskpulse.db.types import BigId
from deskpulse.surveys.models import Response

FIELD = "field:"
"""Before the name of a mapped custom field."""
NOBODY, NOTHING = 0, ""
"""The keys of what a response does not name."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """``of_response`` is the key of one response; ``of_day`` is set where the day alone tells it.

    ``column`` is set where the key is a column's own value, which may be null: filtering by it can use an index.
    """

    name: str
    label: str
    type: Any
    of_response: Any
    of_day: Any = None
    column: Any = None

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


def _month(day: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(extract("year", day) * 100 + extract("month", day), BigInteger)


def _weekday(day: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast((extract("dow", day) + 6) % 7, BigInteger)


def _bands(column: Any, steps: tuple[tuple[int, str], ...], beyond: str) -> Any:
    """The name of the first step that the number does not exceed."""
    return case((column.is_(None), NOTHING), *((column <= most, name) for most, name in steps), else_=beyond)


TIMES = ((60, "within 1 h"), (240, "1 to 4 h"), (480, "4 to 8 h"), (1440, "8 to 24 h"), (4320, "1 to 3 days"))
"""Steps of the time to resolve, in minutes."""
HANDS = ((0, "0"), (1, "1"), (2, "2"), (4, "3 to 4"))
"""Steps of the number of reassignments."""

DAY = _of_day("day", "Day", Date, lambda day: day)
MONTH = _of_day("month", "Month", BigInteger, _month)
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
NAMED = {
    one.name: one
    for one in (
        DAY, MONTH, WEEKDAY, HOUR, SCORE, GROUP, AGENT, SEGMENT1, SEGMENT2, CHANNEL, PRIORITY, CATEGORY,
        CUSTOMER_ORGANISATION, REASSIGNMENTS, TIME_TO_RESOLVE,
    )
}  # fmt: skip


def field(name: str) -> Dimension:
    """A mapped custom field of the ticket, by its name in the connection's settings."""
    return _text(FIELD + name, name, Response.fields[name].as_string())


def dimension(name: str) -> Dimension:
    """The dimension of that name; custom fields are named ``field:...``. Raises KeyError."""
    if name.startswith(FIELD) and len(name) > len(FIELD):
        return field(name.removeprefix(FIELD))
    return NAMED[name]
