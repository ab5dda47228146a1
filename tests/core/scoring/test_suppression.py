"""Complementary suppression, with an attacker who knows linear algebra."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.scoring.suppression import Partition, crossed, totals, withheld

Key = Any
Row = dict[Hashable, Fraction]

TEAMS = Partition("IT", ["Desk", "Field", "Network"])


class Attacker:
    """Knows what adds up to what, every shown number and which cells are empty; solves for the rest in fractions."""

    def __init__(self, counts: Mapping[Key, int], partitions: Sequence[Partition[Key]], shown: Collection[Key]) -> None:
        made_of = {partition.total: partition.parts for partition in partitions}
        self.cells: dict[Key, frozenset[Key]] = {}
        self.solved: dict[Key, Row] = {}
        for key in counts:
            self.cells[key] = frozenset(cell for cell in _finest(key, made_of) if counts[cell])
        for key in shown:
            row = self._rest(self._sum([key]))
            if row:
                pivot = next(iter(row))
                self.solved[pivot] = {cell: value / row[pivot] for cell, value in row.items()}

    def determines(self, keys: Iterable[Key]) -> bool:
        """Whether the sum of these numbers follows from what is shown."""
        return not self._rest(self._sum(keys))

    def _sum(self, keys: Iterable[Key]) -> Row:
        row: Row = {}
        for key in keys:
            for cell in self.cells[key]:
                row[cell] = row.get(cell, Fraction(0)) + 1
        return row

    def _rest(self, row: Row) -> Row:
        for pivot, known in self.solved.items():
            times = row.get(pivot, Fraction(0))
            if times:
                row = {cell: row.get(cell, 0) - times * known.get(cell, 0) for cell in row.keys() | known.keys()}
                row = {cell: value for cell, value in row.items() if value}
        return row


def _finest(key: Key, made_of: Mapping[Key, Sequence[Key]]) -> Iterator[Key]:
    if key not in made_of:
        yield key
    for part in made_of.get(key, ()):
        yield from _finest(part, made_of)


def small_unions(parts: Sequence[Key], counts: Mapping[Key, int], below: int) -> Iterator[tuple[Key, ...]]:
    """Every choice of parts that has together some answers, but fewer than ``below``."""
    for place, part in enumerate(parts):
        if 0 < counts[part] < below:
            yield (part,)
            for more in small_unions(parts[place + 1 :], counts, below - counts[part]):
                yield (part, *more)


def attack(cells: Mapping[Key, int], partitions: Sequence[Partition[Key]], minimum: int) -> frozenset[Key]:
    """Withhold, then fail if the attacker learns anything; gives what is withheld."""
    counts = totals(cells, partitions)
    hidden = withheld(counts, partitions, minimum)
    assert hidden >= {key for key, n in counts.items() if 0 < n < minimum}
    assert all(counts[key] for key in hidden)
    attacker = Attacker(counts, partitions, counts.keys() - hidden)
    assert [key for key in hidden if attacker.determines([key])] == []
    for partition in partitions:
        hidden_parts = [part for part in partition.parts if part in hidden]
        assert [union for union in small_unions(hidden_parts, counts, minimum) if attacker.determines(union)] == []
    return hidden


numbers = st.one_of(st.integers(0, 6), st.integers(0, 40))
minima = st.integers(1, 7)


@st.composite
def trees(draw: st.DrawFn, teams: int = 5, departments: int = 4) -> list[Partition[str]]:
    """An organisation; departments with teams and what is filed on them directly; sometimes teams below a team."""
    partitions = []
    names = [f"d{number}" for number in range(draw(st.integers(1, departments)))]
    partitions.append(Partition("all", names))
    for name in names:
        size = draw(st.integers(0, teams))
        if size:
            partitions.append(Partition(name, [f"{name} direct", *(f"{name} t{number}" for number in range(size))]))
            if draw(st.booleans()):
                below = draw(st.integers(1, 3))
                parts = [f"{name} t0 direct", *(f"{name} t0 u{number}" for number in range(below))]
                partitions.append(Partition(f"{name} t0", parts))
    return partitions


def finest(partitions: Sequence[Partition[Key]]) -> list[Key]:
    made = {partition.total for partition in partitions}
    return list(dict.fromkeys(part for partition in partitions for part in partition.parts if part not in made))


@st.composite
def tables(draw: st.DrawFn, partitions: st.SearchStrategy[list[Partition[Any]]]) -> tuple[Any, Any]:
    chosen = draw(partitions)
    return {cell: draw(numbers) for cell in finest(chosen)}, chosen


def segments(count: int, total: str = "everyone") -> list[Partition[str]]:
    return [Partition(total, [f"{total} s{number}" for number in range(count)])]


small_trees = trees(teams=3, departments=2)
two_way = st.builds(lambda tree, count: crossed(tree, segments(count)), small_trees, st.integers(1, 4))
flat = st.builds(lambda rows, columns: crossed(segments(rows, "rows"), segments(columns)), *[st.integers(2, 6)] * 2)
three_way = st.builds(
    lambda rows, columns, layers: crossed(
        crossed(segments(rows, "rows"), segments(columns)), segments(layers, "layers")
    ),
    *[st.integers(1, 3)] * 3,
)


@given(tables(trees()), minima)
def test_nothing_withheld_can_be_had_in_a_tree(table: tuple[Any, Any], minimum: int) -> None:
    attack(*table, minimum)


@given(tables(two_way), minima)
def test_nothing_withheld_can_be_had_where_a_tree_is_cut_by_segments(table: tuple[Any, Any], minimum: int) -> None:
    attack(*table, minimum)


@given(tables(flat), minima)
def test_nothing_withheld_can_be_had_in_a_two_way_table(table: tuple[Any, Any], minimum: int) -> None:
    attack(*table, minimum)


@given(tables(three_way), minima)
def test_nothing_withheld_can_be_had_with_two_segments_at_once(table: tuple[Any, Any], minimum: int) -> None:
    attack(*table, minimum)


def test_nothing_small_nothing_withheld() -> None:
    cells = {"Desk": 5, "Field": 900, "Network": 0}
    assert attack(cells, [TEAMS], 5) == frozenset()


def test_a_small_team_takes_the_next_smallest_with_it() -> None:
    assert attack({"Desk": 400, "Field": 4, "Network": 30}, [TEAMS], 5) == {"Field", "Network"}


def test_of_two_equals_the_later_is_hidden() -> None:
    assert attack({"Desk": 30, "Field": 4, "Network": 30}, [TEAMS], 5) == {"Field", "Network"}


def test_two_small_teams_hide_each_other_only_if_they_are_enough_together() -> None:
    assert attack({"Desk": 2, "Field": 3, "Network": 30}, [TEAMS], 5) == {"Desk", "Field"}
    assert attack({"Desk": 2, "Field": 2, "Network": 30}, [TEAMS], 5) == {"Desk", "Field", "Network"}


def test_a_team_alone_takes_its_department_with_it() -> None:
    tree = [Partition("all", ["IT", "HR"]), Partition("IT", ["Desk", "IT direct"])]
    assert attack({"Desk": 3, "IT direct": 0, "HR": 50}, tree, 5) == {"Desk", "IT", "HR"}


def test_an_empty_part_hides_nobody() -> None:
    assert attack({"Desk": 0, "Field": 3, "Network": 30}, [TEAMS], 5) == {"Field", "Network"}
    assert attack({"Desk": 0, "Field": 3, "Network": 0}, [TEAMS], 5) == {"Field", "IT"}


def test_levels_protect_each_other() -> None:
    """The department hidden for its neighbour's sake must not come back as the sum of its teams."""
    tree = [Partition("all", ["IT", "HR"]), Partition("IT", ["Desk", "Field"])]
    assert attack({"Desk": 20, "Field": 30, "HR": 2}, tree, 5) == {"HR", "IT", "Desk"}


