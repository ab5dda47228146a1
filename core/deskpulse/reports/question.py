"""What somebody asks to see: a period, filters and comment words, as they stand in the address of every page.

One set of names for displays, dashboards, documents and exports. Names that CIOPulse used keep their meaning:

- ``rgid`` support groups by code, with every group below (``combine=y``, the default) or without (``combine=n``);
- ``agid`` agents by number or e-mail address, ``sgid1`` (alias ``sgid``) and ``sgid2`` segments by code;
- ``month=2026-07`` a calendar month, the running one as the 30-day period; ``from`` and ``to`` any days;
  without either, the 30-day period;
- ``min`` and ``max`` bounds of the score, ``band`` promoter, passive or detractor;
- ``tid`` one ticket, ``q`` words of the comment, ``factor`` experience factors of which one was ticked;
  ``ticked:speed=yes`` that one was, with others or alone, ``ticked:speed=NONE`` that it was not;
- any other dimension by its name, such as ``priority`` or ``field:product``; ``project`` is the field chosen for it.

Each name may be given several times, or hold several values after commas where codes and numbers have none; what is
not given is written ``NONE``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.directory.models import AgentRow
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dimensions import (
    AGENT,
    FIELD,
    GROUP,
    HOUR,
    NAMED,
    SCORE,
    SEGMENT1,
    SEGMENT2,
    TICKED,
    WEEKDAY,
    Dimension,
    dimension,
)
from deskpulse.reports.dimensions import field as field_dimension
from deskpulse.reports.levels import Group, Tree
from deskpulse.reports.tally import Scope
from deskpulse.scoring import periods
from deskpulse.scoring.bands import HIGHEST, LOWEST, Band, band_of
from deskpulse.scoring.periods import Period

NONE = "NONE"
"""How an address says that a dimension has no value."""
MOST_VALUES, LONGEST_WORDS = 200, 200
Pairs = Sequence[tuple[str, str]]


class BadQuestion(Exception):
    """The address asks for what cannot be; the message says what, for the person who wrote it."""


class UnknownGroup(BadQuestion):
    """No support group has the code that was asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """``asked`` are the parameters as they were read, without those that mean nothing here: the page's own address.

    ``groups`` are those that were named, without what is below them.
    """

    organisation_id: int
    period: Period
    asked: Pairs
    filters: Mapping[Dimension, frozenset[Any]] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    combine: bool = True
    words: str = ""
    ticket: str = ""

    @property
    def scope(self) -> Scope:
        """The answers that it is about."""
        return Scope(self.organisation_id, self.period, self.filters, self.words, self.ticket)

    def during(self, period: Period) -> Question:
        """The same in another period."""
        kept = [pair for pair in self.asked if pair[0] not in ("month", "from", "to")]
        days = [("from", period.first.isoformat()), ("to", period.last.isoformat())]
        chosen = [("month", str(period))] if isinstance(period, periods.Month) else days
        return replace(self, period=period, asked=(*kept, *chosen))

    def address(self, **changes: str | Iterable[str] | None) -> str:
        """The query of an address that asks the same with some parameters set, or removed where ``None``.

        A parameter whose name is no Python name is given with a trailing dict: ``address(**{"field:x": "y"})``.
        """
        kept = _without(tuple(self.asked), frozenset(changes))
        changed = [
            (name, one)
            for name, value in changes.items()
            if value is not None
            for one in ([value] if isinstance(value, str) else value)
        ]
        return "&".join(filter(None, (kept, urlencode(changed))))

    def values(self, name: str) -> list[str]:
        """The values of one parameter, as they were asked."""
        return [value for one, value in self.asked if one == name]


def parse(session: Session, organisation: Organisation, pairs: Iterable[tuple[str, str]], now: datetime) -> Question:
    """Read an address. ``&amp;`` damage is forgiven; parameters of other meaning are left to others.

    Raises BadQuestion for an unknown agent or field, and for dates and numbers that are none, UnknownGroup for a group.
    """
    reading = _Reading(session, organisation, list(_mended(pairs)))
    period = _period(reading, now, ZoneInfo(organisation.time_zone))
    filters = reading.filters()
    words, ticket = reading.one("q")[:LONGEST_WORDS].strip(), reading.one("tid")
    asked = tuple(reading.understood)
    return Question(organisation.id, period, asked, filters, reading.groups, reading.combine, words, ticket)


@lru_cache(maxsize=512)
def _without(asked: tuple[tuple[str, str], ...], names: frozenset[str]) -> str:
    """The query without some parameters: the hundred links of a page leave out the same few."""
    return urlencode([pair for pair in asked if pair[0] not in names])


