"""The WSGI application: the vendor's API under ``/api``, ``/_sim`` for programs, an agent screen for people."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from deskpulse.testing.fake_helpdesk.simulator import api, control, screen
from deskpulse.testing.fake_helpdesk.simulator.account import Account, Json, Refusal
from deskpulse.testing.fake_helpdesk.simulator.faults import Faults

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CUT_SHORT = 1000
"""Bytes promised but never sent where a fault says ``drop``."""
Headers = list[tuple[str, str]]
Page = tuple[int, Headers, bytes]
Routes = Mapping[tuple[str, str], Callable[..., object]]


class App:
    """One account, reached over HTTP with one token."""

    def __init__(self, account: Account, faults: Faults, token: str) -> None:
        self._account = account
        self._faults = faults
        self._token = token
        self._asked: list[Json] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "/")
        try:
            status, headers, body = self._answer(environ["REQUEST_METHOD"], path, environ)
        except Refusal as refusal:
            status, headers, body = _json(refusal.status, {"error": refusal.text})
        if not any(name == "Content-Length" for name, _ in headers):
            headers.append(("Content-Length", str(len(body))))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [body]

    def _answer(self, method: str, path: str, environ: WSGIEnvironment) -> Page:
        request = _request(environ)
        if path.startswith("/_sim/"):
            return _json(200, self._control(method, path.removeprefix("/_sim/"), request))
        if not path.startswith("/api/"):
            with self._account.lock:
                return 200, [("Content-Type", "text/html; charset=utf-8")], screen.page(self._account, path).encode()
        self._asked.append({"method": method, "path": path, "query": request.query})
        if (fault := self._faults.for_request()) is not None:
            time.sleep(fault.delay)
            if fault.drop:
                return 200, [("Content-Length", str(CUT_SHORT))], b"{"
            if fault.status:
                retry = [] if fault.retry_after is None else [("Retry-After", f"{fault.retry_after:g}")]
                status, headers, body = _json(fault.status, {"error": "as asked for"})
                return status, [*headers, *retry], body
        if environ.get("HTTP_AUTHORIZATION") != f"Bearer {self._token}":
            raise Refusal(401, "who are you?")
        return _json(200, self._route(api.Api, api.ROUTES, method, path.removeprefix("/api/"), request))

    def _control(self, method: str, path: str, request: api.Request) -> object:
        if path == "requests":
            asked = list(self._asked)
            if method == "DELETE":
                self._asked.clear()
            return asked
        if path == "faults" and method == "DELETE":
            self._faults.clear()
            return {}
        if path == "faults":
            try:
                self._faults.add(dict(request.body))
            except TypeError:
                raise Refusal(422, "unknown fault") from None
            return {}
        return self._route(control.Control, control.ROUTES, method, path, request)

    def _route(self, of: type[Any], routes: Routes, method: str, path: str, request: api.Request) -> object:
        parts = path.split("/")
        for (wanted, pattern), route in routes.items():
            names = pattern.split("/")
            if method == wanted and len(names) == len(parts):
                pairs = list(zip(names, parts, strict=True))
                if all(name in ("*", part) for name, part in pairs):
                    with self._account.lock:
                        return route(of(self._account, request), *(part for name, part in pairs if name == "*"))
        raise Refusal(404, "there is nothing here")


def _request(environ: WSGIEnvironment) -> api.Request:
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise Refusal(400, "the body is not JSON") from None
    query = dict(parse_qsl(environ.get("QUERY_STRING", "")))
    url = f"http://{environ.get('HTTP_HOST', '')}{environ.get('PATH_INFO', '')}"
    return api.Request(url, query, body if isinstance(body, dict) else {}, environ.get("HTTP_IF_MATCH"))


def _json(status: int, content: object) -> Page:
    return status, [("Content-Type", "application/json")], json.dumps(content, default=str).encode()
