"""``deskpulse plugins`` and ``bundle``: what is installed, its vendor-side parts, and a start for something new."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
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
from deskpulse.hub import GROUP, Hub
from deskpulse.kinds import Kind
from deskpulse.organisation import organisations
from deskpulse.records import Bundle
from deskpulse.scaffolding import naming, skeleton


@click.group()
def plugins() -> None:
    """Look at the installed plug-ins, and begin a new one."""


@plugins.command("list")
@click.option("--capabilities", is_flag=True, help="Show what each helpdesk can do.")
def list_(capabilities: bool) -> None:
    """List plug-ins with what brought them, the helpdesks they add, and those that were blocked."""
    hub = Hub.load(disabled=settings_module.load().disabled_plugins)
    points = {point.name: point for point in entry_points(group=GROUP)}
    for name, module in hub.names().items():
        click.echo(f"{name}  {module}  {_origin(points, name)}")
        for kind in (kind for kind in hub.kinds() if _brings(hub, name, kind)):
            click.echo(f"  helpdesk {kind.name}: {kind.label}")
            for capability in Capability if capabilities else ():
                click.echo(f"    {capability}: {kind.support(capability)}. {_explained(kind, capability)}")
    for name, reason in hub.blocked.items():
        click.echo(f"{name}  blocked: {reason}")
        click.echo(f"  {_origin(points, name)}")


@plugins.command()
@click.argument("name")
@click.option("--label", help="What people call the helpdesk; default: the name, as a title.")
@click.option("--into", type=click.Path(path_type=Path), default=Path(), help="Folder to write into; default: here.")
def new(name: str, label: str | None, into: Path) -> None:
    """Write a plug-in for another helpdesk: a skeleton that works, with its simulator and its conformance test."""
    taken = {kind.name for kind in Hub.load(disabled=settings_module.load().disabled_plugins).kinds()}
    names = naming.choose(name, label, taken)
    folder = skeleton.write(names, into)
    click.echo(f"Wrote {folder}.")
    click.echo(f"Next: python -m pip install --editable {folder}, then: python -m pytest {folder}")


def _origin(points: Mapping[str, EntryPoint], name: str) -> str:
    """The distribution that brings a plug-in."""
    point = points.get(name)
    if point is None or point.dist is None:
        return "of unknown origin"
    bundled = "bundled with" if point.dist.name == "deskpulse" else "by"
    return f"{bundled} {point.dist.name} {point.dist.version}"


def _brings(hub: Hub, name: str, kind: Kind) -> bool:
    owner = hub.registry.owner(kind.name)
    return hub.names()[name] == getattr(owner, "__name__", type(owner).__name__)


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
