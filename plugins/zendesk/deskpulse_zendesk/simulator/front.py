"""The outermost layer: requests are logged here, meet their faults, and lose the optional ``.json``."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Response

from deskpulse_zendesk.simulator.api import error_response, json_response
from deskpulse_zendesk.simulator.clock import Clock, stamp
from deskpulse_zendesk.simulator.errors import expired_token, too_many
from deskpulse_zendesk.simulator.faults import Faults, RequestFault
from deskpulse_zendesk.simulator.records import Json, User

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REMEMBERED = 20_000
_PREFIXES = ("/api/", "/oauth/tokens")


class RequestLog:
    """What the account was asked, oldest first; the agent screen and ``/_sim`` are not part of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: deque[Json] = deque(maxlen=REMEMBERED)
        self._user = threading.local()

    def asked_by(self, user: User | None) -> None:
        """Note who the request under way on this thread acts as."""
        self._user.email = user.email if user else None

    def begin(self) -> None:
        """Forget the last request's user."""
        self._user.email = None

    def add(self, method: str, path: str, query: str, status: int | None) -> None:
        """Note one request; ``status`` is None where the connection was cut."""
        self._rows.append(
            {
                "method": method,
                "path": path,
                "query": dict(parse_qsl(query, keep_blank_values=True)),
                "status": status,
                "at": stamp(self._clock.now()),
                "user": self._user.email,
            }
        )

    def listing(self) -> list[Json]:
        """All that is remembered."""
        return list(self._rows)

    def clear(self) -> None:
        """Forget everything asked so far."""
        self._rows.clear()


class Front:
    """A WSGI application around the account's."""

    def __init__(self, inner: WSGIApplication, faults: Faults, log: RequestLog) -> None:
        self._inner = inner
        self._faults = faults
        self._log = log

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(_PREFIXES):
            return self._inner(environ, start_response)
        method, query = str(environ["REQUEST_METHOD"]), str(environ.get("QUERY_STRING", ""))
        self._log.begin()
        failing = None
        for fault in self._faults.for_request(method, path):
            time.sleep(fault.delay or 0)
            failing = failing or (fault if fault.drop or fault.status else None)
        if failing is not None:
            self._log.add(method, path, query, None if failing.drop else failing.status)
            return _fail(failing, environ, start_response)
        environ["PATH_INFO"] = path.removesuffix(".json")

        def noting(status: str, *rest: Any) -> Any:
            self._log.add(method, path, query, int(status[:3]))
            return start_response(status, *rest)

        return self._inner(environ, noting)


def _fail(fault: RequestFault, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if fault.drop:
        connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
        if isinstance(connection, socket.socket):
            connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionAbortedError("the simulator was asked to cut this connection")
    return _answer(fault)(environ, start_response)


def _answer(fault: RequestFault) -> Response:
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
