"""``deskpulse connection``: links to helpdesk accounts."""

from __future__ import annotations

import sys
from collections import deque

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.capabilities import Capability
from deskpulse.cli import entering
from deskpulse.cli.context import organisation_option, pass_desk
from deskpulse.cli.entering import entering_options
from deskpulse.cli.progress import Progress
from deskpulse.connections import connections, oauth, provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory import sync as directory_sync
from deskpulse.directory.models import SyncRun
from deskpulse.errors import ConfigurationError, HelpdeskError
from deskpulse.inbound import refusals as kept_refusals
from deskpulse.kinds import Kind
from deskpulse.organisation import organisations
from deskpulse.records import CheckReport, ProvisionReport


@click.group()
def connection() -> None:
    """Connect helpdesks."""


@connection.command()
@click.argument("kind")
@entering_options
@click.option("--ask/--no-ask", default=None, help="Ask for what is missing; default: at a terminal.")
@click.option("--name", help="What people call it; default: the helpdesk's name.")
@click.option("--unchecked", is_flag=True, help="Save without trying it first.")
@organisation_option
@pass_desk
def add(
    desk: Desk,
    kind: str,
    values: tuple[str, ...],
    variables: tuple[str, ...],
    from_stdin: bool,
    ask: bool | None,
    name: str | None,
    unchecked: bool,
    code: str | None,
) -> None:
    """Try a helpdesk account, and save it if it works.

    `deskpulse connection fields KIND` says what to enter. Secrets are best asked for, or taken from --env or --stdin.
    """
    declared = desk.hub.kind(kind)
    given = entering.given(values, variables, from_stdin=from_stdin)
    with desk.db.read() as session:
        organisation_code = organisations.only_or_named(session, code).code
    for note in declared.notes:
        click.echo(f"Note: {note}")
    if ask or (ask is None and not from_stdin and sys.stdin.isatty()):
        given = entering.asked(declared, given)
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
@click.argument("kind")
@pass_desk
def fields(desk: Desk, kind: str) -> None:
    """Say what to enter to connect a helpdesk."""
    declared = desk.hub.kind(kind)
    for name, field in entering.fields(declared):
        marks = [mark for mark in ("required", "secret") if _is(declared, name, mark)]
        choices = f" One of: {', '.join(field['enum'])}." if field.get("enum") else ""
        click.echo(f"{name}  {', '.join(marks) or 'optional'}")
        click.echo(f"    {field.get('title', name)}: {field.get('description', '')}{choices}")


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
@entering_options
@pass_desk
def set_(desk: Desk, key: str, values: tuple[str, ...], variables: tuple[str, ...], from_stdin: bool) -> None:
    """Change settings of a connection; NAME= removes one. Check it afterwards."""
    changes = entering.given(values, variables, from_stdin=from_stdin)
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
    connection_id = _id(desk, key)
    kind = desk.hub.kind(connections.load(desk, connection_id).kind)
    if not kind.can(Capability.SYNC_GROUPS):
        raise ConfigurationError(f"{kind.label} does not tell its groups and agents; tickets bring them one by one.")
    progress, reached = Progress(), deque[SyncRun](maxlen=1)
    client = connections.load(desk, connection_id).http
    before = client.answered

    def state() -> tuple[str, int]:
        if reached:
            return f"{reached[-1].groups} groups, {reached[-1].agents} agents so far", reached[-1].agents
        return f"{client.answered - before} pages read so far", client.answered - before

    progress.begin("Reading groups and agents. Large accounts take some minutes.")
    with progress.watch(state):
        run = directory_sync.synchronise(desk, connection_id, progress=reached.append)
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
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@pass_desk
def remove(desk: Desk, key: str, keep_helpdesk: bool, dry_run: bool, yes: bool) -> None:
    """Disconnect a helpdesk: undo its side, forget its secrets. Tickets and responses stay."""
    connection_id = _id(desk, key)
    if not dry_run and not yes:
        click.confirm("Stop taking webhooks from this helpdesk?", abort=True)
    _undo(desk, connection_id, keep_helpdesk=keep_helpdesk, dry_run=dry_run)
    if dry_run:
        return
    with desk.db.write() as session:
        row = session.get_one(ConnectionRow, connection_id)
        connections.disconnect(desk, row)
        organisations.audit(desk, session, row.organisation_id, "command line", "connection removed", row.name)
    click.echo(f"{row.name} is disconnected.")


def _undo(desk: Desk, connection_id: int, *, keep_helpdesk: bool, dry_run: bool) -> None:
    """Undo the helpdesk's side, and say what is left for people to undo there."""
    with desk.db.read() as session:
        row = session.get_one(ConnectionRow, connection_id)
    kind = desk.hub.kind(row.kind)
    if keep_helpdesk:
        click.echo(f"By hand: what DeskPulse made in {kind.label} stays there until somebody removes it.")
    else:
        try:
            report = provisioning.provision(desk, connection_id, remove=True, dry_run=dry_run)
        except HelpdeskError as error:
            raise ConfigurationError(
                f"The helpdesk's side could not be undone ({error}). Try again, or leave it with --keep-helpdesk."
            ) from None
        if report is None:
            click.echo(f"By hand: remove the webhook calls to {connections.inlet_url(desk, row.key)}")
        else:
            _show_provision(report, dry_run)
    if kind.can(Capability.PANEL):
        click.echo(f"By hand: uninstall DeskPulse's app in {kind.label}, where it was installed.")


def _is(kind: Kind, name: str, mark: str) -> bool:
    return name in (kind.secret_fields() if mark == "secret" else kind.settings_schema.get("required", ()))


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
