"""Migrations go up, down and up again on both databases, and end where the tables in the code are."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from deskpulse.db import migrate
from deskpulse.db.database import Database
from deskpulse.db.tables import METADATA

UPGRADE = """
import sys
from deskpulse.db import migrate
from deskpulse.db.database import Database
print("ready", flush=True)
sys.stdin.readline()
migrate.upgrade(Database(sys.argv[1]))
"""


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
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


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
