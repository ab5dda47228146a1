"""Where to begin looking for the newest answers that mention something: what promises to cost least.

The newest answers that mention a rare word are found by the index over words, those that mention a common one by
walking back from the newest answer until a page is full. PostgreSQL's planner knows no way to choose between the two
that is not wrong by up to a factor of eighty, and SQLite's knows nothing of words, so :func:`plan_for` does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.orm import Session

from deskpulse.reports.dimensions import GROUP
from deskpulse.reports.responses import comments
from deskpulse.reports.tally import Scope, count
from deskpulse.scoring.periods import Period


class Plan(StrEnum):
    """Where to begin looking for the newest answers that mention something."""

    TEXT_FIRST = "the index over words, then the newest of what it gives"
    DATE_FIRST = "the newest answers of the organisation, one by one"
    TEAM_FIRST = "the newest answers of some support groups, one by one"


@dataclass(frozen=True, slots=True)
class Sizes:
    """About how many answers there are: in all, that mention the words, in organisation and period, of the groups.

    Where a single group is asked for, no plan reads others: ``period`` may then be anything.
    ``share`` is that of the answers, within organisation, period and groups, which pass all other filters.
    """

    everything: float
    matching: float
    period: float
    team: float | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Costs:
    """What things cost, where reading one of the newest answers of the organisation, one by one, costs 1.

    ``found`` is what the index over words costs before its first match, ``fetched`` reading a match from wherever it
    lies, ``of_team`` reading one of the newest answers of a group, ``sorted_row`` reading one of many answers of
    several groups, which must then be sorted.
    """

    found: float
    fetched: float
    of_team: float
    sorted_row: float


LATELY = timedelta(days=6)
"""Before the last day of a period: a week tells what share of the answers a filter lets pass."""
ON_POSTGRESQL = Costs(found=150, fetched=4, of_team=6, sorted_row=6)
"""Measured on PostgreSQL 18 with one and ten million answers, warm: 1 is 0.2 to 0.3 us, as the newest answers lie side
by side. Matches lie apart, but are read in their order (1.1 to 3.2 us); those of a group are not (3 to 3.6 us).
``sorted_row`` is reckoned like ``of_team``, as answers of several groups lie apart, too; it was not measured."""
ON_SQLITE = Costs(found=30, fetched=1.3, of_team=1.8, sorted_row=1.8)
"""Measured on a million answers, warm: 1 is 1.6 us. Where PostgreSQL reads words, Python makes them of each comment."""


def plan_for(session: Session, scope: Scope, limit: int) -> Plan | None:
    """How to look for the words of a scope: the plan that promises to cost least; None without words, or by ticket."""
    wanted = comments.phrases(scope.words)
    if not wanted or scope.ticket:
        return None
    groups = scope.filters.get(GROUP)
    number = 0 if groups is None else len(groups) + (GROUP.nothing in groups)  # which no index has in order
    others = any(one != GROUP for one in scope.filters)
    costs, find, narrow = (
        (ON_SQLITE, _found_lately, _on_some_days)
        if comments.on_sqlite(session)
        else (ON_POSTGRESQL, _expected_to_match, _expected_in_scope)
    )
    sizes = find(session, groups, wanted)
    if not others and number < 2:
        plan = cheapest(sizes, limit, groups=number, costs=costs)
        if plan is not Plan.TEXT_FIRST:  # even if neither period nor team ended the walk
            return plan
    sizes = narrow(session, scope, groups, sizes)
    if others:
        sizes = replace(sizes, share=_share(session, scope))
    return cheapest(sizes, limit, groups=number, costs=costs)


def cheapest(sizes: Sizes, limit: int, *, groups: int = 0, costs: Costs = ON_POSTGRESQL) -> Plan:
    """The plan with the lowest cost; ``groups`` is the number of support groups that are asked for, 0 for any.

    A walk ends when the page is full: where one of ``k`` answers matches, after ``k * limit`` of them, or at the end.
    """
    rate = min(1.0, sizes.matching / max(sizes.everything, 1.0)) * sizes.share
    promised = {Plan.TEXT_FIRST: costs.found + costs.fetched * sizes.matching}
    if groups == 1 and sizes.team is not None:
        promised[Plan.TEAM_FIRST] = costs.of_team * _walk(sizes.team, rate, limit)
        return min(promised, key=promised.__getitem__)
    in_team = 1.0 if sizes.team is None else min(1.0, sizes.team / max(sizes.period, 1.0))
    promised[Plan.DATE_FIRST] = _walk(sizes.period, rate * in_team, limit)
    if sizes.team is not None:
        promised[Plan.TEAM_FIRST] = costs.sorted_row * sizes.team
    return min(promised, key=promised.__getitem__)


def _walk(rows: float, rate: float, limit: int) -> float:
    return rows if rate * rows <= limit else limit / rate


def _share(session: Session, scope: Scope) -> float:
    """How many of the groups' answers pass the other filters, as the end of the period has it: no roll-up may know."""
    last = scope.period.last
    lately = replace(scope, words="", period=Period(max(scope.period.first, last - LATELY), last))
    of_groups = replace(lately, filters={one: keys for one, keys in scope.filters.items() if one == GROUP})
    return count(session, lately).n / max(1, count(session, of_groups).n)


