"""What every test may ask for: a desk on a fresh database, a clock that only moves when told, an organisation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deskpulse import settings as settings_module
from deskpulse.db import migrate
from deskpulse.db.database import Database
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.testing import fake_helpdesk

pytest_plugins = [
    "fixtures.answers",
    "fixtures.servers",
    "fixtures.browser",
    "fixtures.commands",
    "fixtures.mailbox",
    "fixtures.plugins",
    "fixtures.receiver",
    "fixtures.routing",
    "fixtures.stub",
]


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **parts: float) -> datetime:
        self.at += timedelta(**parts)
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "deskpulse.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrate.upgrade(database)
    database.close()
    return path


@pytest.fixture
def hub() -> Hub:
    """Plug-ins as a test wants them: the fake helpdesk."""
    hub = Hub()
    hub.register(fake_helpdesk.plugin, "fake")
    return hub


@pytest.fixture
def desk(tmp_path: Path, empty_database: Path, clock: Clock, hub: Hub) -> Iterator[Desk]:
    shutil.copy(empty_database, tmp_path / "deskpulse.sqlite3")
    settings = settings_module.make(data_dir=str(tmp_path), base_url="http://127.0.0.1:8000")
    desk = Desk.open(settings, hub, now=clock)
    yield desk
    desk.close()


@pytest.fixture
def organisation(desk: Desk) -> Organisation:
    with desk.db.write() as session:
        return organisations.create(desk, session, "Northwind IT", code="northwind")
