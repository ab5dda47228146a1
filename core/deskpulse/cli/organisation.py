"""``deskpulse organisation``: tenants and their preferences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import select

from deskpulse.cli.context import organisation_option, pass_desk
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import SCHEMA, Preferences
from deskpulse.surveys import days

WORDS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@click.group()
def organisation() -> None:
    """Make organisations and change their preferences."""


@organisation.command()
@click.argument("name")
@click.option("--time-zone", default="UTC", show_default=True, help="Such as Europe/Berlin.")
@pass_desk
def create(desk: Desk, name: str, time_zone: str) -> None:
    """Make an organisation."""
    if not name.strip():
        raise ConfigurationError("the organisation needs a name")
    with desk.db.write() as session:
        made = organisations.create(desk, session, name.strip(), time_zone=time_zone)
        organisations.audit(desk, session, made.id, "command line", "organisation created", made.name)
    click.echo(f"Created {made.name}. Code: {made.code}")
    click.echo(f"Next: deskpulse user add EMAIL --organisation {made.code}")


@organisation.command("list")
@pass_desk
def list_(desk: Desk) -> None:
    """List all organisations."""
    with desk.db.read() as session:
        rows = session.scalars(select(Organisation).order_by(Organisation.name, Organisation.id)).all()
    for row in rows:
        click.echo(f"{row.code}  {row.name}  {row.time_zone}")
    if not rows:
        click.echo("No organisations yet. Make one with: deskpulse organisation create NAME")


@organisation.command()
@organisation_option
@pass_desk
def show(desk: Desk, code: str | None) -> None:
    """Show an organisation with its preferences and what they mean."""
    with desk.db.read() as session:
        row = organisations.only_or_named(session, code)
    click.echo(f"{row.name}  code {row.code}  time zone {row.time_zone}  since {row.created_at:%Y-%m-%d}")
    preferences = asdict(Preferences.of(row.preferences))
    width = max(map(len, preferences))
    for name, value in preferences.items():
        click.echo(f"{name:<{width}}  {_as_text(value):<10}  {SCHEMA['properties'][name]['description']}")


@organisation.command("set")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@organisation_option
@pass_desk
def set_(desk: Desk, values: tuple[str, ...], code: str | None) -> None:
    """Change preferences, all of them or, if one is wrong, none."""
    changes = dict(_change(value) for value in values)
    with desk.db.write() as session:
        row = organisations.only_or_named(session, code)
        after = asdict(organisations.change_preferences(desk, session, row, changes, "command line"))
    for name in changes:
        click.echo(f"{name}={_as_text(after[name])}")


@organisation.command("time-zone")
@click.argument("name")
@organisation_option
@pass_desk
def time_zone(desk: Desk, name: str, code: str | None) -> None:
    """Move to another time zone; days and hours of all answers follow."""
    with desk.db.write() as session:
        row = organisations.only_or_named(session, code)
        days.move(desk, session, row, name, "command line")
    click.echo(f"{row.name} lives in {row.time_zone} now.")


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = (part.strip() for part in text.partition("="))
    known: Mapping[str, Mapping[str, Any]] = SCHEMA["properties"]
    if not equals or name not in known:
        raise ConfigurationError(f"{text!r} is not NAME=VALUE with one of these names: {', '.join(known)}")
    wanted = known[name].get("type")
    if wanted == "integer":
        if not value.removeprefix("-").isdecimal():
            raise ConfigurationError(f"{name}: {value!r} is no whole number")
        return name, int(value)
    if wanted == "boolean":
        if value.lower() not in WORDS:
            raise ConfigurationError(f"{name}: write yes or no, not {value!r}")
        return name, WORDS[value.lower()]
    return name, value


def _as_text(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
