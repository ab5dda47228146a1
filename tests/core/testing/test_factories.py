"""What plug-in authors borrow for their tests does what it says."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import requests

from deskpulse.errors import AuthExpired
from deskpulse.scoring.bands import Band
from deskpulse.testing import factories
from deskpulse.testing.clocks import SteppedTime
from deskpulse.testing.factories import Renewal
from deskpulse.testing.serving import serve


def test_factories_make_what_was_asked_for_and_the_rest_plausible() -> None:
    ticket = factories.make_ticket("t-9", subject="Slow laptop", agent=None)
    assert (ticket.ref.id, ticket.subject, ticket.agent) == ("t-9", "Slow laptop", None)
    assert ticket.customer == factories.make_customer()
    assert factories.make_result(3).score.band is Band.DETRACTOR
    assert factories.make_history(ticket).ticket is ticket
    assert factories.make_invitation(recipient_email=None).recipient_email is None
    assert factories.make_delivery(headers={"X-Id": "1"}).headers == {"x-id": "1"}


def test_revisions_of_a_result_have_their_own_key_and_marker() -> None:
    first, second = factories.make_result(revision=1), factories.make_result(revision=2)
    assert first.key != second.key
    assert first.marker != second.marker
    assert first.marker not in second.marker


def test_client_of_a_connection_knows_its_secrets() -> None:
    connection = factories.make_connection(secrets={"token": "very-secret"})
    assert "very-secret" not in connection.http.redact("token very-secret")
    assert "very-secret" not in repr(connection)


def test_renewal_happens_once_for_one_stale_secret() -> None:
    renewal = Renewal({"token": "old", "client": "c"})
    asked: list[Mapping[str, str]] = []

    def fetch(newest: Mapping[str, str]) -> Mapping[str, str]:
        asked.append(newest)
        return {"token": "new"}

    threads = [threading.Thread(target=renewal, args=({"token": "old"}, fetch)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [{"token": "old", "client": "c"}]
    assert renewal({"token": "old"}, fetch) == {"token": "new", "client": "c"}
    assert renewal.times == 1


def test_renewal_that_fails_changes_nothing() -> None:
    renewal = Renewal({"token": "old"})

    def fetch(newest: Mapping[str, str]) -> Mapping[str, str]:
        raise AuthExpired("revoked")

    with pytest.raises(AuthExpired):
        renewal({"token": "old"}, fetch)
    assert renewal.secrets == {"token": "old"}


def test_served_application_answers_many_at_once() -> None:
    together = threading.Barrier(3, timeout=10)

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        together.wait()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    found: list[str] = []
    with serve(app) as url:
        threads = [
            threading.Thread(target=lambda path=path: found.append(requests.get(f"{url}/{path}", timeout=10).text))
            for path in "abc"
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == ["/a", "/b", "/c"]
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=1)


def test_stepped_time_passes_only_by_sleeping() -> None:
    time = SteppedTime()
    time.sleep(2.5)
    time.sleep(0.5)
    assert (time.monotonic(), time.slept) == (3.0, [2.5, 0.5])
