"""The survey: opening its page beside a bare page, sending it beside a bare transaction."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from bench import running
from bench.rounds import LIMESURVEY, LIMESURVEY_GET, LIMESURVEY_POST, Comparison, Side, compare, show, table
from bench.world import World
from fixtures.postgresql import PostgreSQL
from fixtures.valkey import Valkey

GOAL = 0.6


def measure_views(product: int, bound: int, world: World, *, rounds: int, requests: int, warm_up: int) -> Comparison:
    """Open survey pages at both ports."""
    sides = Side("DeskPulse", product, world.views), Side("bare", bound, world.views)
    return compare(*sides, status=200, rounds=rounds, requests=requests, warm_up=warm_up)


def measure_answers(product: int, bound: int, world: World, *, rounds: int, requests: int, warm_up: int) -> Comparison:
    """Send answers to both ports; each invite is answered once in either database."""
    sides = Side("DeskPulse", product, world.answers), Side("bare", bound, world.copy().answers)
    return compare(*sides, status=303, rounds=rounds, requests=requests, warm_up=warm_up)


@pytest.mark.bench
def test_the_survey_keeps_up_with_bare_views(postgresql_cluster: PostgreSQL, redis: Valkey, tmp_path: Path) -> None:
    rounds, requests, warm_up = 7, 600, 300
    databases = running.on_postgresql(postgresql_cluster, tmp_path, open_invites=2 * (rounds * requests + warm_up))
    with running.web(tmp_path, databases.product, redis.url) as product:
        page_bytes = running.page_bytes(product, databases.world)
        with running.bound(tmp_path, databases.bound, page_bytes) as bound:
            how = {"rounds": rounds, "requests": requests, "warm_up": warm_up}
            views = measure_views(product, bound, databases.world, **how)
            answers = measure_answers(product, bound, databases.world, **how)
    sizes = views.product[0].bytes / views.bound[0].bytes
    show(f"GET /s/<token>, page {page_bytes:,} bytes", views, f"at least {GOAL}", views.rate_ratio)
    show("POST /s/<token>, first answer of an invite", answers, f"at least {GOAL}", answers.rate_ratio)
    rows = [
        [what, f"{median(outcome.rate for outcome in found.product):,.0f}/s", f"{peer}/s"]
        for what, found, peer in (("GET", views, LIMESURVEY_GET), ("POST", answers, LIMESURVEY_POST))
    ]
    table(LIMESURVEY, ("", "DeskPulse, just now", "LimeSurvey, then"), rows)
    assert 0.85 <= sizes <= 1.15
    assert views.rate_ratio >= GOAL
    assert answers.rate_ratio >= GOAL
