"""Downloads: the export behind the gate, its headers, and that one which breaks off is seen to be broken."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import text

from bench.running import environment
from deskpulse.access import users
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports.export import rows as export_rows
from deskpulse_web.application import create_app
from deskpulse_web.auth import EPOCH, USER
from fixtures.answers import Answers
from fixtures.processes import ServerProcess, free_port

ANN, PASSPHRASE = "ann@northwind.example", "four words and a comma"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def ann(desk: Desk, organisation: Organisation) -> FlaskClient:
    with desk.db.write() as session:
        user = users.add(desk, session, organisation, ANN, PASSPHRASE, actor="test", hasher=CHEAP)
    client = create_app(desk).test_client()
    with client.session_transaction() as cookie:
        cookie[USER], cookie[EPOCH] = user.id, user.session_epoch
    return client


def test_the_address_chooses_as_on_every_page(ann: FlaskClient, answer: Answers) -> None:
    answer(9, priority="high")
    answer(2, priority="low", comment="=1+1")
    answer(5, status="error", current=False)
    whole = ann.get("/export")
    assert whole.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert whole.headers["Content-Disposition"] == "attachment; filename=responses-2026-01-31-to-2026-03-02.csv"
    assert whole.headers["Deskpulse-Rows"] == "2"
    assert whole.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(whole.data.decode("utf-8-sig"), newline="")))
    assert [(row["score"], row["comment"]) for row in rows] == [("9", ""), ("2", "'=1+1")]
    part = ann.get("/export?format=jsonl&max=6&month=2026-03&all=y")
    assert part.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    assert [(line["score"], line["status"]) for line in map(json.loads, part.text.splitlines())] == [
        (2, "counted"), (5, "error"),
    ]  # fmt: skip


@pytest.mark.parametrize("asked", ["format=xlsx", "rgid=NOPE", "month=soon", "min=11"])
def test_what_cannot_be_read_is_said_before_anything_is_sent(ann: FlaskClient, asked: str) -> None:
    answer = ann.get(f"/export?{asked}")
    assert answer.status_code == 400
    assert asked.partition("=")[0] in answer.text


def test_asking_for_the_headers_alone_keeps_nothing(desk: Desk, ann: FlaskClient, answer: Answers) -> None:
    answer(9)
    for _ in range(3):
        assert ann.head("/export").headers["Deskpulse-Rows"] == "1"
    assert desk.db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


@pytest.fixture
def served(desk: Desk, tmp_path: Path) -> Iterator[str]:
    """DeskPulse as people run it, on the test's database."""
    port = free_port()
    settings = {"DESKPULSE_DATA_DIR": str(tmp_path), "DESKPULSE_BASE_URL": f"http://127.0.0.1:{port}"}
    server = ServerProcess(
        "deskpulse web",
        [sys.executable, "-m", "deskpulse_web.main", "web", "--bind", f"127.0.0.1:{port}"],
        tmp_path / "web.log",
        environment=environment(tmp_path) | settings,
    )
    server.start(lambda: requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok)
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.mark.services
def test_a_download_that_breaks_off_is_seen_to_be_broken(
    desk: Desk, organisation: Organisation, answer: Answers, served: str
) -> None:
    first, *_ = answer(9)
    with desk.db.write() as session:
        users.add(desk, session, organisation, ANN, PASSPHRASE, actor="test", hasher=CHEAP)
        columns = [
            row[1] for row in session.execute(text("PRAGMA table_info(response)")) if row[1] not in ("id", "link")
        ]
        names = ", ".join(columns)
        session.execute(
            text(
                f"INSERT INTO response (link, {names}) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                f"WHERE i < {8 * export_rows.BATCH}) SELECT 'x' || i, {names} FROM response, n WHERE id = {first}"
            )
        )
    person = requests.Session()
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.get(f"{served}/sign-in", timeout=10).text)
    assert token
    form = {"csrf_token": token[1], "email": ANN, "passphrase": PASSPHRASE}
    assert person.post(f"{served}/sign-in", data=form, timeout=10, allow_redirects=False).status_code == 302
    address = f"{served}/export?from=2020-01-01&to=2030-01-01"
    whole = person.get(address, timeout=30)
    assert whole.headers["Transfer-Encoding"] == "chunked"
    assert len(whole.content.splitlines()) - 1 == int(whole.headers["Deskpulse-Rows"]) == 8 * export_rows.BATCH + 1
    with desk.db.write() as session:
        session.execute(text("UPDATE response SET factors = 'broken' WHERE id = (SELECT max(id) FROM response)"))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        person.get(address, timeout=30)
