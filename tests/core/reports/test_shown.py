"""What is shown to everybody tells nothing about what is withheld, whatever is subtracted from whatever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports import shown
from deskpulse.reports.levels import Group, Tree
from deskpulse.reports.places import EVERYTHING, NO_GROUP, Places
from deskpulse.reports.question import parse
from deskpulse.reports.shown import Shown
from deskpulse.scoring.bands import BandCounts
from fixtures.answers import Answers
from fixtures.attacker import Attacker

MINIMUM = 5
numbers = some.one_of(some.integers(0, 6), some.integers(0, 40))
parents = some.lists(some.integers(0, 6), min_size=1, max_size=7)
Cells = Mapping[tuple[int, str, str], BandCounts]


def grown(parents: list[int]) -> Tree:
    """A tree in which each group is below an earlier one, or at the top (0)."""
    above = {place: min(parent, place - 1) or None for place, parent in enumerate(parents, start=1)}
    below: dict[int, set[int]] = {place: {place} for place in above}
    for place in sorted(above, reverse=True):
        parent = above[place]
        if parent is not None:
            below[parent] |= below[place]
    groups = [Group(place, f"g{place}", f"G{place}", above[place], True, frozenset(below[place])) for place in above]
    return Tree({group.id: group for group in groups}, {group.code: group for group in groups})


@some.composite
def answered(draw: some.DrawFn, first: int = 2, second: int = 2) -> tuple[Places, Cells]:
    tree = grown(draw(parents))
    keys = product([0, *tree.groups], "ABC"[: draw(some.integers(1, first))], "xyz"[: draw(some.integers(1, second))])
    return Places.of(tree), {key: BandCounts(n // 2, n % 2, n // 2) for key in keys if (n := draw(numbers))}


@some.composite
def sparse(draw: some.DrawFn) -> tuple[Places, Cells]:
    """Each group answered in one, two or three combinations of segments."""
    tree = grown(draw(parents))
    pairs = some.tuples(some.sampled_from("ABC"), some.sampled_from("xyz"))
    few = some.dictionaries(pairs, some.integers(1, 9) | some.just(20), min_size=1, max_size=3)
    return Places.of(tree), {
        (group, *its): BandCounts(n) for group in [0, *tree.groups] for its, n in draw(few).items()
    }


def without_both(places: Places, cells: Cells) -> Shown:
    """What is shown where segments are too many to be decided crossed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shown, "MOST_KEYS", 0)
        return Shown.of(places, cells, MINIMUM)


def by_group(cells: Cells) -> dict[tuple[int], BandCounts]:
    found: dict[tuple[int], BandCounts] = {}
    for (group, _, _), counts in cells.items():
        found[(group,)] = found.get((group,), BandCounts()) + counts
    return found


def attack(one: Shown, cells: Iterable[tuple[int, str | None, str | None]]) -> None:
    """Everything that is shown is known, what has no answers too; nothing that is withheld may follow.

    That is whatever was decided to be hidden, every number below the minimum whether decided or not, and what several
    values of one segment have together.
    """
    firsts = sorted({first for _, first, _ in cells}, key=str)
    seconds = sorted({second for *_, second in cells}, key=str)
    attacker = Attacker()
    hidden = []
    for key in product(one.places.groups, {*firsts, None}, {*seconds, None}):
        place, first, second = key
        its = list(product(one.places.groups[place], [first] if first else firsts, [second] if second else seconds))
        n = one.counts.get(key, BandCounts()).n
        if not one.allows(key):
            hidden += [(key, its)] if key in one.hidden or 0 < n < one.minimum else []
        elif n == 0:
            for cell in its:
                attacker.learn([cell], 0)
        else:
            assert n >= one.minimum
            attacker.learn(its, n)
    assert [key for key, its in hidden if attacker.works_out(its) is not None] == []
    for place, ones, others in product(one.places.groups, several(firsts), several(seconds)):
        its = list(product(one.places.groups[place], ones, others))
        n = sum(one.counts.get((place, *key), BandCounts()).n for key in product(ones, others))
        if 0 < n < one.minimum and (len(ones) == 1 or len(others) == 1):
            assert attacker.works_out(its) is None, (place, ones, others)


def several(values: list[str | None]) -> list[list[str | None]]:
    """Every choice of some values, and of one."""
    return [list(chosen) for size in range(1, len(values) + 1) for chosen in combinations(values, size)]


@settings(max_examples=40, deadline=None)
@given(answered() | sparse())
def test_nothing_withheld_can_be_had_by_subtracting(made: tuple[Places, Cells]) -> None:
    places, cells = made
    attack(Shown.of(places, by_group(cells), MINIMUM), {(group, None, None) for (group,) in by_group(cells)})
    attack(Shown.of(places, cells, MINIMUM), cells)


@settings(max_examples=60, deadline=None)
@given(answered() | sparse())
@example(
    (
        Places.of(grown([0, 0])),
        {
            (0, "C", "y"): BandCounts(0, 1, 0),
            (0, "C", "z"): BandCounts(20),
            (1, "A", "y"): BandCounts(5),
            (2, "A", "z"): BandCounts(6),
        },
    )
)
@example(
    (
        Places.of(grown([0, 0, 0, 1, 1, 1])),
        {
            (0, "A", "x"): BandCounts(6),
            (1, "C", "x"): BandCounts(20),
            (1, "C", "y"): BandCounts(3),
            (2, "B", "x"): BandCounts(5),
            (3, "C", "z"): BandCounts(3),
            (4, "A", "z"): BandCounts(20),
            (5, "A", "x"): BandCounts(6),
            (5, "A", "z"): BandCounts(5),
            (5, "B", "z"): BandCounts(6),
            (6, "C", "z"): BandCounts(1),
        },
    )
)
def test_where_there_are_too_many_numbers_both_segments_at_once_are_hidden(made: tuple[Places, Cells]) -> None:
    places, cells = made
    one = without_both(places, cells)
    attack(one, cells)
    assert not any(one.allows(key) for key in one.counts if None not in key[1:])


