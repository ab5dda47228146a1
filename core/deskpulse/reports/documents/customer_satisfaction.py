"""What the Customer Satisfaction Report of one month says, counted once and ready to be set.

It may be passed on to people who see nothing else of DeskPulse. So it names aggregates only, complementary suppression
sees to it that a withheld score cannot be had from those shown, and comments stand without group, agent and customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dashboards.drivers import FactorDriver, drivers
from deskpulse.reports.dimensions import GROUP, MONTH
from deskpulse.reports.documents import voices
from deskpulse.reports.documents.voices import Comment
from deskpulse.reports.funnel.funnel import Counts, summary
from deskpulse.reports.levels import Tree
from deskpulse.reports.places import EVERYTHING, Place, Places
from deskpulse.reports.question import Question
from deskpulse.reports.shown import Shown
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import NOTHING, Scope, tally
from deskpulse.scoring import periods
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.intervals import Difference, beyond_noise, difference
from deskpulse.scoring.periods import Month, Period
from deskpulse.scoring.ranks import RankRange, rank_ranges

MONTHS_SHOWN = 12
TEAMS_SHOWN = 5
"""At each end of the table."""
FACTORS_SHOWN = 5
COMMENTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Department:
    """A department with every team below it; ``months`` oldest first.

    ``change`` is ``None`` where a score is not shown; ``is_clear`` where the change is more than noise, all departments
    taken together.
    """

    standing: Standing
    change: Difference | None
    is_clear: bool
    months: Sequence[Standing]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A team with the places that it may hold among all teams with enough answers."""

    standing: Standing
    place: RankRange


@dataclass(frozen=True, slots=True)
class Ticked:
    """An experience factor in the words of those who ticked it, how many did, and of how many."""

    words: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class CustomerSatisfaction:
    """Scores of one organisation in a period, and in the months up to it.

    ``change`` from ``before`` is ``None`` where either is not shown. No team is in both ``top`` and ``bottom``.
    ``reached`` counts what was resolved in the period by how far it came on the way to an answer.
    ``praised`` are factors ticked by promoters, ``blamed`` those ticked by detractors, the most frequent first; these
    and comments are left out where the organisation's own score is withheld.
    """

    organisation: str
    colour: str
    time_zone: str
    minimum: int
    period: Period
    standing: Standing
    before: Standing
    change: Difference | None
    months: Mapping[Month, Standing]
    departments: Sequence[Department]
    top: Sequence[Ranked]
    bottom: Sequence[Ranked]
    reached: Counts
    praised: Sequence[Ticked]
    blamed: Sequence[Ticked]
    best: Sequence[Comment]
    worst: Sequence[Comment]


def last_month(organisation: Organisation, now: datetime) -> Month:
    """The last complete month in the organisation's time zone."""
    today = now.astimezone(ZoneInfo(organisation.time_zone)).date()
    return periods.months_back(today, 2)[0]


