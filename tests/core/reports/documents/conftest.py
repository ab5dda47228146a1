"""An organisation with departments and teams, and answers in them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports.documents.customer_satisfaction import CustomerSatisfaction, customer_satisfaction
from deskpulse.scoring.periods import parse_month
from deskpulse.surveys.models import Response


@pytest.fixture
def group(desk: Desk, organisation: Organisation) -> Callable[..., int]:
    def make(name: str, parent: int | None = None) -> int:
        with desk.db.write() as session:
            row = SupportGroup(organisation_id=organisation.id, name=name, code=name.lower(), parent_id=parent)
            session.add(row)
            session.flush()
            return row.id

    return make


@pytest.fixture
def report(desk: Desk, organisation: Organisation) -> Callable[..., CustomerSatisfaction]:
    """The report of February 2026, or another month; the clock stands in March 2026."""

    def make(month: str = "2026-02") -> CustomerSatisfaction:
        with desk.db.read() as session:
            chosen = session.get_one(Organisation, organisation.id)
            return customer_satisfaction(session, chosen, parse_month(month), desk.now())

    return make


@pytest.fixture
def filed(desk: Desk, organisation: Organisation) -> Callable[..., None]:
    """Counted answers on a day of 2026, or of 2025 where the month is below one; many at once."""
    numbers = count(1)

    def add(*scores: int, month: int = 2, day: int = 10, hour: int = 12, **values: Any) -> None:
        year, month = (2026, month) if month > 0 else (2025, 12 + month)
        at = datetime(year, month, day, hour, tzinfo=UTC)
        usual = {
            "organisation_id": organisation.id, "entrance": "token", "status": "counted", "current": True,
            "tid": "1", "answered_at": at, "first_answered_at": at,
        }  # fmt: skip
        with desk.db.write() as session:
            zone = ZoneInfo(session.get_one(Organisation, organisation.id).time_zone)
            for score in scores:
                response = Response(**(usual | {"score": score, "link": f"filed-{next(numbers)}"} | values))
                response.stamp(zone)
                session.add(response)

    return add
