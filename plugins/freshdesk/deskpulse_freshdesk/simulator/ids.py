"""Identifiers the vendor hands out, all drawn from one seed so that a run can be repeated."""

from __future__ import annotations

import hashlib
import itertools

from deskpulse_simulation.ids import SeededIds

_FIRST_ID = 43_000_000_000


class Ids(SeededIds):
    """Numbers and API keys of one account."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._numbers = itertools.count(_FIRST_ID + self.random.randrange(1, 1000) * 1000)
        self._tickets = itertools.count(1)
        self.account = 1_100_000 + self.random.randrange(1, 9999)
        self._key_material = self.random.randbytes(32)

    def number(self) -> int:
        """A record id: beyond 32 bits, as accounts of today have them."""
        return next(self._numbers)

    def ticket(self) -> int:
        """A ticket id: a small number counted from 1, which people read out on the phone."""
        return next(self._tickets)

    def api_key(self, agent_id: int, generation: int = 0) -> str:
        """The API key of one agent, 20 characters; resetting it starts the next generation."""
        text = f"{agent_id}.{generation}".encode()
        return hashlib.blake2b(text, key=self._key_material, digest_size=15).hexdigest()[:20]
