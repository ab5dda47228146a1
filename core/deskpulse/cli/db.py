"""``deskpulse db``: the schema."""

from __future__ import annotations

import click

from deskpulse.cli.context import pass_desk
from deskpulse.connections import resealing
from deskpulse.db import migrate
from deskpulse.desk import Desk


@click.group()
def db() -> None:
    """Create and change the database's tables."""


@db.command()
@click.option("--revision", default="head", show_default=True)
@pass_desk
def upgrade(desk: Desk, revision: str) -> None:
    """Bring the tables to the newest revision."""
    migrate.upgrade(desk.db, revision)
    click.echo(f"The database is at revision {migrate.current(desk.db)}.")


@db.command()
@click.argument("revision")
@pass_desk
def downgrade(desk: Desk, revision: str) -> None:
    """Take the tables back to a revision; "base" drops everything."""
    migrate.downgrade(desk.db, revision)
    click.echo(f"The database is at revision {migrate.current(desk.db) or 'base'}.")


@db.command()
@pass_desk
def current(desk: Desk) -> None:
    """Show the revision that the tables are at."""
    click.echo(migrate.current(desk.db) or "empty")


@db.command()
@pass_desk
def reseal(desk: Desk) -> None:
    """Seal all secrets with the newest key; afterwards older keys can be dropped from DESKPULSE_SECRET_KEYS."""
    click.echo(f"Sealed {resealing.reseal(desk)} secrets with the newest key.")
