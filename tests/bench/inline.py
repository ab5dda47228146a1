"""The bound of the loop: the same steps one after the other in one process, without outbox, broker or worker.

Run as a program it reads one :class:`Task` as JSON, and writes when each delivery had been committed.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from bench.running import make_desk
from deskpulse.desk import Desk
from deskpulse.inbound import deliveries, reading
from deskpulse.inbound.models import DeliveryRow
from deskpulse.outbound.models import Job
from deskpulse.surveys import invites
from deskpulse.surveys.models import Invite


@dataclass(frozen=True)
class Task:
    """Requests as :mod:`bench.loadgen` would send them, handled at ``rate`` per second."""

    folder: str
    database_url: str
    smtp_url: str
    secret_key: str
    key: str
    rate: float
    requests: list[str]


def handle(desk: Desk, key: str, request: str) -> float:
    """Take one delivery, and do at once what a worker would do; gives when the delivery had been committed."""
    head, _, body = request.partition("\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    assert deliveries.take(desk, key, headers, body.encode("latin-1")) is deliveries.Taken.STORED
    committed = time.time()
    with desk.db.read_core() as db:
        delivery_id = db.execute(select(func.max(DeliveryRow.id))).scalar_one()
    ending = reading.read(desk, Job(payload={"delivery_id": delivery_id}))
    with desk.db.write() as session:
        ending(session)
    with desk.db.read_core() as db:
        invite_id = db.execute(select(func.max(Invite.id))).scalar_one()
    invites.send(desk, Job(payload={"invite_id": invite_id}))
    return committed


def run(desk: Desk, key: str, rate: float, requests: list[str]) -> list[float]:
    """Handle all of them at that pace."""
    begun, committed = time.perf_counter(), []
    for number, request in enumerate(requests):
        time.sleep(max(0.0, begun + number / rate - time.perf_counter()))
        committed.append(handle(desk, key, request))
    return committed


if __name__ == "__main__":
    task = Task(**json.load(sys.stdin))
    one = make_desk(Path(task.folder), task.database_url, task.secret_key, smtp_url=task.smtp_url)
    json.dump(run(one, task.key, task.rate, task.requests), sys.stdout)
    one.close()
