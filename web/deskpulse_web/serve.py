"""``deskpulse serve`` and ``deskpulse web``: the application under gunicorn."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import click
from gunicorn.app.base import BaseApplication

from deskpulse import settings as settings_module
from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.settings import Settings
from deskpulse.worker import celery_app
from deskpulse_web.application import create_app

THREADS = 8
OPTIONS: dict[str, Any] = {"worker_class": "gthread", "timeout": 60, "control_socket_disable": True}
"""The control socket would lie in the home directory, one for all installations of a user."""


class Server(BaseApplication):
    """gunicorn around one application, which is made after the fork: threads and sockets do not survive one."""

    def __init__(self, settings: Settings, options: dict[str, Any], *, embedded: bool) -> None:
        self._settings, self._options, self._embedded = settings, options, embedded
        super().__init__()

    def load_config(self) -> None:
        """Hand our options to gunicorn."""
        for name, value in (OPTIONS | self._options).items():
            if name in self.cfg.settings:  # not every release knows the control socket
                self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the application, in the worker process."""
        desk = Desk.open(self._settings)
        if self._embedded:
            embedded = celery_app.start_embedded(desk)
            self.cfg.set("worker_exit", lambda _server, _worker: embedded.stop())
        else:
            celery_app.make_app(desk)
        return create_app(desk)


def _bind(settings: Settings, bind: str | None) -> str:
    if bind:
        return bind
    parts = urlsplit(settings.base_url)
    local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
    return f"127.0.0.1:{parts.port or 80}" if local else "127.0.0.1:8000"


@click.command()
@click.option("--bind", metavar="HOST:PORT", help="Where to listen; default: the base URL's port on loopback.")
def serve(bind: str | None) -> None:
    """Run everything in one process: pages, inlet, jobs and timetable, on the embedded default."""
    settings = settings_module.load()
    if not settings.embedded:
        raise ConfigurationError("With a broker, run `deskpulse web`, `deskpulse worker` and `deskpulse beat` instead.")
    desk = Desk.open(settings)
    migrate.upgrade(desk.db)
    desk.close()
    options = {
        "bind": _bind(settings, bind),
        "workers": 1,
        "threads": THREADS,
    }
    Server(settings, options, embedded=True).run()


@click.command()
@click.option("--bind", metavar="HOST:PORT", help="Where to listen; default: the base URL's port on loopback.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True)
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True)
def web(bind: str | None, workers: int, threads: int) -> None:
    """Run the pages and the inlet; jobs run in `deskpulse worker`."""
    settings = settings_module.load()
    options = {
        "bind": _bind(settings, bind),
        "workers": workers,
        "threads": threads,
    }
    Server(settings, options, embedded=settings.embedded).run()
