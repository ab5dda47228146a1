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
from deskpulse.reports import pivots, roll_ups
from deskpulse.reports.dimensions import HOUR, field
from deskpulse.reports.pivots_kept import PIVOT_DAY, Pivot
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


def test_every_reading_has_each_answer_once_whatever_happens_meanwhile(desk: Desk) -> None:
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind")
    scope = Scope(organisation.id, Period(NOW.date() - timedelta(days=DAYS), NOW.date()))
    answer = Answers(desk, organisation)
    numbers, begun, done = count(), [0] * WRITERS, [0] * WRITERS
    answer(10, answered_at=NOW - timedelta(days=DAYS), fields={"product": "Mail"})

    def write(writer: int) -> None:
        for _ in range(EACH):
            begun[writer] += 1
            answer(10, answered_at=NOW - timedelta(days=next(numbers) % DAYS), fields={"product": "Mail"})
            done[writer] += 1

    def working() -> bool:
        return sum(done) < WRITERS * EACH

    def fold() -> None:
        while working():
            roll_ups.fold_all(desk)

    def keep_and_drop() -> int:
        kept = 0
        while working():
            keep(desk, scope)
            kept += 1
            drop(desk)
        return kept

    def read() -> int:
        readings = 0
        while working():
            before = 1 + sum(done)
            with desk.db.read() as session:
                shown = sum(tally(session, scope, *BY).values(), NOTHING).n
            assert before <= shown <= 1 + sum(begun)
            readings += 1
        return readings

    with ThreadPoolExecutor() as threads:
        writers = [threads.submit(write, number) for number in range(WRITERS)]
        others = [threads.submit(one) for one in (fold, keep_and_drop, read)]
        for one in writers:
            one.result()
        assert all(one.result() != 0 for one in others)
    keep(desk, scope)
    roll_ups.fold_all(desk)
    with desk.db.write() as session:
        session.execute(text("TRUNCATE response CASCADE; DELETE FROM stale_day"))  # only what is kept is left
        assert sum(tally(session, scope, *BY).values(), NOTHING).n == 1 + WRITERS * EACH


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
