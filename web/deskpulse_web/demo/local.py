"""Serving WSGI applications on loopback, in threads of this process: for the demo and ``deskpulse simulate``."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
LOOK_UP = 0.05
"""Seconds between two looks whether to stop."""


class _Body:
    """An answer that is closed in any case: the server forgets to where the reader went away in the middle."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body, self._open = body, True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        """Close what is behind it, once."""
        if self._open:
            self._open = False
            getattr(self._body, "close", lambda: None)()

    __del__ = close


class _Handler(WSGIRequestHandler):
    """HTTP/1.1 with kept connections, and no log line for each request."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's signature
        """Stay quiet."""


def closing(app: WSGIApplication) -> WSGIApplication:
    """The same application, whose answers are closed although the server forgets to."""

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return _Body(app(environ, start_response))

    return serve


class LocalServer:
    """One application on loopback; port 0 takes any free one."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server: BaseWSGIServer = make_server(HOST, port, closing(app), threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(LOOK_UP,), name="deskpulse-http", daemon=True
        )

    @property
    def url(self) -> str:
        """Its address, without trailing slash."""
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