def test_a_bridge_between_two_hidden_blocks_is_seen_through() -> None:
    """Every row and column hides at least two cells and enough answers, and yet one cell follows from the others."""
    numbers_of = {"r0": [4, 4, 90, 91], "r1": [4, 4, 3, 92], "r2": [93, 94, 4, 4], "r3": [95, 96, 4, 4]}
    cells = {(row, f"c{place}"): n for row, its in numbers_of.items() for place, n in enumerate(its)}
    partitions = crossed([Partition("rows", list(numbers_of))], [Partition("columns", ["c0", "c1", "c2", "c3"])])
    small = {cell for cell, n in cells.items() if n < 5}
    counts = totals(cells, partitions)
    assert Attacker(counts, partitions, counts.keys() - small).determines([("r1", "c2")])
    assert attack(cells, partitions, 5) > small


def test_parts_of_a_total_are_not_had_together_either() -> None:
    """Row r has eleven hidden answers, but the columns c0 and c1 without row s leave three of them."""
    numbers_of = {"r": [1, 2, 4, 4, 90], "s": [4, 4, 80, 81, 91], "t": [82, 83, 4, 4, 92], "u": [84, 85, 86, 87, 93]}
    cells = {(row, f"c{place}"): n for row, its in numbers_of.items() for place, n in enumerate(its)}
    columns = [f"c{place}" for place in range(5)]
    partitions = crossed([Partition("rows", list(numbers_of))], [Partition("columns", columns)])
    small = {cell for cell, n in cells.items() if n < 5}
    counts = totals(cells, partitions)
    careless = Attacker(counts, partitions, counts.keys() - small)
    assert not any(careless.determines([cell]) for cell in small)
    assert careless.determines([("r", "c0"), ("r", "c1")])
    assert attack(cells, partitions, 5) > small


