"""``deskpulse db``: the schema, and what is derived from the rows."""

from __future__ import annotations

import click
from sqlalchemy import select

from deskpulse.cli.context import pass_desk
from deskpulse.cli.progress import Progress
from deskpulse.connections import resealing
from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports import roll_ups
from deskpulse.reports.funnel import journeys as funnel_journeys


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


@db.command("rebuild-rollups")
@pass_desk
def rebuild_roll_ups(desk: Desk) -> None:
    """Count all answers and invitations anew; pages show true numbers meanwhile."""
    with desk.db.read() as session:
        every = session.scalars(select(Organisation).order_by(Organisation.id)).all()
    for organisation in every:
        days = _rebuild(desk, organisation.id)
        funnel_journeys.rebuild(desk, organisation.id)
        click.echo(f"{organisation.name}: {days} days counted anew.")


def _rebuild(desk: Desk, organisation_id: int) -> int:
    progress = Progress()
    days = roll_ups.rebuild(desk, organisation_id, lambda done: progress.show(f"{done:,} days", done))
    progress.end()
    return days
