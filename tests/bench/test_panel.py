"""The agent's panel beside a bare view with one indexed SELECT."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import running
from bench.rounds import Comparison, Side, compare, show
from bench.world import World
from fixtures.postgresql import PostgreSQL
from fixtures.valkey import Valkey

GOAL = 3.0


def measure(product: int, bound: int, world: World, *, rounds: int, requests: int, warm_up: int) -> Comparison:
    """Ask both ports about customers who have answered."""
    sides = Side("DeskPulse", product, world.panels), Side("bare", bound, world.panels)
    return compare(*sides, status=200, rounds=rounds, requests=requests, warm_up=warm_up)


@pytest.mark.bench
def test_the_panel_answers_about_as_fast_as_one_select(
    postgresql_cluster: PostgreSQL, redis: Valkey, tmp_path: Path
) -> None:
    databases = running.on_postgresql(postgresql_cluster, tmp_path, answered=3000)
    with (
        running.web(tmp_path, databases.product, redis.url) as product,
        running.bound(tmp_path, databases.bound) as bound,
    ):
        found = measure(product, bound, databases.world, rounds=7, requests=1500, warm_up=600)
    show("GET /panel/<key>: p95", found, f"at most {GOAL:g}", found.p95_ratio)
    assert found.p95_ratio <= GOAL
