"""Jobs inside the one process: only one at a time works, and what a killed predecessor had begun is done at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk, utc_now
from deskpulse.inbound import deliveries
from deskpulse.outbound.models import Job, Timetable
from deskpulse.worker import celery_app, timetable
from deskpulse.worker.turn import Turn
from fixtures.processes import wait_until
from fixtures.stub import SECRET, Stub

HOLD = """
import sys, threading
from pathlib import Path
from deskpulse.worker.turn import Turn
turn = Turn(Path(sys.argv[1]))
turn.wait(threading.Event())
print("held", flush=True)
threading.Event().wait()
"""


def test_one_at_a_time(tmp_path: Path) -> None:
    first, second = Turn(tmp_path), Turn(tmp_path)
    assert first.wait(threading.Event())
    waiting = threading.Thread(target=second.wait, args=(threading.Event(),))
    waiting.start()
    assert not second.held
    first.end()
    waiting.join(5)
    assert (first.held, second.held) == (False, True)
    second.end()


def test_who_is_stopped_waits_no_longer(tmp_path: Path) -> None:
    first, second, stop = Turn(tmp_path), Turn(tmp_path), threading.Event()
    first.wait(stop)
    stop.set()
    assert not second.wait(stop)
    first.end()


def test_a_killed_process_makes_room(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        mine, stop = Turn(tmp_path), threading.Event()
        waiting = threading.Thread(target=mine.wait, args=(stop,))
        waiting.start()
        assert not mine.held
        holder.kill()
        waiting.join(5)
        assert mine.held
        mine.end()


def test_what_a_killed_process_had_begun_is_done_at_once(
    desk: Desk, stub: Stub, stub_connection: ConnectionRow
) -> None:
    desk.now = utc_now
    stub.solve("7")
    deliveries.take(desk, stub_connection.key, {"X-Secret": SECRET}, b"solved 7")
    with desk.db.write() as session:
        orphaned = update(Job).values(state="running", attempts=1, lease_until=utc_now() + timedelta(hours=1))
        session.execute(orphaned)
    embedded = celery_app.start_embedded(desk)
    try:
        wait_until(lambda: len(stub.sent) == 1, "sending the invitation", 15)
    finally:
        embedded.stop()


def test_killed_while_a_recurring_job_is_started_it_is_not_left_out(
    desk: Desk, stub_connection: ConnectionRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("deskpulse.outbound.outbox.queue", killed)
        with pytest.raises(KeyboardInterrupt):
            timetable.tick(desk)
    timetable.tick(desk)
    with desk.db.read() as session:
        assert {"reconcile", "sync_groups"} <= set(session.scalars(select(Job.kind)))
        assert session.scalars(select(Timetable.name).where(Timetable.name.startswith("reconcile"))).one()


def test_two_desks_in_one_process_have_tasks_of_their_own(desk: Desk) -> None:
    first, second = celery_app.make_app(desk), celery_app.make_app(desk)
    assert first.tasks[celery_app.DRAIN].app is first
    assert second.tasks[celery_app.DRAIN].app is second
    assert first.tasks[celery_app.DRAIN].run is not second.tasks[celery_app.DRAIN].run
