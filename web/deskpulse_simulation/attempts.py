"""One webhook delivery and its tries: what was sent, what came back, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import requests

from deskpulse_simulation.records import Json

KEPT_ANSWER = 16_000
"""Characters."""


@dataclass(frozen=True)
class Call:
    """One request, ready to be sent. It is made anew for every attempt, so headers may differ between them."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Attempt:
    """One request as sent, and what came back: an answer, a timeout, or a connection problem (its error's name)."""

    headers: dict[str, str]
    payload: str
    status: str = "pending"
    status_code: int | None = None
    timed_out: bool = False
    problem: str | None = None
    retry_after: float | None = None
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: str = ""

    def take(self, answer: requests.Response) -> None:
        """Keep the receiver's answer."""
        self.status_code = answer.status_code
        self.answer_headers = dict(answer.headers)
        self.answer_body = answer.text[:KEPT_ANSWER]
        wait = answer.headers.get("Retry-After", "")
        self.retry_after = float(wait) if wait.replace(".", "", 1).isdigit() else None

    @property
    def taken(self) -> bool:
        """Whether the receiver said yes: any 2xx."""
        return self.status_code is not None and 200 <= self.status_code < 300

    def as_json(self) -> Json:
        """In a few words, for programs; without what was sent."""
        return {
            "status_code": self.status_code,
            "timed_out": self.timed_out,
            "retry_after": self.retry_after,
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended, in the vendor's word for it; ``wait`` is seconds to the next try, None for no other."""

    status: str
    wait: float | None = None


@dataclass
class Delivery:
    """One event on its way to one receiver; a vendor adds what it needs to make the request.

    ``id`` stays the same over all attempts. ``target`` is the id of the webhook, or what else the log is kept by.
    ``begun`` is filled by the dispatcher, in seconds on its own time; ``Dispatcher.age`` compares with it. A delivery
    that is duplicated on demand is sent twice as one object, so its attempts are all of both.
    """

    id: str
    target: str
    status: str = field(default="pending", kw_only=True)
    completed_at: datetime | None = field(default=None, kw_only=True)
    begun: float = field(default=0.0, kw_only=True)
    attempts: list[Attempt] = field(default_factory=list, kw_only=True)

    def finish(self, status: str, moment: datetime) -> None:
        """Note how the latest try ended."""
        self.status, self.completed_at = status, moment

    def as_json(self) -> Json:
        """In a few words, for programs."""
        return {
            "id": self.id,
            "target": self.target,
            "status": self.status,
            "attempts": [attempt.as_json() for attempt in self.attempts],
        }
