"""How requests reach the API's endpoints: host, key, limits, the account's lock, and the vendor's answers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.errors import (
    ApiError,
    access_denied,
    feature_missing,
    internal_error,
    invalid,
    invalid_json,
    not_among,
    not_found,
    suspended,
    unauthenticated,
    unexpected,
    wrong_method,
)
from deskpulse_freshdesk.simulator.limits import Limits
from deskpulse_freshdesk.simulator.records import Agent
from deskpulse_simulation import answers
from deskpulse_simulation.front import RequestLog
from deskpulse_simulation.records import Json

ROOT = "/api/v2"
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


@dataclass
class Reply:
    """An answer other than 200 with JSON, or one with headers of its own."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


Answer = Reply | Json | list[Json]


@dataclass
class Call:
    """One authenticated request."""

    account: Account
    agent: Agent
    request: Request
    headers: dict[str, str] = field(default_factory=dict)

    def arg(self, name: str) -> str | None:
        """A query parameter."""
        return self.request.args.get(name)

    def allow_args(self, *names: str) -> None:
        """Refuse query parameters that the endpoint does not know, as the vendor does."""
        problems = [unexpected(name) for name in self.request.args if name not in names]
        if problems:
            raise invalid(*problems)

    def includes(self, *known: str) -> list[str]:
        """The parts asked for beside the record; an unknown one is refused."""
        asked = [name for name in (self.arg("include") or "").split(",") if name]
        if any(name not in known for name in asked):
            raise invalid(not_among("include", known))
        return asked

    def body(self) -> Json:
        """The JSON object sent, or a 400."""
        try:
            given = json.loads(self.request.get_data() or b"{}")
        except ValueError:
            raise invalid_json() from None
        if not isinstance(given, dict):
            raise invalid_json()
        return given


View = Callable[..., Answer]


class Api:
    """The account's endpoints under ``/api/v2``."""

    def __init__(self, flask: Flask, account: Account, limits: Limits, log: RequestLog) -> None:
        self._flask = flask
        self._account = account
        self._limits = limits
        self._log = log

    def add(
        self,
        method: str,
        rule: str,
        view: View,
        *,
        admin: bool = False,
        feature: str | None = None,
        limit: str | None = None,
    ) -> None:
        """Serve ``view`` at a path. ``feature`` is what a plan may lack, ``limit`` the endpoint's own rate limit."""

        def endpoint(**values: Any) -> Response:
            with self._account.lock:
                return self._serve(view, values, admin=admin, feature=feature, limit=limit)

        self._flask.add_url_rule(ROOT + rule, f"{method} {rule}", endpoint, methods=[method], strict_slashes=False)

    def _serve(
        self, view: View, values: Mapping[str, Any], *, admin: bool, feature: str | None, limit: str | None
    ) -> Response:
        headers: dict[str, str] = {}
        try:
            agent = self._admit(headers, limit)
            switches = self._account.switches
            if switches.suspended:
                raise suspended()
            if switches.plan == "free" or (feature is not None and feature in switches.withheld):
                raise feature_missing(feature or "api")
            if admin and not agent.admin:
                raise access_denied()
            check_media_types()
            answer = view(Call(self._account, agent, request), **values)
        except ApiError as error:
            error.headers = headers | error.headers
            return error_response(error, self._account)
        reply = answer if isinstance(answer, Reply) else Reply(answer)
        return json_response(reply.body, reply.status, headers | reply.headers, self._account)

    def _admit(self, headers: dict[str, str], limit: str | None) -> Agent:
        """The agent whose key it is. Every call is counted, also one that fails."""
        if not self._own_host():
            raise not_found()
        agent = self.agent(request)
        self._log.asked_by(agent.email if agent else None)
        includes = len([name for name in request.args.get("include", "").split(",") if name])
        if self._account.switches.plan != "free":
            headers.update(self._limits.call(includes, limit))
        if agent is None:
            raise unauthenticated()
        return agent

    def _own_host(self) -> bool:
        """Whether the request names this account's host; any loopback name is this machine."""
        host = urlsplit(f"//{request.host}").hostname
        own = urlsplit(self._account.base_url).hostname
        return host in (own, f"{self._account.domain}.freshdesk.com") or {host, own} <= LOOPBACK

    def agent(self, asked: Request) -> Agent | None:
        """Whose API key the Basic credentials hold as their user name; the password does not matter."""
        scheme, _, rest = asked.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            key = base64.b64decode(rest, validate=True).partition(b":")[0]
        except binascii.Error:
            return None
        return self._account.agent_by_key(key.decode("utf-8", "replace"))


def check_media_types() -> None:
    """415 for a body that is not said to be JSON, 406 for a caller that will not take JSON."""
    kind = request.mimetype
    if request.get_data() and request.method in ("POST", "PUT") and kind not in ("application/json", "text/json"):
        raise ApiError(415, {"code": "invalid_content_type", "message": f"Content-Type {kind or 'none'} is not taken"})
    if request.accept_mimetypes and not request.accept_mimetypes.accept_json:
        raise ApiError(406, {"message": "Not acceptable: answers are application/json"})


def json_response(body: Any, status: int, headers: Mapping[str, str], account: Account) -> Response:
    """JSON as the vendor sends it; nothing at all where there is no body."""
    own = {"X-Freshdesk-Api-Version": "latest=v2; requested=v2", "X-Request-Id": account.ids.uuid()}
    return answers.json_response(body, status, {**headers, **own})


def error_response(error: ApiError, account: Account) -> Response:
    """A refusal."""
    return json_response(error.body, error.status, error.headers, account)


def answer_unknown(flask: Flask, account: Account) -> None:
    """Unknown API paths and methods answer in the API's words; a doubled slash misleads, as it does at the vendor."""

    def refuse(error: HTTPException) -> Response | HTTPException:
        if not request.path.startswith("/api/"):
            return error
        if "//" in request.path:
            return error_response(invalid(unexpected("id")), account)
        if isinstance(error, MethodNotAllowed):
            allowed = [name for name in error.valid_methods or () if name not in ("OPTIONS", "HEAD")]
            return error_response(wrong_method(request.method, sorted(allowed)), account)
        return error_response(not_found(), account)

    def fail(_: Exception) -> Response:
        return error_response(internal_error(), account)

    flask.register_error_handler(404, refuse)
    flask.register_error_handler(405, refuse)
    flask.register_error_handler(500, fail)
