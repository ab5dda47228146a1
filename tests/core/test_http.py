"""The client that plug-ins get: what it waits for, what it repeats, what it never says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st

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
from deskpulse.http import DEFAULT_RETRY_AFTER, MAX_RETRY_AFTER, RETRIES, Answer, HttpClient, retry_after
from deskpulse.testing.clocks import SteppedTime
from deskpulse.testing.conformance.wire import Fault, Wire
from deskpulse.testing.serving import serve

URL = "https://helpdesk.example.com/api"
TOKEN = "a-very-secret-token"


@pytest.fixture
def clock() -> SteppedTime:
    return SteppedTime()


@pytest.fixture
def http(clock: SteppedTime) -> HttpClient:
    return HttpClient(secrets=[TOKEN], sleep=clock.sleep, monotonic=clock.monotonic)


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def caught(http: HttpClient, method: str = "GET", **options: Any) -> HelpdeskError:
    """The error of a request that must fail."""
    with pytest.raises(HelpdeskError) as error:
        http.request(method, URL, **options)
    return error.value


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, AuthExpired),
        (403, Refused),
        (404, NotFound),
        (408, Unreachable),
        (409, Conflict),
        (410, NotFound),
        (422, Refused),
        (425, Unreachable),
        (429, RateLimited),
        (500, Unreachable),
        (503, Unreachable),
        (599, Unreachable),
    ],
)
def test_statuses_become_errors(
    http: HttpClient, web: responses.RequestsMock, status: int, error: type[HelpdeskError]
) -> None:
    web.post(URL, status=status)
    found = caught(http, "POST")
    assert type(found) is error
    assert found.status == status


def test_expected_statuses_are_answers(http: HttpClient, web: responses.RequestsMock) -> None:
    web.get(URL, status=422, json={"field": "locked"})
    answer = http.request("GET", URL, expect=[422])
    assert (answer.status, answer.json()) == (422, {"field": "locked"})


def test_answer_that_is_no_json_is_misread() -> None:
    with pytest.raises(Misread):
        Answer(200, {}, b"<html>").json()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writes_are_never_repeated(http: HttpClient, web: responses.RequestsMock, method: str) -> None:
    web.add(method, URL, status=500)
    caught(http, method)
    assert len(web.calls) == 1


def test_reads_are_repeated_a_few_times(http: HttpClient, web: responses.RequestsMock, clock: SteppedTime) -> None:
    web.get(URL, status=500)
    assert isinstance(caught(http), Unreachable)
    assert len(web.calls) == 1 + len(RETRIES)
    assert clock.slept == list(RETRIES)


def test_read_that_recovers_is_answered(http: HttpClient, web: responses.RequestsMock) -> None:
    web.get(URL, body=requests.ConnectionError("reset"))
    web.get(URL, json=[])
    assert http.request("GET", URL).json() == []


@pytest.mark.parametrize("status", [401, 403, 404, 409])
def test_refusals_are_not_repeated(http: HttpClient, web: responses.RequestsMock, status: int) -> None:
    web.get(URL, status=status)
    caught(http)
    assert len(web.calls) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_busy_helpdesk_says_how_long(http: HttpClient, web: responses.RequestsMock, status: int) -> None:
    web.get(URL, status=status, headers={"Retry-After": "17"})
    error = caught(http)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 17
    assert len(web.calls) == 1


def test_rate_limit_is_remembered_by_all_calls(
    http: HttpClient, web: responses.RequestsMock, clock: SteppedTime
) -> None:
    web.get(URL, status=429, headers={"Retry-After": "17"})
    web.post(URL, json={})
    caught(http)
    clock.sleep(10)
    error = caught(http, "POST")
    assert isinstance(error, RateLimited)
    assert error.retry_after == 7
    assert len(web.calls) == 1, "the helpdesk was asked during its pause"
    clock.sleep(7)
    assert http.request("POST", URL).status == 200


def test_patience_waits_for_a_pause(http: HttpClient, web: responses.RequestsMock, clock: SteppedTime) -> None:
    web.get(URL, status=429, headers={"Retry-After": "17"})
    web.get(URL, json={})
    assert http.request("GET", URL, patience=20).status == 200
    assert clock.slept == [17]


def test_patience_runs_out(http: HttpClient, web: responses.RequestsMock, clock: SteppedTime) -> None:
    web.get(URL, status=429, headers={"Retry-After": "17"})
    assert isinstance(caught(http, patience=40), RateLimited)
    assert clock.slept == [17, 17]


def test_pause_of_nothing_does_not_hammer(http: HttpClient, web: responses.RequestsMock, clock: SteppedTime) -> None:
    web.get(URL, status=429, headers={"Retry-After": "0"})
    assert isinstance(caught(http), RateLimited)
    assert len(web.calls) == 1
    assert isinstance(caught(http, patience=2), RateLimited)
    assert len(web.calls) <= 6


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("", DEFAULT_RETRY_AFTER),
        ("soon", DEFAULT_RETRY_AFTER),
        ("nan", DEFAULT_RETRY_AFTER),
        ("1e9", MAX_RETRY_AFTER),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:00:00 -0000", 0.0),
    ],
)
def test_retry_after_is_read_in_every_form(text: str, seconds: float) -> None:
    assert retry_after({"retry-after": text}) == seconds


@pytest.mark.parametrize(
    "write",
    [lambda at: at.isoformat(), lambda at: at.isoformat().replace("+00:00", "Z"), lambda at: str(int(at.timestamp()))],
)
def test_the_moment_of_a_reset_counts_where_it_is_later(write: Callable[[datetime], str]) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=600)
    assert 590 < retry_after({"X-RateLimit-Reset": write(soon)}) <= 600
    assert 590 < retry_after({"X-RateLimit-Reset": write(soon), "Retry-After": "5"}) <= 600
    assert retry_after({"X-RateLimit-Reset": write(soon), "Retry-After": "900"}) == 900


@pytest.mark.parametrize("text", ["", "60", "soon", "1e999", "99999999999999999999"])
def test_another_reset_is_no_moment(text: str) -> None:
    assert retry_after({"X-RateLimit-Reset": text, "Retry-After": "5"}) == 5
    assert retry_after({"X-RateLimit-Reset": text}) == DEFAULT_RETRY_AFTER


def test_retry_after_may_be_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=100)
    assert 90 < retry_after({"Retry-After": format_datetime(later, usegmt=True)}) <= 100


@pytest.mark.parametrize("ahead", [-179, 179, 3600])
def test_pauses_are_counted_by_the_clock_that_dated_the_answer(ahead: int) -> None:
    theirs = datetime.now(UTC) + timedelta(seconds=ahead)
    headers = {"Date": format_datetime(theirs, usegmt=True), "Retry-After": "1"}
    assert 25 < retry_after({**headers, "X-RateLimit-Reset": str(int(theirs.timestamp()) + 30)}) <= 31
    later = format_datetime(theirs + timedelta(seconds=60), usegmt=True)
    assert 55 < retry_after({**headers, "Retry-After": later}) <= 61


@given(st.text())
def test_retry_after_never_breaks(text: str) -> None:
    assert 0 <= retry_after({"retry-after": text}) <= MAX_RETRY_AFTER


def test_errors_hold_no_secret(http: HttpClient, web: responses.RequestsMock) -> None:
    headers = {"Authorization": "Basic b3RoZXIgc2VjcmV0", "X-Api-Key": "third-secret", "X-Trace": "visible"}
    web.get(URL, status=403, body=f"{TOKEN} b3RoZXIgc2VjcmV0 third-secret visible")
    error = caught(http, headers=headers, params={"key": TOKEN})
    said = f"{error} {error!r} {error.detail} {error.__cause__} {error.__context__}"
    assert not [secret for secret in (TOKEN, "b3RoZXIgc2VjcmV0", "third-secret") if secret in said]
    assert "visible" in said


def test_secret_at_the_end_of_the_snippet_is_hidden_whole(http: HttpClient, web: responses.RequestsMock) -> None:
    web.get(URL, status=403, body="." * 290 + TOKEN)
    assert TOKEN[:6] not in str(caught(http))


def test_secrets_learnt_later_are_hidden_too(http: HttpClient, web: responses.RequestsMock) -> None:
    http.redact_also(["renewed-token", "x"])
    web.get(URL, status=400, body="renewed-token x")
    detail = caught(http).detail
    assert "renewed-token" not in detail
    assert "x" in detail, "too short to be a secret"


def test_addresses_are_told_without_credentials(http: HttpClient, web: responses.RequestsMock) -> None:
    web.get("https://user:password@helpdesk.example.com:8443/x", status=403)
    with pytest.raises(Refused) as error:
        http.request("GET", "https://user:password@helpdesk.example.com:8443/x?token=1")
    assert error.value.detail == "GET https://helpdesk.example.com:8443/x: 403"


@pytest.mark.parametrize("target", ["https://elsewhere.example.com/api", "http://helpdesk.example.com/api", "//evil/"])
def test_redirect_to_another_place_is_refused(http: HttpClient, web: responses.RequestsMock, target: str) -> None:
    web.get(URL, status=302, headers={"Location": target})
    assert isinstance(caught(http, headers={"Authorization": TOKEN}), Refused)
    assert len(web.calls) == 1


def test_redirect_on_the_same_host_is_followed_once(http: HttpClient, web: responses.RequestsMock) -> None:
    web.get(URL, status=301, headers={"Location": "/new"})
    web.get("https://helpdesk.example.com/new", json={"found": True})
    assert http.request("GET", URL).json() == {"found": True}
    web.get("https://helpdesk.example.com/round", status=302, headers={"Location": "/round"})
    with pytest.raises(Refused):
        http.request("GET", "https://helpdesk.example.com/round")


def test_redirected_write_is_refused_unless_expected(http: HttpClient, web: responses.RequestsMock) -> None:
    web.put(URL, status=301, headers={"Location": "/new"})
    assert isinstance(caught(http, "PUT"), Refused)
    assert http.request("PUT", URL, expect=[301]).status == 301


@dataclass
class Loopback:
    """A real host whose answers can be broken."""

    wire: Wire
    url: str
    http: HttpClient = field(default_factory=lambda: HttpClient(timeout=(1.0, 0.2), sleep=lambda _: None))


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    wire = Wire(app, lambda method, _: method != "GET")
    with serve(wire) as url:
        loopback = Loopback(wire, url)
        yield loopback
        wire.close()
        loopback.http.close()


@pytest.mark.parametrize("fault", [Fault(hang=True), Fault(cut=True)], ids=["hangs", "is cut"])
def test_broken_answer_is_unreachable(loopback: Loopback, fault: Fault) -> None:
    loopback.wire.fault = fault
    with pytest.raises(Unreachable):
        loopback.http.request("GET", loopback.url)
    assert len(loopback.wire.seen) == 1 + len(RETRIES)


def test_closed_port_is_unreachable(loopback: Loopback) -> None:
    with serve(loopback.wire) as gone:
        pass
    with pytest.raises(Unreachable):
        loopback.http.request("POST", gone)


def test_environment_proxies_are_ignored(loopback: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert loopback.http.request("GET", loopback.url).status == 200


def test_requests_end_with_their_deadline(loopback: Loopback) -> None:
    clock = SteppedTime()
    http = HttpClient(sleep=clock.sleep, monotonic=clock.monotonic)
    with http.within(5.0):
        assert http.request("GET", loopback.url).status == 200
        clock.sleep(5.0)
        with pytest.raises(Unreachable):
            http.request("GET", loopback.url)
    assert http.request("GET", loopback.url).status == 200
    assert len(loopback.wire.seen) == 2
    http.close()


def test_deadline_shortens_reading(loopback: Loopback) -> None:
    loopback.wire.fault = Fault(hang=True)
    http = HttpClient(timeout=(1.0, 600.0))
    with http.within(0.2), pytest.raises(Unreachable):
        http.request("GET", loopback.url)
    http.close()


def test_inner_deadline_cannot_lengthen_the_outer(loopback: Loopback) -> None:
    clock = SteppedTime()
    http = HttpClient(sleep=clock.sleep, monotonic=clock.monotonic)
    with http.within(1.0), http.within(100.0):
        clock.sleep(2.0)
        with pytest.raises(Unreachable):
            http.request("GET", loopback.url)


def test_deadline_belongs_to_its_thread(loopback: Loopback) -> None:
    found: list[int] = []

    def ask() -> None:
        found.append(loopback.http.request("GET", loopback.url).status)
        loopback.http.close()

    with loopback.http.within(0.0):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert found == [200]


def test_secret_that_fits_no_header_is_refused_in_silence(loopback: Loopback) -> None:
    with pytest.raises(Refused) as error:
        loopback.http.request("GET", loopback.url, headers={"Authorization": "Bearer \u20ac-token"})
    assert "\u20ac" not in repr(error.value)
    assert error.value.__suppress_context__, "the cause would show it"
