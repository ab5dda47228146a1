"""The log of deliveries: an invocation per event, an attempt per try."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import requests

from deskpulse_zendesk.simulator.clock import stamp_or_none
from deskpulse_zendesk.simulator.records import Json, Webhook


@dataclass
class Attempt:
    """One request as sent, and what came back: an answer, a timeout (told as 504) or a connection problem."""

    webhook_id: str
    invocation_id: str
    headers: dict[str, str]
    payload: str
    status: str = "pending"
    status_code: int | None = None
    timed_out: bool = False
    problem: str | None = None
    retry_after: float | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: str = ""

    @property
    def cause(self) -> str:
        """What retries are counted by: a timeout, a conflict, or unavailability."""
        return "timeout" if self.timed_out else "conflict" if self.status_code == 409 else "unavailable"

    def take(self, answer: requests.Response) -> None:
        """Keep the receiver's answer."""
        self.status_code = answer.status_code
        self.answer_headers = dict(answer.headers)
        self.answer_body = answer.text[:16_000]
        wait = answer.headers.get("Retry-After", "")
        self.retry_after = float(wait) if wait.replace(".", "", 1).isdigit() else None

    def as_json(self) -> Json:
        """As the attempts list shows it."""
        return {
            "id": self.webhook_id,
            "invocation_id": self.invocation_id,
            "status_code": self.status_code,
            "status": self.status if not self.timed_out else "Failed: 504",
            "request": {
                "headers": [{"key": key, "value": value} for key, value in self.headers.items() if key not in _HIDDEN],
                "payload": self.payload,
            },
            "response": {
                "headers": [{"key": key, "value": value} for key, value in self.answer_headers.items()],
                "payload": self.answer_body,
            },
        }


_HIDDEN = frozenset(("Authorization",))


@dataclass
class Invocation:
    """One event on its way to one webhook; its id stays the same over all attempts."""

    id: str
    webhook: Webhook
    query: str
    body: bytes
    status: str = "pending"
    status_code: int | None = None
    completed_at: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)

    def finish(self, status: str, moment: datetime, status_code: int | None = None) -> None:
        """Note how the latest try ended."""
        self.status, self.status_code, self.completed_at = status, status_code, moment

    def summary(self) -> Json:
        """As the invocations list shows it; one never sent has no status code."""
        body: Json = {"id": self.id}
        if self.status_code is not None:
            body["status_code"] = self.status_code
        return body | {"status": self.status, "latest_completed_at": stamp_or_none(self.completed_at)}
