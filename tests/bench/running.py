"""Starting what is measured: DeskPulse by its own commands, and the bare application, both under gunicorn."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from cryptography.fernet import Fernet

import deskpulse
from bench import bare
from bench.world import NO_HELPDESK, World, fill
from deskpulse import settings as settings_module
from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.hub import Hub
from deskpulse.testing import fake_helpdesk
from fixtures.postgresql import PostgreSQL
from fixtures.processes import ServerProcess, free_port

WORKERS, THREADS = "2", "4"
TESTS = Path(__file__).parent.parent
KEY = Fernet.generate_key().decode()
ENTRY_POINTS = "[deskpulse]\nfake = deskpulse.testing.fake_helpdesk.plugin\n"


@dataclass(frozen=True)
class Databases:
    """Two databases with the same contents."""

    product: str
    bound: str
    world: World


def on_postgresql(
    cluster: PostgreSQL,
    folder: Path,
    helpdesk: tuple[str, str] = NO_HELPDESK,
    *,
    answered: int = 0,
    open_invites: int = 0,
) -> Databases:
    """Fill one database, and copy it."""
    product = cluster.create()
    desk = make_desk(folder, cluster.url(product))
    migrate.upgrade(desk.db)
    world = fill(desk, helpdesk, answered=answered, open_invites=open_invites)
    with desk.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("VACUUM ANALYZE")
    desk.close()
    return Databases(cluster.url(product), cluster.url(cluster.create(product)), world)


def on_sqlite(
    folder: Path, helpdesk: tuple[str, str] = NO_HELPDESK, *, answered: int = 0, open_invites: int = 0
) -> Databases:
    """The same in two files."""
    files = [folder / "product.sqlite3", folder / "bound.sqlite3"]
    desk = make_desk(folder, f"sqlite:///{files[0]}")
    migrate.upgrade(desk.db)
    world = fill(desk, helpdesk, answered=answered, open_invites=open_invites)
    desk.close()
    shutil.copy(files[0], files[1])
    return Databases(f"sqlite:///{files[0]}", f"sqlite:///{files[1]}", world)


def make_desk(folder: Path, database_url: str, secret_key: str = KEY, **more: str) -> Desk:
    """A desk that knows the fake helpdesk, with the key that the measured processes have."""
    hub = Hub()
    hub.register(fake_helpdesk.plugin, "fake")
    settings = settings_module.make(data_dir=str(folder), database_url=database_url, secret_keys=secret_key, **more)
    return Desk.open(settings, hub)


@contextmanager
def product(folder: Path, command: str, *arguments: str, **settings: str) -> Iterator[ServerProcess]:
    """``deskpulse <command>`` with settings, and the fake helpdesk installed as a stranger's plug-in would be."""
    settled = environment(folder) | {f"DESKPULSE_{name.upper()}": value for name, value in settings.items()}
    settled |= {"DESKPULSE_SECRET_KEYS": KEY, "DESKPULSE_DATA_DIR": str(folder)}
    server = ServerProcess(
        f"deskpulse {command}",
        [sys.executable, "-m", "deskpulse_web.main", command, *arguments],
        folder / f"{command}.log",
        environment=settled,
    )
    port = int(arguments[1].rpartition(":")[2]) if "--bind" in arguments else None
    server.start(lambda: port is None or _answers(port, "/healthz"))
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def web(folder: Path, database_url: str, broker_url: str) -> Iterator[int]:
    """DeskPulse's web application under gunicorn; gives the port."""
    port = free_port()
    bind = ("--bind", f"127.0.0.1:{port}", "--workers", WORKERS, "--threads", THREADS)
    with product(folder, "web", *bind, database_url=database_url, broker_url=broker_url):
        yield port


@contextmanager
def dated_web(folder: Path, database_url: str) -> Iterator[int]:
    """The same on the clock of very many answers (:mod:`bench.mass`), for pages that wake no worker; gives the port."""
    port = free_port()
    settled = environment(folder) | {"DESKPULSE_SECRET_KEYS": KEY, "DESKPULSE_DATA_DIR": str(folder)}
    server = ServerProcess(
        "deskpulse web",
        [sys.executable, "-m", "bench.dated", f"127.0.0.1:{port}", WORKERS, THREADS],
        folder / "web.log",
        environment=settled | {"DESKPULSE_DATABASE_URL": database_url},
    )
    server.start(lambda: _answers(port, "/healthz"))
    try:
        yield port
    finally:
        server.stop()


@contextmanager
def bound(folder: Path, database_url: str, page_bytes: int = 0) -> Iterator[int]:
    """The bare application under gunicorn, in the same way; gives the port."""
    port = free_port()
    how = ["--bind", f"127.0.0.1:{port}", "--workers", WORKERS, "--threads", THREADS, "--worker-class", "gthread"]
    server = ServerProcess(
        "bare application",
        [sys.executable, "-m", "gunicorn", *how, "bench.bare:create()"],
        folder / "bare.log",
        environment=environment(folder) | {bare.DATABASE: database_url, bare.PAGE_BYTES: str(page_bytes)},
    )
    server.start(lambda: _answers(port, "/"))
    try:
        yield port
    finally:
        server.stop()


def page_bytes(port: int, world: World) -> int:
    """How long the survey page of this product is."""
    page = requests.get(f"http://127.0.0.1:{port}/s/{world.shown[0]}", timeout=30)
    assert page.status_code == 200
    return len(page.content)


def environment(folder: Path) -> dict[str, str]:
    installed = folder / "installed"
    if not installed.exists():
        about = installed / "deskpulse_fake-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: deskpulse-fake\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(ENTRY_POINTS)
    shelf = Path(deskpulse.__file__).parent.parent
    paths = [str(installed), str(TESTS), str(shelf)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}


def _answers(port: int, path: str) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    try:
        return requests.get(f"http://127.0.0.1:{port}{path}", timeout=5).status_code < 500
    except requests.RequestException:
        return False