def _mended(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    for name, value in pairs:
        while name.startswith("amp;"):
            name = name.removeprefix("amp;")  # noqa: PLW2901 - that is the repair
        if value.strip() and "\0" not in name + value:
            yield ("sgid1" if name == "sgid" else name), value.strip()


class _Reading:
    """One address being read; ``understood`` grows with every parameter that means something here."""

    def __init__(self, session: Session, organisation: Organisation, pairs: list[tuple[str, str]]) -> None:
        self._session, self._organisation, self._pairs = session, organisation, pairs
        self.understood: list[tuple[str, str]] = []
        self.groups: tuple[Group, ...] = ()
        self.combine = True

    def many(self, name: str, *, split: bool = False) -> list[str]:
        """Every value of a parameter."""
        found = [value for one, value in self._pairs if one == name]
        if split:
            found = [part.strip() for value in found for part in value.split(",") if part.strip()]
        if len(found) > MOST_VALUES:
            raise BadQuestion(f"{name}: at most {MOST_VALUES} values can be asked for at once.")
        self.understood += [(name, value) for value in found]
        return list(dict.fromkeys(found))

    def one(self, name: str) -> str:
        """The value of a parameter that has one; the first of several counts."""
        found = next((value for one, value in self._pairs if one == name), "")
        if found:
            self.understood.append((name, found))
        return found

    def filters(self) -> dict[Dimension, frozenset[Any]]:
        """All filters that the address names."""
        found: dict[Dimension, frozenset[Any]] = {}
        if groups := self._groups():
            found[GROUP] = groups
        if agents := self.many("agid", split=True):
            found[AGENT] = frozenset(self._agent(value) for value in agents)
        for one in (SEGMENT1, SEGMENT2):
            if codes := self.many(one.name.replace("segment", "sgid"), split=True):
                found[one] = frozenset("" if code == NONE else code for code in codes)
        if (scores := self._scores()) is not None:
            found[SCORE] = scores
        for name in dict.fromkeys(name for name, _ in self._pairs):
            if (captured := self._captured(name)) is not None:
                keys = frozenset(_key(captured, value) for value in self.many(name))
                found[captured] = found[captured] & keys if captured in found else keys
        return found

    def _groups(self) -> frozenset[int]:
        codes = self.many("rgid", split=True)
        self.combine = self.one("combine").lower() not in ("n", "no", "0", "false")
        if not codes:
            return frozenset()
        tree = Tree.of(self._session, self._organisation.id)
        found, ids = [], set()
        for code in codes:
            if code == NONE:
                ids.add(0)
                continue
            group = tree.by_code(code)
            if group is None:
                raise UnknownGroup(f"rgid: no support group has the code {code!r}.")
            found.append(group)
            ids |= group.with_below if self.combine else {group.id}
        self.groups = tuple(found)
        return frozenset(ids)

    def _agent(self, text: str) -> int:
        if text == NONE:
            return 0
        match = AgentRow.id == int(text) if text.isdecimal() and len(text) < 18 else AgentRow.email == text.lower()
        wanted = select(AgentRow.id).where(AgentRow.organisation_id == self._organisation.id, match)
        found = self._session.scalar(wanted.limit(1))
        if found is None:
            raise BadQuestion(f"agid: no agent is {text!r}; use the number or e-mail address.")
        return found

    def _scores(self) -> frozenset[int] | None:
        low, high = (_whole(name, self.one(name), LOWEST, HIGHEST) for name in ("min", "max"))
        bands = self.many("band", split=True)
        if unknown := set(bands) - set(Band):
            raise BadQuestion(f"band: {', '.join(sorted(unknown))} is none of {', '.join(Band)}.")
        if low is None and high is None and not bands:
            return None
        within = range(LOWEST if low is None else low, (HIGHEST if high is None else high) + 1)
        return frozenset(score for score in within if not bands or band_of(score) in bands)

    def _captured(self, name: str) -> Dimension | None:
        if name == "project":
            chosen = Preferences.of(self._organisation.preferences).project_field
            if not chosen:
                raise BadQuestion("project: no field is chosen as project; set the preference project_field.")
            return dimension(chosen) if chosen in NAMED else field_dimension(chosen)
        if name.startswith((FIELD, TICKED)) or name in _FILTERED:
            return dimension(name) if name not in (FIELD, TICKED) else None
        return None


_FILTERED = frozenset(NAMED) - {"day", "month", "score", "group_id", "agent_id", "segment1", "segment2"}


def _key(one: Dimension, text: str) -> Any:
    if one in (HOUR, WEEKDAY):
        return _whole(one.name, text, 0, 23 if one == HOUR else 6)
    return one.nothing if text == NONE else text


def _whole(name: str, text: str, low: int, high: int) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and len(text) < 9 and low <= int(text) <= high):
        raise BadQuestion(f"{name}: {text!r} is no whole number from {low} to {high}.")
    return int(text)


def _period(reading: _Reading, now: datetime, zone: ZoneInfo) -> Period:
    month, first, last = reading.one("month"), reading.one("from"), reading.one("to")
    running = periods.thirty_days(now, zone)
    try:
        if month:
            return periods.of_month(periods.parse_month(month), now, zone)
        if not first and not last:
            return running
        end = date.fromisoformat(last) if last else running.last
        begin = date.fromisoformat(first) if first else end - (running.last - running.first)
        return periods.custom(begin, end)
    except ValueError as error:
        raise BadQuestion(f"{'month' if month else 'from, to'}: {error}.") from None
