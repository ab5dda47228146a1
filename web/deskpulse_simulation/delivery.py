"""Sending webhooks: at once and from several threads, so in no certain order; retried only as the vendor retries."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

import requests

from deskpulse_simulation.attempts import Attempt, Call, Delivery, Outcome
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.workers import Disorder, Workers

WORKERS = 4
LOG_LENGTH = 5000
"""Deliveries kept for each target."""

D = TypeVar("D", bound=Delivery)
D_contra = TypeVar("D_contra", bound=Delivery, contravariant=True)


@dataclass
class Timings:
    """How long a receiver may take, in seconds. A vendor's own waits and tries are added by a subclass.

    ``scale`` multiplies every wait before another try, so that tests need not wait for minutes.
    """

    timeout: float = 10.0
    scale: float = 1.0


class Courier(Protocol[D_contra]):
    """The vendor's part of delivering. Both are called while the account's lock is held."""

    def call(self, delivery: D_contra) -> Call | Outcome:
        """The next attempt's request, dated and signed now; an Outcome when nothing is to be sent at this moment."""
        ...

    def judge(self, delivery: D_contra, attempt: Attempt) -> Outcome:
        """What follows from an attempt. ``delivery.attempts`` holds those before it, not yet this one."""
        ...


class Dispatcher(Generic[D]):
    """A queue of deliveries with worker threads. Nothing is sent before ``start`` or after ``close``.

    Waits pass on the account's clock: a step of it makes due what was to wait. ``lock`` is the account's.
    """

    def __init__(
        self,
        courier: Courier[D],
        clock: Clock,
        lock: threading.RLock,
        faults: Faults,
        *,
        seed: int = 0,
        timings: Timings | None = None,
    ) -> None:
        self._courier = courier
        self._clock = clock
        self._lock = lock
        self._faults = faults
        self.timings = timings or Timings()
        self._workers = Workers("webhooks", WORKERS, clock)
        self._disorder = Disorder[D](seed)
        self._log: dict[str, deque[D]] = {}
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> None:
        """Start the workers, once."""
        self._workers.start()

    def close(self) -> None:
        """Stop; whatever waits is not sent."""
        self._workers.close(self.timings.timeout + 1)
        self._session.close()

    def send(self, delivery: D) -> None:
        """Queue one delivery, unless it is to be lost. The caller holds the account's lock."""
        if self._faults.take("lose_webhooks"):
            self.skip(delivery, "failed")
            return
        self._keep(delivery)
        copies = [delivery] * (1 + self._faults.extent("duplicate_webhooks"))
        batch = self._faults.extent("reorder_webhooks")
        if batch > 1:
            self._send(self._disorder.hold(copies, batch))
        else:
            for copy in copies:
                self._send([copy])

    def skip(self, delivery: D, status: str) -> None:
        """Keep a delivery in the log that is never sent. The caller holds the account's lock."""
        self._keep(delivery)
        delivery.finish(status, self._clock.now())

    def _keep(self, delivery: D) -> None:
        delivery.begun = self._workers.moment()
        self._log.setdefault(delivery.target, deque(maxlen=LOG_LENGTH)).appendleft(delivery)

    def release(self) -> None:
        """Send whatever is held back to be reordered. The caller holds the account's lock."""
        self._send(self._disorder.release())

    def _send(self, batch: list[D], wait: float = 0) -> None:
        """Queue deliveries of which each is tried after the one before it."""
        if batch:
            self._workers.add(partial(self._attempt_all, batch), wait)

    def age(self, delivery: D) -> float:
        """Seconds since a delivery was first to be sent."""
        return self._workers.moment() - delivery.begun

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is due or under way; False when that takes longer. Later retries are not waited for."""
        return self._workers.wait_idle(seconds)

    def log_of(self, target: str) -> list[D]:
        """What was sent to one target, latest first."""
        return list(self._log.get(target, ()))

    def log(self) -> list[D]:
        """Everything sent, by target and for each the oldest first."""
        return [delivery for rows in self._log.values() for delivery in reversed(rows)]

    def _attempt_all(self, batch: list[D]) -> None:
        for delivery in batch:
            self._attempt(delivery)

    def _attempt(self, delivery: D) -> None:
        with self._lock:
            call = self._courier.call(delivery)
        outcome = call if isinstance(call, Outcome) else self._tried(delivery, call)
        with self._lock:
            delivery.finish(outcome.status, self._clock.now())
        if outcome.wait is not None:
            self._send([delivery], outcome.wait * self.timings.scale)

    def _tried(self, delivery: D, call: Call) -> Outcome:
        attempt = self.try_once(call)
        with self._lock:
            outcome = self._courier.judge(delivery, attempt)
            attempt.status = outcome.status
            delivery.attempts.append(attempt)
            return outcome

    def try_once(self, call: Call) -> Attempt:
        """One request outside the queue and the log, as a vendor's "test this webhook" makes it. Hold no lock."""
        attempt = Attempt(call.headers, call.body.decode("utf-8", "replace"))
        try:
            answer = self._session.request(
                call.method,
                call.url,
                data=call.body or None,
                headers=call.headers,
                timeout=self.timings.timeout,
                allow_redirects=False,
            )
        except requests.Timeout:
            attempt.timed_out = True
        except requests.RequestException as error:
            attempt.problem = type(error).__name__
        else:
            attempt.take(answer)
        return attempt
