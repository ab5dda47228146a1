"""``Idempotency-Key`` on ticket creation: the first answer is kept for two hours and given again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from deskpulse_zendesk.simulator.api import Call, Reply
from deskpulse_zendesk.simulator.errors import bad_request

KEPT = timedelta(hours=2)
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    reply: Reply
    until: datetime


class Idempotency:
    """Keys of one account and what was answered to them."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def once(self, call: Call, work: Callable[[], Reply]) -> Reply:
        """Do the work, unless this key has been answered already."""
        key = call.request.headers.get("Idempotency-Key")
        if not key:
            return work()
        if len(key) > LONGEST_KEY:
            raise bad_request("IdempotentRequestError", "The idempotency key is longer than 255 characters")
        moment = call.account.clock.now()
        kept = self._kept.get(key)
        body = call.request.get_data()
        if kept is not None and kept.until > moment:
            if kept.body != body:
                raise bad_request("IdempotentRequestError", "Request parameters don't match the given idempotency key")
            call.headers["x-idempotency-lookup"] = "hit"
            return kept.reply
        call.headers["x-idempotency-lookup"] = "miss"
        reply = work()
        self._kept[key] = _Kept(body, reply, moment + KEPT)
        return reply
