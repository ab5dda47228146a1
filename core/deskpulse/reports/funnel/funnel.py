"""The response funnel: of all that was resolved in a period, how much was asked about, delivered, opened and answered.

Everything is about the resolutions of the period, by the day of the resolution in the organisation's time zone, so that
each stage is a part of the one before. An answer counts for the resolution that it is about, whenever it came.

Of a question's filters those apply that a resolution knows; score, band, words of the comment, factors and the time of
the answer belong to answers only, and are passed over (:attr:`Funnel.ignored`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports.dimensions import MONTH
from deskpulse.reports.funnel.reading import Filters, Reading, ignored, journeys
from deskpulse.reports.funnel.stages import Stage
from deskpulse.reports.levels import NO_GROUP, Tree, label
from deskpulse.reports.question import Question
from deskpulse.scoring import periods
from deskpulse.surveys.models import Resolution

MONTHS = 24


@dataclass(frozen=True, slots=True)
class Counts:
    """How many resolutions came at least so far, by stage."""

    reached: Mapping[Stage, int] = field(default_factory=dict)

    @classmethod
    def of(cls, furthest: Iterable[tuple[int, int]]) -> Counts:
        """Add up pairs of the furthest stage and how many came just there."""
        just = [0] * len(Stage)
        for stage, number in furthest:
            just[stage] += number
        return cls(dict(zip(Stage, reversed([*accumulate(reversed(just))]), strict=True)))

    def __getitem__(self, stage: Stage) -> int:
        return self.reached.get(stage, 0)

    @property
    def rate(self) -> Fraction | None:
        """Response rate: confirmed / delivered; ``None`` where nothing was delivered."""
        delivered = self[Stage.DELIVERED]
        return Fraction(self[Stage.CONFIRMED], delivered) if delivered else None

    @property
    def provisional(self) -> int:
        """Scores that were chosen, and not confirmed."""
        return self[Stage.SCORED] - self[Stage.CONFIRMED]

    def share(self, stage: Stage) -> Fraction | None:
        """Of all that were resolved, how many came so far."""
        return Fraction(self[stage], self[Stage.RESOLVED]) if self[Stage.RESOLVED] else None

    def step(self, stage: Stage) -> Fraction | None:
        """Of those that came to the stage before, how many came to this one."""
        before = self[Stage(stage - 1)] if stage else 0
        return Fraction(self[stage], before) if before else None


@dataclass(frozen=True, slots=True)
class Line:
    """Counts of a department, a channel or a month, by its key; the name is for people."""

    key: Any
    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Held:
    """Resolutions that were not asked about for one reason; ``eligible`` where somebody could have been asked."""

    reason: str
    eligible: bool
    count: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A funnel in short.

    ``judged`` is false while openings are still being judged, as after an upgrade: opened and score chosen are too low.
    """

    counts: Counts
    ignored: Sequence[str]
    judged: bool


@dataclass(frozen=True, slots=True)
class Funnel(Summary):
    """The whole funnel: with what was not asked by reason, and by channel and department."""

    held: Sequence[Held]
    channels: Sequence[Line]
    departments: Sequence[Line]


def summary(session: Session, organisation: Organisation, question: Question) -> Summary:
    """Count the period of a question, and nothing besides; exact at the moment of reading."""
    reading = Reading.of(session, organisation, question)
    (rows,) = reading.count(("stage",), spans=[question.period])
    return Summary(_counts(rows), ignored(question), reading.complete)


def funnel(session: Session, organisation: Organisation, question: Question) -> Funnel:
    """Count the period of a question; exact at the moment of reading."""
    reading = Reading.of(session, organisation, question)
    rows, by_group = reading.count(("channel", "reason", "stage"), ("group_id", "stage"), spans=[question.period])
    held: defaultdict[tuple[str, bool], int] = defaultdict(int)
    for row in rows:
        if row.stage < Stage.ASKED:
            held[row.reason, row.stage >= Stage.ELIGIBLE] += row.number
    tree = Tree.of(session, organisation.id)
    departments = {group_id: tree.department_of(group_id) for group_id in {row.group_id for row in by_group}}
    names = {(group.id if group else 0): (group.name if group else NO_GROUP) for group in departments.values()}
    keyed = [(department.id if (department := departments[row.group_id]) else 0, row) for row in by_group]
    return Funnel(
        _counts(rows),
        ignored(question),
        reading.complete,
        sorted(
            (Held(*key, number) for key, number in held.items()), key=lambda one: (one.eligible, -one.count, one.reason)
        ),
        _lines(((row.channel, row) for row in rows if row.channel), {}),
        _lines(keyed, names),
    )


def people(session: Session, organisation: Organisation, question: Question) -> Counts:
    """Count everyone once, with the furthest that any of their resolutions in the period came.

    Days do not add up to that: somebody may come back. So it looks at every journey, and takes long over a long period.
    """
    rows = Reading.of(session, organisation, question).execute(_people, question.period)
    return _counts(rows)


def trend(session: Session, organisation: Organisation, question: Question, months: int = MONTHS) -> list[Line]:
    """The same for each of the last calendar months up to the one in which the period ends, oldest first."""
    every = periods.months_back(question.period, months)
    (rows,) = Reading.of(session, organisation, question).count(("month", "stage"), spans=every)
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.month].append(row)
    return [
        Line(month, label(MONTH, month.first.year * 100 + month.first.month), _counts(found[at]))
        for at, month in enumerate(every)
    ]


def any_resolved(session: Session, organisation_id: int) -> bool:
    """Whether a ticket was ever resolved, for pages that say what to do where there is nothing."""
    mine = select(Resolution.id).where(Resolution.organisation_id == organisation_id)
    return session.scalar(mine.limit(1)) is not None


def _counts(rows: Iterable[Any]) -> Counts:
    return Counts.of((row.stage, row.number) for row in rows)


def _lines(keyed: Iterable[tuple[Any, Any]], names: Mapping[Any, str]) -> list[Line]:
    found: defaultdict[Any, list[Any]] = defaultdict(list)
    for key, row in keyed:
        found[key].append(row)
    lines = [Line(key, names.get(key, str(key)), _counts(rows)) for key, rows in found.items()]
    return sorted(lines, key=lambda line: (not line.key, line.name.lower()))


@lru_cache(maxsize=128)
def _people(filters: Filters, has_ticket: bool, spans: int) -> Select[Any]:
    """Persons are looked up one by one: joined, both databases would look at the resolutions of all years first."""
    found = journeys(filters, has_ticket, spans).cte("journeys")
    person = select(Resolution.person).where(Resolution.id == found.c.resolution_id).scalar_subquery()
    whose = select(person.label("person"), found.c.stage).subquery()
    furthest = (
        select(func.max(whose.c.stage).label("stage"))
        .group_by(whose.c.person)
        .having(whose.c.person.is_not(None))
        .subquery()
    )
    return select(furthest.c.stage, func.count().label("number")).group_by(furthest.c.stage)
