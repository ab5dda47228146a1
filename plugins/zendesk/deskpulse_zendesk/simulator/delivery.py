"""How webhooks are called: which request, which answers are tried again, and when the circuit breaks."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse_simulation import delivery
from deskpulse_simulation.attempts import Attempt, Call, Outcome
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.breaker import Breaker
from deskpulse_zendesk.simulator.invocations import BROKEN, Invocation, answer, cause
from deskpulse_zendesk.simulator.records import Webhook
from deskpulse_zendesk.simulator.signing import delivery_headers

CIRCUIT_BROKEN = "circuit_broken"
"""A fault of the vendor's own: so many deliveries fall into the pause of a broken circuit."""


@dataclass
class Timings(delivery.Timings):
    """The vendor's delivery rules, in seconds and tries; tests shorten the waits."""

    timeout: float = 12.0
    retry_wait: float = 5.0
    timeout_retries: int = 5
    conflict_retries: int = 3
    unavailable_retries: int = 3
    longest_retry_after: float = 60.0


class Courier:
    """The vendor's part of delivering, and where rules hand their calls in."""

    def __init__(self, account: Account, faults: Faults, seed: int) -> None:
        self._account = account
        self._faults = faults
        self._breaker = Breaker()
        self._timings = Timings()
        self.dispatcher = delivery.Dispatcher[Invocation](
            self, account.clock, account.lock, faults, seed=seed, timings=self._timings
        )

    def send(self, webhook: Webhook, query: str, body: bytes) -> None:
        """Queue one delivery. The caller holds the account's lock."""
        if webhook.status != "active":
            return
        invocation = self._invocation(webhook, query, body)
        if self._faults.take(CIRCUIT_BROKEN):
            self.dispatcher.skip(invocation, BROKEN)
        else:
            self.dispatcher.send(invocation)

    def send_test(self, webhook: Webhook, body: bytes) -> Json:
        """One request outside the queue and the log; the receiver's answer."""
        with self._account.lock:
            request = self._request(self._invocation(webhook, "", body))
        return answer(self.dispatcher.try_once(request))

    def _invocation(self, webhook: Webhook, query: str, body: bytes) -> Invocation:
        return Invocation(self._account.ids.ulid(self._account.clock.now()), webhook.id, webhook, query, body)

    def call(self, invocation: Invocation) -> Call | Outcome:
        """The request, unless the circuit is broken."""
        return Outcome(BROKEN) if self._breaker.open() else self._request(invocation)

    def _request(self, invocation: Invocation) -> Call:
        webhook, query, body = invocation.webhook, invocation.query, invocation.body
        if webhook.http_method in ("GET", "DELETE"):
            body = b""
        elif webhook.request_format == "form_encoded":
            body, query = query.encode() or body, ""
        url = f"{webhook.endpoint}{'&' if '?' in webhook.endpoint else '?'}{query}" if query else webhook.endpoint
        return Call(webhook.http_method, url, delivery_headers(self._account, webhook, invocation.id, body), body)

    def judge(self, invocation: Invocation, attempt: Attempt) -> Outcome:
        """What follows from an attempt; failures count towards breaking the circuit."""
        outcome = self._outcome(invocation, attempt)
        self._breaker.count(failed=outcome.status != "success")
        return outcome

    def _outcome(self, invocation: Invocation, attempt: Attempt) -> Outcome:
        """Which answers are tried again: timeouts, 409, and 429 or 503 that name a short wait. A 500 never is."""
        timings, code = self._timings, attempt.status_code
        if attempt.taken:
            return Outcome("success")
        before = sum(cause(earlier) == cause(attempt) for earlier in invocation.attempts)
        if attempt.timed_out:
            return Outcome("failed", timings.retry_wait if before < timings.timeout_retries else None)
        if code == 409:
            return Outcome("failed", timings.retry_wait if before < timings.conflict_retries else None)
        if code in (429, 503) and attempt.retry_after is not None and attempt.retry_after < timings.longest_retry_after:
            return Outcome("failed", attempt.retry_after if before < timings.unavailable_retries else None)
        return Outcome("failed" if code is None or code >= 500 else "terminated")
