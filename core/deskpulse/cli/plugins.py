"""``deskpulse plugins``, ``bundle`` and ``simulate``: what is installed, and its vendor-side parts."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from deskpulse import settings as settings_module
from deskpulse.capabilities import MEANINGS, Capability
from deskpulse.cli.context import organisation_option, pass_desk
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.hub import Hub
from deskpulse.kinds import Kind
from deskpulse.organisation import organisations
from deskpulse.records import Bundle


@click.group()
def plugins() -> None:
    """Look at the installed plug-ins."""


@plugins.command("list")
@click.option("--capabilities", is_flag=True, help="Show what each helpdesk can do.")
def list_(capabilities: bool) -> None:
    """List plug-ins, the helpdesks they bring, and those that were blocked."""
    hub = Hub.load(disabled=settings_module.load().disabled_plugins)
    for name, module in hub.names().items():
        click.echo(f"{name}  {module}")
    for kind in hub.kinds():
        click.echo(f"  helpdesk {kind.name}: {kind.label}")
        for capability in Capability if capabilities else ():
            click.echo(f"    {capability}: {kind.support(capability)}. {_explained(kind, capability)}")
    for name, reason in hub.blocked.items():
        click.echo(f"{name}  blocked: {reason}")


def _explained(kind: Kind, capability: Capability) -> str:
    """What the ability means, or what the plug-in has to say about it."""
    return kind.capability_notes.get(capability) or MEANINGS[capability]


@click.command()
@click.argument("kind")
@click.option("--output", type=click.Path(path_type=Path), default=Path(), help="Folder or file; default: here.")
@organisation_option
@pass_desk
def bundle(desk: Desk, kind: str, output: Path, code: str | None) -> None:
    """Write the sidebar app of a helpdesk, ready to install there."""
    with desk.db.read() as session:
        organisation = organisations.only_or_named(session, code)
        row = session.scalar(
            select(ConnectionRow)
            .where(ConnectionRow.organisation_id == organisation.id, ConnectionRow.kind == kind, ConnectionRow.active)
            .order_by(ConnectionRow.id.desc())
        )
    desk.hub.kind(kind)
    if row is None:
        raise ConfigurationError(f"Connect {kind} first: the app needs to know its panel's address and key.")
    app: Bundle | None = desk.hub.ask(connections.record(desk, row, organisation.code), "deskpulse_panel_bundle")
    if app is None:
        raise ConfigurationError(f"There is no sidebar app for {kind}.")
    target = output / app.filename if output.is_dir() else output
    target.write_bytes(app.content)
    click.echo(f"Wrote {target}.")
    for step in app.steps:
        click.echo(step)
    for name, value in app.settings.items():
        click.echo(f"  {name}: {value}")
