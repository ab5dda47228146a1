"""``deskpulse export``: answers with all that was captured of their tickets, as CSV or JSON Lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from deskpulse.cli.context import organisation_option, pass_desk
from deskpulse.cli.progress import Progress
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.organisation import organisations
from deskpulse.reports.export import export as exports
from deskpulse.reports.export.columns import COLUMNS
from deskpulse.reports.export.formats import Format
from deskpulse.reports.question import BadQuestion, Question, parse

STANDARD_OUTPUT = Path("-")
FORMATS = tuple(one.value for one in Format)
PART = ".part"
"""Behind the name of a file that is not whole yet."""


def _columns(_context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        width = max(len(column.heading) for column in COLUMNS)
        for column in COLUMNS:
            click.echo(f"{column.heading:<{width}}  {column.meaning}")
        click.echo(f"{'field:<name>':<{width}}  each custom field of tickets; in JSON together, under fields")
        raise click.exceptions.Exit(0)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("parameters", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--format", "form", type=click.Choice(FORMATS), help="Otherwise as FILE ends; CSV for others.")
@click.option("--all", "every", is_flag=True, help="Also answers that do not count; the column status says why.")
@click.option("--columns", is_flag=True, is_eager=True, expose_value=False, callback=_columns, help="Explain them.")
@organisation_option
@pass_desk
def export(
    desk: Desk, file: Path, parameters: tuple[str, ...], form: str | None, every: bool, code: str | None
) -> None:
    """Write answers to FILE, or to the standard output where it is "-".

    NAME=VALUE are those of the pages' addresses, such as from=2020-01-01, month=2026-07, rgid=SD, priority=high.
    Without a period, the last 30 days. FILE gets its name when it is whole; until then it is called FILE.part.
    """
    with desk.db.read() as session:
        organisation = organisations.only_or_named(session, code)
        try:
            question = _question(
                parse(session, organisation, [_pair(text) for text in parameters], desk.now()), parameters
            )
        except BadQuestion as problem:
            raise ConfigurationError(str(problem)) from None
    begun = exports.begin(desk, organisation, question, Format(form or _format_of(file)), every=every)
    with closing(begun.pieces), _whole(file) as out:
        progress = Progress()
        written = 0
        for piece in begun.pieces:
            written += out.write(piece)
            progress.show(f"{written:,} bytes", written)
        progress.end()
    click.echo(f"{begun.rows:,} answers of {question.period.label} in {file}.", err=True)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConfigurationError(f"{text!r} is not NAME=VALUE")
    return name.strip(), value


def _question(question: Question, parameters: tuple[str, ...]) -> Question:
    """The question, unless it passes over a parameter: what is misspelt would give another file than was wanted."""
    known = {name for name, _ in question.asked}
    unknown = [name for name, value in map(_pair, parameters) if value.strip() and name not in known | {"sgid"}]
    if unknown:
        raise BadQuestion(f"{', '.join(unknown)}: answers cannot be chosen by this")
    return question


def _format_of(file: Path) -> Format:
    return Format.JSONL if file.suffix in (".jsonl", ".ndjson") else Format.CSV


@contextmanager
def _whole(file: Path) -> Iterator[BinaryIO]:
    """The file under another name, which it loses when nothing has gone wrong."""
    if file == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        return
    part = file.with_name(file.name + PART)
    try:
        with part.open("wb") as out:
            yield out
        part.replace(file)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written: {error.strerror or error}") from None
