"""The orders in which responses are listed, and where in a list one stands.

The numbers are those of CIOPulse's parameter ``sort``; what each of them did there is not documented, so this is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import Any

from sqlalchemy.orm import Session

from deskpulse.reports.dimensions import GROUP, SCORE
from deskpulse.reports.levels import labels
from deskpulse.reports.tally import Scope, tally

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Sort(IntEnum):
    """Within the same score, or the same support group, the newest come first."""

    NEWEST_FIRST = 1
    OLDEST_FIRST = 2
    LOWEST_FIRST = 3
    HIGHEST_FIRST = 4
    BY_GROUP = 5

    @property
    def label(self) -> str:
        """In words, for a picker."""
        return _LABELS[self]


_LABELS = {
    Sort.NEWEST_FIRST: "Newest first",
    Sort.OLDEST_FIRST: "Oldest first",
    Sort.LOWEST_FIRST: "Lowest score first",
    Sort.HIGHEST_FIRST: "Highest score first",
    Sort.BY_GROUP: "By support group",
}


@dataclass(frozen=True, slots=True)
class Position:
    """The last row of a page; the next page begins behind it, however many answers have come since.

    ``shelf`` is the row's score or support group where the list is sorted by it.
    """

    shelf: int
    day: date
    answered_at: datetime
    id: int

    def __str__(self) -> str:
        """As in an address."""
        return f"{self.shelf}.{self.day.toordinal()}.{(self.answered_at - _EPOCH) // _MICROSECOND}.{self.id}"

    @classmethod
    def parse(cls, written: str) -> Position:
        """Read it from an address. Raises ValueError."""
        try:
            shelf, day, microseconds, number = map(int, written.split("."))
            if max(abs(shelf), abs(number)) >= 2**63:
                raise ValueError("too large")
            return cls(shelf, date.fromordinal(day), _EPOCH + microseconds * _MICROSECOND, number)
        except (ValueError, OverflowError):
            raise ValueError(f"{written[:80]!r} is no place in a list") from None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part of a sorted list that is in order of time: the whole list, one score, or one support group."""

    key: int
    scope: Scope


def shelves(session: Session, scope: Scope, sort: Sort, after: Position | None) -> Sequence[Shelf]:
    """The parts of the list, those that lie before a position left out.

    Sorted by score or group, a list is put together from short ones in order of time, for each of which there is an
    index; sorting all responses of years to show the first fifty would read them all.
    """
    if sort in (Sort.NEWEST_FIRST, Sort.OLDEST_FIRST):
        return [Shelf(0, scope)]
    one = GROUP if sort is Sort.BY_GROUP else SCORE
    counted: set[Any] = {key for (key,) in tally(session, scope, one)}
    if after is not None:
        counted.add(after.shelf)
    if sort is Sort.BY_GROUP:
        names = labels(session, scope.organisation_id, GROUP, counted)
        ordered = sorted(counted, key=lambda key: (key == GROUP.nothing, names[key].casefold(), key))
    else:
        ordered = sorted(counted, reverse=sort is Sort.HIGHEST_FIRST)
    if after is not None:
        ordered = ordered[ordered.index(after.shelf) :]
    return [Shelf(key, scope.within(one, {key})) for key in ordered]
