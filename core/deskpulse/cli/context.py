"""How commands get their desk: opened when a command runs, never for ``--help``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from deskpulse import settings
from deskpulse.desk import Desk


def pass_desk(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the desk as its first argument; it is closed when the command line ends."""

    @functools.wraps(command)
    def with_desk(*arguments: Any, **options: Any) -> Any:
        context = click.get_current_context()
        desk = context.find_object(Desk)
        if desk is None:
            desk = context.find_root().obj = Desk.open(settings.load())
            context.find_root().call_on_close(desk.close)
        return command(desk, *arguments, **options)

    return with_desk


def organisation_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--organisation CODE``, needed only where there are several."""
    return click.option(
        "--organisation", "code", metavar="CODE", help="Code of the organisation, if there are several."
    )(command)
