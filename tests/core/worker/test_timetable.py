"""What repeats starts once, whoever ticks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.worker import timetable
from fixtures.stub import Stub


def queued(desk: Desk) -> list[str]:
    with desk.db.read() as session:
        return sorted(session.scalars(select(Job.kind)))


def end_all(desk: Desk) -> None:
    with desk.db.write() as session:
        session.execute(update(Job).values(state="done"))


def test_a_first_tick_starts_everything_for_each_connection(desk: Desk, stub_connection: ConnectionRow) -> None:
    timetable.tick(desk)
    assert queued(desk) == ["reconcile", "sync_groups"]


def test_nothing_starts_again_before_its_time(
    desk: Desk, stub_connection: ConnectionRow, clock: Callable[..., object]
) -> None:
    timetable.tick(desk)
    clock.advance(minutes=59)  # type: ignore[attr-defined]
    timetable.tick(desk)
    assert queued(desk) == ["reconcile", "sync_groups"]
    end_all(desk)
    clock.advance(minutes=1)  # type: ignore[attr-defined]
    timetable.tick(desk)
    assert queued(desk) == ["reconcile", "reconcile", "sync_groups"]


def test_after_standing_still_for_days_each_thing_starts_once(
    desk: Desk, stub_connection: ConnectionRow, clock: Callable[..., object]
) -> None:
    timetable.tick(desk)
    end_all(desk)
    clock.advance(days=3)  # type: ignore[attr-defined]
    timetable.tick(desk)
    timetable.tick(desk)
    assert queued(desk) == ["reconcile", "reconcile", "sync_groups", "sync_groups"]


def test_several_beats_start_each_thing_once(desk: Desk, stub_connection: ConnectionRow) -> None:
    start = threading.Barrier(4)

    def beat() -> None:
        start.wait()
        timetable.tick(desk)

    beats = [threading.Thread(target=beat) for _ in range(4)]
    for one in beats:
        one.start()
    for one in beats:
        one.join()
    assert queued(desk) == ["reconcile", "sync_groups"]


def test_a_paused_connection_is_left_alone(desk: Desk, stub_connection: ConnectionRow) -> None:
    with desk.db.write() as session:
        session.get_one(ConnectionRow, stub_connection.id).paused_reason = "auth-expired"
    timetable.tick(desk)
    assert queued(desk) == []


@pytest.mark.parametrize(("age", "woken"), [(timedelta(0), 1), (timedelta(seconds=-60), 0)])
def test_a_tick_wakes_a_worker_only_where_something_is_due(desk: Desk, stub: Stub, age: timedelta, woken: int) -> None:
    wakes: list[int] = []
    with desk.db.write() as session:
        outbox.queue(desk, session, "x", {}, organisation_id=None, due_at=desk.now() - age)
    desk.wake = lambda: wakes.append(1)
    timetable.tick(desk)
    assert len(wakes) == woken


def test_a_job_that_has_not_ended_is_not_queued_again(
    desk: Desk, stub_connection: ConnectionRow, clock: Callable[..., object]
) -> None:
    timetable.tick(desk)
    clock.advance(days=3)  # type: ignore[attr-defined]
    timetable.tick(desk)
    assert queued(desk) == ["reconcile", "sync_groups"]