_RESPONSES = "SELECT 1 FROM response"
_EVERYTHING = "true"
_MATCHING = "string_to_array(comment_words, ' ') @> CAST(:words AS text[])"
_PERIOD = "organisation_id = :organisation AND day BETWEEN :first AND :last"
_TEAM = f"{_PERIOD} AND group_id = ANY(CAST(:groups AS bigint[]))"


def _expected_to_match(session: Session, groups: Collection[int] | None, wanted: Sequence[str]) -> Sizes:
    """What PostgreSQL's planner, which knows how common the common words are, tells of them without counting.

    As if all answers were in the period and of the groups.
    """
    everything, matching = _expected(session, (_EVERYTHING, _MATCHING), {"words": comments.each_word(wanted)})
    return Sizes(everything, matching, everything, None if groups is None else everything)


def _expected_in_scope(session: Session, scope: Scope, groups: Collection[int] | None, sizes: Sizes) -> Sizes:
    """With the answers of period and groups as the planner expects them."""
    asked = {"organisation": scope.organisation_id, "first": scope.period.first, "last": scope.period.last}
    if groups is None:
        return replace(sizes, period=_expected(session, (_PERIOD,), asked)[0])
    period, team = _expected(session, (_PERIOD, _TEAM), asked | {"groups": list(groups)})
    return replace(sizes, period=period, team=team)


def _expected(session: Session, conditions: tuple[str, ...], asked: Mapping[str, Any]) -> list[float]:
    """How many answers the planner expects to meet each condition; it plans, and runs nothing."""
    plan = session.connection().execute(_explained(conditions), asked).scalar_one()[0]["Plan"]
    parts = plan["Plans"] if len(conditions) > 1 else [plan]
    return [float(part["Plan Rows"]) for part in parts]


@cache
def _explained(conditions: tuple[str, ...]) -> TextClause:
    """Each part for itself: ``OFFSET 0`` keeps the planner from making one plan of all."""
    each = " UNION ALL ".join(f"({_RESPONSES} WHERE {condition} OFFSET 0)" for condition in conditions)
    return text(f"EXPLAIN (FORMAT JSON) {each}")


MOST_COUNTED = 1_000
"""Matches that SQLite, which keeps no such statistics, counts at most; how many more there are follows from how dense
these lie."""
_NEWEST_MATCHES = text("""
SELECT count(*) AS matches, coalesce(min(id), 0) AS oldest, (SELECT coalesce(max(id), 0) FROM response) AS newest
FROM (SELECT rowid AS id FROM comment_search WHERE comment_search MATCH :match ORDER BY rowid DESC LIMIT :most)
""")
DAYS_LOOKED_AT = 30
"""Of a longer period, about so many days, spread over it, tell how many answers it has."""
_ON_DAYS = text("""
SELECT
  (SELECT coalesce(sum(promoters + passives + detractors), 0) FROM rollup_organisation
    WHERE organisation_id = :organisation AND day IN :days) AS period,
  (SELECT coalesce(sum(promoters + passives + detractors), 0) FROM rollup_group
    WHERE organisation_id = :organisation AND group_id IN :groups AND day IN :days) AS team
""").bindparams(bindparam("days", expanding=True), bindparam("groups", expanding=True))


def _found_lately(session: Session, groups: Collection[int] | None, wanted: Sequence[str]) -> Sizes:
    """What SQLite's newest matches tell of the words, as if all answers were in the period and of the groups."""
    asked = {"match": comments.match(wanted), "most": MOST_COUNTED}
    row = session.connection().execute(_NEWEST_MATCHES, asked).one()
    span = max(1, row.newest - row.oldest + 1)
    matching = row.matches if row.matches < MOST_COUNTED else row.newest * row.matches / span
    return Sizes(row.newest, matching, row.newest, None if groups is None else row.newest)


def _on_some_days(session: Session, scope: Scope, groups: Collection[int] | None, sizes: Sizes) -> Sizes:
    """With the answers of period and groups as the roll-ups have them."""
    days = some_days(scope.period)
    asked = {"organisation": scope.organisation_id, "days": [str(day) for day in days], "groups": list(groups or ())}
    row = session.connection().execute(_ON_DAYS, asked).one()
    each = scope.period.days / len(days)
    return replace(sizes, period=each * row.period, team=None if groups is None else each * row.team)


def some_days(period: Period) -> list[date]:
    """About :data:`DAYS_LOOKED_AT` of a period, and never but one day of the week."""
    step = max(1, period.days // DAYS_LOOKED_AT)
    step += step % 7 == 0
    return [period.first + timedelta(days=number) for number in range(0, period.days, step)]
