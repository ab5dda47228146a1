"""A WSGI application on real loopback HTTP, for as long as a test needs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LOOPBACK = "127.0.0.1"
POLL = 0.01
"""Seconds in which the server notices that it shall stop."""


class _Server(ThreadingMixIn, WSGIServer):
    """One thread per request; none of them keeps the process alive."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def server_bind(self) -> None:
        """Bind without asking the name service for our own name, which may take seconds."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that went away is part of many tests."""


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Say nothing: simulators keep their own record of what they were asked."""


@contextmanager
def serve(app: WSGIApplication) -> Iterator[str]:
    """Serve the application on a free port; gives its address without trailing slash."""
    server = _Server((LOOPBACK, 0), _Handler)
    server.set_app(app)
    thread = threading.Thread(target=server.serve_forever, args=(POLL,), name="serve", daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
