"""The league table: who stands where, said no more surely than so many answers allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.directory.models import Segment
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dimensions import GROUP, NOTHING, SEGMENT1, SEGMENT2
from deskpulse.reports.displays.asked import Asked, Pairs, ask, option
from deskpulse.reports.levels import Tree, labels
from deskpulse.reports.places import EVERYTHING, Place, Places
from deskpulse.reports.question import BadQuestion
from deskpulse.reports.revisions import Subject, recall
from deskpulse.reports.shown import Key, Shown
from deskpulse.reports.standings import Standing
from deskpulse.scoring.intervals import Difference, beyond_noise, difference
from deskpulse.scoring.ranks import RankRange, rank_ranges

ROWS_ON_A_SCREEN = 8
"""So that each can be read from ten metres."""
RANKED, INDICATIVE, WITHHELD, SILENT = "ranked", "indicative", "withheld", "silent"
STATES = (RANKED, INDICATIVE, WITHHELD, SILENT)


@dataclass(frozen=True, slots=True)
class Row:
    """``change`` is set where it is more than noise, looked at together with the other rows.

    ``compared`` tells whether there was anything to compare with. Only ranked rows have a ``rank``.
    """

    standing: Standing
    change: Difference | None = None
    compared: bool = False
    rank: RankRange | None = None

    @property
    def state(self) -> str:
        """Which part of the table it belongs to."""
        if self.standing.withheld:
            return WITHHELD
        if self.standing.score is None:
            return SILENT
        return INDICATIVE if self.standing.indicative else RANKED


@dataclass(frozen=True, slots=True)
class LeagueTable:
    """``of`` says what the rows are: the ranked ones first, indicative ones, those withheld, those without answers."""

    asked: Asked
    of: str
    rows: Sequence[Row]

    @property
    def screens(self) -> Sequence[Sequence[Row]]:
        """The rows by screen, one empty screen where there are none."""
        starts = range(0, max(1, len(self.rows)), ROWS_ON_A_SCREEN)
        return [self.rows[start : start + ROWS_ON_A_SCREEN] for start in starts]


def league_table(session: Session, organisation: Organisation, pairs: Pairs, now: datetime) -> LeagueTable:
    """Departments (``combine=y``), or teams (``n``), of the organisation or below the groups in the address.

    With ``segment=1`` or ``2`` the values of that segment instead. Raises BadQuestion.
    """
    position = option(pairs, "segment")
    if position not in ("", "1", "2"):
        raise BadQuestion(f"segment: {position!r} is neither 1 nor 2.")
    asked = ask(session, organisation, pairs, now)
    rows = recall(
        session,
        organisation.id,
        Subject.ANSWERS,
        lambda: ("league table", position, asked.minimum, asked.period, *asked.question.asked),
        lambda: _made(session, asked, position),
        len,
    )
    return LeagueTable(asked, _of(asked, position), rows)


def _made(session: Session, asked: Asked, position: str) -> list[Row]:
    organisation_id = asked.question.organisation_id
    tree = Tree.of(session, organisation_id)
    places = Places.of(tree)
    present, before = (
        Shown.read(session, asked.question, period, places, asked.minimum, cut=bool(position))
        for period in (asked.period, asked.before)
    )
    if position:
        keys = _segment_keys(asked, places, present, int(position), _codes(session, organisation_id, int(position)))
        one = (SEGMENT1, SEGMENT2)[int(position) - 1]
        named = labels(session, organisation_id, one, [str(key) for key in keys])
    else:
        keys, named = _group_keys(asked, places, tree, present)
    return _rows(present, before, keys, named)


def _of(asked: Asked, position: str) -> str:
    if position:
        return f"Segment {position}"
    if asked.question.groups or not asked.question.combine:
        return "Teams"
    return "Departments"


Keys = Mapping[Place | str, Sequence[Key]]


def _group_keys(asked: Asked, places: Places, tree: Tree, now: Shown) -> tuple[Keys, dict[Place | str, str]]:
    question = asked.question
    if GROUP in question.filters and not question.groups:
        return {}, {}
    keys: dict[Place | str, Sequence[Key]] = {}
    named: dict[Place | str, str] = {}
    for place in places.rows(question.groups, pooled=question.combine):
        group_id, with_below = place
        its = now.keys_of([place], question)
        heard = any(one in now.counts or not now.allows(one) for one in its)
        if heard or (with_below and tree.groups[group_id].active):
            keys[place] = its
            named[place] = tree.groups[group_id].name + ("" if with_below else " (itself)")
    return keys, named


def _segment_keys(asked: Asked, places: Places, now: Shown, position: int, codes: Iterable[str]) -> Keys:
    """Values that have a name or answers; in a question about some of them, those."""
    filters = asked.question.filters
    within = places.made_of(filters[GROUP]) if GROUP in filters else [EVERYTHING]
    one, other = (SEGMENT1, SEGMENT2) if position == 1 else (SEGMENT2, SEGMENT1)
    values = filters.get(one) or {*codes, *(str(key[position]) for key in now.counts if key[position])}
    others = sorted(filters.get(other, ())) or [None]
    return {
        value: list(product(within, *(([value], others) if position == 1 else (others, [value]))))
        for value in sorted(values)
        if value != NOTHING
    }


def _codes(session: Session, organisation_id: int, position: int) -> Sequence[str]:
    wanted = select(Segment.code).where(Segment.organisation_id == organisation_id, Segment.position == position)
    return session.scalars(wanted).all()


def _rows(now: Shown, before: Shown, keys: Keys, named: Mapping[Place | str, str]) -> list[Row]:
    standings = {key: now.standing(named[key], its, key) for key, its in keys.items()}
    earlier = {key: before.standing(named[key], its) for key, its in keys.items()}
    changes = {
        key: found
        for key, its in standings.items()
        if its.score is not None
        and earlier[key].score is not None
        and (found := difference(earlier[key].counts, its.counts))
    }
    changed = beyond_noise(changes)
    ranks = rank_ranges({key: its.counts for key, its in standings.items() if its.firm})
    rows = [
        Row(its, changes[key] if key in changed else None, key in changes, ranks.get(key))
        for key, its in standings.items()
    ]
    return sorted(rows, key=_order)


def _order(row: Row) -> tuple[int, int, int, int, str]:
    """Rows without a score by name alone: their order must not tell what is withheld."""
    best, worst = (row.rank.best, row.rank.worst) if row.rank else (0, 0)
    return STATES.index(row.state), -(row.standing.score or 0), best, worst, row.standing.name.casefold()
