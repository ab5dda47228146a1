"""Whatever is thrown at inlet and panel: a clear refusal, nothing stored that is not genuine, nothing leaked."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.inbound.models import DeliveryRow, Refusal
from deskpulse_web.application import create_app
from fixtures.stub import SECRET

LEAKS = ("Traceback", "sqlite", "psycopg", "SELECT", "INSERT", "sqlalchemy", 'File "', SECRET)
QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.text(max_size=400) | st.sampled_from(
    [
        "",
        "\0",
        "%00",
        "a\0b",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "x" * 5000,
        "' OR 1=1 --",
        "../..",
        "{{7*7}}",
    ]
)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=300)
BODIES = st.binary(max_size=3000) | st.sampled_from(
    [
        b"",
        b"{",
        b"[" * 3000,
        b"null",
        b"\xff\xfe\x00",
        b'{"ticket_id":' + b"9" * 3000 + b"}",
        b"solved \0",
        b"solved " + b"\xe9",
    ]
)


@pytest.fixture
def client(desk: Desk, stub_connection: ConnectionRow) -> FlaskClient:
    return create_app(desk).test_client()


@pytest.fixture
def panel_key(desk: Desk, stub_connection: ConnectionRow) -> str:
    return desk.vault.open_all(stub_connection.secrets_sealed)["panel_key"]


def check(answer: TestResponse, panel_key: str, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.get_data(as_text=True)[:500])
    text = answer.get_data(as_text=True)
    assert not [leak for leak in (*LEAKS, panel_key) if leak in text], text


def count(desk: Desk, table: Any) -> int:
    with desk.db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@QUIET
@given(body=BODIES, secret=HEADER, call=HEADER, kind=HEADER, key=st.none() | TEXTS)
@example(body=b"", secret="", call="", kind="multipart/form-data", key=None)
@example(body=b"a=1", secret="é" * 99, call="é", kind="application/x-www-form-urlencoded; charset=nonsense", key=None)
def test_strangers_at_the_inlet(
    desk: Desk, client: FlaskClient, stub_connection: ConnectionRow, panel_key: str,
    body: bytes, secret: str, call: str, kind: str, key: str | None,
) -> None:  # fmt: skip
    before = count(desk, DeliveryRow)
    address = f"/in/{stub_connection.key}" if key is None else f"/in/{key}"
    answer = post(client, address, body, {"X-Secret": secret, "X-Id": call, "Content-Type": kind})
    check(answer, panel_key, *((401,) if key is None else (400, 404, 405, 308)))
    assert count(desk, DeliveryRow) == before
    assert count(desk, Refusal) <= 200


@QUIET
@given(body=BODIES, call=HEADER, kind=HEADER)
@example(body=b"\0" * 1024 * 1024, call="x" * 5000, kind="text/plain; charset=utf-16")
def test_whatever_a_genuine_helpdesk_sends_is_kept(
    desk: Desk, client: FlaskClient, stub_connection: ConnectionRow, panel_key: str, body: bytes, call: str, kind: str
) -> None:
    headers = {"X-Secret": SECRET, "X-Id": call, "Content-Type": kind}
    answer = post(client, f"/in/{stub_connection.key}", body, headers)
    check(answer, panel_key, 202)
    with desk.db.read() as session:
        newest = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id.desc()).limit(1)).one()
    assert answer.get_json()["status"] == "already accepted" or newest.body == body


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", "", "99999999999999999999"])
def test_a_length_that_is_none_loses_nothing(
    client: FlaskClient, stub_connection: ConnectionRow, panel_key: str, length: str
) -> None:
    environ = create_environ(f"/in/{stub_connection.key}", method="POST", data=b"solved 1")
    environ |= {"CONTENT_LENGTH": length, "HTTP_X_SECRET": SECRET, "HTTP_X_ID": f"length {length}"}
    body, status, _ = run_wsgi_app(client.application, environ)
    assert status[:3] in ("202", "400", "413")
    assert not [leak for leak in (*LEAKS, panel_key) if leak in b"".join(body).decode()]


@QUIET
@given(query=st.dictionaries(st.sampled_from(["ticket", "customer", "email", "nonsense"]), TEXTS), key=st.booleans())
@example(query={"ticket": "\0"}, key=True)
@example(query={"email": "a@b.example\0"}, key=True)
def test_nonsense_at_the_panel(
    client: FlaskClient, stub_connection: ConnectionRow, panel_key: str, query: dict[str, str], key: bool
) -> None:
    headers = {"Authorization": f"Bearer {panel_key if key else 'x'}"}
    answer = client.get(f"/panel/{stub_connection.key}", query_string=query, headers=headers)
    check(answer, panel_key, *((200, 400) if key else (401,)))


@QUIET
@given(key=TEXTS, authorization=HEADER, etag=HEADER)
def test_strangers_at_the_panel(
    client: FlaskClient, stub_connection: ConnectionRow, panel_key: str, key: str, authorization: str, etag: str
) -> None:
    headers = {"Authorization": authorization, "If-None-Match": etag}
    check(client.get(f"/panel/{key}", headers=headers), panel_key, 400, 404, 308)
    check(client.get(f"/panel/{stub_connection.key}", headers=headers), panel_key, 401)


@QUIET
@given(etag=HEADER, ranges=HEADER)
def test_odd_conditions_at_the_panel(
    client: FlaskClient, stub_connection: ConnectionRow, panel_key: str, etag: str, ranges: str
) -> None:
    headers = {"Authorization": f"Bearer {panel_key}", "If-None-Match": etag, "Range": ranges}
    check(client.get(f"/panel/{stub_connection.key}", headers=headers), panel_key, 200, 206, 304, 416)


def post(client: FlaskClient, address: str, body: bytes, headers: dict[str, str]) -> TestResponse:
    given = {name: value for name, value in headers.items() if value.strip() == value}
    return client.post(address, data=body, headers=given)
