"""Where the simulator's webhooks arrive: keeps each call as the delivery that the real inlet would store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from deskpulse.records import Delivery

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATIENCE = 10.0
"""Seconds within which a webhook call must arrive."""


class Inlet:
    """A WSGI application that accepts everything."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._deliveries: list[tuple[str, Delivery]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Keep the call and answer 202."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with self._arrived:
            self._deliveries.append((str(environ["PATH_INFO"]), Delivery(headers, body, datetime.now(UTC))))
            self._arrived.notify_all()
        start_response("202 Accepted", [("Content-Length", "0")])
        return []

    def at(self, path: str) -> list[Delivery]:
        """What has arrived at one address so far."""
        with self._arrived:
            return [delivery for where, delivery in self._deliveries if where == path]

    def wait(self, path: str, enough: Callable[[Sequence[Delivery]], bool]) -> list[Delivery]:
        """Wait until what has arrived at an address is enough."""
        with self._arrived:
            arrived = self._arrived.wait_for(lambda: enough(self.at(path)), PATIENCE)
            found = self.at(path)
        assert arrived, (
            f"after {PATIENCE:g} seconds only {len(found)} webhook calls have arrived, and not the one awaited"
        )
        return found
