"""Pivots are made, folded, dropped and read while answers come: no reading misses an answer or counts one twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from deskpulse import settings as settings_module
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports import roll_ups
from deskpulse.reports.dimensions import HOUR, field
from deskpulse.reports.pivots import pivots
from deskpulse.reports.pivots.kept import PIVOT_DAY, Pivot
from deskpulse.reports.tally import NOTHING, Scope, tally
from deskpulse.scoring.periods import Period
from fixtures.answers import Answers

pytestmark = pytest.mark.services
NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
DAYS, WRITERS, EACH = 20, 2, 120
BY = (field("product"), HOUR)


@pytest.fixture
def desk(postgresql: str, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.open(settings_module.make(data_dir=str(tmp_path), database_url=postgresql), Hub(), now=lambda: NOW)
    yield desk
    desk.close()


def keep(desk: Desk, scope: Scope) -> None:
    pivot = pivots.asked(desk, scope, *BY)
    assert pivot
    pivots.make(desk, pivot.id)


def drop(desk: Desk) -> None:
    with desk.db.write() as session:
        session.execute(update(Pivot).values(asked_at=NOW - timedelta(days=31)))
    pivots.prune(desk)


class Bustle:
    """Several that work at once on one organisation's answers, until all answers are written."""

    def __init__(self, desk: Desk, organisation: Organisation, scope: Scope) -> None:
        self.desk, self.scope = desk, scope
        self.answer = Answers(desk, organisation)
        self.numbers, self.begun, self.done = count(), [0] * WRITERS, [0] * WRITERS

    def write(self, writer: int) -> None:
        for _ in range(EACH):
            self.begun[writer] += 1
            day = NOW - timedelta(days=next(self.numbers) % DAYS)
            self.answer(10, answered_at=day, fields={"product": "Mail"})
            self.done[writer] += 1

    def works(self) -> bool:
        return sum(self.done) < WRITERS * EACH

    def fold(self) -> None:
        while self.works():
            roll_ups.fold_all(self.desk)

    def keep_and_drop(self) -> None:
        while self.works():
            keep(self.desk, self.scope)
            drop(self.desk)

    def shown(self) -> int:
        with self.desk.db.read() as session:
            return sum(tally(session, self.scope, *BY).values(), NOTHING).n

    def read(self) -> None:
        while self.works():
            before = sum(self.done)
            shown = self.shown()
            assert before <= shown <= sum(self.begun)


def test_every_reading_has_each_answer_once_whatever_happens_meanwhile(desk: Desk) -> None:
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind")
    scope = Scope(organisation.id, Period(NOW.date() - timedelta(days=DAYS), NOW.date()))
    bustle = Bustle(desk, organisation, scope)
    with ThreadPoolExecutor() as threads:
        tasks = [threads.submit(bustle.write, number) for number in range(WRITERS)]
        tasks += [threads.submit(one) for one in (bustle.fold, bustle.keep_and_drop, bustle.read)]
        for task in tasks:
            task.result()
    keep(desk, scope)
    roll_ups.fold_all(desk)
    with desk.db.write() as session:
        session.execute(text("TRUNCATE response CASCADE; DELETE FROM stale_day"))  # only what is kept is left
    assert bustle.shown() == WRITERS * EACH


def test_a_value_that_no_index_would_take_is_kept_and_folded(desk: Desk) -> None:
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind")
    scope = Scope(organisation.id, Period(NOW.date(), NOW.date()))
    long = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(20_000))
    Answers(desk, organisation)(9, fields={"product": long})
    keep(desk, scope)
    roll_ups.fold_all(desk)
    with desk.db.read() as session:
        assert set(session.scalars(select(PIVOT_DAY.c.key1))) == {long}
        assert [key for key, _ in tally(session, scope.within(BY[0], {long}), *BY)] == [long]
