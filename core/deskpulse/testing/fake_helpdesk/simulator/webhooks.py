"""Webhook calls: signed over time and body, with a delivery id that a repeated call keeps."""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import threading
import uuid
from typing import Any

import requests

from deskpulse.testing.fake_helpdesk.simulator.account import Now, Webhook
from deskpulse.testing.fake_helpdesk.simulator.faults import Faults

TIMEOUT = 5.0


class Sender:
    """Sends in the background and in order. A call that fails is lost, as a vendor's is who gave up."""

    def __init__(self, faults: Faults, now: Now) -> None:
        self.sign = sign
        self._faults = faults
        self._now = now
        self._queue: queue.Queue[tuple[Webhook, dict[str, Any]] | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._closed = False

    def send(self, webhook: Webhook, event: dict[str, Any]) -> None:
        """Queue one call."""
        self._queue.put((webhook, event))

    def start(self) -> None:
        """Begin sending."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="fake-webhooks", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop after the call that is under way."""
        self._closed = True
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(TIMEOUT)

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while (job := self._queue.get()) is not None and not self._closed:
                self._deliver(session, *job)

    def _deliver(self, session: requests.Session, webhook: Webhook, event: dict[str, Any]) -> None:
        body = json.dumps({name: value for name, value in event.items() if name != "sequence"}).encode()
        delivery_id = str(uuid.uuid4())
        for _ in range(self._faults.copies()):
            stamp = self._now().isoformat(timespec="seconds")
            headers = {
                "Content-Type": "application/json",
                "X-Fake-Delivery": delivery_id,
                "X-Fake-Timestamp": stamp,
                "X-Fake-Signature": self.sign(webhook.secret, stamp, body),
            }
            try:
                session.post(webhook.url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False).close()
            except requests.RequestException:
                return


def sign(secret: str, stamp: str, body: bytes) -> str:
    """The signature header's text."""
    return "v1=" + hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).hexdigest()
