"""``deskpulse connection``: links to helpdesk accounts."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.cli.context import organisation_option, pass_desk
from deskpulse.connections import connections, oauth, provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory import sync as directory_sync
from deskpulse.directory.models import SyncRun
from deskpulse.errors import ConfigurationError, HelpdeskError
from deskpulse.inbound import refusals as kept_refusals
from deskpulse.organisation import organisations
from deskpulse.records import CheckReport, ProvisionReport

stdin_option = click.option(
    "--stdin", "from_stdin", is_flag=True, help="Read further values as JSON: no secret on the command line."
)


@click.group()
def connection() -> None:
    """Connect helpdesks."""


@connection.command()
@click.argument("kind")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--name", help="What people call it; default: the helpdesk's name.")
@stdin_option
@click.option("--unchecked", is_flag=True, help="Save without trying it first.")
@organisation_option
@pass_desk
def add(
    desk: Desk,
    kind: str,
    values: tuple[str, ...],
    name: str | None,
    from_stdin: bool,
    unchecked: bool,
    code: str | None,
) -> None:
    """Try a helpdesk account, and save it if it works."""
    given = _given(values, from_stdin)
    with desk.db.read() as session:
        organisation_code = organisations.only_or_named(session, code).code
    declared = desk.hub.kind(kind)
    for note in declared.notes:
        click.echo(f"Note: {note}")
    needs_grant = declared.oauth is not None and declared.oauth.wanted(given)
    if not unchecked and not needs_grant:
        report = provisioning.check_values(desk, kind, organisation_code, given)
        _show_check(report, "The connection does not work; nothing was saved.")
    with desk.db.write() as session:
        organisation = organisations.only_or_named(session, organisation_code)
        row = connections.create(desk, session, organisation, kind, name or declared.label, given)
        organisations.audit(desk, session, organisation.id, "command line", "connection added", row.name)
    click.echo(f"Added {row.name}. Key: {row.key}")
    click.echo(f"Webhook address: {connections.inlet_url(desk, row.key)}")
    click.echo(f"Next: deskpulse connection {'authorise' if needs_grant else 'provision'} {row.key}")


@connection.command()
@click.argument("key")
@pass_desk
def authorise(desk: Desk, key: str) -> None:
    """Print the address where an administrator of the helpdesk grants access; DeskPulse's web must be running."""
    click.echo("Open this address, sign in to the helpdesk and allow the access:")
    click.echo(oauth.begin(desk, _id(desk, key)))
    click.echo(f"Allow this redirect address in the helpdesk's OAuth client: {oauth.redirect_uri(desk, key)}")
    click.echo(f"Then: deskpulse connection provision {key}")


@connection.command("list")
@organisation_option
@pass_desk
def list_(desk: Desk, code: str | None) -> None:
    """List the connections of an organisation."""
    with desk.db.read() as session:
        organisation = organisations.only_or_named(session, code)
        rows = session.scalars(
            select(ConnectionRow)
            .where(ConnectionRow.organisation_id == organisation.id, ConnectionRow.active)
            .order_by(ConnectionRow.id)
        ).all()
    for row in rows:
        state = f"paused: {row.paused_reason}" if row.paused_reason else "active"
        click.echo(f"{row.key}  {row.kind}  {row.name}  {state}")
    if not rows:
        click.echo("No connections yet. Add one with: deskpulse connection add KIND NAME=VALUE ...")


@connection.command("set")
@click.argument("key")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@stdin_option
@pass_desk
def set_(desk: Desk, key: str, values: tuple[str, ...], from_stdin: bool) -> None:
    """Change settings of a connection; NAME= removes one. Check it afterwards."""
    changes = _given(values, from_stdin)
    if not changes:
        raise ConfigurationError("Say what to change, as NAME=VALUE.")
    with desk.db.write() as session:
        row = _find(session, key)
        connections.change(desk, row, changes)
        organisations.audit(desk, session, row.organisation_id, "command line", "connection changed", row.name)
    click.echo(f"Changed {', '.join(changes)}. Next: deskpulse connection check {key}")


@connection.command()
@click.argument("key")
@pass_desk
def check(desk: Desk, key: str) -> None:
    """Try a connection."""
    _show_check(provisioning.check(desk, _id(desk, key)), "The connection does not work.")


