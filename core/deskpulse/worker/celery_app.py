"""Celery, as an alarm clock: its messages carry no work, so that no broker can lose any.

Embedded, worker and beat are threads of the one process, on ``memory://``; grown up, they are processes on Redis or
RabbitMQ. The tasks are the same two. A worker process also looks by itself, every other second: then a broker that is
away, or a beat that does not run, costs time and nothing else.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import kombu.transport.memory
import structlog
from celery import Celery, bootsteps
from celery.beat import Scheduler, Service
from sqlalchemy.exc import SQLAlchemyError

from deskpulse.desk import Desk
from deskpulse.outbound import outbox
from deskpulse.worker import drain, timetable
from deskpulse.worker.leases import Leases
from deskpulse.worker.turn import Turn

DRAIN, TICK = "deskpulse.drain", "deskpulse.tick"
TICK_SECONDS, SWEEP_SECONDS = 1.0, 2.0
STOP_WITHIN = 60.0
"""Seconds that a job under way may take to its end when the worker stops."""
PAUSE = 0.05
"""Seconds between two wake-ups of one process, at least."""
BROKER_AWAY = 2.0
"""Seconds without a wake-up after one that failed."""
log = structlog.get_logger(__name__)


def make_app(desk: Desk, leases: Leases | None = None) -> Celery:
    """Celery for one desk; afterwards the desk's ``wake`` sends a message. ``leases`` keeps what its worker claims."""
    leases = leases or Leases(desk)
    app = Celery("deskpulse", broker=desk.settings.broker_url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_concurrency=desk.settings.worker_threads,
        timezone="UTC",
        enable_utc=True,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=2,
        broker_connection_max_retries=None,
        task_publish_retry=True,  # on a fresh connection: a restart of RabbitMQ leaves the old one dead for good
        task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0},
        beat_schedule={"tick": {"task": TICK, "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS * 5}}},
        broker_transport_options={"visibility_timeout": 300, "socket_connect_timeout": 2}
        if desk.settings.broker_url.startswith("redis")
        else {},
    )
    app.task(name=DRAIN, shared=False)(_quietly(lambda: drain.drain(desk, leases)))
    app.task(name=TICK, shared=False)(_quietly(lambda: timetable.tick(desk)))
    app.finalize()
    app.steps["worker"].add(_closing(leases))
    if not desk.settings.embedded:
        app.steps["worker"].add(_sweeping(desk, leases))
    desk.wake = _Alarm(app)
    return app


@dataclass(slots=True)
class Embedded:
    """A Celery worker and beat inside this process."""

    worker: Any
    beat: Any
    leases: Leases
    turn: Turn
    stopping: threading.Event
    threads: list[threading.Thread]

    def stop(self) -> None:
        """Let running jobs end, then stop both."""
        self.leases.close()
        self.stopping.set()
        self.beat.stop()
        if self.turn.held:
            self.worker.stop()
        for thread in filter(threading.Thread.is_alive, self.threads):
            thread.join(timeout=10)
        self.turn.end()


def start_embedded(desk: Desk) -> Embedded:
    """Start worker and beat as threads. Not before a fork: threads do not survive one."""
    kombu.transport.memory.Transport.polling_interval = 0.004  # seconds; its default of one would delay every mail
    leases, turn, stopping = Leases(desk), Turn(desk.settings.data_dir), threading.Event()
    app = make_app(desk, leases)
    app.set_default()
    worker = app.WorkController(
        pool="threads",
        concurrency=desk.settings.worker_threads,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    beat = Service(app, scheduler_cls=Scheduler, max_interval=1)
    wake, desk.wake = desk.wake, lambda: None  # nobody listens before it is this process's turn

    def start_beat() -> None:
        if turn.wait(stopping):
            _take_over(desk)
            desk.wake = wake
            threads[1].start()
            beat.start()

    threads = [
        threading.Thread(target=start_beat, name="deskpulse-beat", daemon=True),
        threading.Thread(target=worker.start, name="deskpulse-worker", daemon=True),
    ]
    threads[0].start()
    return Embedded(worker, beat, leases, turn, stopping, threads)


def _take_over(desk: Desk) -> None:
    """What a killed predecessor had begun is due again at once; where others may be at work, leases decide."""
    if not desk.db.is_sqlite:
        return
    try:
        outbox.hand_back(desk)
    except SQLAlchemyError as error:
        log.warning("jobs of the last run come back by their leases", problem=type(error).__name__)


def _closing(leases: Leases) -> type[Any]:
    """A part of Celery's worker that has no job begun any more once the worker is asked to stop."""

    class Closing(bootsteps.StartStopStep):
        def close(self, _parent: Any) -> None:
            leases.close()

    return Closing


def _sweeping(desk: Desk, leases: Leases) -> type[Any]:
    """A part of Celery's worker that looks for due jobs itself, so that work goes on while the broker is away."""

    def sweep() -> None:
        while not leases.wait_closed(SWEEP_SECONDS):
            _quietly(lambda: timetable.tick(desk))()
            _quietly(lambda: drain.drain(desk, leases))()

    class Sweeping(bootsteps.StartStopStep):
        def __init__(self, parent: Any, **options: Any) -> None:
            super().__init__(parent, **options)
            self.thread = threading.Thread(target=sweep, name="deskpulse-sweep", daemon=True)

        def start(self, _parent: Any) -> None:
            if not self.thread.is_alive():
                self.thread.start()

        def stop(self, _parent: Any) -> None:
            self.thread.join(timeout=STOP_WITHIN)

    return Sweeping


class _Alarm:
    """Wakes a worker from a thread of its own, so that no request waits for the broker.

    The first wake-up is sent at once. Those that follow within a moment become one: a worker that is awake drains
    whatever is due. One that is lost, with the process or with the broker, costs a second, until the next tick.
    """

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._wanted = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        """Ask for a wake-up, unless the one who asks is awake."""
        if drain.looks_again():
            return
        self._wanted.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="deskpulse-alarm", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while self._wanted.wait():
            self._wanted.clear()
            try:
                self._app.send_task(DRAIN, ignore_result=True, expires=60)
            except Exception as error:
                log.warning("broker not reachable; the sweep will find the job", problem=type(error).__name__)
                time.sleep(BROKER_AWAY)
            else:
                time.sleep(PAUSE)


def _quietly(act: Callable[[], object]) -> Callable[[], None]:
    """A task's error is logged, and the next wake-up tries again: the rows are still there."""

    def task() -> None:
        try:
            act()
        except Exception:
            log.exception("wake-up failed")

    return task
