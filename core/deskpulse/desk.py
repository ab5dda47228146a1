"""The desk: everything that the rooms of core need to work, made once per process and handed around.

There is no global state: the web application, a worker, the command line and every test make their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy.exc import ArgumentError

from deskpulse.connections.clients import Clients
from deskpulse.connections.vault import Vault, load_keys
from deskpulse.db.database import Database
from deskpulse.defaults import Defaults
from deskpulse.errors import ConfigurationError
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
        """Make a desk from settings, with the installed plug-ins unless a hub is given. Raises ConfigurationError."""
        hub = hub or Hub.load(disabled=settings.disabled_plugins)
        try:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            vault = Vault(load_keys(settings))
        except OSError as error:
            raise ConfigurationError(f"DESKPULSE_DATA_DIR: {settings.data_dir} cannot be used: {error}") from None
        try:
            database = Database(settings.database_url)
        except (ArgumentError, ImportError) as error:
            raise ConfigurationError(
                f"DESKPULSE_DATABASE_URL: no such database can be used here ({type(error).__name__}); "
                "for PostgreSQL: pip install 'deskpulse[postgres]'"
            ) from None
        desk = cls(settings, database, hub, vault, Mailer(settings.smtp_url), now=now)
        hub.register_defaults(Defaults(desk))
        return desk

    def close(self) -> None:
        """Give back database connections and mail sessions."""
        self.mailer.close()
        self.db.close()
