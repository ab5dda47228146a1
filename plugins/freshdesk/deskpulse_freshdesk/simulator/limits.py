"""Rate limits per minute by plan, for the whole account and for single endpoints, and the headers that tell of them.

https://support.freshdesk.com/support/solutions/articles/225439 (read 2026-08). Webhooks draw on the same quota.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.errors import too_many
from deskpulse_simulation.limits import Windows

MINUTE = 60


class Plan(NamedTuple):
    """How many calls a minute a plan allows; ``writes`` for creating and, apart, updating tickets."""

    account: int
    writes: int
    lists: int


PLANS = {
    "free": Plan(0, 0, 0),
    "trial": Plan(50, 50, 50),
    "growth": Plan(200, 80, 20),
    "pro": Plan(400, 160, 100),
    "enterprise": Plan(700, 280, 200),
}
TICKET_CREATE, TICKET_UPDATE, TICKETS_LIST, CONTACTS_LIST = "create", "update", "tickets", "contacts"


@dataclass
class Rates:
    """Numbers that take the place of the plan's; None leaves the plan's.

    ``window`` is the account limit's, in seconds: old accounts are counted by the hour.
    """

    account_per_minute: int | None = None
    window: int = MINUTE
    ticket_writes_per_minute: int | None = None
    lists_per_minute: int | None = None


class Limits:
    """Counts calls. Its caller holds the account's lock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.windows = Windows(account.clock)
        self.rates = Rates()

    @property
    def _plan(self) -> Plan:
        plan, rates = PLANS[self._account.switches.plan], self.rates
        return Plan(
            plan.account if rates.account_per_minute is None else rates.account_per_minute,
            plan.writes if rates.ticket_writes_per_minute is None else rates.ticket_writes_per_minute,
            plan.lists if rates.lists_per_minute is None else rates.lists_per_minute,
        )

    def call(self, includes: int, endpoint: str | None) -> dict[str, str]:
        """Count one call with so many includes; its headers, or the 429."""
        cost = 1 + includes * self._account.switches.include_cost
        total = self._plan.account
        used, reset = self.windows.count(("account",), self.rates.window, cost)
        headers = {
            "X-RateLimit-Total": self._number(total),
            "X-RateLimit-Remaining": self._number(max(total - used, 0)),
            "X-RateLimit-Used-CurrentRequest": self._number(cost),
        }
        over = used > total
        if endpoint is not None:
            allowed = self._plan.lists if endpoint in (TICKETS_LIST, CONTACTS_LIST) else self._plan.writes
            counted, own_reset = self.windows.count((endpoint,), MINUTE)
            if counted > allowed and not over:
                over, reset = True, own_reset
        if over:
            error = too_many(max(reset, 1))
            if self._account.switches.headers_on_429:
                error.headers.update(headers)
            else:
                error.headers.clear()
            raise error
        return headers

    def webhook(self) -> float | None:
        """Count one delivery; None where it may go, else the seconds until there is quota again."""
        used, reset = self.windows.count(("account",), self.rates.window)
        return None if used <= self._plan.account else float(max(reset, 1))

    def _number(self, value: int) -> str:
        return f"{float(value)}" if self._account.switches.float_limits else str(value)