def test_many_small_parts_are_enough_together() -> None:
    """Twelve teams with two answers each: 24 stay below a minimum of 30, however many teams they are."""
    teams = {f"t{number}": 2 for number in range(12)}
    counts = {"IT": 24 + 40 + 50, **teams, "Desk": 40, "Field": 50}
    partition = Partition("IT", [*teams, "Desk", "Field"])
    assert withheld(counts, [partition], 30) == {*teams, "Desk"}
    assert withheld(counts, [partition], 20) == set(teams)


def test_sums_across_totals_are_kept_where_they_are_named() -> None:
    """What Desk and Web have together is what both departments have without Field and Mobile, a total of its own."""
    partitions = [
        Partition("IT", ["Desk", "Field", "Network"]),
        Partition("Apps", ["Web", "Mobile", "Mainframe"]),
        Partition("Outdoors", ["Field", "Mobile"]),
    ]
    cells = {"Desk": 1, "Field": 30, "Network": 40, "Web": 2, "Mobile": 30, "Mainframe": 40}
    counts = totals(cells, partitions)

    def tells(hidden: frozenset[str]) -> bool:
        return Attacker(counts, partitions, counts.keys() - hidden).determines(["Desk", "Web"])

    assert tells(withheld(counts, partitions, 5))
    assert not tells(withheld(counts, partitions, 5, families=[[["Desk", "Web"], ["Field", "Mobile"]]]))
    assert tells(withheld(counts, partitions, 3, families=[[["Desk", "Web"]]]))


def test_bands_follow_where_numbers_follow() -> None:
    """Shown counts by band obey the same sums, so that a withheld team's band counts are not determined either."""
    hidden = withheld(totals({"Desk": 400, "Field": 4, "Network": 30}, [TEAMS]), [TEAMS], 5)
    detractors = totals({"Desk": 60, "Field": 3, "Network": 2}, [TEAMS])
    attacker = Attacker(detractors, [TEAMS], detractors.keys() - hidden)
    assert not attacker.determines(["Field"])


@given(tables(small_trees), st.integers(1, 4), minima, st.data())
def test_slices_never_cost_a_group_its_own_score(
    table: tuple[Any, Any], count: int, minimum: int, data: st.DataObject
) -> None:
    _, tree = table
    both = crossed(tree, segments(count))
    counts = totals({cell: data.draw(numbers) for cell in finest(both)}, both)
    whole = [Partition((p.total, "everyone"), [(part, "everyone") for part in p.parts]) for p in tree]
    groups = {key for partition in whole for key in partition.members}
    shown = groups - withheld({key: counts[key] for key in groups}, whole, minimum)
    hidden = withheld(counts, both, minimum, promised=shown)
    assert hidden.isdisjoint(shown)
    attacker = Attacker(counts, both, counts.keys() - hidden)
    assert [key for key in hidden if attacker.determines([key])] == []


@given(tables(two_way), minima, st.randoms(use_true_random=False))
def test_the_choice_does_not_hang_on_how_keys_are_hashed(table: tuple[Any, Any], minimum: int, chance: Any) -> None:
    counts, partitions = totals(*table), table[1]
    numbered = dict(zip(counts, chance.sample(range(10**6), len(counts)), strict=True))
    renamed = [Partition(numbered[p.total], [numbered[part] for part in p.parts]) for p in partitions]
    again = withheld({numbered[key]: n for key, n in counts.items()}, renamed, minimum)
    assert again == {numbered[key] for key in withheld(counts, partitions, minimum)}


def test_promises_that_give_a_secret_away_are_refused() -> None:
    counts = totals({"Desk": 400, "Field": 4, "Network": 30}, [TEAMS])
    with pytest.raises(ValueError, match="gives away"):
        withheld(counts, [TEAMS], 5, promised=["IT", "Desk", "Network"])


def test_counts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        withheld({"IT": 7, "Desk": 1, "Field": 2, "Network": 3}, [TEAMS], 5)


def test_crossing_makes_every_row_and_column() -> None:
    both = crossed([Partition("all", ["a", "b"])], [Partition("everyone", ["x", "y"])])
    assert both == [
        *(Partition(("all", s), [("a", s), ("b", s)]) for s in ("everyone", "x", "y")),
        *(Partition((g, "everyone"), [(g, "x"), (g, "y")]) for g in ("all", "a", "b")),
    ]
    counts = totals({("a", "x"): 1, ("a", "y"): 2, ("b", "x"): 3}, both)
    assert counts["all", "everyone"] == 6
    assert (counts["all", "x"], counts["a", "everyone"], counts["b", "y"]) == (4, 3, 0)
