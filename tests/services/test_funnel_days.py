"""Resolutions come and go, journeys are folded and the zone changes: no funnel misses one or counts one twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel import funnel
from deskpulse.reports.funnel import journeys as funnel_journeys
from deskpulse.reports.funnel.models import Journey, JourneyDay
from deskpulse.reports.funnel.stages import Stage
from deskpulse.reports.question import parse
from deskpulse.surveys import days, rules
from deskpulse.surveys.models import Decision, Resolution
from fixtures.cohort import Cohort

pytestmark = pytest.mark.services
NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
WRITERS, EACH, KEPT = 2, 100, 4
ZONES = ("Pacific/Auckland", "America/Los_Angeles", "UTC")


@pytest.fixture
def desk(postgresql: str, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.open(settings_module.make(data_dir=str(tmp_path), database_url=postgresql), Hub(), now=lambda: NOW)
    yield desk
    desk.close()


class Bustle:
    """Several that work at once on one organisation's resolutions, until all are there."""

    def __init__(self, desk: Desk, organisation: Organisation) -> None:
        self.desk, self.organisation_id = desk, organisation.id
        self.cohort = Cohort(desk, organisation)
        self.begun, self.done, self.going, self.gone = ([0] * WRITERS for _ in range(4))

    def write(self, writer: int) -> None:
        for number in range(EACH):
            self.begun[writer] += 1
            one = self.cohort.resolve(rules.SPAM, at=NOW - timedelta(hours=7 * number))
            self.done[writer] += 1
            if number % KEPT == 0:
                self.going[writer] += 1
                with self.desk.db.write() as session:
                    session.execute(delete(Decision).where(Decision.resolution_id == one.id))
                    session.execute(delete(Resolution).where(Resolution.id == one.id))
                self.gone[writer] += 1

    def works(self) -> bool:
        return sum(self.done) < WRITERS * EACH

    def fold(self) -> None:
        while self.works():
            funnel_journeys.fold(self.desk, batches=2)

    def move(self) -> None:
        for zone in cycle(ZONES):
            if not self.works():
                break
            with self.desk.db.write() as session:
                days.move(self.desk, session, session.get_one(Organisation, self.organisation_id), zone, "test")
            for _ in range(5):
                funnel_journeys.fold(self.desk)

    def shown(self) -> int:
        with self.desk.db.read() as session:
            organisation = session.get_one(Organisation, self.organisation_id)
            question = parse(session, organisation, [("from", "2026-01-01"), ("to", "2026-04-10")], NOW)
            return funnel.summary(session, organisation, question).counts[Stage.RESOLVED]

    def read(self) -> None:
        while self.works():
            least = sum(self.done)
            gone = sum(self.gone)
            shown = self.shown()
            assert least - sum(self.going) <= shown <= sum(self.begun) - gone


def test_every_funnel_has_each_resolution_once_whatever_happens_meanwhile(desk: Desk) -> None:
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind")
    bustle = Bustle(desk, organisation)
    with ThreadPoolExecutor() as threads:
        tasks = [threads.submit(bustle.write, number) for number in range(WRITERS)]
        tasks += [threads.submit(one) for one in (bustle.fold, bustle.move, bustle.read, bustle.read)]
        for task in tasks:
            task.result()
    left = WRITERS * EACH - sum(bustle.gone)
    funnel_journeys.fold(desk)
    with desk.db.write() as session:
        assert session.scalar(select(func.count(Journey.resolution_id))) == left
        assert session.scalar(select(func.sum(JourneyDay.number))) == left
        session.execute(delete(Journey))  # only the counts by day can tell
    assert bustle.shown() == left
