"""``deskpulse directory``: support groups, contacts and segments as spreadsheets."""

from __future__ import annotations

from typing import IO

import click

from deskpulse.cli.context import organisation_option, pass_desk
from deskpulse.desk import Desk
from deskpulse.directory import spreadsheet
from deskpulse.directory.sheet import Report
from deskpulse.organisation import organisations

kind_option = click.option(
    "--kind", type=click.Choice(list(spreadsheet.SHEETS)), default="groups", show_default=True, help="Which list."
)


@click.group()
def directory() -> None:
    """Move support groups, contacts and segments in and out as CSV files.

    Groups: code, name, department (code of the group above; empty for a department), lead (address of a contact), also
    alerts (up to 6 addresses, separated by spaces), active (yes or no), connection and vendor id (only for groups that
    a helpdesk knows).

    Contacts: email, name, mobile (an international number such as +491701234567).

    Segments: position (1 or 2), code, name.
    """


@directory.command("export")
@kind_option
@click.option("--separator", type=click.Choice([",", ";"]), default=",", show_default=True)
@click.argument("file", type=click.File("wb"), default="-")
@organisation_option
@pass_desk
def export(desk: Desk, kind: str, separator: str, file: IO[bytes], code: str | None) -> None:
    """Write a list to FILE, or to the standard output."""
    with desk.db.read() as session:
        organisation = organisations.only_or_named(session, code)
        file.write(spreadsheet.export(session, organisation.id, kind, separator))


@directory.command("import")
@kind_option
@click.option("--dry-run", is_flag=True, help="Show what each line would do, and change nothing.")
@click.argument("file", type=click.File("rb"))
@organisation_option
@pass_desk
def import_(desk: Desk, kind: str, dry_run: bool, file: IO[bytes], code: str | None) -> None:
    """Add and change what FILE lists; "-" is the standard input. Nothing is removed.

    If any line is wrong, nothing is changed at all. Contacts come before the groups that they lead.
    """
    content = file.read()
    with desk.db.write() as session:
        organisation = organisations.only_or_named(session, code)
        report = spreadsheet.take(desk, session, organisation.id, kind, content, actor="command line", dry_run=dry_run)
    _show(report, every_line=dry_run)
    if report.problems:
        click.echo(f"{len(report.problems)} problems; nothing was changed.", err=True)
        raise click.exceptions.Exit(1)
    did = "would be " if dry_run else ""
    created, changed, kept = (report.count(action) for action in ("create", "change", "keep"))
    click.echo(f"{kind}: {created} {did}created, {changed} {did}changed, {kept} kept.")


def _show(report: Report, *, every_line: bool) -> None:
    for effect in sorted(report.effects, key=lambda effect: effect.line) if every_line else ():
        click.echo(str(effect))
    for line, warning in report.warnings:
        click.echo(f"line {line}: warning: {warning}", err=True)
    for line, problem in report.problems:
        click.echo(f"line {line}: {problem}", err=True)
