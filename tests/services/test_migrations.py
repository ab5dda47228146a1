"""Migrations go up, down and up again on both databases, and end where the tables in the code are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select

from deskpulse.db import migrate
from deskpulse.db.database import Database
from deskpulse.db.tables import METADATA
from deskpulse.surveys.models import Response, StaleDay

UPGRADE = """
import sys
from deskpulse.db import migrate
from deskpulse.db.database import Database
print("ready", flush=True)
sys.stdin.readline()
migrate.upgrade(Database(sys.argv[1]))
"""

EARLIER = """
INSERT INTO organisation (id, code, name, time_zone, preferences, link_key_sealed, created_at)
  VALUES (1, 'n', 'Northwind', 'Europe/Berlin', '{}', '', '2026-01-01 00:00:00');
INSERT INTO connection
    (id, organisation_id, kind, key, name, settings, secrets_sealed, facts, active, check_report, created_at)
  VALUES (1, 1, 'fake', 'k', 'Fake', '{}', '', '{}', true, '{}', '2026-01-01 00:00:00');
INSERT INTO ticket (id, organisation_id, connection_id, vendor_id, number) VALUES (1, 1, 1, '7', 'N7');
INSERT INTO resolution
    (id, organisation_id, ticket_id, key, complete, outcome, by_bot, subject, priority, reassignments, opened_at,
     resolved_at, fields, seen_at)
  VALUES (1, 1, 1, 'r', true, 'solved', false, 'Printer', 'high', 3, '2026-03-01 20:00:00',
     '2026-03-01 21:30:00', '{"product": "Mail"}', '2026-03-01 21:30:00');
INSERT INTO response
    (id, organisation_id, link, entrance, status, current, revision, ticket_id, resolution_id, tid, score, factors,
     comment, contact_wanted, answered_at, first_answered_at, link_parameters)
  VALUES
    (1, 1, '1', 'token', 'counted', true, 1, 1, 1, '7', 9, '[]', '', false,
     '2026-03-01 23:10:00', '2026-03-01 23:10:00', '{}'),
    (2, 1, '2', 'unsigned', 'counted', true, 1, NULL, NULL, '8', 9, '[]', '', false,
     '2026-03-28 11:00:00', '2026-03-28 11:00:00', '{}')
"""
"""What an installation at the first revision may hold."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deskpulse.sqlite3'}"
    blank: str = request.getfixturevalue("blank_postgresql")
    return blank


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    database = Database(url)
    yield database
    database.close()


def tables(database: Database) -> set[str]:
    found = inspect(database.engine).get_table_names()
    return {name for name in found if migrate.is_declared(name, "table", {})} - {"alembic_version"}


def revisions(database: Database) -> list[str]:
    """All revisions, oldest first."""
    with database.read_core() as connection:
        script = ScriptDirectory.from_config(migrate.configuration(connection))
        return [revision.revision for revision in script.walk_revisions()][::-1]


def test_the_migrated_schema_is_that_of_the_code(database: Database) -> None:
    assert migrate.current(database) is None
    migrate.upgrade(database)
    assert migrate.drift(database) == []
    assert tables(database) == set(METADATA.tables)
    assert migrate.current(database) == revisions(database)[-1]


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    before = migrate.current(database)
    migrate.upgrade(database)
    assert migrate.current(database) == before


def test_every_revision_can_be_taken_back(database: Database) -> None:
    for revision in revisions(database):
        migrate.upgrade(database, revision)
        below = tables(database)
        migrate.downgrade(database, "-1")
        migrate.upgrade(database, revision)
        assert tables(database) == below, f"{revision} differs after a downgrade and an upgrade"
    assert migrate.drift(database) == []


def test_a_downgrade_to_the_base_leaves_nothing(database: Database) -> None:
    migrate.upgrade(database)
    migrate.downgrade(database, "base")
    assert migrate.current(database) is None
    assert tables(database) == set()


def test_earlier_answers_get_their_days_and_what_their_tickets_froze(database: Database) -> None:
    migrate.upgrade(database, "0001")
    with database.write_core() as connection:
        for statement in EARLIER.split(";"):
            connection.exec_driver_sql(statement)
    migrate.upgrade(database)
    with database.read_core() as connection:
        wanted = select(Response.__table__).order_by(Response.__table__.c.id)
        with_ticket, without = connection.execute(wanted).all()
        stale = connection.execute(select(StaleDay.__table__.c.day)).scalars().all()
    assert (with_ticket.day, with_ticket.hour) == (date(2026, 3, 2), 0)
    assert (with_ticket.priority, with_ticket.reassignments, with_ticket.minutes_to_resolve) == ("high", 3, 90)
    assert with_ticket.fields == {"product": "Mail"}
    assert (without.day, without.hour, without.priority, without.fields) == (date(2026, 3, 28), 12, None, {})
    assert sorted(stale) == [date(2026, 3, 2), date(2026, 3, 28)]
    migrate.downgrade(database, "0001")
    migrate.upgrade(database)


def test_processes_that_start_together_migrate_once(url: str, database: Database) -> None:
    command = [sys.executable, "-W", "ignore", "-c", UPGRADE, url]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    complaints = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], complaints
    assert migrate.drift(database) == []
