"""A helpdesk that lists the groups a test gives it, and a look at the statements that reach the database."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from deskpulse import hookimpl
from deskpulse import settings as settings_module
from deskpulse.connections import connections
from deskpulse.desk import Desk
from deskpulse.directory.models import SyncRun
from deskpulse.directory.sync import synchronise
from deskpulse.hub import Hub
from deskpulse.kinds import Kind, Registry
from deskpulse.organisation.models import Organisation
from deskpulse.plugin_api import SharedSecret
from deskpulse.records import Connection, Group, SyncFacts


@dataclass(eq=False)
class Listing:
    """A plug-in whose groups are those that a test sets, as a list or as something that makes an iterator."""

    groups: list[Group] | Callable[[], Iterator[Group]] | None = field(default_factory=list)
    facts: list[SyncFacts] = field(default_factory=list)

    @hookimpl
    def deskpulse_register(self, registry: Registry) -> None:
        schema = {"type": "object"}
        registry.add_kind(Kind("listing", "Listing", schema, {}, SharedSecret(header="X-Secret")))

    @hookimpl
    def deskpulse_sync_groups(self, connection: Connection) -> Iterator[Group] | None:
        if self.groups is None:
            return None
        return self.groups() if callable(self.groups) else iter(self.groups)

    @hookimpl
    def deskpulse_groups_synced(self, sync: SyncFacts) -> None:
        self.facts.append(sync)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.services)])
def desk(request: pytest.FixtureRequest, tmp_path: Path, clock: Callable[[], datetime], hub: Hub) -> Iterator[Desk]:
    """A desk on each kind of database."""
    settings = settings_module.make(data_dir=str(tmp_path))
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_database"), tmp_path / "deskpulse.sqlite3")
    else:
        settings = replace(settings, database_url=request.getfixturevalue("postgresql"))
    desk = Desk.open(settings, hub, now=clock)
    yield desk
    desk.close()


@pytest.fixture
def listing(desk: Desk) -> Listing:
    listing = Listing()
    desk.hub.register(listing, "listing")
    return listing


@pytest.fixture
def connection_id(desk: Desk, listing: Listing, organisation: Organisation) -> int:
    with desk.db.write() as session:
        return connections.create(desk, session, organisation, "listing", "The helpdesk", {}).id


@pytest.fixture
def sync(desk: Desk, listing: Listing, connection_id: int) -> Callable[..., SyncRun]:
    def run(*groups: Group) -> SyncRun:
        listing.groups = list(groups)
        return synchronise(desk, connection_id)

    return run


@pytest.fixture
def statements(desk: Desk) -> Callable[[], AbstractContextManager[list[str]]]:
    """A context that collects the statements sent within it."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            if statement != "BEGIN" and not statement.startswith("BEGIN "):
                seen.append(statement)

        event.listen(desk.db.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(desk.db.engine, "before_cursor_execute", note)

    return collect
