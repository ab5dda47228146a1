"""The HTTP client that plug-ins get: it times out, retries within a budget, respects rate limits and redacts.

A plug-in never builds a client of its own, so none of this can be forgotten. Statuses become the errors of
:mod:`deskpulse.errors`; a plug-in that wants to look at one itself names it in ``expect``.
"""

from __future__ import annotations

import email.utils
import json as jsonlib
import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from deskpulse.errors import (
    AuthExpired,
    Conflict,
    HelpdeskError,
    Misread,
    NotFound,
    RateLimited,
    Refused,
    Unreachable,
)

CONNECT_TIMEOUT, READ_TIMEOUT = 3.05, 20.0
"""Seconds."""
RETRIES = (0.2, 0.6)
"""Waits in seconds before a repeated GET; longer retries are the outbox's business."""
DEFAULT_RETRY_AFTER = 30.0
MAX_RETRY_AFTER = 3600.0
MOMENTS_SINCE = 2020
"""A smaller number in ``X-RateLimit-Reset`` is a count of something else."""
SHORTEST_PAUSE = 0.5
"""Seconds slept where the helpdesk asks for a pause of none, so that patience always runs out."""
REDACTED = "[redacted]"
SNIPPET = 300
CREDENTIAL_HEADER = re.compile(r"auth|token|key|secret|cookie", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A helpdesk's answer: status, headers (any case), body."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON. Raises :class:`~deskpulse.errors.Misread` where it is none."""
        try:
            return jsonlib.loads(self.content)
        except ValueError:
            raise Misread("the answer is not JSON", status=self.status) from None


class HttpClient:
    """HTTP for one connection. Safe to share between threads; each thread keeps its own sockets alive."""

    def __init__(
        self,
        *,
        secrets: Iterable[str] = (),
        timeout: tuple[float, float] = (CONNECT_TIMEOUT, READ_TIMEOUT),
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secrets = frozenset(secret for secret in secrets if len(secret) >= 4)
        self._timeout = timeout
        self._sleep = sleep
        self._monotonic = monotonic
        self._local = threading.local()
        self._resume_at = 0.0
        self.answered = 0
        """Answers received so far, for showing that something is going on."""

    def redact_also(self, secrets: Iterable[str]) -> None:
        """Keep further secrets out of every error, for example a renewed token."""
        self._secrets = self._secrets | {secret for secret in secrets if len(secret) >= 4}

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """While this lasts, this thread's requests together take no longer; what would is Unreachable."""
        outer = self._deadline()
        self._local.deadline = min(outer, self._monotonic() + seconds)
        try:
            yield
        finally:
            self._local.deadline = outer

    def close(self) -> None:
        """Give back this thread's sockets."""
        session: requests.Session | None = self._local.__dict__.pop("session", None)
        if session is not None:
            session.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        json: Any = None,
        data: Mapping[str, str] | bytes | None = None,
        expect: Iterable[int] = (),
        patience: float = 0.0,
    ) -> Answer:
        """Ask once (a GET: a few times), and return any status below 400 or in ``expect``.

        ``patience`` is how many seconds in all the caller will wait where the helpdesk asks for a pause: a long
        synchronisation passes some, a job that can be queued again passes none. Redirects to another host are refused.

        Raises the errors of :mod:`deskpulse.errors`; their text is free of secrets.
        """
        waits = list(RETRIES) if method.upper() == "GET" else []
        while True:
            try:
                self._hold_back()
                return self._once(method, url, headers, params, json, data, frozenset(expect))
            except RateLimited as limited:
                pause = max(limited.retry_after, SHORTEST_PAUSE)
                if pause > patience or self._left() <= pause:
                    raise
                patience -= pause
                self._sleep(pause)
            except Unreachable:
                if not waits or self._left() <= waits[0]:
                    raise
                self._sleep(waits.pop(0))

    def _deadline(self) -> float:
        return getattr(self._local, "deadline", float("inf"))

    def _left(self) -> float:
        return self._deadline() - self._monotonic()

    def _time(self, method: str, url: str) -> tuple[float, float]:
        """Seconds to connect and to read: the usual ones, or less where a deadline is near."""
        left = self._left()
        if left <= 0:
            raise Unreachable(f"{method} {_where(url)}: no time left")
        connect, read = self._timeout
        return min(connect, left), min(read, left)

    def _hold_back(self) -> None:
        left = self._resume_at - self._monotonic()
        if left > 0:
            raise RateLimited("the helpdesk asked for a pause", retry_after=left)

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        params: Any,
        json: Any,
        data: Any,
        expect: frozenset[int],
    ) -> Answer:
        try:
            response = self._session().request(
                method,
                url,
                headers=dict(headers or {}),
                params=params,
                json=json,
                data=data,
                timeout=self._time(method, url),
                allow_redirects=False,
            )
            if response.is_redirect and response.status_code not in expect:
                response = self._follow(method, url, response, headers)
        except requests.RequestException as error:
            raise Unreachable(self.redact(f"{method} {_where(url)}: {type(error).__name__}")) from None
        except UnicodeError:
            raise Refused(self.redact(f"{method} {_where(url)}: cannot be put into an HTTP request")) from None
        answer = Answer(response.status_code, response.headers, response.content)
        self.answered += 1
        if answer.status >= 400 and answer.status not in expect:
            raise self._error(method, url, answer, _credentials(headers))
        return answer

    def _follow(
        self, method: str, url: str, response: requests.Response, headers: Mapping[str, str] | None
    ) -> requests.Response:
        target = requests.compat.urljoin(url, response.headers.get("location", ""))
        if method.upper() == "GET" and urlsplit(target)[:2] == urlsplit(url)[:2]:
            time_left = self._time(method, url)
            found = self._session().get(target, headers=dict(headers or {}), timeout=time_left, allow_redirects=False)
            if not found.is_redirect:
                return found
        detail = self.redact(f"{method} {_where(url)}: redirected to another place")
        raise Refused(detail, status=response.status_code)

    def _error(self, method: str, url: str, answer: Answer, credentials: Iterable[str]) -> HelpdeskError:
        snippet = self.redact(answer.content.decode("utf-8", "replace").strip(), credentials)[:SNIPPET]
        detail = self.redact(f"{method} {_where(url)}: {answer.status} {snippet}".strip())
        status = answer.status
        if status == 429 or (status == 503 and "retry-after" in answer.headers):
            pause = retry_after(answer.headers)
            if status == 429:
                self._resume_at = self._monotonic() + pause
            return RateLimited(detail, retry_after=pause, status=status)
        if status >= 500 or status in (408, 425):
            return Unreachable(detail, status=status)
        kind = {401: AuthExpired, 404: NotFound, 410: NotFound, 409: Conflict}.get(status, Refused)
        return kind(detail, status=status)

    def redact(self, text: str, credentials: Iterable[str] = ()) -> str:
        """The text without any of this connection's secrets, nor the credentials of one request."""
        for secret in sorted({*self._secrets, *credentials}, key=len, reverse=True):
            text = text.replace(secret, REDACTED)
        return text

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False
            session.headers["User-Agent"] = "DeskPulse"
            session.headers["Accept"] = "application/json"
            self._local.session = session
        return session


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait, within reason: until the later of what two headers tell.

    ``Retry-After`` is in seconds or an HTTP date (RFC 9110 10.2.3); ``X-RateLimit-Reset`` counts where it names a
    moment, in ISO 8601 or seconds since 1970. Moments are those of whoever dated the answer: clocks differ.
    """
    named = {name.lower(): value for name, value in headers.items()}
    there = datetime.now(UTC) - timedelta(seconds=clock_offset(named))
    told = [_pause(named.get("retry-after", ""), there), _seconds_to_reset(named.get("x-ratelimit-reset", ""), there)]
    known = [seconds for seconds in told if math.isfinite(seconds)]
    return min(max(*known, 0.0), MAX_RETRY_AFTER) if known else DEFAULT_RETRY_AFTER


def clock_offset(headers: Mapping[str, str]) -> float:
    """By how many seconds our clock is ahead of the one that dated an answer; 0 where the answer carries no date."""
    try:
        theirs = email.utils.parsedate_to_datetime(headers.get("Date") or headers.get("date") or "")
        return (datetime.now(UTC) - theirs).total_seconds()
    except (ValueError, TypeError):
        return 0.0


def _pause(text: str, now: datetime) -> float:
    try:
        return float(text)
    except ValueError:
        return _seconds_until(text, now)


def _seconds_to_reset(text: str, now: datetime) -> float:
    try:
        at = (
            datetime.fromtimestamp(float(text), UTC)
            if text.replace(".", "", 1).isdigit()
            else datetime.fromisoformat(text)
        )
    except (ValueError, OverflowError, OSError):
        return math.nan
    if at.year < MOMENTS_SINCE:
        return math.nan
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()


def _seconds_until(http_date: str, now: datetime) -> float:
    try:
        at = email.utils.parsedate_to_datetime(http_date)
    except ValueError:
        return math.nan
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()


def _credentials(headers: Mapping[str, str] | None) -> set[str]:
    """What of a request's headers must not come back in an error, where a helpdesk echoes it."""
    values = [value for name, value in (headers or {}).items() if CREDENTIAL_HEADER.search(name)]
    return {part for value in values for part in (value, value.partition(" ")[2]) if len(part) >= 4}


def _where(url: str) -> str:
    """The address without query and user info, for messages."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
