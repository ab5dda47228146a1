"""Identifiers the vendor hands out, all drawn from one seed so that a run can be repeated."""

from __future__ import annotations

import base64
import itertools
from datetime import datetime

from deskpulse_simulation.ids import SeededIds

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FIRST_ID = 7_100_000_000_000


class Ids(SeededIds):
    """Numbers, ULIDs and secrets of one account; a UUID is an event's ``id``, an app's ``app_guid``."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._numbers = itertools.count(_FIRST_ID + self.random.randrange(1, 1000) * 1000)
        self._tickets = itertools.count(1)

    def number(self) -> int:
        """A record id: beyond 32 bits, as accounts of today have them."""
        return next(self._numbers)

    def ticket(self) -> int:
        """A ticket id: a small number counted from 1, which people read out on the phone."""
        return next(self._tickets)

    def ulid(self, moment: datetime) -> str:
        """26 characters, time first: webhooks and their invocations are named so."""
        value = (int(moment.timestamp() * 1000) << 80) | self.random.getrandbits(80)
        return "".join(_CROCKFORD[(value >> shift) & 31] for shift in range(125, -5, -5))

    def signing_secret(self) -> str:
        """A webhook's signing secret; it looks like base64 but is used as text."""
        return base64.b64encode(self.random.randbytes(32)).decode()
