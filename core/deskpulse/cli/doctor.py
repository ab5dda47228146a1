"""``deskpulse doctor``: what is wrong with this installation, in plain words."""

from __future__ import annotations

import os
import socket
import sys
from urllib.parse import urlsplit

import click
import kombu
import kombu.exceptions
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError

from deskpulse import settings as settings_module
from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError

WAIT = 3
"""Seconds to wait for a server."""


@click.command()
def doctor() -> None:
    """Check settings, database, broker, mail server and plug-ins; exit code 1 where something is wrong."""
    try:
        desk = Desk.open(settings_module.load())
    except ConfigurationError as error:
        click.echo(f"wrong  settings: {error}")
        sys.exit(1)
    problems = 0
    for name, problem in (
        ("settings", _settings()),
        ("database", _database(desk)),
        ("broker", _broker(desk)),
        ("mail server", _mail(desk)),
        ("base URL", _base_url(desk)),
        ("plug-ins", _plugins(desk)),
    ):
        problems += bool(problem)
        click.echo(f"{'wrong ' if problem else 'ok    '} {name}{f': {problem}' if problem else ''}")
    desk.close()
    sys.exit(1 if problems else 0)


def _settings() -> str:
    meant = settings_module.misspelt(os.environ)
    return "; ".join(f"{name} is no setting; was {other} meant?" for name, other in meant.items())


def _database(desk: Desk) -> str:
    try:
        current = migrate.current(desk.db)
        with desk.db.read_core() as connection:
            newest = ScriptDirectory.from_config(migrate.configuration(connection)).get_current_head()
    except SQLAlchemyError as error:
        return f"DESKPULSE_DATABASE_URL cannot be reached ({type(error).__name__})"
    return "" if current == newest else f"the tables are at {current or 'nothing'}; run: deskpulse db upgrade"


def _broker(desk: Desk) -> str:
    if desk.settings.embedded:
        return ""
    try:
        with kombu.Connection(desk.settings.broker_url, connect_timeout=WAIT) as connection:
            connection.ensure_connection(max_retries=1, timeout=WAIT)
    except (KeyError, ImportError):
        return "DESKPULSE_BROKER_URL: no such broker can be used here; for Redis: pip install 'deskpulse[redis]'"
    except (OSError, kombu.exceptions.KombuError) as error:
        return f"DESKPULSE_BROKER_URL cannot be reached ({type(error).__name__})"
    return ""


def _mail(desk: Desk) -> str:
    url = urlsplit(desk.settings.smtp_url)
    port = url.port or (465 if url.scheme == "smtps" else 25)
    try:
        with socket.create_connection((url.hostname or "localhost", port), timeout=WAIT):
            return ""
    except OSError as error:
        return f"DESKPULSE_SMTP_URL: {url.hostname}:{port} cannot be reached ({type(error).__name__})"


def _plugins(desk: Desk) -> str:
    wanted_so = desk.settings.disabled_plugins
    return "; ".join(f"{name}: {why}" for name, why in desk.hub.blocked.items() if name not in wanted_so)


def _base_url(desk: Desk) -> str:
    host = urlsplit(desk.settings.base_url).hostname or ""
    if host in ("127.0.0.1", "localhost"):
        return ""
    return "" if desk.settings.secure else "DESKPULSE_BASE_URL should be https: links and cookies travel over it"
