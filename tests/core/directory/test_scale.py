"""Thousands of agents: few statements, and memory that does not grow with their number."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

from deskpulse.desk import Desk
from deskpulse.directory.sync import synchronise
from deskpulse.records import Agent, Group

GROUPS, MEMBERS = 500, 10


def stream(groups: int) -> Iterator[Group]:
    """Groups with agents of their own and one who is in many."""
    for n in range(groups):
        own = (Agent(f"a{n}-{m}", f"Agent {n}-{m}", f"agent{n}.{m}@corp.example") for m in range(MEMBERS - 1))
        yield Group(f"g{n}", f"Team {n}", members=(*own, Agent(f"shared{n % 7}", "Shared")))


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
def test_statements_are_few_and_memory_is_flat(
    desk: Desk, listing: Any, connection_id: int, statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    def peak(groups: int) -> int:
        listing.groups = lambda: stream(groups)
        gc.collect()
        gc.freeze()  # else what other tests left behind decides how often garbage is collected here
        tracemalloc.start()
        run = synchronise(desk, connection_id)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        gc.unfreeze()
        assert (run.groups, run.agents) == (groups, groups * (MEMBERS - 1) + 7)
        return most

    peak(10)  # what is loaded and compiled once is not what is measured
    few = peak(GROUPS // 4)
    with statements() as seen:
        many = peak(GROUPS)
    assert many < 1.3 * few, (few, many)
    batches = GROUPS * MEMBERS / 1000
    assert len(seen) <= 10 * batches + 16
    with statements() as seen:
        peak(GROUPS)
    assert len(seen) <= 4 * batches + 16
