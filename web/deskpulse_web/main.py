"""The console script: core's command groups, plus those that need the web application."""

from __future__ import annotations

import logging
import sys
from importlib import import_module

import click
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from deskpulse import __version__
from deskpulse.errors import ConfigurationError, HelpdeskError

log = logging.getLogger(__name__)


COMMANDS = {
    "beat": "deskpulse.cli.worker",
    "bundle": "deskpulse.cli.plugins",
    "connection": "deskpulse.cli.connection",
    "db": "deskpulse.cli.db",
    "demo": "deskpulse_web.demo.command",
    "directory": "deskpulse.cli.directory",
    "doctor": "deskpulse.cli.doctor",
    "export": "deskpulse.cli.export",
    "mail": "deskpulse.cli.mail",
    "organisation": "deskpulse.cli.organisation",
    "plugins": "deskpulse.cli.plugins",
    "serve": "deskpulse_web.serve",
    "simulate": "deskpulse_web.demo.simulate",
    "suppression": "deskpulse.cli.suppression",
    "user": "deskpulse.cli.user",
    "web": "deskpulse_web.serve",
    "worker": "deskpulse.cli.worker",
}
"""The module of each command, which has the command by its name."""


class _Commands(click.Group):
    """Imports a command when it is asked for: most need neither the web application nor a worker."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(COMMANDS[cmd_name]), cmd_name)
        return command


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="deskpulse")
@click.option("--verbose", is_flag=True, help="Log what happens, to the error stream.")
def cli(verbose: bool) -> None:
    """DeskPulse: Net Promoter feedback for IT support."""
    _log_from(logging.INFO if verbose else logging.WARNING)


def _log_from(level: int) -> None:
    """Log to the error stream. Tracebacks are plain: prettier ones show local variables, and so secrets."""
    logging.basicConfig(level=level, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def main() -> None:
    """Run a command; what a person can mend is said in a sentence, without a traceback."""
    try:
        cli(prog_name="deskpulse")
    except (ConfigurationError, HelpdeskError) as error:
        click.echo(f"deskpulse: {error}", err=True)
    except (OperationalError, ProgrammingError, InterfaceError) as error:
        log.info("database not usable", exc_info=error)
        click.echo(f"deskpulse: The database cannot be used ({type(error).__name__}). Run: deskpulse doctor", err=True)
    else:
        return
    sys.exit(1)


if __name__ == "__main__":
    main()
