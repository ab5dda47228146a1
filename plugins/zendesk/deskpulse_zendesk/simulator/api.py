"""How requests reach the API's endpoints: credentials, scopes, limits, the account's lock, and the vendor's answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from deskpulse_simulation.answers import json_response
from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.auth import Caller, Gate, check_admin, check_scope
from deskpulse_zendesk.simulator.errors import (
    ApiError,
    bad_request,
    forbidden,
    forbidden_object,
    not_found,
    unauthenticated,
)
from deskpulse_zendesk.simulator.limits import Limits
from deskpulse_zendesk.simulator.records import User


@dataclass
class Reply:
    """An answer other than 200 with JSON, or one with headers of its own."""

    body: Json | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Answer = Reply | Json


@dataclass
class Call:
    """One authenticated request."""

    account: Account
    limits: Limits
    gate: Gate
    user: User
    request: Request
    headers: dict[str, str] = field(default_factory=dict)

    def arg(self, name: str) -> str | None:
        """A query parameter."""
        return self.request.args.get(name)

    def body(self) -> Json:
        """The JSON object sent, or a 400."""
        try:
            given = json.loads(self.request.get_data() or b"{}")
        except ValueError:
            raise bad_request("Unprocessable", "The request body is not valid JSON") from None
        if not isinstance(given, dict):
            raise bad_request("InvalidValue", "The request body must be a JSON object")
        return given

    def part(self, root: str) -> Json:
        """The object under a root key, as the vendor wraps every record."""
        given = self.body().get(root)
        if not isinstance(given, dict):
            raise bad_request("ParameterMissing", f"Required parameter missing: {root}")
        return given

    def warn(self, controller: str, action: str, dropped: list[str]) -> None:
        """Tell of ignored keys in the header that is the only trace of them."""
        if dropped:
            keys = ", ".join(f'"{key}"' for key in dropped)
            self.headers["x-zendesk-api-warn"] = (
                f'{{:allowed_parameters=>{{:controller=>"{controller}", :action=>"{action}", '
                f":unpermitted_keys=>[{keys}], :invalid_values=>[]}}}}"
            )


def unknown_keys(root: str, raw: Json, allowed: frozenset[str]) -> list[str]:
    """Names like ``ticket.bogus`` for everything the endpoint does not take."""
    return [f"{root}.{key}" for key in raw if key not in allowed]


View = Callable[..., Answer]


def _unseen(_: str | None) -> None:
    """Where callers are told to before there is a request log."""


class Api:
    """The account's endpoints under ``/api/v2``."""

    def __init__(self, flask: Flask, account: Account, limits: Limits, gate: Gate) -> None:
        self._flask = flask
        self._account = account
        self._limits = limits
        self._gate = gate
        self.seen: Callable[[str | None], None] = _unseen

    def add(
        self,
        method: str,
        rule: str,
        view: View,
        *,
        admin: bool = False,
        locked: bool = True,
        limited: bool = True,
        anonymous: View | None = None,
    ) -> None:
        """Serve ``view`` at a path. Views that call out do so without the lock; the webhooks service has no limits."""

        def endpoint(**values: Any) -> Response:
            try:
                with self._account.lock:
                    call = self._admit(rule, method, admin=admin, limited=limited, anonymous=anonymous is not None)
                    if locked:
                        return self._answer(call, view if call.user.id else anonymous or view, values)
                return self._answer(call, view, values)
            except ApiError as error:
                return error_response(error)

        self._flask.add_url_rule(f"/api/v2{rule}", f"{method} {rule}", endpoint, methods=[method])

    def _admit(self, rule: str, method: str, *, admin: bool, limited: bool, anonymous: bool) -> Call:
        caller = self._gate.caller(request)
        self.seen(caller.user.email if caller else None)
        if caller is None:
            if not anonymous:
                raise unauthenticated()
            moment = self._account.now()
            caller = Caller(User(0, "Anonymous user", moment, moment))
        elif not caller.user.staff:
            raise forbidden()
        call = Call(self._account, self._limits, self._gate, caller.user, request)
        if limited:
            call.headers.update(self._limits.account())
        blocked = self._account.switches.error_object_403
        if blocked and request.path.startswith(blocked):
            raise forbidden_object()
        check_scope(caller.scopes, method, rule.split("/")[1])
        if admin:
            check_admin(caller.user)
        return call

    def _answer(self, call: Call, view: View, values: Mapping[str, Any]) -> Response:
        try:
            answer = view(call, **values)
        except ApiError as error:
            error.headers = call.headers | error.headers
            raise
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        return json_response(reply.body, reply.status, call.headers | reply.headers)


def error_response(error: ApiError) -> Response:
    """A refusal; text where the vendor answers with text."""
    if isinstance(error.body, str):
        response = Response(error.body, error.status, dict(error.headers))
        response.content_type = error.content_type or "text/plain; charset=utf-8"
        return response
    return json_response(dict(error.body), error.status, error.headers)


def answer_unknown(flask: Flask) -> None:
    """Unknown API paths read as missing records do; other pages keep their plain errors."""

    def missing(error: HTTPException) -> Response | HTTPException:
        if request.path.startswith("/api/"):
            return error_response(not_found())
        return error

    flask.register_error_handler(404, missing)
    flask.register_error_handler(405, missing)
