"""Celery, as an alarm clock: its messages carry no work, so that no broker can lose any.

Embedded, worker and beat are threads of the one process, on ``memory://``; grown up, they are processes on Redis or
RabbitMQ. The tasks are the same two.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import kombu.exceptions
import kombu.transport.memory
import structlog
from celery import Celery
from celery.beat import Scheduler, Service

from deskpulse.desk import Desk
from deskpulse.worker import drain, timetable

DRAIN, TICK = "deskpulse.drain", "deskpulse.tick"
TICK_SECONDS = 1.0
log = structlog.get_logger(__name__)


def make_app(desk: Desk) -> Celery:
    """Celery for one desk; afterwards the desk's ``wake`` sends a message."""
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
        task_publish_retry=False,
        beat_schedule={"tick": {"task": TICK, "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS * 5}}},
        broker_transport_options={"visibility_timeout": 300} if desk.settings.broker_url.startswith("redis") else {},
    )
    app.task(name=DRAIN)(_quietly(lambda: drain.drain(desk)))
    app.task(name=TICK)(_quietly(lambda: timetable.tick(desk)))
    app.finalize()
    desk.wake = _waker(app)
    return app


@dataclass(slots=True)
class Embedded:
    """A Celery worker and beat inside this process."""

    worker: Any
    beat: Any
    threads: list[threading.Thread]

    def stop(self) -> None:
        """Let running jobs end, then stop both."""
        self.beat.stop()
        self.worker.stop()
        for thread in self.threads:
            thread.join(timeout=10)


def start_embedded(desk: Desk) -> Embedded:
    """Start worker and beat as threads. Not before a fork: threads do not survive one."""
    kombu.transport.memory.Transport.polling_interval = 0.01  # seconds; its default of one would delay every mail
    app = make_app(desk)
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
    threads = [
        threading.Thread(target=worker.start, name="deskpulse-worker", daemon=True),
        threading.Thread(target=beat.start, name="deskpulse-beat", daemon=True),
    ]
    for thread in threads:
        thread.start()
    return Embedded(worker, beat, threads)


def _waker(app: Celery) -> Callable[[], None]:
    def wake() -> None:
        try:
            app.send_task(DRAIN, ignore_result=True, expires=60)
        except (kombu.exceptions.KombuError, OSError) as error:
            log.warning("broker not reachable; the sweep will find the job", problem=type(error).__name__)

    return wake


def _quietly(act: Callable[[], object]) -> Callable[[], None]:
    """A task's error is logged, and the next wake-up tries again: the rows are still there."""

    def task() -> None:
        try:
            act()
        except Exception:
            log.exception("wake-up failed")

    return task
