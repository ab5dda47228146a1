"""The first page: where the organisation stands, how it got there, and what was said last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dimensions import GROUP, MONTH, NOBODY, SCORE
from deskpulse.reports.levels import NO_GROUP, Group, Tree, label
from deskpulse.reports.question import NONE, Question
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import NOTHING, count, tally
from deskpulse.scoring.bands import HIGHEST, LOWEST, BandCounts
from deskpulse.scoring.intervals import Difference, difference
from deskpulse.scoring.periods import Month, Period, months_back


@dataclass(frozen=True, slots=True)
class Overview:
    """Standing over a period, and before it; by month, by score, by department.

    ``change`` is ``None`` where either score may not be shown. ``codes`` names, for each department, the support groups
    whose answers it was counted from, as an address names them.
    """

    standing: Standing
    before: Standing
    change: Difference | None
    trend: Mapping[Month, Standing]
    scores: Mapping[int, int]
    departments: Sequence[Standing]
    codes: Mapping[int, Sequence[str]]


def overview(session: Session, organisation: Organisation, question: Question) -> Overview:
    """The answers that a question is about; four tallies, whatever their number."""
    minimum = Preferences.of(organisation.preferences).minimum_responses
    by_score = tally(session, question.scope, SCORE)
    standing = Standing(organisation.name, sum(by_score.values(), NOTHING), minimum)
    before = Standing(organisation.name, count(session, question.scope.during(question.period.previous())), minimum)
    shown = standing.score is not None and before.score is not None
    departments, codes = _departments(session, question, minimum)
    return Overview(
        standing,
        before,
        difference(before.counts, standing.counts) if shown else None,
        trend(session, question, minimum),
        {score: by_score.get((score,), NOTHING).n for score in range(LOWEST, HIGHEST + 1)},
        departments,
        codes,
    )


def trend(session: Session, question: Question, minimum: int) -> dict[Month, Standing]:
    """The 36 calendar months that end with the question's period, oldest first, months without answers included."""
    months = months_back(question.period)
    whole = Period(months[0].first, months[-1].last)
    counted = tally(session, question.scope.during(whole), MONTH)
    return {one: Standing(label(MONTH, _key(one)), counted.get((_key(one),), NOTHING), minimum, one) for one in months}


def _departments(session: Session, question: Question, minimum: int) -> tuple[list[Standing], dict[int, Sequence[str]]]:
    """Departments, each pooled with every team below it that the question includes, the largest first."""
    tree = Tree.of(session, question.organisation_id)
    pooled: dict[int, BandCounts] = defaultdict(BandCounts)
    for (key,), counts in tally(session, question.scope, GROUP).items():
        top = tree.department_of(key)
        pooled[top.id if top else NOBODY] += counts
    standings = [
        Standing(tree.groups[key].name if key else NO_GROUP, counts, minimum, key) for key, counts in pooled.items()
    ]
    chosen: dict[int, list[str]] = defaultdict(list)
    for group in question.groups:
        chosen[_top(tree, group).id].append(group.code)
    codes: dict[int, Sequence[str]] = {key: chosen[key] or [tree.groups[key].code] if key else [NONE] for key in pooled}
    return sorted(standings, key=lambda one: (one.key == NOBODY, -one.counts.n, one.name)), codes


def _key(one: Month) -> int:
    return one.first.year * 100 + one.first.month


def _top(tree: Tree, group: Group) -> Group:
    return tree.department_of(group.id) or group
