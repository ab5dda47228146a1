"""What may be shown where people see aggregates only: on displays, in documents for others, to programs.

A score that rests on too few answers is withheld, and with it whatever would give it away by subtraction. That hangs on
everything else that can be asked about the same period: every department with and without its teams, every team, every
segment, and every team in every segment. So it is decided here for all of them at once, in the same way for each page:

1. The tree of support groups by itself. A group's own score is never withheld for the sake of its segments.
2. Where a segment is asked about, the tree cut by segments, given what is shown of the tree.

Whoever asks for several groups or segment values at once sees their sum where each of them may be shown: a sum of shown
numbers tells nothing new. Filters by anything else are not decided here, and their scores are withheld.

Periods are decided one by one; what the difference of two overlapping periods tells is not looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy.orm import Session

from deskpulse.reports.dimensions import GROUP, NOBODY, SEGMENT1, SEGMENT2
from deskpulse.reports.levels import Tree
from deskpulse.reports.places import EVERYTHING, Place, Places
from deskpulse.reports.question import Question
from deskpulse.reports.revisions import Subject, recall
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import NOTHING, Scope, count, tally
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.periods import Period
from deskpulse.scoring.suppression import Partition, crossed, withheld

Key = tuple[Place, str | None, str | None]
"""A place, and a value of segment 1 and 2, or ``None`` for all values."""
SEGMENTS = (SEGMENT1, SEGMENT2)
MOST_KEYS = 2000
"""Numbers in a table of places by both segments, at most, so that it is decided in a fraction of a second."""


def standings(
    session: Session, question: Question, periods: Sequence[Period], name: str, minimum: int
) -> list[Standing]:
    """The score that a question asks for in each of these periods, hidden where it may not be shown."""
    if not question.filters and not question.words and not question.ticket:
        # Nothing but its own size can withhold the organisation's score, which spares a look at the tree.
        return [_standing(name, count(session, question.scope.during(period)), minimum) for period in periods]
    if set(question.filters) - {GROUP, *SEGMENTS} or question.words or question.ticket:
        return [_hidden(name, minimum) for _ in periods]
    places = Places.of(Tree.of(session, question.organisation_id))
    each = (Shown.read(session, question, period, places, minimum) for period in periods)
    return [shown.standing(name, shown.keys(question)) for shown in each]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that can be asked about one period, as far as it may be shown.

    ``by_both`` tells whether numbers by both segments at once were decided. Where they are too many, all of them are
    hidden, also those of the whole organisation: of a group that answered in one value of a segment only, its numbers
    by the other segment are those by both, so that none could be shown without looking at all.
    """

    places: Places
    minimum: int
    counts: Mapping[Key, BandCounts]
    hidden: frozenset[Key]
    by_both: bool = True

    @classmethod
    def read(
        cls, session: Session, question: Question, period: Period, places: Places, minimum: int, *, cut: bool = False
    ) -> Shown:
        """What a question needs, in a period: ``cut`` by segments, also where it has no segment among its filters.

        One tally, from the roll-up of groups, or from the answers themselves where segments cut through the tree.
        """
        by = (GROUP, *SEGMENTS) if cut or not question.filters.keys().isdisjoint(SEGMENTS) else (GROUP,)
        scope = Scope(question.organisation_id, period)
        return recall(
            session,
            question.organisation_id,
            Subject.ANSWERS,
            lambda: ("shown", places, minimum, *scope.key, *by),
            lambda: cls.of(places, tally(session, scope, *by), minimum),
            lambda shown: len(shown.counts),
        )

    @classmethod
    def of(cls, places: Places, tallied: Mapping[tuple[Any, ...], BandCounts], minimum: int) -> Shown:
        """Decide about answers counted by group, or by group and both segments."""
        sums: dict[Key, list[int]] = {}
        for (group_id, *segments), its in tallied.items():
            ones, others = ({value, None} for value in segments or (None, None))
            held = places.holding.get(group_id) or places.holding[NOBODY]
            for key in product(held, ones, others):
                three = sums.setdefault(key, [0, 0, 0])
                three[0] += its.promoters
                three[1] += its.passives
                three[2] += its.detractors
        counts = {key: BandCounts(*three) for key, three in sums.items()}
        hidden = _hidden_keys(places.partitions, {key: its.n for key, its in counts.items()}, minimum)
        return cls(places, minimum, counts, hidden, len(counts) <= MOST_KEYS)

    def keys(self, question: Question) -> list[Key]:
        """What a question about groups and segments is the sum of."""
        return self.keys_of(
            self.places.made_of(question.filters[GROUP]) if GROUP in question.filters else [EVERYTHING], question
        )

    def keys_of(self, places: Iterable[Place], question: Question) -> list[Key]:
        """Places within the segments of a question."""
        return list(product(places, *(sorted(question.filters.get(one, ())) or [None] for one in SEGMENTS)))

    def allows(self, key: Key) -> bool:
        """Whether the number and the score of this key may be shown."""
        return key not in self.hidden and (self.by_both or None in key[1:])

    def standing(self, name: str, keys: Collection[Key], key: Any = None) -> Standing:
        """The score of these keys together; hidden, and without any counts, unless all of them may be shown."""
        if not all(self.allows(one) for one in keys):
            return _hidden(name, self.minimum, key)
        return Standing(name, sum((self.counts.get(one, NOTHING) for one in keys), NOTHING), self.minimum, key)


