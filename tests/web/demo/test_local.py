"""The server of the demo: what it serves is closed, also where the reader goes away in the middle."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from deskpulse_web.demo.local import LocalServer


class Slow:
    """A body whose end comes when its reader has left; it tells when it was closed."""

    def __init__(self) -> None:
        self.left, self.closed = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield b"x"
        assert self.left.wait(10)

    def close(self) -> None:
        self.closed.set()


def test_a_reader_who_slams_the_door_leaves_nothing_open() -> None:
    body = Slow()

    def app(_environ: Any, start_response: Any) -> Slow:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "1")])
        return body

    server = LocalServer(app)
    server.start()
    try:
        at = urlsplit(server.url)
        with closing(socket.create_connection((str(at.hostname), int(at.port or 0)), timeout=10)) as reader:
            reader.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            assert reader.recv(1024).startswith(b"HTTP/1.1 200")
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        body.left.set()
        assert body.closed.wait(10)
    finally:
        server.stop()
