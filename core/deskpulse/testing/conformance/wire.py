"""The wire between plug-in and simulator: it records every call, and breaks where a test says so.

Faults are made here and not in the simulator, so that every vendor meets the same ones, also those that a simulator
cannot make, such as an answer lost after the work was done.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOREVER = 10**6
PLAYED_HEADER, PLAYED = "X-Played-By-The-Test", "HTTP_X_PLAYED_BY_THE_TEST"
"""Marks calls of agents and administrators whom the test plays."""
CUT_SHORT = 1000
"""Bytes promised but never sent in an answer that is cut."""


@dataclass(frozen=True)
class Seen:
    """One call to the vendor's API."""

    method: str
    path: str
    query: str
    body: bytes
    echo: str
    """The call's headers, as a careless vendor might repeat them in an error."""


@dataclass
class Fault:
    """What goes wrong with the next ``times`` calls, or writes only, after ``skip`` of them went well."""

    status: int | None = None
    retry_after: int | None = None
    location: str | None = None
    cut: bool = False
    hang: bool = False
    done_first: bool = False
    """The work is done all the same; only the answer is lost."""
    writes_only: bool = False
    skip: int = 0
    times: int = FOREVER

    def meets(self, *, write: bool) -> bool:
        """Whether this call goes wrong; counts it."""
        if self.times <= 0 or (self.writes_only and not write):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Wire:
    """A WSGI application around the simulator's. What the test itself asks passes unseen and unharmed."""

    def __init__(self, app: WSGIApplication, is_write: Callable[[str, str], bool]) -> None:
        self._app = app
        self._is_write = is_write
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._interruptions: list[Callable[[], object]] = []
        self._replaced: tuple[bytes, bytes] | None = None
        self.fault: Fault | None = None
        self.seen: list[Seen] = []

    @property
    def writes(self) -> list[Seen]:
        """The calls that may have changed something."""
        return [one for one in self.seen if self._is_write(one.method, one.path)]

    def forget(self) -> None:
        """Start counting afresh, and break nothing."""
        with self._lock:
            self.seen, self.fault = [], None

    def before_next_write(self, act: Callable[[], object]) -> None:
        """Let somebody else act after the plug-in has looked and before it writes."""
        self._interruptions.append(act)

    def replace_in_answers(self, old: str, new: str) -> None:
        """Let every address in an answer lead somewhere else."""
        self._replaced = old.encode(), new.encode()

    def close(self) -> None:
        """Let go of calls that hang."""
        self._released.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a call on, or break it."""
        if str(environ.get("PATH_INFO", "")).startswith("/_sim/") or PLAYED in environ:
            return self._app(environ, start_response)
        call = _seen(environ)
        write = self._is_write(call.method, call.path)
        with self._lock:
            self.seen.append(call)
            fault = self.fault if self.fault and self.fault.meets(write=write) else None
            interruptions, self._interruptions = (self._interruptions, []) if write else ([], self._interruptions)
        for act in interruptions:
            act()
        if fault is None:
            return self._pass_on(environ, start_response)
        if fault.done_first:
            _exhaust(self._app(environ, _start_nothing))
        return self._break(fault, call, start_response)

    def _pass_on(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._replaced is None:
            return self._app(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
            kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
            return start_response(status, kept)

        return [_exhaust(self._app(environ, start)).replace(*self._replaced)]

    def _break(self, fault: Fault, call: Seen, start_response: StartResponse) -> Iterable[bytes]:
        if fault.hang:
            self._released.wait(60)
        if fault.cut or fault.hang:
            start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(CUT_SHORT))])
            return [b"{"]
        status = HTTPStatus(fault.status or 500)
        headers = [("Content-Type", "application/json")]
        if fault.retry_after is not None:
            headers.append(("Retry-After", str(fault.retry_after)))
        if fault.location is not None:
            headers.append(("Location", fault.location))
        start_response(f"{status.value} {status.phrase}", headers)
        return [json.dumps({"error": "broken on purpose", "you_said": call.echo}).encode()]


def _seen(environ: WSGIEnvironment) -> Seen:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    echo = " ".join(str(value) for name, value in sorted(environ.items()) if name.startswith("HTTP_"))
    path, query = str(environ.get("PATH_INFO", "")), str(environ.get("QUERY_STRING", ""))
    return Seen(str(environ["REQUEST_METHOD"]), path, query, body, f"{echo} {query} {body.decode('utf-8', 'replace')}")


def _start_nothing(*_: Any) -> Callable[[bytes], object]:
    return lambda _: None


def _exhaust(answer: Iterable[bytes]) -> bytes:
    whole = b"".join(answer)
    close = getattr(answer, "close", None)
    if close is not None:
        close()
    return whole