@connection.command()
@click.argument("key")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--remove", is_flag=True, help="Undo everything that provisioning made in the helpdesk.")
@pass_desk
def provision(desk: Desk, key: str, dry_run: bool, remove: bool) -> None:
    """Create or repair the helpdesk's side: webhook, triggers, fields."""
    _show_provision(provisioning.provision(desk, _id(desk, key), dry_run=dry_run, remove=remove), dry_run)


@connection.command()
@click.argument("key")
@pass_desk
def sync(desk: Desk, key: str) -> None:
    """Bring support groups and agents into step now."""

    def show(run: SyncRun) -> None:
        click.echo(f"\r{run.groups} groups, {run.agents} agents", nl=False, err=True)

    run = directory_sync.synchronise(desk, _id(desk, key), progress=show)
    click.echo("", err=True)
    click.echo(f"{run.state}: {run.groups} groups, {run.agents} agents, {run.changed} changes")


@connection.command()
@click.argument("key")
@click.option("--last", type=click.IntRange(1, 100), default=10, show_default=True, help="How many.")
@click.option("--full", is_flag=True, help="Show headers and body too.")
@pass_desk
def refusals(desk: Desk, key: str, last: int, full: bool) -> None:
    """Show the webhook calls that were refused last, and why."""
    with desk.db.read() as session:
        found = kept_refusals.newest(session, _find(session, key).id, last)
    for refusal in found:
        click.echo(f"{refusal.at:%Y-%m-%d %H:%M:%S} UTC  {refusal.reason}  {len(refusal.body)} bytes kept")
        for name, value in refusal.headers.items() if full else ():
            click.echo(f"  {name}: {value}")
        if full:
            click.echo(f"  {refusal.body.decode('utf-8', 'backslashreplace')!r}")
    if not found:
        click.echo("No call was refused.")


@connection.command()
@click.argument("key")
@click.option("--keep-helpdesk", is_flag=True, help="Leave what was provisioned in the helpdesk.")
@click.confirmation_option(prompt="Stop taking webhooks from this helpdesk?")
@pass_desk
def remove(desk: Desk, key: str, keep_helpdesk: bool) -> None:
    """Disconnect a helpdesk: undo its side, forget its secrets. Tickets and responses stay."""
    connection_id = _id(desk, key)
    if not keep_helpdesk:
        try:
            _show_provision(provisioning.provision(desk, connection_id, remove=True), dry_run=False)
        except HelpdeskError as error:
            raise ConfigurationError(
                f"The helpdesk's side could not be undone ({error}). Try again, or leave it with --keep-helpdesk."
            ) from None
    with desk.db.write() as session:
        row = session.get_one(ConnectionRow, connection_id)
        connections.disconnect(desk, row)
        organisations.audit(desk, session, row.organisation_id, "command line", "connection removed", row.name)
    click.echo(f"{row.name} is disconnected.")


def _given(values: Sequence[str], from_stdin: bool) -> dict[str, str]:
    given = dict(_pair(value) for value in values)
    if not from_stdin:
        return given
    try:
        further = json.load(sys.stdin)
    except ValueError:
        further = None
    if not isinstance(further, dict):
        raise ConfigurationError('Standard input is not a JSON object such as {"name": "value"}.')
    return given | further


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigurationError(f"{text!r} is not NAME=VALUE")
    return name, value


def _id(desk: Desk, key: str) -> int:
    with desk.db.read() as session:
        return _find(session, key).id


def _find(session: Session, key: str) -> ConnectionRow:
    row = session.scalar(select(ConnectionRow).where(ConnectionRow.key == key, ConnectionRow.active))
    if row is None:
        raise ConfigurationError(f"There is no connection with the key {key!r}; see: deskpulse connection list")
    return row


def _show_check(report: CheckReport | None, verdict: str) -> None:
    if report is None:
        click.echo("This helpdesk cannot be checked; the first webhook will show.")
        return
    for line in (*report.lines, *(f"Warning: {warning}" for warning in report.warnings)):
        click.echo(line)
    if not report.ok:
        raise ConfigurationError(verdict)


def _show_provision(report: ProvisionReport | None, dry_run: bool) -> None:
    if report is None:
        click.echo("This helpdesk is set up by hand; its notes say how.")
        return
    for step in report.steps:
        click.echo(
            f"{'would ' if dry_run else ''}{step.change}: {step.what}{f' ({step.detail})' if step.detail else ''}"
        )
    for step_by_hand in report.manual_steps:
        click.echo(f"By hand: {step_by_hand}")
