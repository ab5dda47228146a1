"""The vendor's refusals: one exception, and the bodies the account answers with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TAKEN = "taken"


class ApiError(Exception):
    """An answer other than success. ``body`` is JSON when it is a mapping, else text as it stands."""

    def __init__(
        self,
        status: int,
        body: Mapping[str, Any] | str,
        headers: Mapping[str, str] | None = None,
        content_type: str | None = None,
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        self.content_type = content_type


def not_found() -> ApiError:
    """The one 404 that Support gives."""
    return ApiError(404, {"error": "RecordNotFound", "description": "Not found"})


def unauthenticated() -> ApiError:
    """Wrong or missing credentials."""
    return ApiError(401, {"error": "Couldn't authenticate you"})


def expired_token() -> ApiError:
    """A bearer token that is unknown, revoked or past its time."""
    return ApiError(
        401,
        {
            "error": "invalid_token",
            "error_description": "The access token provided is expired, revoked, malformed or otherwise invalid.",
        },
    )


_NO_ACCESS = "You do not have access to this page. Please contact the account owner of this help desk for further help."


def forbidden() -> ApiError:
    """The caller's role or scope does not reach this far."""
    return ApiError(403, {"error": "Forbidden", "description": _NO_ACCESS})


def forbidden_object() -> ApiError:
    """The other 403: here ``error`` is an object, which catches clients that expect a word."""
    return ApiError(403, {"error": {"title": "Forbidden", "message": _NO_ACCESS}})


def bad_request(error: str, description: str) -> ApiError:
    """Malformed JSON or parameters."""
    return ApiError(400, {"error": error, "description": description})


def invalid(field: str, description: str, error: str | None = "InvalidValue", **more: Any) -> ApiError:
    """A 422 with one reason under one field (or ``base``)."""
    return ApiError(
        422,
        {
            "error": "RecordInvalid",
            "description": "Record validation errors",
            "details": {field: [{"description": description, "error": error, **more}]},
        },
    )


def closed_ticket() -> ApiError:
    """Any update of a closed ticket."""
    return invalid("status", "Status: closed prevents ticket update", None)


def conflict() -> ApiError:
    """A safe update that came too late."""
    return ApiError(
        409,
        {
            "error": "UpdateConflict",
            "description": "Safe Update prevented the update due to outdated ticket data. "
            "Please fetch the latest ticket data and try again.",
        },
    )


def too_many(message: str, retry_after: int) -> ApiError:
    """A 429: its body is text, although every other answer is JSON."""
    return ApiError(429, message, {"Retry-After": str(retry_after)}, "text/html; charset=utf-8")


def webhook_error(status: int, code: str, detail: str) -> ApiError:
    """The webhooks service has an error shape of its own: a list named ``errors``."""
    return ApiError(status, {"errors": [{"code": code, "title": code, "detail": detail, "status": str(status)}]})
