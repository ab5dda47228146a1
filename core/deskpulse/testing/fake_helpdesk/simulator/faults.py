"""Faults on demand: what tests ask the account to do wrong, to API calls and to webhook deliveries."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

WEBHOOKS = ("duplicate_webhooks", "lose_webhooks")


@dataclass
class Fault:
    """One fault of API calls, for the next ``times`` of them."""

    times: int = 1
    status: int | None = None
    retry_after: float | None = None
    delay: float = 0.0
    drop: bool = False


class Faults:
    """All faults in force; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Fault] = []
        self._webhooks = dict.fromkeys(WEBHOOKS, 0)

    def add(self, wanted: dict[str, Any]) -> None:
        """Put a fault in force. Raises TypeError for one that is unknown."""
        with self._lock:
            self._webhooks |= {name: int(wanted.pop(name)) for name in WEBHOOKS if name in wanted}
            if wanted:
                self._requests.append(Fault(**wanted))

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._requests.clear()
            self._webhooks = dict.fromkeys(WEBHOOKS, 0)

    def for_request(self) -> Fault | None:
        """The fault that this API call meets; it counts as used once."""
        with self._lock:
            if not self._requests:
                return None
            fault = self._requests[0]
            fault.times -= 1
            if fault.times <= 0:
                self._requests.pop(0)
            return fault

    def copies(self) -> int:
        """How often the next webhook call is to be made: none where it is lost, several where it is duplicated."""
        with self._lock:
            if self._webhooks["lose_webhooks"]:
                self._webhooks["lose_webhooks"] -= 1
                return 0
            extra, self._webhooks["duplicate_webhooks"] = self._webhooks["duplicate_webhooks"], 0
            return 1 + extra