@settings(max_examples=40, deadline=None)
@given(answered())
def test_an_organisation_is_withheld_for_nothing_but_its_own_size(made: tuple[Places, Cells]) -> None:
    places, cells = made
    n = sum(counts.n for counts in cells.values())
    for tallied in (by_group(cells), cells):
        assert Shown.of(places, tallied, MINIMUM).allows((EVERYTHING, None, None)) == (not 0 < n < MINIMUM)


@settings(max_examples=40, deadline=None)
@given(answered())
def test_a_group_is_shown_alike_with_and_without_its_segments(made: tuple[Places, Cells]) -> None:
    places, cells = made
    uncut, cut = Shown.of(places, by_group(cells), MINIMUM), Shown.of(places, cells, MINIMUM)
    for key in uncut.counts:
        assert cut.counts[key] == uncut.counts[key]
        assert cut.allows(key) == uncut.allows(key)


@settings(max_examples=40, deadline=None)
@given(answered() | sparse(), some.randoms(use_true_random=False))
def test_every_page_withholds_the_same_in_whatever_order_it_counts(made: tuple[Places, Cells], chance: Any) -> None:
    places, cells = made
    shuffled = list(cells.items())
    chance.shuffle(shuffled)
    assert Shown.of(places, dict(shuffled), MINIMUM).hidden == Shown.of(places, cells, MINIMUM).hidden
    assert without_both(places, dict(shuffled)).hidden == without_both(places, cells).hidden


@settings(max_examples=40, deadline=None)
@given(answered(), some.data())
def test_several_groups_together_show_only_what_each_of_them_shows(
    made: tuple[Places, Cells], data: some.DataObject
) -> None:
    places, cells = made
    one = Shown.of(places, by_group(cells), MINIMUM)
    chosen = data.draw(some.sets(some.sampled_from(sorted(places.holding))))
    parts = places.made_of(chosen)
    assert sorted(group for place in parts for group in places.groups[place]) == sorted(chosen)
    standing = one.standing("", [(place, None, None) for place in parts])
    assert standing.hidden != all(one.allows((place, None, None)) for place in parts)
    if not standing.hidden:
        assert standing.counts.n == sum(counts.n for (group, _, _), counts in cells.items() if group in chosen)


def test_what_is_hidden_comes_without_its_counts() -> None:
    places = Places.of(grown([0, 0, 0]))
    one = Shown.of(places, {(1,): BandCounts(2, 1, 0), (2,): BandCounts(9, 0, 1), (3,): BandCounts(40, 0, 0)}, MINIMUM)
    for group in (1, 2):
        standing = one.standing("", [((group, True), None, None)])
        assert (standing.withheld, standing.score, standing.interval, standing.counts.n) == (True, None, None, 0)
    assert one.standing("", [((3, True), None, None)]).score == 100


def test_rows_of_a_table_hold_no_answer_twice() -> None:
    tree = grown([0, 1, 1, 3, 0])  # 1: itself, 2, and 3 with 4; 5
    places = Places.of(tree)
    assert places.rows([], pooled=True) == [(1, True), (5, True)]
    assert places.rows([], pooled=False) == [(1, False), (2, True), (3, False), (4, True), (5, True)]
    assert places.rows([tree.groups[1]], pooled=True) == [(1, False), (2, True), (3, True)]
    assert places.rows([tree.groups[4]], pooled=True) == [(4, True)]
    assert NO_GROUP not in places.rows([], pooled=False)


@pytest.fixture
def asking(desk: Desk, organisation: Organisation) -> Callable[..., Any]:
    with desk.db.write() as session:
        for code, parent in (("infra", None), ("net", 1), ("db", 1), ("apps", None)):
            session.add(SupportGroup(organisation_id=organisation.id, name=code.title(), code=code, parent_id=parent))
            session.flush()

    def ask(**asked: str) -> Any:
        with desk.db.read() as session:
            question = parse(session, organisation, asked.items(), desk.now())
            (standing,) = shown.standings(session, question, [question.period], "name", MINIMUM)
            return standing

    return ask


def test_questions_about_groups_and_segments(asking: Callable[..., Any], answer: Answers) -> None:
    answer(*[10] * 20, group_id=2, segment1="A", segment2="x")
    answer(*[0] * 6, group_id=3, segment1="A")
    answer(*[7] * 4, group_id=4, segment1="B")
    answer(*[9] * 20, segment1="B")
    assert (asking().counts.n, asking(rgid="infra").counts.n) == (50, 26)
    assert asking(rgid="net", sgid1="A", sgid2="x").score == 100
    assert asking(rgid="apps").hidden
    assert asking(rgid="net,db").counts == BandCounts(20, 0, 6)
    assert asking(rgid="infra", combine="n").score is None
    assert not asking(rgid="infra", combine="n").hidden


@pytest.mark.parametrize("filter_", [{"priority": "high"}, {"min": "9"}, {"q": "thanks"}, {"tid": "1"}, {"hour": "9"}])
def test_what_is_not_decided_is_hidden(asking: Callable[..., Any], answer: Answers, filter_: dict[str, str]) -> None:
    answer(*[10] * 40)
    assert asking(**filter_).hidden


def test_without_any_group_those_that_name_none_are_everybody() -> None:
    places = Places.of(Tree({}, {}))
    assert places.made_of([0]) == [EVERYTHING]
