"""``deskpulse user``: who may sign in."""

from __future__ import annotations

import sys

import click

from deskpulse.access import users
from deskpulse.access.models import User
from deskpulse.cli.context import organisation_option, pass_desk
from deskpulse.desk import Desk
from deskpulse.organisation import organisations

ACTOR = "command line"

stdin_option = click.option(
    "--passphrase-stdin", "from_stdin", is_flag=True, help="Read the passphrase from the standard input."
)


@click.group()
def user() -> None:
    """Let people sign in, or no longer."""


@user.command()
@click.argument("email")
@click.option("--name", default="", help="What to call them.")
@stdin_option
@organisation_option
@pass_desk
def add(desk: Desk, email: str, name: str, from_stdin: bool, code: str | None) -> None:
    """Add a user to an organisation; the passphrase is asked for."""
    with desk.db.read() as session:
        code = organisations.only_or_named(session, code).code
    passphrase = _passphrase(from_stdin)
    with desk.db.write() as session:
        organisation = organisations.only_or_named(session, code)
        added = users.add(desk, session, organisation, email, passphrase, name=name, actor=ACTOR)
    click.echo(f"{added.email} can sign in to {organisation.name} at {desk.settings.base_url}/sign-in")


@user.command("list")
@organisation_option
@pass_desk
def list_(desk: Desk, code: str | None) -> None:
    """List who may sign in to an organisation."""
    with desk.db.read() as session:
        rows = users.of_organisation(session, organisations.only_or_named(session, code).id)
    for row in rows:
        click.echo("  ".join(filter(None, (row.email, row.name, row.role, _last_seen(desk, row)))))
    if not rows:
        click.echo("No users yet. Add one with: deskpulse user add EMAIL")


@user.command()
@click.argument("email")
@click.confirmation_option(prompt="Remove this user and end their sessions?")
@pass_desk
def remove(desk: Desk, email: str) -> None:
    """Remove a user."""
    with desk.db.write() as session:
        removed = users.by_email(session, email)
        users.remove(desk, session, removed, actor=ACTOR)
    click.echo(f"{removed.email} can no longer sign in.")


@user.command()
@click.argument("email")
@stdin_option
@pass_desk
def reset(desk: Desk, email: str, from_stdin: bool) -> None:
    """Give a user another passphrase; it ends their sessions and any delay after failures."""
    with desk.db.read() as session:
        users.by_email(session, email)
    passphrase = _passphrase(from_stdin)
    with desk.db.write() as session:
        found = users.by_email(session, email)
        users.change_passphrase(desk, session, found, passphrase, actor=ACTOR)
    click.echo(f"{found.email} has another passphrase.")


def _passphrase(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    prompted: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    return prompted


def _last_seen(desk: Desk, row: User) -> str:
    if row.locked_until and row.locked_until > desk.now():
        return f"delayed until {row.locked_until:%Y-%m-%d %H:%M:%S} UTC"
    return f"last signed in {row.signed_in_at:%Y-%m-%d %H:%M} UTC" if row.signed_in_at else "never signed in"
