"""Migrations, run as a library: the revisions ship in the wheel, there is no ini file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy import Connection

from deskpulse.db.database import Database
from deskpulse.db.tables import METADATA
from deskpulse.errors import ConfigurationError

LOCK = 0x0DE5_0001
"""PostgreSQL advisory lock held while migrating, so that several processes may start at once."""


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for one open connection."""
    config = Config()
    config.set_main_option("script_location", str(files("deskpulse.db") / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to a revision; does nothing when it is there already. Raises ConfigurationError."""
    with _in_words(), database.write_core() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        command.upgrade(configuration(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to a revision; ``base`` drops everything. Raises ConfigurationError."""
    with _in_words(), database.write_core() as connection:
        command.downgrade(configuration(connection), revision)


def is_declared(name: str | None, kind: str, _parents: object) -> bool:
    """Whether something of that name in the database shall be compared with the tables in the code.

    What the words of comments are kept in (revision 0003) is the database's own business, and differs between them.
    """
    return not (
        (kind == "table" and str(name).startswith("comment_search"))
        or (kind, name) in {("column", "comment_words"), ("index", "ix_response_comment_words")}
    )


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise ConfigurationError(f"This version of DeskPulse does not know the database's revision: {error}") from None


def current(database: Database) -> str | None:
    """The revision that the schema is at, or None for an empty database."""
    with database.read_core() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def drift(database: Database) -> list[Any]:
    """What differs between the migrated schema and the tables in the code; empty when all is well."""
    with database.read_core() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_declared})
        return list(compare_metadata(context, METADATA))
