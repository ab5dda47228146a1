"""``deskpulse suppression``: people who are not to be asked."""

from __future__ import annotations

import click

from deskpulse.cli.context import organisation_option, pass_desk
from deskpulse.desk import Desk
from deskpulse.directory import suppressions
from deskpulse.errors import ConfigurationError
from deskpulse.organisation import organisations

ACTOR = "command line"


@click.group()
def suppression() -> None:
    """Keep the list of people who are not to be asked."""


@suppression.command()
@click.argument("email")
@organisation_option
@pass_desk
def add(desk: Desk, email: str, code: str | None) -> None:
    """Never ask this person."""
    with desk.db.write() as session:
        organisation = organisations.only_or_named(session, code)
        suppressions.add(desk, session, organisation.id, email, ACTOR)
    click.echo(f"{email} will not be asked.")


@suppression.command()
@click.argument("email")
@organisation_option
@pass_desk
def remove(desk: Desk, email: str, code: str | None) -> None:
    """Allow asking this person again."""
    with desk.db.write() as session:
        organisation = organisations.only_or_named(session, code)
        if not suppressions.remove(desk, session, organisation.id, email, ACTOR):
            raise ConfigurationError(f"{email} is not on the list.")
    click.echo(f"{email} may be asked again.")


@suppression.command("list")
@organisation_option
@pass_desk
def list_(desk: Desk, code: str | None) -> None:
    """Show the list, with who put each person on it."""
    with desk.db.read() as session:
        organisation = organisations.only_or_named(session, code)
        entries = suppressions.of_organisation(session, organisation.id)
    for entry in entries:
        click.echo(f"{entry.person}  {entry.source}  {entry.at:%Y-%m-%d}")
    if not entries:
        click.echo("Nobody is on the list.")
