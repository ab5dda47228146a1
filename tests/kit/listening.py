"""What a plug-in asked of a helpdesk, kept so that it can be asked again without the plug-in."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KEPT = ("HTTP_AUTHORIZATION", "HTTP_ACCEPT", "CONTENT_TYPE")
TOO_MANY = 429


@dataclass(frozen=True)
class Call:
    """One call of the vendor's API as it came, and how it was answered: refused for a while, or not, and when."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    refused: bool
    pause: float
    """Seconds that the answer asks to wait."""
    came: float
    answered: float


class Listener:
    """A WSGI application around a simulator's: it notes calls of the vendor's API and passes everything on."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def around(self, app: WSGIApplication) -> WSGIApplication:
        """Stand between that application and whoever calls it."""
        self._app = app
        return self

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = str(environ.get("PATH_INFO", ""))
        if path.startswith("/_sim/"):
            return self._app(environ, start_response)
        came = time.monotonic()
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        headers = {name: str(environ[name]) for name in KEPT if environ.get(name)}
        named = {name.removeprefix("HTTP_").replace("_", "-").title(): value for name, value in headers.items()}
        query = environ.get("QUERY_STRING")
        whole = f"{path}?{query}" if query else path

        def note(status: str, answer: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            refused, pause = status.startswith(str(TOO_MANY)), float(dict(answer).get("Retry-After", 0))
            method = str(environ["REQUEST_METHOD"])
            self.calls.append(Call(method, whole, named, body, refused, pause, came, time.monotonic()))
            return start_response(status, answer, *rest)

        return self._app(environ, note)


def ask_again(url: str, calls: Iterable[Call]) -> float:
    """Make the same calls, one after the other, and do nothing with the answers; gives the seconds it took.

    One that is refused is made again after the pause that the answer asks for. A process of its own makes them, so that
    they share as little with the simulator as what they are compared to.
    """
    listed = json.dumps([{**asdict(call), "body": call.body.decode("latin-1")} for call in calls])
    command = [sys.executable, "-m", "kit.listening", url]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, env=environment, input=listed, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def main(url: str) -> None:
    """Read calls, make them, and print the seconds."""
    calls = json.load(sys.stdin)
    begun = time.perf_counter()
    with requests.Session() as session:
        session.trust_env = False
        for call in calls:
            while (answer := _ask(session, url, call)).status_code == TOO_MANY:
                time.sleep(float(answer.headers["Retry-After"]))
            answer.raise_for_status()
    print(time.perf_counter() - begun)  # noqa: T201 - the caller reads it


def _ask(session: requests.Session, url: str, call: dict[str, Any]) -> requests.Response:
    body = call["body"].encode("latin-1") or None
    return session.request(call["method"], url + call["path"], headers=call["headers"], data=body, timeout=30)


if __name__ == "__main__":
    main(sys.argv[1])
