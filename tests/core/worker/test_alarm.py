"""The alarm: whoever wakes a worker goes on at once, and a burst of wake-ups is few messages."""

from __future__ import annotations

import threading
from typing import Any, cast

import pytest
from celery import Celery

from deskpulse.worker import celery_app
from fixtures.processes import wait_until


class Broker:
    """Stands for Celery: counts what is sent, may hold the sender up, may be away."""

    def __init__(self) -> None:
        self.sent = 0
        self.away = 0
        self.open = threading.Event()
        self.open.set()

    def send_task(self, _name: str, **_options: Any) -> None:
        self.open.wait(10)
        if self.away:
            self.away -= 1
            raise ConnectionError
        self.sent += 1


def test_who_wakes_waits_for_no_broker_and_a_burst_is_two_messages() -> None:
    broker = Broker()
    broker.open.clear()
    wake = celery_app._Alarm(cast("Celery", broker))
    for _ in range(1000):
        wake()
    assert broker.sent == 0
    broker.open.set()
    wait_until(lambda: broker.sent >= 1, "the wake-up")
    wake()
    wait_until(lambda: broker.sent >= 2, "the last wake-up")
    assert broker.sent <= 3


def test_a_broker_that_is_away_does_not_end_the_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery_app, "BROKER_AWAY", 0.0)
    broker = Broker()
    broker.away = 1
    wake = celery_app._Alarm(cast("Celery", broker))
    wake()
    wait_until(lambda: broker.away == 0, "the wake-up that fails")
    wake()
    wait_until(lambda: broker.sent == 1, "the next wake-up")
