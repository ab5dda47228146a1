"""Refusals, and the two families' ways of wording them.

Platform: ``{"errorMessages": [...], "errors": {...}}``; servicedeskapi: one ``errorMessage`` with its i18n key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

JSON = "application/json;charset=UTF-8"
UNAUTHENTICATED = "Client must be authenticated to access this resource."
NO_ISSUE = "Issue does not exist or you do not have permission to see it."


class ApiError(Exception):
    """An answer other than success. ``body`` overrides what the family would say."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        errors: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = JSON,
    ) -> None:
        super().__init__(message or str(status))
        self.status = status
        self.message = message
        self.errors = dict(errors or {})
        self.headers = dict(headers or {})
        self.body = body
        self.content_type = content_type

    def words(self) -> str:
        """The refusal for people."""
        return "; ".join(text for text in (self.message, *self.errors.values()) if text) or f"HTTP {self.status}"


def not_found(message: str = NO_ISSUE) -> ApiError:
    """404: missing, or invisible to who asks."""
    return ApiError(404, message)


def invalid(message: str = "", **errors: str) -> ApiError:
    """400: a general message, messages by field, or both."""
    return ApiError(400, message, errors=errors)


def forbidden(message: str = "You do not have permission to perform this operation.") -> ApiError:
    """403."""
    return ApiError(403, message)


def unauthenticated() -> ApiError:
    """401 for a bad credential, in the words of the login layer."""
    return ApiError(401, UNAUTHENTICATED)


def wrong_scope() -> ApiError:
    """401 from the gateway: the token's scopes, or the token's kind, do not reach the endpoint."""
    return ApiError(401, body={"code": 401, "message": "Unauthorized; scope does not match"})


def body_of(error: ApiError, path: str) -> Any:
    """The error's JSON in the shape of the family that the path belongs to."""
    if error.body is not None:
        return error.body
    if "/rest/servicedeskapi" in path:
        words = error.words()
        return {"errorMessage": words, "i18nErrorMessage": {"i18nKey": "sd.api.error", "parameters": []}}
    if "/jsm/csm/" in path:
        return {"errors": [{"message": error.words(), "status": error.status}]}
    return {"errorMessages": [error.message] if error.message else [], "errors": error.errors}
