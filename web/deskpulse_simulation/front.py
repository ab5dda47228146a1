"""The outermost layer: API requests are logged here and meet their faults."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from flask import Response
from werkzeug.test import run_wsgi_app

from deskpulse_simulation.clock import Clock, stamp
from deskpulse_simulation.faults import Faults, RequestFault
from deskpulse_simulation.records import Json

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REMEMBERED = 20_000
"""Requests."""


class RequestLog:
    """What the account was asked, oldest first; the agent screen and ``/_sim`` are not part of it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: deque[Json] = deque(maxlen=REMEMBERED)
        self._user = threading.local()

    def asked_by(self, user: str | None) -> None:
        """Note who the request under way on this thread acts as; the vendor's gate calls it once it knows."""
        self._user.name = user

    def begin(self) -> None:
        """Forget the last request's user."""
        self._user.name = None

    def add(self, method: str, path: str, query: str, status: int | None) -> None:
        """Note one request; ``status`` is None where the connection was cut."""
        self._rows.append(
            {
                "method": method,
                "path": path,
                "query": dict(parse_qsl(query, keep_blank_values=True)),
                "status": status,
                "at": stamp(self._clock.now()),
                "user": self._user.name,
            }
        )

    def listing(self) -> list[Json]:
        """All that is remembered."""
        return list(self._rows)

    def clear(self) -> None:
        """Forget everything asked so far."""
        self._rows.clear()


def _as_it_is(path: str) -> str:
    return path


class Front:
    """A WSGI application around the vendor's own.

    Paths below ``prefixes`` are the vendor's API: logged, and subject to faults. ``answer`` makes a fault's response
    in the vendor's words. ``rewrite`` may change an API path before the vendor's application sees it.
    """

    def __init__(
        self,
        inner: WSGIApplication,
        faults: Faults,
        log: RequestLog,
        *,
        prefixes: tuple[str, ...],
        answer: Callable[[RequestFault], Response],
        rewrite: Callable[[str], str] = _as_it_is,
    ) -> None:
        self._inner = inner
        self._faults = faults
        self._log = log
        self._prefixes = prefixes
        self._answer = answer
        self._rewrite = rewrite

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        path = str(environ.get("PATH_INFO", ""))
        if not path.startswith(self._prefixes):
            return self._inner(environ, start_response)
        method, query = str(environ["REQUEST_METHOD"]), str(environ.get("QUERY_STRING", ""))
        self._log.begin()
        failing = self._delay(method, path)
        environ["PATH_INFO"] = self._rewrite(path)
        if failing is not None:
            if failing.after:
                run_wsgi_app(self._inner, environ, buffered=True)
            self._log.add(method, path, query, None if failing.drop else failing.status)
            if failing.drop:
                _cut(environ)
            return self._answer(failing)(environ, start_response)

        def noting(status: str, *rest: Any) -> Any:
            self._log.add(method, path, query, int(status[:3]))
            return start_response(status, *rest)

        return self._inner(environ, noting)

    def _delay(self, method: str, path: str) -> RequestFault | None:
        """Wait as long as faults say; the first that makes the request fail, if any."""
        failing = None
        for fault in self._faults.for_request(method, path):
            time.sleep(fault.delay or 0)
            failing = failing or (fault if fault.drop or fault.status else None)
        return failing


def _cut(environ: WSGIEnvironment) -> None:
    connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError("the simulator was asked to cut this connection")
