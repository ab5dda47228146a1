"""Rate limits: bursts by endpoint, writes by issue, hourly points of apps; in Data Center a bucket for each user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.times import iso
from deskpulse_simulation.limits import Windows

BURST, PER_ISSUE = "jira-burst-based", "jira-per-issue-on-write"
QUOTA, TENANT_QUOTA = "jira-quota-global-based", "jira-quota-tenant-based"
REASONS = (BURST, PER_ISSUE, QUOTA, TENANT_QUOTA)


@dataclass
class Rates:
    """How much is allowed: requests a second by method, writes of one issue, points an hour, the bucket's size."""

    get: int = 100
    post: int = 100
    put: int = 50
    issue_get: int = 150
    desk_customers: int = 5
    issue_writes_2s: int = 20
    issue_writes_30s: int = 100
    points_per_hour: int = 65_000
    tenant_points_per_hour: int = 65_000
    bucket: int = 2000
    bucket_refill: int = 200


def too_many(
    reason: str, limit: int, reset: datetime, now: datetime, *, headers: bool = True, after: float | None = None
) -> ApiError:
    """429 with its reason; ``X-RateLimit-Reset`` is an ISO 8601 moment, unlike other vendors' numbers."""
    wait = max(int((reset - now).total_seconds() + 0.999), 1) if after is None else int(after)
    told = {
        "Retry-After": str(wait),
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": iso(reset),
        "RateLimit-Reason": reason,
    }
    return ApiError(429, "Rate limit exceeded.", headers=told if headers else {})


class Limits:
    """Counts requests. Its caller holds the site's lock."""

    def __init__(self, site: Site, windows: Windows, rates: Rates) -> None:
        self._site = site
        self._windows = windows
        self.rates = rates

    def request(self, method: str, rule: str, user_id: str) -> dict[str, str]:
        """Count one request; its headers, or the 429."""
        if self._site.server:
            return self._bucket(user_id)
        allowed = self._allowed(method, rule)
        used = self._windows.count((method, rule), 1).used
        if used > allowed:
            raise self._exceeded(BURST, allowed, self._site.now() + timedelta(seconds=1))
        left = allowed - used
        headers = {"X-RateLimit-Limit": str(allowed), "X-RateLimit-Remaining": str(left)}
        return headers | ({"X-RateLimit-NearLimit": "true"} if left < allowed * 0.2 else {})

    def _allowed(self, method: str, rule: str) -> int:
        if method == "GET" and rule.endswith("/issue/<key>"):
            return self.rates.issue_get
        if method == "GET" and rule.endswith("/servicedesk/<desk>/customer"):
            return self.rates.desk_customers
        return {"GET": self.rates.get, "POST": self.rates.post}.get(method, self.rates.put)

    def issue_write(self, issue_id: int) -> None:
        """Count a write to one issue."""
        if self._site.server:
            return
        for length, allowed in ((2, self.rates.issue_writes_2s), (30, self.rates.issue_writes_30s)):
            used = self._windows.count(("issue", issue_id, length), length)
            if used.used > allowed:
                raise self._exceeded(PER_ISSUE, allowed, self._site.now() + timedelta(seconds=used.reset))

    def points(self, cost: int) -> None:
        """Count an app's points; they come back at the top of the hour."""
        now = self._site.now()
        reset = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        for reason, allowed in (
            (QUOTA, self.rates.points_per_hour),
            (TENANT_QUOTA, self.rates.tenant_points_per_hour),
        ):
            used = self._windows.count((reason, reset), 3600, cost).used
            if used > allowed:
                raise self._exceeded(reason, allowed, reset)

    def _bucket(self, user_id: str) -> dict[str, str]:
        allowed, second = self.rates.bucket, int(self._site.clock.now().timestamp())
        used = self._windows.count(("bucket", user_id, second // 60), 60).used
        left = max(allowed - used, 0)
        headers = {
            "X-RateLimit-Limit": str(allowed),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-FillRate": str(self.rates.bucket_refill),
            "X-RateLimit-Interval-Seconds": "1",
        }
        if used > allowed:
            raise ApiError(429, "Rate limit exceeded.", headers=headers | {"Retry-After": "1"})
        return headers

    def _exceeded(self, reason: str, allowed: int, reset: datetime) -> ApiError:
        headers = self._site.switches.rate_limit_headers
        return too_many(reason, allowed, reset, self._site.now(), headers=headers)
