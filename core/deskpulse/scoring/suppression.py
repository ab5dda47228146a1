"""Complementary suppression: what is withheld must not be had by subtracting what is shown.

A score that rests on fewer than a minimum of responses is withheld. But where the counts of a department and of all its
teams but one are shown, so is the one. Hence some larger counts are withheld, too. The same goes for every way in which
numbers add up: teams to departments to the organisation, segment values to the whole, and both crossed. Each such way
is a `Partition`: a total and the parts that make it up. What holds for n holds for scores and counts by band as well,
which add up alike.

The rule, repeated until nothing more is to be hidden:

1. What has fewer answers than the minimum, but some, is hidden. No answers at all is no secret.
2. Where the hidden parts of a shown total have together fewer answers than the minimum, or where only one number of a
   partition is hidden, so that subtraction gives it, one more is hidden: the smallest part shown, else the total.
3. What several partitions give away together is looked for by linear algebra. All partitions are equations over the
   hidden numbers. If one, or the sum of some hidden parts of one total, comes out the same in every solution, then what
   is shown determines it. Where that gives away fewer answers than the minimum, the smallest of the
   shown numbers that the attacker would compute it from is hidden.

In the end whatever is hidden, large enough, and determined all the same is shown: there is nothing left to keep.

The trade's word is secondary cell suppression in linked tables: L. Willenborg and T. de Waal, "Elements of Statistical
Disclosure Control" (Springer 2001).

What it does not promise:

- Bounds. Between shown numbers a hidden one may be known roughly, and that it lies below the minimum is known anyway.
- Time. Who reads a total before and after one response arrives sees that response, and periods that overlap can be
  subtracted from each other likewise.
- Other knowledge: one who answered can subtract their own answer.
- Sums of five and more hidden parts of one total that has over ten of them are not searched (with a minimum of up to
  five they cannot be small enough to matter), and sums across several totals only where the caller names them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from random import Random
from typing import Generic, TypeAlias, TypeVar

A = TypeVar("A")
B = TypeVar("B")
K = TypeVar("K")

MINIMUM = 5

_PRIME = 2**61 - 1
_HALVES = 1000

_Row: TypeAlias = dict[K, int]  # a sum of numbers, each with its factor modulo the prime


@dataclass(frozen=True, slots=True)
class Partition(Generic[K]):
    """A total and the parts that add up to it: no response is in two parts, and none of the total is in no part."""

    total: K
    parts: Sequence[K]

    @property
    def members(self) -> tuple[K, ...]:
        """The total and its parts."""
        return (self.total, *self.parts)


def withheld(
    counts: Mapping[K, int],
    partitions: Iterable[Partition[K]],
    minimum: int = MINIMUM,
    *,
    promised: Collection[K] = (),
    families: Iterable[Iterable[Collection[K]]] = (),
) -> frozenset[K]:
    """The keys whose numbers may not be shown.

    ``counts`` gives n for every key; of two that are equally good to hide, the later one is hidden. Whatever the same
    people can see belongs into one call.

    ``promised`` are keys that an earlier call, over a part of these partitions, found fit to be shown and that stay so.
    First the tree of groups alone, then with its slices by segment: so a group's own score is not withheld for the sake
    of its slices, and a page without slices need not look at them.

    ``families`` name numbers that are no keys of their own but sums of keys, and that are not shown either. Those of a
    family are parts of one whole: like the parts of a total, they are kept each and together.

    Raises ValueError where counts do not add up, and where what is promised gives a small number away by itself.
    """
    table = _Table(counts, partitions, minimum, promised, families)
    while True:
        table.hide_partners()
        table.solve()
        leaks = table.leaks()
        if not leaks:
            return frozenset(key for key in table.hidden if table.small(key) or table.change[key])
        for leak in leaks:
            table.plug(leak)


def crossed(one: Iterable[Partition[A]], other: Iterable[Partition[B]]) -> list[Partition[tuple[A, B]]]:
    """The partitions of a two-way table: of each row and of each column, at every level of both sides."""
    ones, others = list(one), list(other)
    rows = dict.fromkeys(key for partition in ones for key in partition.members)
    columns = dict.fromkeys(key for partition in others for key in partition.members)
    return [
        *(Partition((p.total, key), [(part, key) for part in p.parts]) for p in ones for key in columns),
        *(Partition((key, p.total), [(key, part) for part in p.parts]) for p in others for key in rows),
    ]


def totals(cells: Mapping[K, int], partitions: Iterable[Partition[K]]) -> dict[K, int]:
    """The finest cells together with every total that partitions make of them.

    A part that is neither a cell nor a total has no answers.
    """
    made_of: dict[K, Sequence[K]] = {}
    for partition in partitions:
        made_of.setdefault(partition.total, partition.parts)
    counts = dict(cells)

    def count(key: K) -> int:
        if key not in counts:
            counts[key] = sum(count(part) for part in made_of.get(key, ()))
        return counts[key]

    for key, parts in made_of.items():
        for member in (key, *parts):
            count(member)
    return counts


class _Table(Generic[K]):
    """The keys with some answers, what of them is hidden by now, and the partitions that each is in."""

    def __init__(
        self,
        counts: Mapping[K, int],
        partitions: Iterable[Partition[K]],
        minimum: int,
        promised: Collection[K],
        families: Iterable[Iterable[Collection[K]]],
    ) -> None:
        self.counts = {key: n for key, n in counts.items() if n}
        self.minimum = minimum
        self.promised = frozenset(promised)
        self.partitions: list[Partition[K]] = []
        self.places: defaultdict[K, list[int]] = defaultdict(list)
        for partition in partitions:
            if counts[partition.total] != sum(counts[part] for part in partition.parts):
                raise ValueError(f"the parts of {partition.total!r} do not add up to it")
            if counts[partition.total]:
                some = Partition(partition.total, [part for part in partition.parts if counts[part]])
                for key in some.members:
                    self.places[key].append(len(self.partitions))
                self.partitions.append(some)
        self.rank = {key: (n, -place) for place, (key, n) in enumerate(self.counts.items())}
        # A dictionary for its order: what is hidden next must not depend on how keys are hashed.
        self.hidden = {key: True for key in self.counts if self.small(key)}
        self.secrets = [
            *self._small_ones([(part,) for part in partition.parts] for partition in self.partitions),
            *self._small_ones(families),
        ]
        self.solved: dict[K, _Row[K]] = {}
        self.change: dict[K, int] = {}

    def small(self, key: K) -> bool:
        return self.counts[key] < self.minimum

    def _small_ones(self, families: Iterable[Iterable[Collection[K]]]) -> Iterator[dict[tuple[K, ...], int]]:
        """What of each family has too few answers, but some, and how many: all of it consists of hidden keys."""
        for family in families:
            numbers = {tuple(keys): sum(self.counts.get(key, 0) for key in keys) for keys in family}
            if few := {keys: n for keys, n in numbers.items() if 0 < n < self.minimum}:
                yield few

    def hide_partners(self) -> None:
        """Rule 2, to a fixpoint."""
        waiting = dict.fromkeys(range(len(self.partitions)))
        while waiting:
            partition = self.partitions[waiting.popitem()[0]]
            if self._subtractable(partition) and (partners := self._partners(partition)):
                chosen = min(partners, key=self.rank.__getitem__)
                self.hidden[chosen] = True
                waiting.update(dict.fromkeys(self.places[chosen]))

    def solve(self) -> None:
        """Rule 3's algebra, modulo a prime: express as many hidden numbers as possible by others and by shown ones."""
        rows = [self._equation(partition) for partition in self.partitions]
        rows = [row for row in rows if not self.hidden.keys().isdisjoint(row)]
        often = Counter(key for row in rows for key in row)
        self.solved = {}
        for row in sorted(rows, key=len):
            self._substitute(row)
            unknown = [key for key in row if key in self.hidden]
            if unknown:
                pivot = min(unknown, key=often.__getitem__)
                inverse = pow(row[pivot], -1, _PRIME)
                self.solved[pivot] = {key: value * inverse % _PRIME for key, value in row.items()}
        self.change = self._disturbance()

    def _disturbance(self) -> dict[K, int]:
        """A random change of the hidden numbers that leaves every shown one, and every sum, as it is.

        What it leaves alone is determined: a number of which the change is zero, or several whose changes add up to
        zero. Such a zero is mere chance once in 2^61, and then hides too much, never too little.
        """
        chance = Random(0)  # noqa: S311 - nobody gains by guessing it, and results are to be repeatable
        change = {key: chance.randrange(1, _PRIME) for key in self.hidden if key not in self.solved}
        for pivot, row in reversed(self.solved.items()):
            others = (value * change[key] for key, value in row.items() if key in self.hidden and key != pivot)
            change[pivot] = -sum(others) % _PRIME
        return change

    def leaks(self) -> list[tuple[K, ...]]:
        """What is determined though it has too few answers: single keys, or else parts of one whole taken together."""
        singles: list[tuple[K, ...]] = [(key,) for key in self.hidden if self.small(key) and not self.change[key]]
        return singles or [union for few in self.secrets if (union := self._small_union(few))]

    def plug(self, leak: Iterable[K]) -> None:
        """Hide the smallest of the shown numbers that the leak is computed from."""
        formula: _Row[K] = dict.fromkeys(leak, 1)
        self._substitute(formula)
        if self.hidden.keys().isdisjoint(formula):  # else an earlier plug of this round has closed it already
            usable = [key for key in formula if key not in self.promised]
            if not usable:
                raise ValueError(f"what is promised to be shown gives away {leak!r}")
            self.hidden[min(usable, key=self.rank.__getitem__)] = True

    def _substitute(self, row: _Row[K]) -> None:
        """Replace in a row what is expressed by other numbers."""
        for pivot, known in self.solved.items():
            times = row.get(pivot)
            if times:
                for key, value in known.items():
                    rest = (row.get(key, 0) - times * value) % _PRIME
                    if rest:
                        row[key] = rest
                    else:
                        row.pop(key, None)

    def _subtractable(self, partition: Partition[K]) -> bool:
        hidden = [part for part in partition.parts if part in self.hidden]
        if partition.total in self.hidden:
            return not hidden
        return len(hidden) == 1 or 0 < sum(self.counts[part] for part in hidden) < self.minimum

    def _partners(self, partition: Partition[K]) -> list[K]:
        """What may be hidden next: the parts still shown, or else the total."""
        return list(filter(self._may_hide, partition.parts)) or list(filter(self._may_hide, [partition.total]))

    def _may_hide(self, key: K) -> bool:
        return key not in self.hidden and key not in self.promised

    def _equation(self, partition: Partition[K]) -> _Row[K]:
        """Parts less total make nothing."""
        return {partition.total: _PRIME - 1, **dict.fromkeys(partition.parts, 1)}

    def _small_union(self, few: Mapping[tuple[K, ...], int]) -> tuple[K, ...]:
        """The keys of some small numbers that are determined together and are too few answers together; or nothing.

        Two halves of a union must have opposite changes, so halves are gathered by their change.
        """
        longest = 2
        while 2 * longest < len(few) and sum(comb(len(few), size) for size in range(longest + 2)) <= _HALVES:
            longest += 1
        changes = {keys: sum(self.change[key] for key in keys) for keys in few}
        by_change: defaultdict[int, list[tuple[tuple[K, ...], ...]]] = defaultdict(list)
        for half in _subsets(list(few), longest):
            change = sum(changes[keys] for keys in half) % _PRIME
            for other in by_change[-change % _PRIME]:
                union = dict.fromkeys(half + other)
                if sum(few[keys] for keys in union) < self.minimum and len(union) == len(half) + len(other):
                    return tuple(key for keys in union for key in keys)
            by_change[change].append(half)
        return ()


def _subsets(of: Sequence[A], longest: int) -> Iterator[tuple[A, ...]]:
    """The empty one first, then those of one, of two, up to the longest."""
    return (subset for size in range(longest + 1) for subset in combinations(of, size))
