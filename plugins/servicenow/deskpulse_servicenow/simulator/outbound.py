"""Calls that scripts make: one attempt each, as RESTMessageV2 never tries again by itself.

Each is kept for ``/_sim/deliveries``. Of the faults on demand, a lost call is one that a gateway swallows: the script
sees a 202, and nobody is called. A script's own time-out does not count; the dispatcher's does (``/_sim/delivery``).
https://www.servicenow.com/docs/r/api-reference/server-api-reference/c_RESTMessageV2API.html (read 2026-03)
"""

from __future__ import annotations

from collections.abc import Callable

from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_simulation.attempts import Attempt, Call, Delivery, Outcome
from deskpulse_simulation.delivery import Dispatcher
from deskpulse_simulation.faults import Faults
from deskpulse_simulation.records import Json

NO_ANSWER: Json = {"status": 0, "body": "", "headers": {}, "error": "Unable to reach the endpoint"}
TAKEN: Json = {"status": 202, "body": "", "headers": {}, "error": ""}


class Unqueued:
    """The dispatcher's courier: an instance has no queue of calls, scripts make them one by one."""

    def call(self, _delivery: Delivery) -> Call | Outcome:
        """Nothing is ever queued."""
        return Outcome("failed")

    def judge(self, _delivery: Delivery, _attempt: Attempt) -> Outcome:
        """Nothing is ever tried again."""
        return Outcome("failed")


class Calls(Dispatcher[Delivery]):
    """The log of calls and the way to make one. What is held back to be reordered are rules, not calls."""

    let_go: Callable[[], object] | None = None

    def release(self) -> None:
        """Let what is held back go, as when faults are cleared."""
        super().release()
        if self.let_go is not None:
            self.let_go()


class Outbound:
    """The way out. ``later`` puts a call that nobody waits for on the background's queue."""

    def __init__(
        self,
        instance: Instance,
        dispatcher: Calls,
        faults: Faults,
        later: Callable[[Callable[[], object]], None],
    ) -> None:
        self._instance = instance
        self._dispatcher = dispatcher
        self._faults = faults
        self._later = later
        self.closed = False
        """Whether nobody may be called any more."""

    def call_later(self, call: Call) -> Json:
        """Make a call that nobody waits for: when it fails, it is lost."""
        self._later(lambda: self.call(call))
        return TAKEN

    def call(self, call: Call) -> Json:
        """Make a call; what came back as a script sees it: status 0 where nothing did."""
        with self._instance.lock:
            delivery = Delivery(self._instance.ids.sys_id(), call.url)
            copies = 1 + self._faults.extent("duplicate_webhooks")
            if self._faults.take("lose_webhooks"):
                self._dispatcher.skip(delivery, "lost")
                return TAKEN
        if self.closed:
            return NO_ANSWER
        attempts = [self._dispatcher.try_once(call) for _ in range(copies)]
        with self._instance.lock:
            delivery.attempts.extend(attempts)
            self._dispatcher.skip(delivery, "answered" if attempts[0].status_code else "failed")
        return _seen(attempts[0])


def _seen(attempt: Attempt) -> Json:
    if attempt.status_code is None:
        return NO_ANSWER | ({"error": "The endpoint took too long to answer"} if attempt.timed_out else {})
    return {"status": attempt.status_code, "body": attempt.answer_body, "headers": attempt.answer_headers, "error": ""}
