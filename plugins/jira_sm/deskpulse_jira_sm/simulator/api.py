"""How requests reach the endpoints: credentials, scopes, limits, the site's lock, and each family's answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Flask, Request, Response, has_request_context, request
from werkzeug.exceptions import HTTPException

from deskpulse_jira_sm.simulator.auth import GATEWAY, Caller, Gate, check_admin, check_scope
from deskpulse_jira_sm.simulator.errors import JSON, ApiError, body_of, forbidden, invalid, not_found, unauthenticated
from deskpulse_jira_sm.simulator.limits import Limits
from deskpulse_jira_sm.simulator.records import CUSTOMER, Issue, User
from deskpulse_jira_sm.simulator.site import Site, find_issue
from deskpulse_simulation import answers
from deskpulse_simulation.records import Json

VERSIONS = '<any("2","3","latest"):version>'
READ, WRITE, USERS = "read:jira-work", "write:jira-work", "read:jira-user"
CONFIGURE = "manage:jira-configuration"
DESK_READ, DESK_WRITE, DESK_CUSTOMERS = (
    "read:servicedesk-request",
    "write:servicedesk-request",
    "manage:servicedesk-customer",
)
EXPERIMENTAL = "X-ExperimentalApi"

json_response = partial(answers.json_response, content_type=JSON)


@dataclass
class Reply:
    """An answer other than 200 with JSON."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One request. ``caller`` is None where nobody signed in."""

    site: Site
    limits: Limits
    gate: Gate
    caller: Caller | None
    request: Request
    version: str = "3"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def user(self) -> User:
        """Who asks."""
        if self.caller is None:
            raise unauthenticated()
        return self.caller.user

    @property
    def zone(self) -> str:
        """The caller's time zone, which times are written and JQL's dates are read in."""
        return self.caller.user.time_zone if self.caller else "Etc/UTC"

    @property
    def base(self) -> str:
        """The address that links start with: the site's, or the gateway's."""
        base = self.site.base_url
        return f"{base}/ex/jira/{self.site.cloud_id}" if self.request.environ.get(GATEWAY) else base

    def arg(self, name: str) -> str | None:
        """A query parameter."""
        return self.request.args.get(name)

    def flag(self, name: str) -> bool | None:
        """A query parameter that is true or false; None where it is missing."""
        value = self.request.args.get(name)
        return None if value is None else value.lower() == "true"

    def names(self, name: str) -> list[str]:
        """A query parameter that lists words, repeated or separated by commas."""
        return [word.strip() for given in self.request.args.getlist(name) for word in given.split(",") if word.strip()]

    def payload(self) -> Any:
        """The JSON sent, or a 400."""
        try:
            return json.loads(self.request.get_data() or b"{}")
        except ValueError:
            raise invalid("There was an error parsing JSON. Check that your request body is valid.") from None

    def body(self) -> Json:
        """The JSON object sent, or a 400."""
        given = self.payload()
        if not isinstance(given, dict):
            raise invalid("Invalid request payload. Refer to the REST API documentation and try again.")
        return given

    def issue(self, key: str) -> Issue:
        """The issue if the caller may see it, else 404; a write counts towards the issue's limit."""
        found = find_issue(self.site, self.caller.user if self.caller else None, key)
        if self.request.method != "GET":
            self.limits.issue_write(found.id)
        return found

    def charge(self, points: int) -> None:
        """Points for objects given, beyond the one for the request."""
        if self.caller is not None and self.caller.metered:
            self.limits.points(points)


View = Callable[..., Any]


def _unseen(_: str | None) -> None:
    """Where callers are told to before there is a request log."""


class Api:
    """The site's endpoints."""

    def __init__(self, flask: Flask, site: Site, limits: Limits, gate: Gate) -> None:
        self._flask = flask
        self._site = site
        self._limits = limits
        self._gate = gate
        self.seen: Callable[[str | None], None] = _unseen

    def platform(self, method: str, rule: str, view: View, **more: Any) -> None:
        """Serve below ``/rest/api/{2,3,latest}``."""
        scope = READ if method == "GET" else WRITE
        self.add(method, f"/rest/api/{VERSIONS}{rule}", view, **{"scope": scope} | more)

    def desk(self, method: str, rule: str, view: View, **more: Any) -> None:
        """Serve below ``/rest/servicedeskapi``."""
        scope = DESK_READ if method == "GET" else DESK_WRITE
        self.add(method, f"/rest/servicedeskapi{rule}", view, **{"scope": scope} | more)

    def add(
        self,
        method: str,
        rule: str,
        view: View,
        *,
        scope: str | None = None,
        admin: bool = False,
        anonymous: bool = False,
        experimental: str = "",
        points: int = 1,
    ) -> None:
        """Serve ``view``. ``experimental``: ``all`` or ``server``, where calls must opt in."""

        def endpoint(version: str = "3", **values: Any) -> Response:
            try:
                with self._site.lock:
                    call = self._call(version)
                    self._admit(call, method, rule, scope, admin=admin, anonymous=anonymous, points=points)
                    self._opt_in(experimental)
                    try:
                        answer = view(call, **values)
                    except ApiError as error:
                        error.headers = call.headers | error.headers
                        raise
                reply = answer if isinstance(answer, Reply) else Reply(answer)
                return json_response(reply.body, reply.status, call.headers | reply.headers)
            except ApiError as error:
                return error_response(error)

        self._flask.add_url_rule(rule, f"{method} {rule}".replace(".", " "), endpoint, methods=[method])

    def _call(self, version: str) -> Call:
        caller = self._gate.caller(request)
        self.seen((caller.user.email or caller.user.name) if caller else None)
        if version == "latest":
            version = "2" if self._site.server else "3"
        if self._site.server and version == "3" and request.path.startswith("/rest/api/3"):
            raise not_found("HTTP 404 Not Found")
        return Call(self._site, self._limits, self._gate, caller, request, version)

    def _admit(
        self, call: Call, method: str, rule: str, scope: str | None, *, admin: bool, anonymous: bool, points: int
    ) -> None:
        caller = call.caller
        if caller is None:
            if anonymous:
                return
            raise not_found() if f"{VERSIONS}/issue/" in rule else unauthenticated()
        if caller.user.kind == CUSTOMER:
            raise forbidden()
        call.headers.update(self._limits.request(method, rule, caller.user.account_id))
        call.charge(points)
        if not anonymous:
            check_scope(caller, scope)
        if admin:
            check_admin(caller.user)

    def _opt_in(self, experimental: str) -> None:
        wanted = experimental == "all" or (experimental == "server" and self._site.server)
        if wanted and request.headers.get(EXPERIMENTAL, "").lower() not in ("opt-in", "true"):
            words = "This API is experimental. Set the header X-ExperimentalApi: opt-in to use it."
            raise ApiError(412, words)


def error_response(error: ApiError) -> Response:
    """A refusal in the words of the family that was asked; the platform's where a fault comes before any was."""
    path = request.path if has_request_context() else ""
    return json_response(body_of(error, path), error.status, error.headers, content_type=error.content_type)


def answer_unknown(flask: Flask) -> None:
    """Errors of API paths, and those the agent screen and ``/_sim`` raise, all speak the vendor's shape."""

    def missing(error: HTTPException) -> Response | HTTPException:
        if request.path.startswith(("/rest/", "/jsm/", "/gateway/", "/oauth/")):
            return error_response(ApiError(error.code or 404, error.name))
        return error

    flask.register_error_handler(404, missing)
    flask.register_error_handler(405, missing)
    flask.register_error_handler(ApiError, error_response)
