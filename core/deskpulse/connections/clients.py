"""One HTTP client for each connection and process, so that sockets stay open and a rate limit is known to all jobs."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from deskpulse.http import HttpClient


class Clients:
    """HTTP clients by connection key."""

    def __init__(self) -> None:
        self._clients: dict[str, HttpClient] = {}
        self._lock = threading.Lock()

    def of(self, key: str, secrets: Iterable[str]) -> HttpClient:
        """The connection's client, which keeps these secrets out of everything it says."""
        with self._lock:
            client = self._clients.setdefault(key, HttpClient())
        client.redact_also(secrets)
        return client
