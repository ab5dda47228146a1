"""Serving WSGI applications on loopback, in threads of this process: for the demo and ``deskpulse simulate``."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"


class _Handler(WSGIRequestHandler):
    """HTTP/1.1 with kept connections, and no log line for each request."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's signature
        """Stay quiet."""


class LocalServer:
    """One application on loopback; port 0 takes any free one."""

    def __init__(self, app: WSGIApplication, port: int = 0) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server: BaseWSGIServer = make_server(HOST, port, app, threaded=True, request_handler=_Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, name="deskpulse-http", daemon=True)

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
