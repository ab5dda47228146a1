"""The desk: everything that the rooms of core need to work, made once per process and handed around.

There is no global state: the web application, a worker, the command line and every test make their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deskpulse.connections.clients import Clients
from deskpulse.connections.vault import Vault, load_keys
from deskpulse.db.database import Database
from deskpulse.defaults import Defaults
from deskpulse.hub import Hub
from deskpulse.outbound.smtp import Mailer
from deskpulse.settings import Settings


def utc_now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Desk:
    """Settings, database, plug-ins, vault, mailer and clock of one process.

    ``wake`` tells a worker that jobs are due; it carries no work, so losing it only costs a second. ``now`` is replaced
    by tests that travel in time.
    """

    settings: Settings
    db: Database
    hub: Hub
    vault: Vault
    mailer: Mailer
    clients: Clients = field(default_factory=Clients)
    now: Callable[[], datetime] = utc_now
    wake: Callable[[], None] = lambda: None

    @classmethod
    def open(cls, settings: Settings, hub: Hub | None = None, *, now: Callable[[], datetime] = utc_now) -> Desk:
        """Make a desk from settings, loading the installed plug-ins unless a hub is given."""
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        hub = hub or Hub.load(disabled=settings.disabled_plugins)
        mailer = Mailer(settings.smtp_url)
        desk = cls(settings, Database(settings.database_url), hub, Vault(load_keys(settings)), mailer, now=now)
        hub.register_defaults(Defaults(desk))
        return desk

    def close(self) -> None:
        """Give back database connections and mail sessions."""
        self.mailer.close()
        self.db.close()
