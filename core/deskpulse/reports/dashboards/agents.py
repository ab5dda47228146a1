"""The comparison of agents, within whatever groups, segments and fields a question chooses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dashboards.comparison import Member, compare, unranked_for_number
from deskpulse.reports.dimensions import AGENT, COMMENTED, NOBODY
from deskpulse.reports.levels import labels
from deskpulse.reports.question import Question
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import NOTHING, tally
from deskpulse.scoring.bands import BandCounts

AT_ONCE = 100
"""Agents on one page."""


@dataclass(frozen=True, slots=True)
class Agents:
    """One page of agents in the order asked for. ``whole`` is the score of all their answers; ``count`` all agents.

    ``too_many`` tells that there are more agents with a firm score than are ranked.
    """

    whole: Standing
    members: Sequence[Member]
    sort: str
    page: int
    pages: int
    count: int
    too_many: bool


def _none_last(value: float | None, *, downwards: bool = True) -> tuple[bool, float]:
    return (value is None, (-value if downwards else value) if value is not None else 0)


SORTS: Mapping[str, Callable[[Member], Any]] = {
    "score": lambda one: _none_last(one.standing.score),
    "-score": lambda one: _none_last(one.standing.score, downwards=False),
    "name": lambda _: (),
    "answers": lambda one: -one.standing.counts.n,
    "change": lambda one: _none_last(one.change.change if one.change else None),
    "-change": lambda one: _none_last(one.change.change if one.change else None, downwards=False),
    "rank": lambda one: (one.rank is None, one.rank and (one.rank.best, one.rank.worst)),
    "comments": lambda one: _none_last(one.comment_share),
}
"""Orders by their names in the address; where two are equal, by name. What has no value comes last either way."""


def agents(session: Session, organisation: Organisation, question: Question, sort: str = "", page: int = 1) -> Agents:
    """Agents with answers in the question's scope, compared with the period before it.

    An unknown ``sort`` means the highest score first; a page that is not there the nearest one.
    """
    minimum = Preferences.of(organisation.preferences).minimum_responses
    now: defaultdict[Any, BandCounts] = defaultdict(BandCounts)
    commented: dict[Any, int] = {}
    for (agent, with_comment), counts in tally(session, question.scope, AGENT, COMMENTED).items():
        now[agent] += counts
        if with_comment:
            commented[agent] = counts.n
    before = {
        agent: counts
        for (agent,), counts in tally(session, question.scope.during(question.period.previous()), AGENT).items()
    }
    names = labels(session, organisation.id, AGENT, now)
    members = compare(now, before, names, minimum, unranked={NOBODY}, commented=commented)
    chosen = sort if sort in SORTS else "score"
    members.sort(key=lambda one: (SORTS[chosen](one), one.standing.name.lower(), one.standing.key))
    pages = max(1, -(-len(members) // AT_ONCE))
    page = min(max(page, 1), pages)
    return Agents(
        Standing(organisation.name, sum(now.values(), NOTHING), minimum),
        members[(page - 1) * AT_ONCE : page * AT_ONCE],
        chosen,
        page,
        pages,
        len(members),
        unranked_for_number(members),
    )
