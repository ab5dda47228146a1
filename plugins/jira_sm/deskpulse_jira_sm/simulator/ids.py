"""Identifiers the vendor hands out, all drawn from one seed so that a run can be repeated."""

from __future__ import annotations

import itertools

from deskpulse_simulation.ids import SeededIds


class Ids(SeededIds):
    """Numbers and account ids of one site."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._counters: dict[str, itertools.count[int]] = {}

    def number(self, kind: str, first: int = 10000) -> int:
        """The next id of a kind of record; each kind counts for itself, as in Jira."""
        return next(self._counters.setdefault(kind, itertools.count(first)))

    def account_id(self, kind: str) -> str:
        """``712020:<uuid>`` for people with an Atlassian account, ``qm:<uuid>:<id>`` for portal-only customers."""
        if kind == "customer":
            return f"qm:{self.uuid()}:{self.random.getrandbits(92):023x}"
        return f"712020:{self.uuid()}"

    def token(self) -> str:
        """An API token; their length varies on purpose, as the vendor warns that it does."""
        return "ATATT3x" + (self.secret(64) * 3)[: 100 + self.random.randrange(90)]
