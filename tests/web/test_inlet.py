"""The inlet: verified, stored once, answered; and what cannot be stored is asked for again."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.inbound.models import DeliveryRow, Refusal, RefusalCount
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.models import Job
from deskpulse_web.application import create_app
from deskpulse_zendesk import plugin

SECRET, OLD_SECRET, STRANGER = "current-signing-secret", "former-signing-secret", "a-strangers-secret"
BODY = b'{"ticket_id":"35436","status":"Solved"}'
Send = Callable[..., TestResponse]


@pytest.fixture
def hub() -> Hub:
    hub = Hub()
    hub.register(plugin, "zendesk")
    return hub


@pytest.fixture
def connection(desk: Desk, organisation: Organisation) -> ConnectionRow:
    values = {"subdomain": "acme", "auth": "api_token", "email": "a@acme.example", "api_token": "token-token"}
    secrets = {"signing_secret": SECRET, "signing_secret_old": OLD_SECRET}
    with desk.db.write() as session:
        return connections.create(desk, session, organisation, "zendesk", "Zendesk", values | secrets)


@pytest.fixture
def client(desk: Desk) -> FlaskClient:
    return create_app(desk).test_client()


@pytest.fixture
def send(desk: Desk, client: FlaskClient, connection: ConnectionRow) -> Send:
    def send(
        body: bytes = BODY,
        *,
        secret: str = SECRET,
        at: datetime | None = None,
        call: str | None = "01J0000000000000000000000A",
        key: str | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> TestResponse:
        stamp = (at or desk.now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
        given = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zendesk Webhook",
            "X-Zendesk-Webhook-Signature": base64.b64encode(signed).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
            "X-Zendesk-Webhook-Invocation-Id": call,
        } | (headers or {})
        chosen = {name: value for name, value in given.items() if value is not None}
        return client.post(f"/in/{key or connection.key}", data=body, headers=chosen)

    return send


def rows(desk: Desk, table: Any) -> list[Any]:
    with desk.db.read() as session:
        return list(session.scalars(select(table)))


def test_a_genuine_call_is_stored_with_the_job_that_reads_it(desk: Desk, send: Send, connection: ConnectionRow) -> None:
    assert (send().status_code, send(call="2").status_code) == (202, 202)
    first, _ = rows(desk, DeliveryRow)
    assert (first.body, first.vendor_id, first.connection_id) == (BODY, "01J0000000000000000000000A", connection.id)
    assert [job.payload["delivery_id"] for job in rows(desk, Job)] == [row.id for row in rows(desk, DeliveryRow)]


def test_the_answer_comes_before_any_reading(desk: Desk, send: Send) -> None:
    """What nobody understands is stored too: it can be read after a fix."""
    assert send(b"\xff\xfe not JSON").status_code == 202
    assert rows(desk, DeliveryRow)[0].state == "new"


def test_the_same_call_twice_is_one_row(desk: Desk, send: Send, clock: Any) -> None:
    send()
    clock.advance(seconds=30)
    again = send()
    assert (again.status_code, again.json) == (202, {"status": "already accepted"})
    assert (len(rows(desk, DeliveryRow)), len(rows(desk, Job))) == (1, 1)


def test_both_current_secrets_are_accepted_while_one_replaces_the_other(send: Send) -> None:
    assert send(secret=SECRET).status_code == 202
    assert send(secret=OLD_SECRET, call="2").status_code == 202
    assert send(secret=STRANGER, call="3").status_code == 401


@pytest.mark.parametrize(("minutes", "status"), [(0, 202), (-4.9, 202), (4.9, 202), (-5.1, 401), (5.1, 401)])
def test_a_call_is_fresh_for_five_minutes_either_way(desk: Desk, send: Send, minutes: float, status: int) -> None:
    assert send(at=desk.now() + timedelta(minutes=minutes)).status_code == status


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"X-Zendesk-Webhook-Signature": None}, "signature missing"),
        ({"X-Zendesk-Webhook-Signature": "not base64!"}, "signature wrong"),
        ({"X-Zendesk-Webhook-Signature": "AAAA"}, "signature wrong"),
        ({"X-Zendesk-Webhook-Signature-Timestamp": None}, "signature wrong"),
        ({"X-Zendesk-Webhook-Signature-Timestamp": "2026-03-02T09:00:01Z"}, "signature wrong"),
    ],
)
def test_what_is_not_genuine_is_refused_and_kept(
    desk: Desk, send: Send, headers: dict[str, str | None], reason: str
) -> None:
    refused = send(headers=headers)
    assert (refused.status_code, refused.json) == (401, {"error": "not verified"})
    assert [(row.reason, row.body) for row in rows(desk, Refusal)] == [(reason, BODY)]
    assert [(row.reason, row.count) for row in rows(desk, RefusalCount)] == [(reason, 1)]
    assert not rows(desk, DeliveryRow)
    assert not rows(desk, Job)


def test_a_changed_body_is_refused(desk: Desk, client: FlaskClient, send: Send, connection: ConnectionRow) -> None:
    send()
    headers = dict(rows(desk, DeliveryRow)[0].headers) | {"x-zendesk-webhook-invocation-id": "2"}
    headers.pop("content-length", None)
    assert client.post(f"/in/{connection.key}", data=BODY + b" ", headers=headers).status_code == 401


def test_what_is_kept_of_refused_calls_is_bounded(desk: Desk, send: Send) -> None:
    for number in range(103):
        send(b"%d " % number + b"x" * 9000, secret=STRANGER)
    kept = rows(desk, Refusal)
    assert (len(kept), {len(row.body) for row in kept}) == (100, {4096})
    assert kept[0].body.startswith(b"3 ")
    send(headers={"X-Zendesk-Webhook-Signature": None})
    assert len(rows(desk, Refusal)) == 101, "the bound is for each reason"
    assert {row.reason: row.count for row in rows(desk, RefusalCount)} == {
        "signature wrong": 103,
        "signature missing": 1,
    }


def test_no_credential_is_kept(desk: Desk, send: Send) -> None:
    private = {"Authorization": "Bearer hunter2", "Cookie": "session=hunter2", "Proxy-Authorization": "Basic hunter2"}
    send(headers=dict(private))
    send(headers=dict(private), secret=STRANGER)
    for row in (*rows(desk, DeliveryRow), *rows(desk, Refusal)):
        assert "hunter2" not in str(row.headers)
        assert row.headers["user-agent"] == "Zendesk Webhook"


def test_kept_headers_are_bounded(desk: Desk, send: Send) -> None:
    send(headers={f"X-{number}": "v" * 5000 for number in range(200)})
    (row,) = rows(desk, DeliveryRow)
    assert len(row.headers) <= 64
    assert max(map(len, row.headers.values())) <= 1000


@pytest.mark.parametrize("key", ["nobody", "x" * 5000, "%00", "a%00b", "%ff%fe", "..%2f..", "é"])
def test_unknown_keys_are_only_counted(desk: Desk, send: Send, key: str) -> None:
    unknown = send(key=key)
    assert unknown.status_code == 404
    assert [(row.connection_id, row.count) for row in rows(desk, RefusalCount)] in ([(0, 1)], [])
    assert not rows(desk, Refusal)


def test_a_removed_connections_key_is_unknown(desk: Desk, send: Send, connection: ConnectionRow) -> None:
    with desk.db.write() as session:
        connections.disconnect(desk, session.get_one(ConnectionRow, connection.id))
    assert send().status_code == 404


def test_only_calls_up_to_a_megabyte_are_taken(desk: Desk, send: Send) -> None:
    assert send(b"x" * 1024 * 1024).status_code == 202
    large = send(b"x" * (1024 * 1024 + 1), call="2")
    assert (large.status_code, large.json) == (413, {"error": "too large"})
    assert len(rows(desk, DeliveryRow)) == 1


def test_a_stream_without_length_is_cut_off_too(client: FlaskClient, connection: ConnectionRow) -> None:
    read = 0

    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            nonlocal read
            read += len(buffer)
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    streamed = create_environ(f"/in/{connection.key}", method="POST")
    streamed |= {"wsgi.input": io.BufferedReader(Endless()), "wsgi.input_terminated": True}
    streamed.pop("CONTENT_LENGTH", None)
    _, status, _ = run_wsgi_app(client.application, streamed)
    assert status.startswith("413")
    assert read < 2 * 1024 * 1024


def come_again(answer: TestResponse) -> None:
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert answer.json == {"error": "cannot store just now"}


def test_a_database_that_is_locked_asks_for_another_call_in_time(
    desk: Desk, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In time for a helpdesk, which waits ten seconds; here patience is shorter, so that the test is."""
    monkeypatch.setattr("deskpulse.inbound.deliveries.PATIENCE", 0.2)
    other = sqlite3.connect(str(desk.db.engine.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    begun = time.monotonic()
    come_again(send())
    assert time.monotonic() - begun < 2
    other.execute("ROLLBACK")
    other.close()
    assert send().status_code == 202
    with desk.db.write() as session:
        patience = session.connection().exec_driver_sql("PRAGMA busy_timeout").scalar()
    assert patience == 30_000, "others are patient again"


def test_a_writer_that_takes_long_in_this_process_asks_for_another_call(
    desk: Desk, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskpulse.inbound.deliveries.PATIENCE", 0.2)
    with desk.db.write():
        come_again(send())
    assert send().status_code == 202


def test_a_database_that_is_away_asks_for_another_call(desk: Desk, send: Send) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("SELECT", None, sqlite3.OperationalError("secret-host refused"))

    event.listen(desk.db.engine, "before_cursor_execute", away)
    answer = send()
    come_again(answer)
    assert "secret-host" not in answer.get_data(as_text=True)


def test_nothing_is_half_stored(desk: Desk, send: Send) -> None:
    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO job"):
            raise OperationalError(statement, None, sqlite3.OperationalError("disk full"))

    event.listen(desk.db.engine, "before_cursor_execute", fail)
    come_again(send())
    event.remove(desk.db.engine, "before_cursor_execute", fail)
    assert not rows(desk, DeliveryRow)
    assert send().status_code == 202


def test_a_plugin_that_breaks_loses_nothing(desk: Desk, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 500 is never sent again by a helpdesk."""

    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError(SECRET)

    with monkeypatch.context() as patched:
        patched.setattr(desk.hub, "ask", broken)
        answer = send()
    come_again(answer)
    assert SECRET not in answer.get_data(as_text=True)
    assert send().status_code == 202


def test_a_call_without_id_is_never_taken_for_another(desk: Desk, send: Send) -> None:
    assert (send(call=None).status_code, send(call=None).status_code) == (202, 202)
    with desk.db.read() as session:
        assert session.scalar(select(func.count()).select_from(DeliveryRow)) == 2


def test_other_methods_are_no_calls(client: FlaskClient, connection: ConnectionRow) -> None:
    assert {client.open(f"/in/{connection.key}", method=one).status_code for one in ("GET", "PUT", "DELETE")} == {405}
