"""What the hot paths do differently on PostgreSQL: cut connections, and one statement for a delivery and its job."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bench import running
from bench.world import World, delivery, fill
from deskpulse.db import liveness
from deskpulse.db.database import Database
from deskpulse.desk import Desk
from deskpulse.inbound import deliveries
from deskpulse.inbound.deliveries import Taken
from deskpulse.inbound.models import DeliveryRow
from deskpulse.outbound.models import Job

pytestmark = pytest.mark.services
OTHERS = text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = :name"
)


@pytest.fixture
def database(blank_postgresql: str) -> Iterator[Database]:
    database = Database(blank_postgresql)
    yield database
    database.close()


def pids(database: Database, count: int) -> set[int]:
    """The sessions of that many connections, all of which then rest in the pool."""
    connections = [database.engine.connect() for _ in range(count)]
    found = {connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for connection in connections}
    for connection in connections:
        connection.close()
    return found


def cut(database: Database, url: str) -> None:
    """End every session of the database but our own."""
    other = Database(url)
    with other.write_core() as connection:
        connection.execute(OTHERS, {"name": url.rpartition("/")[2]})
    other.close()


def test_a_cut_connection_is_replaced_unnoticed(database: Database, blank_postgresql: str) -> None:
    before = pids(database, 3)
    cut(database, blank_postgresql)
    for _ in range(3):
        with database.write_core() as connection:
            assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() not in before
    assert not pids(database, 3) & before


def test_a_live_connection_is_used_again_without_asking_it(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(database.engine.dialect, "do_ping", asked.append)
    before = pids(database, 1)
    assert pids(database, 1) == before
    assert not asked


def test_a_connection_that_rested_for_long_is_asked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(database.engine.dialect, "do_ping", asked.append)
    pids(database, 1)
    later = time.monotonic() + liveness.RESTED + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    pids(database, 1)
    assert len(asked) == 1


@pytest.fixture(params=["postgresql", "sqlite"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Desk, World]]:
    """A filled world on either database."""
    if request.param == "sqlite":
        databases = running.on_sqlite(tmp_path)
        desk, world = running.make_desk(tmp_path, databases.product), databases.world
    else:
        desk = running.make_desk(tmp_path, request.getfixturevalue("postgresql"))
        world = fill(desk)
    yield desk, world
    desk.close()


def test_a_delivery_is_kept_with_its_job_once(world: tuple[Desk, World]) -> None:
    desk, names = world
    head, _, body = delivery(names.key, "t-1").partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    wakes: list[None] = []
    desk.wake = lambda: wakes.append(None)
    taken = [deliveries.take(desk, names.key, headers, body.encode()) for _ in range(2)]
    assert taken == [Taken.STORED, Taken.DUPLICATE]
    assert len(wakes) == 1
    with desk.db.read() as session:
        row, job = session.scalars(select(DeliveryRow)).one(), session.scalars(select(Job)).one()
    assert row.body == body.encode()
    assert row.headers["x-fake-timestamp"] == headers["X-Fake-Timestamp"]
    assert (job.kind, job.payload, job.state) == (deliveries.READ, {"delivery_id": row.id}, "due")
    assert (job.organisation_id, job.connection_id) == (row.organisation_id, row.connection_id)
    assert (job.due_at, job.created_at, job.attempts) == (row.received_at, row.received_at, 0)
    assert (job.key, job.lane, job.lease_until) == (None, None, None)
