"""Faults on demand: what tests ask the account to do wrong, to API calls and to webhook deliveries."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any

from deskpulse_zendesk.simulator.records import Json

WEBHOOK_FAULTS = ("duplicate_webhooks", "reorder_webhooks", "lose_webhooks", "circuit_broken")
_STATUSES = (400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504)


@dataclass
class RequestFault:
    """One fault of API calls. ``times`` None lasts until cleared; ``path`` is a prefix."""

    times: int | None = 1
    status: int | None = None
    retry_after: float | None = None
    delay: float | None = None
    drop: bool = False
    path: str | None = None
    method: str | None = None

    def meets(self, method: str, path: str) -> bool:
        """Whether this request is one it was meant for."""
        if self.times == 0 or (self.method and self.method.upper() != method):
            return False
        return self.path is None or path.startswith(self.path)


class Faults:
    """All faults in force; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[RequestFault] = []
        self._webhooks: dict[str, int] = dict.fromkeys(WEBHOOK_FAULTS, 0)

    def add(self, wanted: Json) -> str | None:
        """Put a fault in force; says what is wrong with the request, or None."""
        unknown = set(wanted) - set(WEBHOOK_FAULTS) - set(RequestFault.__dataclass_fields__)
        if unknown:
            return f"unknown fault: {', '.join(sorted(unknown))}"
        if wanted.get("status") is not None and wanted["status"] not in _STATUSES:
            return f"status must be one of {_STATUSES}"
        with self._lock:
            for name in WEBHOOK_FAULTS:
                if name in wanted:
                    self._webhooks[name] = int(wanted[name])
            given: dict[str, Any] = {key: value for key, value in wanted.items() if key not in WEBHOOK_FAULTS}
            if given.keys() & {"status", "delay", "drop"}:
                given.setdefault("times", None if set(given) <= {"delay", "path", "method"} else 1)
                self._requests.append(RequestFault(**given))
        return None

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._requests.clear()
            self._webhooks = dict.fromkeys(WEBHOOK_FAULTS, 0)

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
        """Whether the next delivery is to be lost, or broken by the circuit; each counts as used once."""
        with self._lock:
            if self._webhooks[name] <= 0:
                return False
            self._webhooks[name] -= 1
            return True

    def extent(self, name: str) -> int:
        """How often a delivery is duplicated, or how many are held to be reordered."""
        with self._lock:
            return self._webhooks[name]
