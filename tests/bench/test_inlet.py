"""Taking a webhook call: DeskPulse's inlet beside a bare view with the same check and the same statements."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import running
from bench.rounds import Comparison, Side, compare, show
from bench.world import World
from fixtures.postgresql import PostgreSQL
from fixtures.valkey import Valkey

GOAL = 0.8


def measure(product: int, bound: int, world: World, *, rounds: int, requests: int, warm_up: int) -> Comparison:
    """Fire signed deliveries at both ports."""
    sides = Side("DeskPulse", product, world.deliveries), Side("bare", bound, world.deliveries)
    return compare(*sides, status=202, rounds=rounds, requests=requests, warm_up=warm_up)


@pytest.mark.bench
def test_the_inlet_keeps_up_with_a_bare_view(postgresql_cluster: PostgreSQL, redis: Valkey, tmp_path: Path) -> None:
    databases = running.on_postgresql(postgresql_cluster, tmp_path)
    with (
        running.web(tmp_path, databases.product, redis.url) as product,
        running.bound(tmp_path, databases.bound) as bound,
    ):
        found = measure(product, bound, databases.world, rounds=7, requests=2000, warm_up=600)
    show("POST /in/<key>, verified and stored with its job", found, f"at least {GOAL}", found.rate_ratio)
    assert found.rate_ratio >= GOAL
