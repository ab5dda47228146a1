"""The vendor's refusals: one exception, and the bodies the account answers with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Problem = dict[str, Any]


class ApiError(Exception):
    """An answer other than success; a 404 has no body at all."""

    def __init__(
        self, status: int, body: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    @property
    def words(self) -> str:
        """The refusal as one line, for people."""
        if self.body is None:
            return "not found"
        reasons = [f"{problem['field']}: {problem['message']}" for problem in self.body.get("errors", ())]
        return "; ".join(reasons) or str(self.body.get("message") or self.status)


def not_found() -> ApiError:
    """Nothing there: an empty body."""
    return ApiError(404)


def unauthenticated() -> ApiError:
    """Wrong or missing key."""
    return ApiError(401, {"code": "invalid_credentials", "message": "You have to be logged in to perform this action."})


def access_denied() -> ApiError:
    """The agent's role does not reach this far."""
    return ApiError(403, {"code": "access_denied", "message": "You are not authorized to perform this action."})


def feature_missing(feature: str) -> ApiError:
    """The account's plan lacks something."""
    words = f"The {feature} feature(s) is/are not supported in your plan. Please upgrade your account to use it."
    return ApiError(403, {"code": "require_feature", "message": words})


def suspended() -> ApiError:
    """The account as a whole is closed for now."""
    return ApiError(403, {"code": "account_suspended", "message": "Your account has been suspended."})


def wrong_method(method: str, allowed: Sequence[str]) -> ApiError:
    """A path that exists, asked in another way."""
    names = ", ".join(allowed)
    words = f"{method} method is not allowed. It should be one of these method(s): {names}"
    return ApiError(405, {"message": words}, {"Allow": names})


def invalid_json() -> ApiError:
    """A body that cannot be read."""
    return ApiError(400, {"code": "invalid_json", "message": "Request body has invalid json format"})


def invalid(*problems: Problem, status: int = 400) -> ApiError:
    """A body or query that was read and refused."""
    return ApiError(status, {"description": "Validation failed", "errors": list(problems)})


def unexpected(field: str) -> Problem:
    """A key that the endpoint does not take: never ignored, always refused."""
    return {"field": field, "message": "Unexpected/invalid field in request", "code": "invalid_field"}


def missing(field: str, wanted: str = "a/an String") -> Problem:
    """A key that must be there."""
    return {"field": field, "message": f"It should be {wanted}", "code": "missing_field"}


def mismatch(field: str, wanted: str, given: Any) -> Problem:
    """A value of another type."""
    words = f"Value set is of type {_type_name(given)}.It should be a/an {wanted}"
    return {"field": field, "message": words, "code": "datatype_mismatch"}


def not_among(field: str, choices: Sequence[Any]) -> Problem:
    """A value that is none of the choices, which are told."""
    listed = ",".join(str(choice) for choice in choices)
    return {"field": field, "message": f"It should be one of these values: '{listed}'", "code": "invalid_value"}


def wrong_value(field: str, words: str) -> Problem:
    """A value that is wrong for a reason of its own."""
    return {"field": field, "message": words, "code": "invalid_value"}


def duplicate(field: str) -> ApiError:
    """A value that another record has."""
    return invalid({"field": field, "message": "It should be a unique value", "code": "duplicate_value"}, status=409)


def internal_error() -> ApiError:
    """The vendor's own failure, which an incomplete webhook action provokes."""
    return ApiError(500, {"code": "internal_error", "message": "We're sorry, but something went wrong."})


def too_many(retry_after: int) -> ApiError:
    """More requests than the plan allows."""
    body = {"message": "You have exceeded the limit of requests per minute"}
    return ApiError(429, body, {"Retry-After": str(retry_after)})


def _type_name(value: Any) -> str:
    if value is None:
        return "Null"
    names: dict[type, str] = {bool: "Boolean", int: "Integer", float: "Float", str: "String", list: "Array"}
    return names.get(type(value), "key/value pair")
