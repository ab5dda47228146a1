"""SQL statements per request on the hot paths: each is a round trip to the database, so a growth has to be meant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from bench import running
from bench.world import COOKIE, World, delivery
from deskpulse.desk import Desk
from deskpulse_web.application import create_app

ANSWERED, OPEN = 3, 4


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[tuple[Desk, World, list[str]]]:
    """A desk with customers who have answered and others who may, and what its engine is asked from now on."""
    databases = running.on_sqlite(tmp_path, answered=ANSWERED, open_invites=OPEN)
    desk = running.make_desk(tmp_path, databases.product)
    seen: list[str] = []
    event.listen(desk.db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    yield desk, databases.world, seen
    desk.close()


def send(desk: Desk, text: str) -> int:
    """Send a request, given as it goes over the wire; gives the status."""
    head, _, body = text.partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    method, path, _ = start.split(" ")
    headers = [tuple(line.split(": ", 1)) for line in lines if not line.startswith(("Host:", "Cookie:"))]
    client: FlaskClient = create_app(desk).test_client()
    for line in lines:
        if line.startswith(f"Cookie: {COOKIE}="):
            client.set_cookie(COOKIE, line.partition("=")[2], domain="127.0.0.1")
    answer = client.open(path, method=method, headers=headers, data=body.encode("latin-1"), base_url="http://127.0.0.1")
    return answer.status_code


def kinds(seen: list[str]) -> list[str]:
    """The statements' first words, without those that begin a transaction on SQLite."""
    words = [statement.split()[0] for statement in seen]
    return [word for word in words if word not in ("BEGIN", "PRAGMA")]


def test_inlet(counted: tuple[Desk, World, list[str]]) -> None:
    desk, world, seen = counted
    assert send(desk, delivery(world.key, "t-1")) == 202
    assert kinds(seen) == ["SELECT", "INSERT", "INSERT"]


def test_survey_page(counted: tuple[Desk, World, list[str]]) -> None:
    desk, world, seen = counted
    assert send(desk, world.views(1)[0]) == 200
    assert kinds(seen) == ["SELECT", "INSERT"]


def test_survey_answer(counted: tuple[Desk, World, list[str]]) -> None:
    desk, world, seen = counted
    assert send(desk, world.answers(1)[0]) == 303
    survey_and_hits, hit = ["SELECT", "SELECT"], ["INSERT"]
    ticket_and_rivals, response, jobs, invite = ["SELECT", "SELECT"], ["INSERT"], ["INSERT"], ["UPDATE"]
    assert kinds(seen) == [*survey_and_hits, *hit, *ticket_and_rivals, *response, *jobs, *invite]


def test_panel(counted: tuple[Desk, World, list[str]]) -> None:
    desk, world, seen = counted
    assert send(desk, world.panels(1)[0]) == 200
    assert kinds(seen) == ["SELECT", "SELECT", "SELECT"]
