"""What a fault asked for by a test looks like: the vendor's own refusals."""

from __future__ import annotations

from datetime import timedelta

from flask import Response

from deskpulse_jira_sm.simulator.api import error_response
from deskpulse_jira_sm.simulator.errors import NO_ISSUE, ApiError, unauthenticated
from deskpulse_jira_sm.simulator.limits import BURST, REASONS, too_many
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_simulation.faults import RequestFault

WORDS = {400: "Bad Request", 403: "Forbidden", 404: NO_ISSUE, 409: "The issue is being changed by somebody else."}
HTML = "text/html;charset=UTF-8"


class FaultAnswers:
    """Answers of one site."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def __call__(self, fault: RequestFault) -> Response:
        """The response. ``reason`` names a RateLimit-Reason, or is ``none`` for a 429 without any headers."""
        status = fault.status or 500
        wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
        if status == 429:
            return self._too_many(fault)
        if status == 401:
            return error_response(unauthenticated())
        if status >= 500:
            body = f"<html><body><h1>{status}</h1><p>We are having trouble.</p></body></html>"
            return Response(body, status, wait, content_type=HTML)
        return error_response(ApiError(status, WORDS.get(status, "Refused"), headers=wait))

    def _too_many(self, fault: RequestFault) -> Response:
        now = self._site.now()
        after = 5.0 if fault.retry_after is None else fault.retry_after
        reason = fault.reason if fault.reason in REASONS else BURST
        bare = fault.reason == "none" or not self._site.switches.rate_limit_headers
        error = too_many(reason, 100, now + timedelta(seconds=after), now, headers=not bare, after=after)
        return error_response(error)
