"""Searching comments: the same words find the same answers on both databases, whatever anybody writes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from deskpulse.db import migrate
from deskpulse.db.database import Database
from deskpulse.db.words import LONGEST, words_of
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dimensions import GROUP
from deskpulse.reports.responses import comments
from deskpulse.reports.tally import Scope, count
from deskpulse.scoring.periods import Period
from deskpulse.surveys.models import Response
from fixtures.answers import Answers
from fixtures.postgresql import PostgreSQL

DAY = date(2026, 3, 2)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
ANYTHING = some.text(some.characters(exclude_categories=("Cs", "Cn", "Co"), exclude_characters="\0"), max_size=80)
SPOKEN = some.lists(
    some.sampled_from([
        "VPN", "vpn", "slow", "Slow.", "slow/unreliable", "wi-fi", "WiFi", "don't", "ÄRGER", "Ärger", "網路", "網",
        "路", "İstanbul", "ΛΟΓΟΣ", "λόγος", "\u0441\u0435\u0442\u044c", "\u0421\u0415\u0422\u042c", "हिन्दी", "👍",
        "1e5", "a@b.example", "<b>", '"', "--",
    ]),
    max_size=6,
).map(" ".join)  # fmt: skip


@pytest.fixture
def sqlite(tmp_path: Path, empty_database: Path) -> Iterator[Database]:
    shutil.copy(empty_database, tmp_path / "words.sqlite3")
    database = Database(f"sqlite:///{tmp_path / 'words.sqlite3'}")
    yield database
    database.close()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ()),
        ("!? --", ()),
        ("VPN slow", ("vpn", "slow")),
        ('"the VPN" slow', ("the vpn", "slow")),
        ('"never closed', ("never closed",)),
        ("wi-fi", ("wi fi",)),
        ("slow slow", ("slow",)),
        ("網路 is", ("網 路", "is")),
    ],
)
def test_what_is_asked_becomes_words_and_phrases(asked: str, found: Sequence[str]) -> None:
    assert comments.phrases(asked) == found


@pytest.mark.parametrize(
    ("said", "asked", "expected"),
    [
        ("The VPN was slow.", "vpn", True),
        ("The VPN was slow.", "slow vpn", True),
        ("The VPN was slow.", '"slow vpn"', False),
        ("The VPN was slow.", '"vpn was"', True),
        ("The VPN was slow.", "slo", False),
        ("slow/unreliable", "unreliable", True),
        ("Mein Ärger ist groß", "ÄRGER", True),
        ("網路很慢", "很慢", True),
        ("網路很慢", "慢很", False),
        ("İSTANBUL", "istanbul", True),
        ("x" * 5_000, "x" * 5_000, True),
    ],
)
def test_whole_words_in_any_language(
    desk: Desk, organisation: Organisation, answer: Answers, said: str, asked: str, *, expected: bool
) -> None:
    answer(3, comment=said)
    answer(9, comment="")
    with desk.db.read() as session:
        assert count(session, Scope(organisation.id, YEAR, words=asked)).n == int(expected)


def test_the_index_follows_changes_replacements_and_erasure(
    desk: Desk, organisation: Organisation, answer: Answers
) -> None:
    first, second = answer(3, 3, comment="printer jam")

    def found(words: str) -> int:
        with desk.db.read() as session:
            return count(session, Scope(organisation.id, YEAR, words=words)).n

    assert found("printer") == 2
    erased = delete(Response).where(Response.id == second)
    for change in (update(Response).where(Response.id == first).values(comment="fixed it"), erased):
        with desk.db.write() as session:
            session.execute(change)
    assert (found("printer"), found("fixed")) == (0, 1)
    with desk.db.write() as session:
        session.execute(update(Response).values(comment=""))
    assert found("fixed") == 0


def test_words_and_ticket_count_beside_every_filter(desk: Desk, organisation: Organisation, answer: Answers) -> None:
    answer(10, 0, comment="great service", tid="7")
    answer(10, comment="great", tid="8", segment1="north")
    with desk.db.read() as session:
        scope = Scope(organisation.id, YEAR, words="great")
        assert count(session, scope).n == 3
        assert count(session, Scope(organisation.id, YEAR, {GROUP: {0}}, words="great", ticket="7")).n == 2
        assert count(session, Scope(organisation.id, YEAR, ticket="8")).n == 1
        assert count(session, Scope(organisation.id + 1, YEAR, words="great")).n == 0


def rows_of(said: Sequence[str]) -> list[dict[str, Any]]:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return [
        {
            "organisation_id": 1, "link": str(number), "entrance": "token", "status": "counted", "current": True,
            "tid": "1", "score": 5, "comment": one, "answered_at": at, "first_answered_at": at, "day": DAY, "hour": 0,
        }
        for number, one in enumerate(said)
    ]  # fmt: skip


def finds(database: Database, said: Sequence[str], asked: str) -> list[set[int]]:
    """Which of the comments are found, by index and by reading, in a transaction that leaves nothing behind."""
    wanted = comments.phrases(asked)
    with Session(database.engine) as session:
        session.execute(
            text("INSERT INTO organisation (id, code, name, time_zone, preferences, link_key_sealed, created_at) "
                 "VALUES (1, 'o', 'O', 'UTC', '{}', '', '2026-01-01') ON CONFLICT DO NOTHING")
        )  # fmt: skip
        session.execute(insert(Response), rows_of(said))
        found = [
            {int(link) for link in session.scalars(select(Response.link).where(way(session, wanted)))}
            for way in (comments.found, comments.read)
        ]
        session.rollback()
    return found


def expected(said: Sequence[str], asked: str) -> set[int]:
    wanted = comments.phrases(asked)
    return {
        number for number, one in enumerate(said) if all(f" {phrase} " in f" {words_of(one)} " for phrase in wanted)
    }


Searched = Callable[[Callable[[Sequence[str], str], None]], None]


def search(check: Callable[[Sequence[str], str], None]) -> None:
    """Run a check on what people might say and ask."""

    @SOME
    @given(some.lists(SPOKEN | ANYTHING, min_size=1, max_size=5), SPOKEN | ANYTHING)
    def searched(said: list[str], asked: str) -> None:
        for question in (asked, said[0], f'"{said[0]}"'):
            if comments.phrases(question):
                check(said, question)

    searched()


def test_sqlite_finds_what_python_finds(sqlite: Database) -> None:
    def check(said: Sequence[str], asked: str) -> None:
        assert finds(sqlite, said, asked) == [expected(said, asked)] * 2

    search(check)


@pytest.mark.services
def test_postgresql_finds_what_python_finds(postgresql: str) -> None:
    database = Database(postgresql)

    def check(said: Sequence[str], asked: str) -> None:
        assert finds(database, said, asked) == [expected(said, asked)] * 2

    search(check)
    database.close()


@pytest.mark.services
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_words_are_the_same_whatever_the_server_s_locale(postgresql_cluster: PostgreSQL, locale: str) -> None:
    name = "words_in_" + locale.replace(".", "_").replace("-", "_").lower()
    with psycopg.connect(postgresql_cluster.url(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE '{locale}'".encode())
    database = Database(postgresql_cluster.url(name))
    migrate.upgrade(database)

    @SOME
    @example(["a" * (3 * LONGEST + 1), "網" * 150, "Σας ΣΑΣ", "İI \u0131i", "\u212b \u1e9e ß", "ǅ"])
    @given(some.lists(ANYTHING | SPOKEN, min_size=1, max_size=20))
    def alike(said: list[str]) -> None:
        with database.read_core() as connection:
            rows = connection.execute(
                text(
                    "SELECT words_of(said) FROM unnest(CAST(:said AS text[])) WITH ORDINALITY one (said, n) ORDER BY n"
                ),
                {"said": said},
            )
            assert [row[0] for row in rows] == [words_of(one) for one in said]

    alike()
    database.close()
    postgresql_cluster.drop(name)
