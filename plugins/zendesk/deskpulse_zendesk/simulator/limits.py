"""Rate limits: what is counted, and the headers that tell of it in both spellings."""

from __future__ import annotations

from dataclasses import dataclass

from deskpulse_simulation.limits import Windows
from deskpulse_zendesk.simulator.errors import ApiError, too_many

TICKET_WINDOW = 600


@dataclass
class Rates:
    """How much is allowed; the high-volume add-on's numbers, the per-ticket rule as for everyone."""

    account_per_minute: int = 2500
    ticket_updates_per_minute: int = 300
    ticket_lists_per_minute: int = 100
    exports_per_minute: int = 10
    updates_per_ticket: int = 30


class Limits:
    """Counts requests. Not thread-safe: its caller holds the account's lock."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self.rates = Rates()

    def account(self) -> dict[str, str]:
        """Count one request to the account; its headers, or the 429."""
        allowed = self.rates.account_per_minute
        used, reset = self._windows.count(("account",), 60)
        left = str(max(allowed - used, 0))
        headers = {
            "x-rate-limit": str(allowed),
            "x-rate-limit-remaining": left,
            "rate-limit": str(allowed),
            "rate-limit-remaining": left,
            "rate-limit-reset": str(reset),
            "ratelimit-limit": str(allowed),
            "ratelimit-remaining": left,
            "ratelimit-reset": str(reset),
        }
        if used > allowed:
            raise _exceeded("Number of allowed API requests per minute exceeded", reset, headers)
        return headers

    def ticket_update(self, user_id: int, ticket_id: int) -> dict[str, str]:
        """Count an update of one ticket by one user, against the account's and the ticket's own limit."""
        used, reset = self._windows.count(("updates",), 60)
        if used > self.rates.ticket_updates_per_minute:
            raise _exceeded("Rate limit for ticket updates exceeded, please wait before updating tickets again", reset)
        used, reset = self._windows.count(("updates", user_id, ticket_id), TICKET_WINDOW)
        allowed = self.rates.updates_per_ticket
        headers = _endpoint("tickets-update", allowed, used, reset)
        if used > allowed:
            raise _exceeded("Rate limit for ticket updates exceeded, too many updates of this ticket", reset, headers)
        return headers

    def ticket_list(self) -> dict[str, str]:
        """Count one page of the ticket list."""
        return self._endpoint("tickets-index", self.rates.ticket_lists_per_minute)

    def export(self) -> dict[str, str]:
        """Count one page of an incremental export."""
        return self._endpoint("incremental-exports", self.rates.exports_per_minute)

    def _endpoint(self, name: str, allowed: int) -> dict[str, str]:
        used, reset = self._windows.count((name,), 60)
        headers = _endpoint(name, allowed, used, reset)
        if used > allowed:
            raise _exceeded(f"Rate limit for {name} exceeded", reset, headers)
        return headers


def _endpoint(name: str, allowed: int, used: int, reset: int) -> dict[str, str]:
    value = f"total={allowed}; remaining={max(allowed - used, 0)}; resets={reset}"
    return {f"zendesk-rate-limit-{name}": value, f"zendesk-ratelimit-{name}": value}


def _exceeded(message: str, reset: int, headers: dict[str, str] | None = None) -> ApiError:
    error = too_many(message, max(reset, 1))
    error.headers.update(headers or {})
    return error