def customer_satisfaction(
    session: Session, organisation: Organisation, month: Month, now: datetime
) -> CustomerSatisfaction:
    """Gather the report of a month; the running one is reported on as the 30-day period.

    Raises ValueError for a month that has not begun.
    """
    period = periods.of_month(month, now, ZoneInfo(organisation.time_zone))
    preferences = Preferences.of(organisation.preferences)
    scope = Scope(organisation.id, period)
    tree = Tree.of(session, organisation.id)
    scores = _Scores(tree, organisation.name, preferences.minimum_responses)
    present = scores.shown(tally(session, scope, GROUP))
    past = scores.shown(tally(session, scope.during(period.previous()), GROUP))
    months = _by_month(session, scope, scores, periods.months_back(period, MONTHS_SHOWN))
    whole, before = scores.whole(present), scores.whole(past)
    teams = _ranked(scores.teams(present))
    factors = () if whole.score is None else drivers(session, scope, preferences.minimum_responses).factors
    half = min(TEAMS_SHOWN, (len(teams) + 1) // 2)
    return CustomerSatisfaction(
        organisation=organisation.name,
        colour=preferences.brand_colour,
        time_zone=organisation.time_zone,
        minimum=preferences.minimum_responses,
        period=period,
        standing=whole,
        before=before,
        change=_change(before, whole),
        months={one: scores.whole(shown) for one, shown in months.items()},
        departments=_departments(scores, present, past, list(months.values())),
        top=teams[:half],
        bottom=teams[half:][-TEAMS_SHOWN:],
        reached=summary(session, organisation, Question(organisation.id, period, ())).counts,
        praised=_praised(factors, whole.counts),
        blamed=_blamed(factors, whole.counts),
        best=() if whole.score is None else voices.best(session, scope, COMMENTS_SHOWN),
        worst=() if whole.score is None else voices.worst(session, scope, COMMENTS_SHOWN),
    )


class _Scores:
    """The scores of one organisation's tree, in any period."""

    def __init__(self, tree: Tree, name: str, minimum: int) -> None:
        self._tree, self._name, self._minimum = tree, name, minimum
        self._places = Places.of(tree)

    def shown(self, counted: Mapping[tuple[Any, ...], BandCounts]) -> Shown:
        """What may be shown of the answers of one period, counted by group."""
        return Shown.of(self._places, counted, self._minimum)

    def whole(self, shown: Shown) -> Standing:
        """The organisation's score."""
        return shown.standing(self._name, [(EVERYTHING, None, None)])

    def departments(self, shown: Shown) -> dict[Place, Standing]:
        """Those with answers, each with every team below it."""
        return self._of(shown, [(group.id, True) for group in self._tree.departments()])

    def teams(self, shown: Shown) -> dict[Place, Standing]:
        """Those with answers, each by itself; departments, where there are no teams."""
        teams = [group.id for group in self._tree.groups.values() if not group.is_department]
        alone = [self._places.place(team, with_below=False) for team in teams]
        return self._of(shown, alone) if alone else self.departments(shown)

    def _of(self, shown: Shown, places: Iterable[Place]) -> dict[Place, Standing]:
        keys = {place: (place, None, None) for place in places}
        return {
            place: shown.standing(self._tree.groups[place[0]].name, [key], place)
            for place, key in keys.items()
            if key in shown.counts
        }


def _by_month(session: Session, scope: Scope, scores: _Scores, months: Sequence[Month]) -> dict[Month, Shown]:
    """Each month, from one query over all of them."""
    found: dict[int, dict[tuple[Any, ...], BandCounts]] = defaultdict(dict)
    whole = Period(months[0].first, months[-1].last)
    for (month, group_id), counts in tally(session, scope.during(whole), MONTH, GROUP).items():
        found[month][group_id,] = counts
    return {one: scores.shown(found[100 * one.first.year + one.first.month]) for one in months}


def _departments(scores: _Scores, present: Shown, past: Shown, months: Sequence[Shown]) -> list[Department]:
    """The largest first; those without an answer in all the months are left out."""
    now, then = scores.departments(present), scores.departments(past)
    course = [scores.departments(shown) for shown in months]
    names = {place: one.name for standings in (*course, now) for place, one in standings.items()}
    changes = {place: change for place in now.keys() & then.keys() if (change := _change(then[place], now[place]))}
    clear = beyond_noise(changes)

    def at(standings: Mapping[Place, Standing], place: Place) -> Standing:
        return standings.get(place) or Standing(names[place], NOTHING, present.minimum, place)

    found = [
        Department(at(now, place), changes.get(place), place in clear, [at(standings, place) for standings in course])
        for place in names
    ]
    return sorted(found, key=lambda one: (-one.standing.counts.n, one.standing.name))


def _change(before: Standing, after: Standing) -> Difference | None:
    if before.score is None or after.score is None:
        return None
    return difference(before.counts, after.counts)


def _ranked(teams: Mapping[Place, Standing]) -> list[Ranked]:
    """Those with enough answers, the best first."""
    firm = {place: one for place, one in teams.items() if one.firm}
    places = rank_ranges({place: one.counts for place, one in firm.items()})

    def order(one: Ranked) -> tuple[int, int, int, str]:
        return one.place.best, one.place.worst, -(one.standing.score or 0), one.standing.name

    return sorted((Ranked(one, places[place]) for place, one in firm.items()), key=order)


def _praised(factors: Sequence[FactorDriver], answers: BandCounts) -> list[Ticked]:
    ticked = [Ticked(one.praise, one.driver.ticked.counts.promoters, answers.promoters) for one in factors]
    return _most(ticked)


def _blamed(factors: Sequence[FactorDriver], answers: BandCounts) -> list[Ticked]:
    ticked = [Ticked(one.blame, one.driver.ticked.counts.detractors, answers.detractors) for one in factors]
    return _most(ticked)


def _most(ticked: Sequence[Ticked]) -> list[Ticked]:
    return sorted((one for one in ticked if one.count), key=lambda one: -one.count)[:FACTORS_SHOWN]
