"""A small load generator in a process of its own: one new connection per request, many at once, loopback only.

Run as a program it reads one :class:`Load` as JSON and writes one :class:`Outcome`. Everything is sent from one
thread, so that as little as possible is taken from the servers beside it.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles
from typing import Any

LOOPBACK = "127.0.0.1"
AT_ONCE = 16
PATIENCE = 60.0
"""Seconds without any answer after which a run is given up."""
MOST = 50_000


@dataclass(frozen=True)
class Load:
    """Requests as they go over the wire, to one port. With ``rate`` they start at that many per second."""

    port: int
    requests: list[str]
    at_once: int = AT_ONCE
    rate: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a load: seconds in all, and of each request status, latency, and when its answer was there."""

    seconds: float
    statuses: list[int]
    latencies: list[float]
    answered_at: list[float]
    bytes: int = 0
    first: str = field(default="", repr=False)

    @property
    def rate(self) -> float:
        return len(self.statuses) / self.seconds

    @property
    def p50(self) -> float:
        return median(self.latencies)

    @property
    def p95(self) -> float:
        return quantiles(self.latencies, n=20)[-1]

    def expect(self, status: int) -> Outcome:
        """Make sure that every answer had this status: fast refusals would look like speed."""
        wrong = {code: count for code, count in Counter(self.statuses).items() if code != status}
        assert not wrong, f"expected {status} only, got {wrong}: {self.first[:600]}"
        return self


def fire(load: Load) -> Outcome:
    """Run a load in a fresh process."""
    assert len(load.requests) <= MOST
    command = [sys.executable, __file__]
    done = subprocess.run(
        command, input=json.dumps(asdict(load)), capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return Outcome(**json.loads(done.stdout))


def request(
    method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"", host: str = LOOPBACK
) -> str:
    """One request as it goes over the wire; bytes stand as the characters of their numbers."""
    fields = {"Host": host, "Connection": "close", "User-Agent": "bench", **(headers or {})}
    if body or method == "POST":
        fields["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n" + body.decode("latin-1")


class _Run:
    """One load under way."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.messages = [text.encode("latin-1") for text in load.requests]
        self.selector = selectors.DefaultSelector()
        count = len(self.messages)
        self.statuses, self.latencies, self.answered_at = [0] * count, [0.0] * count, [0.0] * count
        self.started_at = [0.0] * count
        self.answers: dict[int, bytes] = {}
        self.next, self.open, self.bytes, self.first = 0, 0, 0, b""

    def all(self) -> Outcome:
        begun = time.perf_counter()
        while self.next < len(self.messages) or self.open:
            wait = self._send(begun)
            ready = self.selector.select(wait)
            if not ready and wait == PATIENCE:
                raise TimeoutError(f"no answer in {PATIENCE:g} seconds")
            for key, _ in ready:
                self._receive(key.fileobj, key.data)
        seconds = time.perf_counter() - begun
        text = self.first.decode("latin-1")
        return Outcome(seconds, self.statuses, self.latencies, self.answered_at, self.bytes, text)

    def _send(self, begun: float) -> float:
        """Start what may start now; gives the seconds until the next may."""
        while self.next < len(self.messages) and self.open < self.load.at_once:
            if self.load.rate:
                early = begun + self.next / self.load.rate - time.perf_counter()
                if early > 0:
                    return early
            self._start(self.next)
            self.next += 1
        return PATIENCE

    def _start(self, number: int) -> None:
        self.started_at[number] = time.perf_counter()
        connection = socket.create_connection((LOOPBACK, self.load.port), timeout=PATIENCE)
        connection.sendall(self.messages[number])
        connection.setblocking(False)
        self.answers[number] = b""
        self.selector.register(connection, selectors.EVENT_READ, number)
        self.open += 1

    def _receive(self, connection: Any, number: int) -> None:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            part = b""
        if part:
            self.answers[number] += part
            return
        self.latencies[number] = time.perf_counter() - self.started_at[number]
        self.answered_at[number] = time.time()
        self.selector.unregister(connection)
        connection.close()
        self.open -= 1
        answer = self.answers.pop(number)
        self.statuses[number] = int(answer[9:12]) if answer.startswith(b"HTTP/1.") else 0
        self.bytes += len(answer)
        self.first = self.first or answer


if __name__ == "__main__":
    json.dump(asdict(_Run(Load(**json.load(sys.stdin))).all()), sys.stdout)
