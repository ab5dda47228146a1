"""Whoever gets the report by mail and subtracts cannot learn what it withholds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

import pytest

from deskpulse.reports.documents.customer_satisfaction import CustomerSatisfaction
from deskpulse.reports.standings import Standing
from fixtures.attacker import Attacker

Report = Callable[..., CustomerSatisfaction]
Cell = tuple[str, str]
"""A department and a team; without a team what is filed on the department itself."""
Sizes = dict[Cell, int]
DEPARTMENTS, TEAMS = 4, 3
NUMBERS = (0, 1, 2, 4, 5, 9, 30, 40)
MINIMUM = 5
BEFORE, NOW = -2, -1
"""Places in the report's list of months."""


@pytest.fixture(params=range(6))
def sizes(request: pytest.FixtureRequest, group: Callable[..., int], filed: Callable[..., None]) -> dict[int, Sizes]:
    """How many answers are filed on each node in two months."""
    chance = Random(request.param)
    ids: dict[Cell, int | None] = {("", ""): None}
    for department in map("Department {}".format, range(DEPARTMENTS)):
        ids[department, ""] = group(department)
        for team in range(chance.randint(0, TEAMS)):
            name = f"Team {team} of {department}"
            ids[department, name] = group(name, ids[department, ""])
    few = {("Department 0", ""): 3}
    made = {at: {cell: chance.choice(NUMBERS) for cell in ids} | few for at in (BEFORE, NOW)}
    for at, cells in made.items():
        for cell, n in cells.items():
            filed(*[chance.choice((0, 7, 10)) for _ in range(n)], group_id=ids[cell], month=3 + at)
    return made


def told(found: CustomerSatisfaction, at: int, cells: Sizes) -> Iterator[tuple[Standing, list[Cell]]]:
    """Everything that the report says about a month, with the nodes that it is about."""
    yield list(found.months.values())[at], list(cells)
    for one in found.departments:
        yield one.months[at], [cell for cell in cells if cell[0] == one.standing.name]
    if at == NOW:
        ranked = {one.standing.name: one.standing for one in (*found.top, *found.bottom)}
        yield from ((ranked[cell[1]], [cell]) for cell in cells if cell[1] in ranked)


@pytest.mark.parametrize("at", [BEFORE, NOW])
def test_nothing_withheld_follows_from_what_the_report_shows(sizes: dict[int, Sizes], report: Report, at: int) -> None:
    cells, attacker = sizes[at], Attacker()
    everything = list(told(report(), at, cells))
    for standing, held in everything:
        if standing.score is not None:
            assert standing.counts.n == sum(cells[cell] for cell in held)
            attacker.learn(held, standing.counts.n)
    for cell, n in cells.items():
        if n == 0:
            attacker.learn([cell], 0)  # that nobody answered is no secret
    secret = [held for held in ([[cell] for cell in cells] + [held for _, held in everything])
              if 0 < sum(cells[cell] for cell in held) < MINIMUM]  # fmt: skip
    assert secret
    assert [held for held in secret if attacker.works_out(held) is not None] == []
