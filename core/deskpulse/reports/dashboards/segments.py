"""Scores by segment 1, by segment 2, by both crossed, and by department within each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dashboards.comparison import Member, compare
from deskpulse.reports.dimensions import GROUP, NOBODY, SEGMENT1, SEGMENT2, Dimension
from deskpulse.reports.levels import NO_GROUP, Tree, labels
from deskpulse.reports.pivots.grid import Grid, Line, lines
from deskpulse.reports.question import Question
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import NOTHING, Key, tally
from deskpulse.scoring.bands import BandCounts

MOST = 50
"""Segments, or departments, in one table; the rest is merged."""
BOTH = (SEGMENT1, SEGMENT2)


@dataclass(frozen=True, slots=True)
class Segments:
    """``first`` and ``second`` compare the values of each segment, empty where no answer has one.

    ``crossed`` has segment 1 in rows and segment 2 in columns; it is missing where there is nothing to cross.
    """

    whole: Standing
    first: Sequence[Member]
    second: Sequence[Member]
    crossed: Grid | None


@dataclass(frozen=True, slots=True)
class DepartmentSegments:
    """``grids`` have a department, by its id, in each row and a segment's values in the columns."""

    whole: Standing
    grids: Mapping[Dimension, Grid]
    tree: Tree


def segments(session: Session, organisation: Organisation, question: Question) -> Segments:
    """Answers in the question's scope by segment, compared with the period before it."""
    minimum = Preferences.of(organisation.preferences).minimum_responses
    now = tally(session, question.scope, *BOTH)
    before = tally(session, question.scope.during(question.period.previous()), *BOTH)
    found: list[list[Member]] = []
    sides: list[list[Line]] = []
    for place, one in enumerate(BOTH):
        counts, earlier = _by(now, place), _by(before, place)
        names = labels(session, organisation.id, one, counts)
        members = compare(counts, earlier, names, minimum, unranked={one.nothing}) if set(counts) - {""} else []
        found.append(sorted(members, key=lambda member: (member.standing.key == "", -member.standing.counts.n)))
        sides.append(lines(counts, names, MOST))
    crossed = {(first, second): counts for (first, second), counts in now.items()}
    return Segments(
        Standing(organisation.name, sum(now.values(), NOTHING), minimum),
        found[0],
        found[1],
        Grid.of(crossed, sides[0], sides[1], minimum) if found[0] and found[1] else None,
    )


def by_department(session: Session, organisation: Organisation, question: Question) -> DepartmentSegments:
    """Answers in the question's scope by department, with every team below it, within each segment."""
    minimum = Preferences.of(organisation.preferences).minimum_responses
    tree = Tree.of(session, organisation.id)
    now = tally(session, question.scope, GROUP, *BOTH)
    grids: dict[Dimension, Grid] = {}
    for place, one in enumerate(BOTH, start=1):
        counted: defaultdict[tuple[int, str], BandCounts] = defaultdict(BandCounts)
        departments: defaultdict[int, BandCounts] = defaultdict(BandCounts)
        for keys, counts in now.items():
            department = tree.department_of(keys[0])
            key = department.id if department else NOBODY
            counted[key, keys[place]] += counts
            departments[key] += counts
        values = _by(now, place)
        if set(values) - {""}:
            names = labels(session, organisation.id, one, values)
            named = {key: tree.groups[key].name if key else NO_GROUP for key in departments}
            grids[one] = Grid.of(counted, lines(departments, named, MOST), lines(values, names, MOST), minimum)
    return DepartmentSegments(Standing(organisation.name, sum(now.values(), NOTHING), minimum), grids, tree)


def _by(counted: Mapping[Key, BandCounts], place: int) -> dict[Any, BandCounts]:
    """Counts by the keys at one place alone."""
    sums: defaultdict[Any, BandCounts] = defaultdict(BandCounts)
    for keys, counts in counted.items():
        sums[keys[place]] += counts
    return dict(sums)
