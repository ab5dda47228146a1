"""Faults on demand: what tests ask the account to do wrong, to API calls and to webhook deliveries."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass

from deskpulse_simulation.records import BadInput, Json
from deskpulse_simulation.settings import check

WEBHOOK_FAULTS = ("duplicate_webhooks", "reorder_webhooks", "lose_webhooks")
STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504)


@dataclass
class RequestFault:
    """One fault of API calls. ``times`` None lasts until cleared; ``path`` is a prefix.

    ``delay`` and ``retry_after`` are seconds. ``after``: the request is done first, and only its answer is lost.
    ``reason`` picks one of several such answers, by a name of the vendor's own.
    """

    times: int | None = 1
    status: int | None = None
    retry_after: float | None = None
    delay: float | None = None
    drop: bool = False
    path: str | None = None
    method: str | None = None
    after: bool = False
    reason: str | None = None

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is one it was meant for."""
        if self.times == 0 or (self.method and self.method.upper() != method):
            return False
        return self.path is None or path.startswith(self.path)


class Faults:
    """All faults in force; safe to use from many threads.

    ``webhook_faults`` are the vendor's own beside the common ones; its dispatching ``take``s them.
    """

    def __init__(self, webhook_faults: tuple[str, ...] = ()) -> None:
        self._lock = threading.Lock()
        self._requests: list[RequestFault] = []
        self._names = (*WEBHOOK_FAULTS, *webhook_faults)
        self._webhooks: dict[str, int] = dict.fromkeys(self._names, 0)

    def add(self, wanted: Json) -> None:
        """Put a fault in force: ``{"status": 503, "times": 2}``, ``{"delay": 0.05}``, ``{"lose_webhooks": 1}``.

        A mere delay lasts until cleared, anything else happens once unless ``times`` says otherwise. Raises BadInput.
        """
        webhooks = {name: value for name, value in wanted.items() if name in self._names}
        given = check(RequestFault, {name: value for name, value in wanted.items() if name not in self._names})
        wrong = [name for name, value in webhooks.items() if type(value) is not int or value < 0]
        if wrong:
            raise BadInput(f"{', '.join(wrong)}: send a whole number")
        if given.get("status") is not None and given["status"] not in STATUSES:
            raise BadInput(f"status must be one of {STATUSES}")
        if given and not given.keys() & {"status", "delay", "drop"}:
            raise BadInput("say what is to go wrong: status, delay or drop")
        with self._lock:
            self._webhooks |= webhooks
            if given:
                given.setdefault("times", None if set(given) <= {"delay", "path", "method"} else 1)
                self._requests.append(RequestFault(**given))

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._requests.clear()
            self._webhooks = dict.fromkeys(self._names, 0)

    def listing(self) -> Json:
        """What is in force."""
        with self._lock:
            return {"requests": [asdict(fault) for fault in self._requests], "webhooks": dict(self._webhooks)}

    def for_request(self, method: str, path: str) -> list[RequestFault]:
        """The faults this request meets; each counts as used once."""
        with self._lock:
            met = [fault for fault in self._requests if fault.meets(method, path)]
            for fault in met:
                if fault.times is not None:
                    fault.times -= 1
            self._requests = [fault for fault in self._requests if fault.times != 0]
            return met

    def take(self, name: str) -> bool:
        """Whether the next delivery meets a fault that is counted down, being lost for one; counts as used once."""
        with self._lock:
            if self._webhooks[name] <= 0:
                return False
            self._webhooks[name] -= 1
            return True

    def extent(self, name: str) -> int:
        """How often a delivery is duplicated, or how many are held to be reordered."""
        with self._lock:
            return self._webhooks[name]
