"""The instance's refusals: one exception, and the bodies it answers with.

https://www.servicenow.com/docs/r/api-reference/rest-apis/r_RESTAPIHTTPResponseCodes.html (read 2026-03); words as
recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Response

from deskpulse_simulation import answers
from deskpulse_simulation.faults import RequestFault
from deskpulse_simulation.records import Json

json_response = partial(answers.json_response, content_type="application/json;charset=UTF-8")


class ApiError(Exception):
    """An answer other than success."""

    def __init__(
        self, status: int, message: str, detail: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.detail = detail
        self.headers = dict(headers or {})

    def body(self) -> Json:
        """The one shape of all errors."""
        return {"error": {"message": self.message, "detail": self.detail}, "status": "failure"}


def unauthenticated() -> ApiError:
    """Wrong, missing or expired credentials."""
    wanted = {"WWW-Authenticate": 'BASIC realm="Service-now"'}
    return ApiError(401, "User Not Authenticated", "Required to provide Auth information", wanted)


def not_found() -> ApiError:
    """A record that is missing or hidden: nobody can tell which."""
    return ApiError(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def refused(operation: str) -> ApiError:
    """An access rule, a business rule or a data policy is against it; ``operation``: Insert, Update or Delete."""
    return ApiError(403, "Operation Failed", f"ACL Exception {operation} Failed due to security constraints")


def no_web_service(table: str) -> ApiError:
    """The table's own "allow access via web services" is off."""
    return ApiError(403, "Operation Failed", f"Access to table {table} via web services is not allowed")


def invalid_table(table: str) -> ApiError:
    """No such table."""
    return ApiError(400, f"Invalid table {table}")


def bad_request(message: str, detail: str | None = None) -> ApiError:
    """Malformed JSON or parameters."""
    return ApiError(400, message, detail)


def rate_limited(limit: int, resource: str, headers: Mapping[str, str]) -> ApiError:
    """More than a rule allows in an hour."""
    detail = f"Rate limit of {limit} requests per hour for {resource} exceeded"
    return ApiError(429, "Rate limit exceeded", detail, headers)


def cut_off(part: list[Json]) -> Json:
    """A list that took too long: what was found so far, and an error beside it."""
    message = "Transaction cancelled: maximum execution time exceeded"
    return {"result": part, "error": {"message": message, "detail": None}, "status": "failure"}


def answer_of_error(error: ApiError) -> Response:
    """A refusal as it goes out."""
    return json_response(error.body(), error.status, error.headers)


def html_page(status: int, text: str) -> Response:
    """A web page where JSON is expected: a sleeping instance, a sign-in wall, a broken proxy."""
    response = Response(f"<!doctype html><html><body><h1>{text}</h1></body></html>", status)
    response.content_type = "text/html;charset=UTF-8"
    return response


def answer_of_fault(fault: RequestFault) -> Response:
    """What a fault on demand looks like here. A 429 without ``retry_after`` has no header that says how long."""
    wait = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    status = fault.status or 500
    if status == 429:
        return answer_of_error(rate_limited(100, "Table API", wait))
    known = {400: bad_request("Exception while reading request"), 401: unauthenticated(), 403: refused("Update")}
    if status in known or status == 404:
        return answer_of_error(known.get(status) or not_found())
    response = html_page(status, f"{status} Server error")
    response.headers.update(wait)
    return response