def _standing(name: str, counts: BandCounts, minimum: int) -> Standing:
    return _hidden(name, minimum) if 0 < counts.n < minimum else Standing(name, counts, minimum)


def _hidden(name: str, minimum: int, key: Any = None) -> Standing:
    return Standing(name, NOTHING, minimum, key, hidden=True)


def _hidden_keys(tree: Sequence[Partition[Place]], found: Mapping[Key, int], minimum: int) -> frozenset[Key]:
    """What is withheld, given all numbers."""
    hidden = _withheld(found, [_with(partition, lambda place: (place, None, None)) for partition in tree], minimum)
    cuts: list[list[Partition[Any]]] = [
        [Partition(None, sorted({key[position] for key in found if key[position] is not None}))] for position in (1, 2)
    ]
    first, second = cuts
    if not first[0].parts:
        return hidden
    if len(found) <= MOST_KEYS:
        both = crossed(crossed(tree, first), second)
        partitions = [_with(one, lambda key: (*key[0], key[1])) for one in both]
        families: Iterable[list[list[Key]]] = ()
    else:
        partitions = [_with(one, lambda key: (key[0], key[1], None)) for one in crossed(tree, first)]
        partitions += [_with(one, lambda key: (key[0], None, key[1])) for one in crossed(tree, second)]
        families = _by_both(tree, found)
    uncut = {key for key in found if key[1:] == (None, None)}
    return _withheld(found, partitions, minimum, promised=uncut - hidden, families=families)


def _by_both(tree: Sequence[Partition[Place]], found: Collection[Key]) -> Iterator[list[list[Key]]]:
    """The numbers by both segments that are sums of numbers by one; each list is of a place and a value of a segment.

    Nothing by both is shown. But where a group has one value of a segment only, its numbers by the other segment are
    those by both. Of any other group a number by one segment is what all its values of the other have together.
    """
    parts = {partition.total: partition.parts for partition in tree}
    by_one: defaultdict[tuple[Place, int], dict[str, Key]] = defaultdict(dict)
    for key in sorted(found, key=repr):
        match key:
            case (place, str(value), None):
                by_one[place, 1][value] = key
            case (place, None, str(value)):
                by_one[place, 2][value] = key

    def ends(place: Place) -> list[Place]:
        return [end for part in parts[place] for end in ends(part)] if place in parts else [place]

    for place, (one, other) in product(parts, [(1, 2), (2, 1)]):
        rows: defaultdict[str, list[tuple[set[str], Key]]] = defaultdict(list)
        for end in ends(place):
            its, crossing = by_one[end, one], by_one[end, other]
            for value, key in its.items():
                if len(its) == 1:
                    rows[value] += [({each}, same) for each, same in crossing.items()]
                else:
                    rows[value].append((set(crossing), key))
        yield from map(_joined, rows.values())


def _joined(rows: Iterable[tuple[set[str], Key]]) -> list[list[Key]]:
    """The keys of each number that can be made of rows: those that have a value in common are one number."""
    joined: list[tuple[set[str], list[Key]]] = []
    for values, key in rows:
        over = [one for one in joined if not one[0].isdisjoint(values)]
        joined = [one for one in joined if one[0].isdisjoint(values)]
        joined.append((values.union(*(one[0] for one in over)), [key, *(its for one in over for its in one[1])]))
    return [keys for _, keys in joined]


def _withheld(
    numbers: Mapping[Key, int],
    partitions: list[Partition[Key]],
    minimum: int,
    promised: Collection[Key] = (),
    families: Iterable[list[list[Key]]] = (),
) -> frozenset[Key]:
    counts = {key: numbers.get(key, 0) for partition in partitions for key in partition.members}
    return withheld(counts, dict.fromkeys(partitions), minimum, promised=promised, families=families)


def _with(partition: Partition[Any], key: Any) -> Partition[Key]:
    return Partition(key(partition.total), tuple(key(part) for part in partition.parts))
