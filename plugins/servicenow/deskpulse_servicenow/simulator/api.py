"""How requests reach the APIs: credentials, limits, and the instance's answers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from deskpulse_servicenow.simulator import errors
from deskpulse_servicenow.simulator.access import Access
from deskpulse_servicenow.simulator.errors import ApiError, answer_of_error, json_response
from deskpulse_servicenow.simulator.instance import Instance
from deskpulse_servicenow.simulator.oauth import OAuth
from deskpulse_servicenow.simulator.store import Row
from deskpulse_servicenow.simulator.values import DisplayMode, View
from deskpulse_simulation.front import RequestLog
from deskpulse_simulation.limits import Windows
from deskpulse_simulation.records import Json

HOUR = 3600


@dataclass
class Rates:
    """How many requests a user may send in an hour to each resource; None, as where no rule is made, is no limit."""

    per_hour: int | None = None
    headers: bool = True
    """Whether answers tell of the limit; semaphores and quotas refuse without a word."""


@dataclass
class Reply:
    """An answer: JSON, or nothing."""

    body: Json | None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One request, and who sends it."""

    instance: Instance
    access: Access
    user: Row
    request: Request
    headers: dict[str, str] = field(default_factory=dict)

    def view(self) -> View:
        """How the caller wants values."""
        wanted = self.request.args.get("sysparm_display_value", "false").lower()
        mode: DisplayMode = "all" if wanted == "all" else "true" if wanted == "true" else "false"
        return View(self.instance, self.access, self.user, mode, links=not self.flag("sysparm_exclude_reference_link"))

    def flag(self, name: str) -> bool:
        """A parameter that is true or not."""
        return self.request.args.get(name, "false").lower() == "true"

    def number(self, name: str, otherwise: int) -> int:
        """A parameter that is a whole number of at least 0."""
        text = self.request.args.get(name) or str(otherwise)
        if not text.isdigit():
            raise errors.bad_request(f"Invalid value for {name}", text)
        return int(text)

    def names(self) -> list[str] | None:
        """``sysparm_fields``; None for all."""
        text = self.request.args.get("sysparm_fields", "")
        return [name.strip() for name in text.split(",") if name.strip()] or None

    def body(self) -> dict[str, Any]:
        """The JSON object sent."""
        try:
            given = json.loads(self.request.get_data() or b"{}")
        except ValueError:
            raise errors.bad_request("Exception while reading request", "The payload is not valid JSON") from None
        if not isinstance(given, dict):
            raise errors.bad_request("Exception while reading request", "The payload must be a JSON object")
        return given


Endpoint = Callable[..., Reply]


class Api:
    """Admits requests and answers them."""

    def __init__(
        self,
        flask: Flask,
        instance: Instance,
        access: Access,
        oauth: OAuth,
        log: RequestLog,
        windows: Windows,
        rates: Rates,
    ) -> None:
        self._flask = flask
        self._instance = instance
        self._access = access
        self._oauth = oauth
        self._log = log
        self._windows = windows
        self._rates = rates
        self.api_keys: dict[str, str] = {}
        """Users' sys_ids by the token that stands for them."""
        flask.register_error_handler(ApiError, answer_of_error)
        flask.register_error_handler(HTTPException, _plain)

    def add(self, method: str, rule: str, view: Endpoint, resource: str) -> None:
        """Serve ``view``; ``resource`` is what limits are counted by."""

        def endpoint(**values: Any) -> Response:
            with self._instance.lock:
                call = self._admit(resource)
                if self._instance.switches.html_pages > 0:
                    self._instance.switches.html_pages -= 1
                    return errors.html_page(200, "Your instance is hibernating")
            try:
                reply = view(call, **values)
            except ApiError as error:
                error.headers = call.headers | error.headers
                raise
            silent = request.headers.get("X-no-response-body", "").lower() == "true" and request.method != "GET"
            return json_response(None if silent else reply.body, reply.status, call.headers | reply.headers)

        self._flask.add_url_rule(rule, f"{method} {rule}", endpoint, methods=[method])

    def add_tokens(self) -> None:
        """Serve the OAuth token endpoint."""

        def tokens() -> Response:
            with self._instance.lock:
                return self._oauth.answer(request)

        self._flask.add_url_rule("/oauth_token.do", "tokens", tokens, methods=["POST"])

    def _admit(self, resource: str) -> Call:
        user = self._caller()
        self._log.asked_by(user.get("user_name") if user else None)
        if user is None:
            raise errors.unauthenticated()
        call = Call(self._instance, self._access, user, request)
        self._count(call, resource)
        _check_types()
        return call

    def _caller(self) -> Row | None:
        key = request.headers.get("x-sn-apikey") or request.args.get("x-sn-apikey")
        if key:
            return self._instance.store.get("sys_user", self.api_keys.get(key, ""))
        scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._oauth.bearer(rest.strip())
        if scheme.lower() != "basic":
            return None
        try:
            name, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return self._oauth.user_with(name, password)

    def _count(self, call: Call, resource: str) -> None:
        limit = self._rates.per_hour
        if limit is None:
            return
        used = self._windows.count((call.user["sys_id"], resource), HOUR)
        if self._rates.headers:
            until = int(self._instance.clock.now().timestamp()) + used.reset
            rule = self._rule(limit)
            call.headers.update(
                {"X-RateLimit-Limit": str(limit), "X-RateLimit-Reset": str(until), "X-RateLimit-Rule": rule}
            )
        if used.used > limit:
            wait = {"Retry-After": str(max(used.reset, 1))} if self._rates.headers else {}
            raise errors.rate_limited(limit, resource, call.headers | wait)

    def _rule(self, limit: int) -> str:
        for row in self._instance.store.where("sys_rate_limit_rules", limit=str(limit)):
            return row["sys_id"]
        name = f"{limit} requests per hour"
        return self._instance.add("sys_rate_limit_rules", {"name": name, "limit": str(limit)})["sys_id"]


def _check_types() -> None:
    accepted = request.headers.get("Accept", "*/*")
    if not any(kind in accepted for kind in ("*/*", "application/*", "application/json")):
        raise ApiError(406, "Not acceptable", f"Unsupported media type {accepted}")
    if request.method in ("POST", "PUT", "PATCH") and request.get_data() and request.mimetype != "application/json":
        raise ApiError(415, "Unsupported Media Type", request.mimetype)


def _plain(error: HTTPException) -> Response | HTTPException:
    if not request.path.startswith("/api/"):
        return error
    status = error.code or 500
    message = "Method not supported" if status == 405 else "Requested URI does not represent any resource"
    return answer_of_error(ApiError(405 if status == 405 else 400, message, request.path))
