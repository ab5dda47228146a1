"""The monthly report is the same on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.reports.documents.customer_satisfaction import CustomerSatisfaction
from deskpulse.scoring.bands import BandCounts

pytestmark = pytest.mark.services


@pytest.fixture
def desk(postgresql: str, tmp_path: Path, clock: object, hub: Hub) -> Iterator[Desk]:
    settings = settings_module.make(data_dir=str(tmp_path), database_url=postgresql)
    desk = Desk.open(settings, hub, now=clock)  # type: ignore[arg-type]
    yield desk
    desk.close()


def test_scores_factors_and_comments(
    group: Callable[..., int], filed: Callable[..., None], report: Callable[..., CustomerSatisfaction]
) -> None:
    team = group("Team", group("Department"))
    comment = "Solved at once, thank you very much"
    filed(*[10] * 31, 3, group_id=team, factors=["speed"], comment=comment)
    filed(*[10] * 30, group_id=team, month=1)
    found = report()
    assert found.standing.counts == BandCounts(31, 0, 1)
    assert [one.counts.n for one in found.months.values()][-2:] == [30, 32]
    assert [one.standing.name for one in found.top] == ["Team"]
    assert [one.standing.name for one in found.departments] == ["Department"]
    assert [(one.count, one.of) for one in (*found.praised, *found.blamed)] == [(31, 31), (1, 1)]
    assert [(one.score, one.words) for one in (*found.best, *found.worst)] == [(10, comment), (3, comment)]
    assert found.reached.rate is None
