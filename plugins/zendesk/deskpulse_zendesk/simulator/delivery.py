"""Sending webhooks: at once and from several threads, so in no certain order; retried only as the vendor retries."""

from __future__ import annotations

import heapq
import itertools
import random
import threading
import time
from collections import deque
from dataclasses import dataclass

import requests

from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.breaker import Breaker
from deskpulse_zendesk.simulator.faults import Faults
from deskpulse_zendesk.simulator.invocations import Attempt, Invocation
from deskpulse_zendesk.simulator.records import Json, Webhook
from deskpulse_zendesk.simulator.signing import delivery_headers

WORKERS = 4
LOG_LENGTH = 5000


@dataclass
class Timings:
    """The vendor's delivery rules, in seconds and tries; tests shorten the waits."""

    timeout: float = 12.0
    retry_wait: float = 5.0
    timeout_retries: int = 5
    conflict_retries: int = 3
    unavailable_retries: int = 3
    longest_retry_after: float = 60.0


@dataclass(frozen=True)
class _Outcome:
    """How one attempt ended: ``wait`` is None when it is not tried again."""

    status: str
    wait: float | None = None


class Dispatcher:
    """A queue of invocations with worker threads. Nothing is sent before ``start`` or after ``close``."""

    def __init__(self, account: Account, faults: Faults, seed: int) -> None:
        self._account = account
        self._faults = faults
        self._shuffle = random.Random(seed)  # noqa: S311 (repeatable shuffles, nothing secret)
        self.timings = Timings()
        self._breaker = Breaker()
        self._ready = threading.Condition()
        self._due: list[tuple[float, int, list[Invocation]]] = []
        self._held: list[Invocation] = []
        self._busy = 0
        self._order = itertools.count()
        self._log: dict[str, deque[Invocation]] = {}
        self._closed = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start the workers, once."""
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._work, name=f"zendesk-webhooks-{number}", daemon=True)
                for number in range(WORKERS)
            ]
            for thread in self._threads:
                thread.start()

    def close(self) -> None:
        """Stop; whatever waits is not sent."""
        with self._ready:
            self._closed = True
            self._due.clear()
            self._ready.notify_all()
        for thread in self._threads:
            thread.join(timeout=self.timings.timeout + 1)

    def send(self, webhook: Webhook, query: str, body: bytes) -> None:
        """Queue one delivery. The caller holds the account's lock."""
        if webhook.status != "active":
            return
        invocation = Invocation(self._account.ids.ulid(self._account.clock.now()), webhook, query, body)
        self._log.setdefault(webhook.id, deque(maxlen=LOG_LENGTH)).appendleft(invocation)
        if self._faults.take("lose_webhooks"):
            invocation.finish("failed", self._account.clock.now())
            return
        if self._faults.take("circuit_broken"):
            invocation.finish("circuit broken", self._account.clock.now())
            return
        copies = [invocation] * (1 + self._faults.extent("duplicate_webhooks"))
        batch = self._faults.extent("reorder_webhooks")
        with self._ready:
            if batch > 1:
                self._held += copies
                if len(self._held) >= batch:
                    self._release()
            else:
                for copy in copies:
                    self._queue([copy], 0)

    def release(self) -> None:
        """Send whatever is held back to be reordered."""
        with self._ready:
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        shuffled = list(held)
        self._shuffle.shuffle(shuffled)
        if shuffled == held:
            shuffled.reverse()
        if shuffled:
            self._queue(shuffled, 0)

    def _queue(self, batch: list[Invocation], wait: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + wait, next(self._order), batch))
        self._ready.notify()

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (batch := self._next()) is not None:
                for invocation in batch:
                    self._attempt(session, invocation)
                with self._ready:
                    self._busy -= 1
                    self._ready.notify_all()

    def _next(self) -> list[Invocation] | None:
        with self._ready:
            while not self._closed:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._ready.wait(wait)
            return None

    def wait_idle(self, seconds: float) -> bool:
        """Wait until nothing is due or under way; False when that takes longer. Later retries are not waited for."""
        until = time.monotonic() + seconds
        with self._ready:
            while self._busy or any(due <= time.monotonic() for due, _, _ in self._due):
                if time.monotonic() > until:
                    return False
                self._ready.wait(0.05)
        return True

    def log_of(self, webhook_id: str) -> list[Invocation]:
        """A webhook's invocations, latest first."""
        return list(self._log.get(webhook_id, ()))

    def _attempt(self, session: requests.Session, invocation: Invocation) -> None:
        if self._breaker.open():
            invocation.finish("circuit broken", self._account.clock.now())
            return
        attempt = self._call(session, invocation.webhook, invocation.id, invocation.query, invocation.body)
        outcome = self._judge(invocation, attempt)
        self._breaker.count(failed=outcome.status != "success")
        with self._account.lock:
            attempt.status = outcome.status
            invocation.attempts.append(attempt)
            invocation.finish(outcome.status, self._account.clock.now(), attempt.status_code)
        if outcome.wait is not None:
            with self._ready:
                self._queue([invocation], outcome.wait)

    def _judge(self, invocation: Invocation, attempt: Attempt) -> _Outcome:
        """Which answers are tried again: timeouts, 409, and 429 or 503 that name a short wait. A 500 never is."""
        timings, code = self.timings, attempt.status_code
        if code is not None and 200 <= code < 300:
            return _Outcome("success")
        before = sum(earlier.cause == attempt.cause for earlier in invocation.attempts)
        if attempt.timed_out:
            return _Outcome("failed", timings.retry_wait if before < timings.timeout_retries else None)
        if code == 409:
            return _Outcome("failed", timings.retry_wait if before < timings.conflict_retries else None)
        if code in (429, 503) and attempt.retry_after is not None and attempt.retry_after < timings.longest_retry_after:
            return _Outcome("failed", attempt.retry_after if before < timings.unavailable_retries else None)
        return _Outcome("failed" if code is None or code >= 500 else "terminated")

    def _call(
        self, session: requests.Session, webhook: Webhook, invocation_id: str, query: str, body: bytes
    ) -> Attempt:
        with self._account.lock:
            method = webhook.http_method
            if method in ("GET", "DELETE"):
                body = b""
            elif webhook.request_format == "form_encoded":
                body, query = query.encode() or body, ""
            url = f"{webhook.endpoint}{'&' if '?' in webhook.endpoint else '?'}{query}" if query else webhook.endpoint
            headers = delivery_headers(self._account, webhook, invocation_id, body)
        attempt = Attempt(webhook.id, invocation_id, headers, body.decode("utf-8", "replace"))
        try:
            answer = session.request(
                method, url, data=body or None, headers=headers, timeout=self.timings.timeout, allow_redirects=False
            )
        except requests.Timeout:
            attempt.timed_out, attempt.status_code = True, 504
        except requests.RequestException as error:
            attempt.problem = type(error).__name__
        else:
            attempt.take(answer)
        return attempt

    def send_test(self, webhook: Webhook, body: bytes) -> Json:
        """One request outside the queue and the log; the receiver's answer."""
        with requests.Session() as session:
            session.trust_env = False
            attempt = self._call(session, webhook, self._account.ids.ulid(self._account.clock.now()), "", body)
        return {
            "status_code": attempt.status_code or 0,
            "headers": [{"key": key, "value": value} for key, value in attempt.answer_headers.items()],
            "payload": attempt.answer_body,
        }
