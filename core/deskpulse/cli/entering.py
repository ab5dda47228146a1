"""How a connection's values are entered: as words, as JSON, from the environment, or when asked for at a terminal.

Secrets belong into none of the words of a command line, where every process of the machine can read them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click

from deskpulse.errors import ConfigurationError
from deskpulse.kinds import Kind

NO_JSON = 'Standard input is not a JSON object such as {"name": "value"}.'


def entering_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The words and options by which a command takes values; :func:`given` reads them."""
    for decorate in (
        click.option("--stdin", "from_stdin", is_flag=True, help="Read further values as JSON from standard input."),
        click.option(
            "--env", "variables", multiple=True, metavar="NAME=VARIABLE", help="Take a value from the environment."
        ),
        click.argument("values", nargs=-1, metavar="[NAME=VALUE]..."),
    ):
        command = decorate(command)
    return command


def given(values: Sequence[str], variables: Sequence[str], *, from_stdin: bool) -> dict[str, str]:
    """What was entered. Raises ConfigurationError."""
    found = dict(_pair(value, "NAME=VALUE") for value in values)
    found |= {name: _variable(variable) for name, variable in (_pair(text, "NAME=VARIABLE") for text in variables)}
    if not from_stdin:
        return found
    try:
        further = json.load(sys.stdin)
    except ValueError:
        raise ConfigurationError(NO_JSON) from None
    if not isinstance(further, dict):
        raise ConfigurationError(NO_JSON)
    return found | further


def fields(kind: Kind) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The fields of a kind that people fill in, in its own order; the others are filled in by set-up."""
    for name, field in kind.settings_schema.get("properties", {}).items():
        if not field.get("readOnly"):
            yield name, field


def asked(kind: Kind, entered: Mapping[str, str]) -> dict[str, str]:
    """What was entered, and what is answered when asked for the rest; secrets are not shown while they are typed."""
    required = kind.settings_schema.get("required", ())
    found = dict(entered)
    for name, field in fields(kind):
        if name in entered:
            continue
        click.echo(f"{field.get('title', name)}: {field.get('description', '')}".rstrip(": "), err=True)
        answer = click.prompt(
            f"  {name}" if name in required else f"  {name} (may be left empty)",
            default=None if name in required else str(field.get("default", "")),
            show_default=bool(field.get("default")),
            hide_input=bool(field.get("secret")),
            type=click.Choice(field["enum"]) if field.get("enum") else str,
            err=True,
        )
        if answer:
            found[name] = answer
    return found


def _pair(text: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ConfigurationError(f"{text!r} is not {form}")
    return name, value


def _variable(name: str) -> str:
    if name not in os.environ:
        raise ConfigurationError(f"The environment has no variable {name}.")
    return os.environ[name]
