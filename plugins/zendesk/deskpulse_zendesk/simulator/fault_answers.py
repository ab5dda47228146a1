"""What a request is answered that was to go wrong."""

from __future__ import annotations

from flask import Response

from deskpulse_simulation.answers import json_response
from deskpulse_simulation.faults import RequestFault
from deskpulse_zendesk.simulator.api import error_response
from deskpulse_zendesk.simulator.errors import expired_token, too_many


def answer(fault: RequestFault) -> Response:
    """A fault in the vendor's words; its servers' errors are pages, not JSON."""
    wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if fault.status == 429:
        return error_response(too_many("Rate limit exceeded", int(fault.retry_after or 60)))
    if fault.status == 401:
        return error_response(expired_token())
    if fault.status is not None and fault.status >= 500:
        text = {500: "Internal Server Error", 503: "Service Unavailable"}.get(fault.status, "Bad Gateway")
        response = Response(f"<html><body><h1>{fault.status} {text}</h1></body></html>", fault.status, wait)
        response.content_type = "text/html; charset=utf-8"
        return response
    return json_response({"error": "InjectedFault", "description": "as asked"}, fault.status or 500, wait)
