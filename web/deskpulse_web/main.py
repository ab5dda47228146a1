"""The console script: core's command groups, plus those that need the web application."""

from __future__ import annotations

import logging
import sys

import click
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, ProgrammingError

from deskpulse import __version__
from deskpulse.cli.connection import connection
from deskpulse.cli.db import db
from deskpulse.cli.directory import directory
from deskpulse.cli.doctor import doctor
from deskpulse.cli.export import export
from deskpulse.cli.mail import mail
from deskpulse.cli.organisation import organisation
from deskpulse.cli.plugins import bundle, plugins
from deskpulse.cli.suppression import suppression
from deskpulse.cli.user import user
from deskpulse.cli.worker import beat, worker
from deskpulse.errors import ConfigurationError, HelpdeskError
from deskpulse_web.demo.command import demo
from deskpulse_web.demo.simulate import simulate
from deskpulse_web.serve import serve, web

log = logging.getLogger(__name__)


@click.group()
@click.version_option(__version__, prog_name="deskpulse")
@click.option("--verbose", is_flag=True, help="Log what happens, to the error stream.")
def cli(verbose: bool) -> None:
    """DeskPulse: Net Promoter feedback for IT support."""
    _log_from(logging.INFO if verbose else logging.WARNING)


for command in (
    beat,
    bundle,
    connection,
    db,
    demo,
    directory,
    doctor,
    export,
    mail,
    organisation,
    plugins,
    serve,
    simulate,
    suppression,
    user,
    web,
    worker,
):
    cli.add_command(command)


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
