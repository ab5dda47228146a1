"""The log of deliveries as the vendor tells it: an invocation per event, an attempt per try."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse_simulation.attempts import Attempt, Delivery
from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.records import Webhook
from deskpulse_zendesk.simulator.stamps import stamp_or_none

BROKEN = "circuit broken"
_HIDDEN = frozenset(("Authorization",))


@dataclass
class Invocation(Delivery):
    """One event on its way to one webhook; its id stays the same over all attempts."""

    webhook: Webhook
    query: str
    body: bytes

    def summary(self) -> Json:
        """As the invocations list shows it; one never sent has no status code."""
        body: Json = {"id": self.id}
        if self.attempts and self.status != BROKEN:
            code = status_code(self.attempts[-1])
            body |= {} if code is None else {"status_code": code}
        return body | {"status": self.status, "latest_completed_at": stamp_or_none(self.completed_at)}

    def tries(self) -> list[Json]:
        """As the attempts list shows them."""
        return [
            {
                "id": self.webhook.id,
                "invocation_id": self.id,
                "status_code": status_code(attempt),
                "status": "Failed: 504" if attempt.timed_out else attempt.status,
                "request": {"headers": _pairs(attempt.headers), "payload": attempt.payload},
                "response": {"headers": _pairs(attempt.answer_headers), "payload": attempt.answer_body},
            }
            for attempt in self.attempts
        ]


def status_code(attempt: Attempt) -> int | None:
    """The receiver's answer; a timeout is told as 504."""
    return 504 if attempt.timed_out else attempt.status_code


def cause(attempt: Attempt) -> str:
    """What retries are counted by: a timeout, a conflict, or unavailability."""
    return "timeout" if attempt.timed_out else "conflict" if attempt.status_code == 409 else "unavailable"


def answer(attempt: Attempt) -> Json:
    """What a receiver said to a test request."""
    return {
        "status_code": status_code(attempt) or 0,
        "headers": _pairs(attempt.answer_headers),
        "payload": attempt.answer_body,
    }


def _pairs(headers: dict[str, str]) -> list[Json]:
    return [{"key": key, "value": value} for key, value in headers.items() if key not in _HIDDEN]
