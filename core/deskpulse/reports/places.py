"""The tree of support groups as places that add up: what is filed on a group itself, and what is filed below it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from deskpulse.reports.dimensions import NOBODY
from deskpulse.reports.levels import Group, Tree
from deskpulse.scoring.suppression import Partition

Place = tuple[int, bool]
"""A group's id, and whether every group below it is meant, too. A group with nothing below it is one place: with."""
EVERYTHING: Place = (NOBODY, True)
"""The organisation."""
NO_GROUP: Place = (NOBODY, False)
"""What names no support group."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """``partitions`` say what each place is made of, ``holding`` which places an answer of a group is in.

    Everything is in the order of ids: of two places that are equally good to withhold, each page must take the same.
    """

    partitions: tuple[Partition[Place], ...]
    holding: Mapping[int, tuple[Place, ...]]
    groups: Mapping[Place, frozenset[int]]
    of_groups: Mapping[frozenset[int], Place]

    @classmethod
    @lru_cache(maxsize=32)
    def of(cls, tree: Tree) -> Places:
        """The places of a tree; the same ones while it is the same tree."""
        below: defaultdict[int, list[int]] = defaultdict(list)
        for group in sorted(tree.groups.values(), key=lambda group: group.id):
            below[group.parent_id or NOBODY].append(group.id)
        partitions: list[Partition[Place]] = []
        holding: dict[int, tuple[Place, ...]] = {}

        def walk(group_id: int, above: tuple[Place, ...]) -> None:
            holding[group_id] = (*above, (group_id, True))
            if below[group_id] or group_id == NOBODY:
                partitions.append(
                    Partition((group_id, True), ((group_id, False), *((child, True) for child in below[group_id])))
                )
                for child in below[group_id]:
                    walk(child, holding[group_id])
                holding[group_id] = (*holding[group_id], (group_id, False))

        walk(NOBODY, ())
        groups: defaultdict[Place, set[int]] = defaultdict(set)
        for group_id, places in holding.items():
            for place in places:
                groups[place].add(group_id)
        its_groups = {place: frozenset(its) for place, its in groups.items()}
        # Of two places with the same groups the one above is meant.
        of_groups = {its: place for place, its in reversed(its_groups.items())}
        return cls(tuple(partitions), holding, its_groups, of_groups)

    def place(self, group_id: int, *, with_below: bool) -> Place:
        """One group's place."""
        alone = (group_id, False)
        return alone if not with_below and alone in self.groups else (group_id, True)

    def made_of(self, group_ids: Collection[int]) -> list[Place]:
        """The fewest places that hold the answers of exactly these groups."""
        wanted = frozenset(group_ids)
        if wanted in self.of_groups:
            return [self.of_groups[wanted]]
        parts = {partition.total: partition.parts for partition in self.partitions}

        def walk(place: Place) -> list[Place]:
            its = self.groups[place]
            if its <= wanted:
                return [place]
            if its.isdisjoint(wanted):
                return []
            return [found for part in parts.get(place, ()) for found in walk(part)]

        return walk(EVERYTHING)

    def rows(self, groups: Collection[Group], *, pooled: bool) -> list[Place]:
        """What a table of these groups, or of the organisation where there are none, is made of, no answer in two rows.

        Pooled: the groups just below, each with everything below it. Else every group by itself, at any depth.
        """
        tops = [(group.id, True) for group in groups] or [EVERYTHING]
        parts = {partition.total: partition.parts for partition in self.partitions}

        def walk(place: Place, *, open_up: bool) -> list[Place]:
            if not open_up or place not in parts:
                return [place]
            return [found for part in parts[place] for found in walk(part, open_up=not pooled)]

        found = dict.fromkeys(place for top in tops for place in walk(top, open_up=True))
        return [place for place in found if place != NO_GROUP]
