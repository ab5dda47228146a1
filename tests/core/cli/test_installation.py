"""The commands that look after the installation itself: settings, database, plug-ins, worker, list of opt-outs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from deskpulse import hub as hub_module
from deskpulse.cli.db import db
from deskpulse.cli.doctor import doctor
from deskpulse.cli.plugins import plugins
from deskpulse.cli.suppression import suppression
from deskpulse.cli.worker import beat, worker
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.connections.vault import Vault
from deskpulse.demo.mailbox import Mailbox
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.organisation.models import Organisation
from deskpulse_web import main

Run = Callable[..., str]


class Broken(EntryPoint):
    """An outsider's plug-in that cannot be imported."""

    def load(self) -> Any:
        raise ImportError("no module named teapot")


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command that reads settings of its own from the environment; returns what it did."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATA_DIR", "DATABASE_URL", "BROKER_URL", "BASE_URL", "SMTP_URL", "CONFIG", "SECRET_KEYS"):
        monkeypatch.delenv(f"DESKPULSE_{name}", raising=False)

    def run(command: Any, *words: str, **settings: str) -> Result:
        for name, value in settings.items():
            monkeypatch.setenv(f"DESKPULSE_{name.upper()}", value)
        return CliRunner().invoke(command, words)

    return run


def test_doctor_finds_nothing_wrong_once_all_is_there(installation: Callable[..., Result]) -> None:
    with Mailbox() as mailbox:
        first = installation(doctor, smtp_url=mailbox.url)
        assert first.exit_code == 1
        assert "wrong  database: the tables are at nothing; run: deskpulse db upgrade" in first.output
        assert "The database is at revision" in installation(db, "upgrade").output
        second = installation(doctor)
    assert (second.exit_code, second.output) == (
        0,
        "".join(
            f"ok     {name}\n" for name in ("settings", "database", "broker", "mail server", "base URL", "plug-ins")
        ),
    )


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"smtp_url": "smtp://u:t0ps3cret@127.0.0.1:1"}, "wrong  mail server: DESKPULSE_SMTP_URL: 127.0.0.1:1 cannot"),
        ({"broker_url": "redis://:t0ps3cret@127.0.0.1:1/0"}, "wrong  broker: DESKPULSE_BROKER_URL cannot be reached"),
        ({"broker_url": "pigeon://x"}, "wrong  broker: DESKPULSE_BROKER_URL: no such broker can be used here"),
        ({"database_url": "pigeon://x"}, "wrong  settings: DESKPULSE_DATABASE_URL: no such database can be used here"),
        (
            {"database_url": "postgresql://u:t0ps3cret@127.0.0.1:1/x"},
            "wrong  database: DESKPULSE_DATABASE_URL cannot be reached",
        ),
        ({"base_url": "http://feedback.example.com"}, "wrong  base URL: DESKPULSE_BASE_URL should be https"),
        ({"data_dir": "/proc/nowhere"}, "wrong  settings: DESKPULSE_DATA_DIR: /proc/nowhere cannot be used"),
        ({"secret_keys": "t0ps3cret"}, "wrong  settings: DESKPULSE_SECRET_KEYS: not a Fernet key"),
        ({"worker_threads": "x"}, "wrong  settings: These settings are wrong:\n  worker_threads"),
        ({"worker_thread": "3"}, "DESKPULSE_WORKER_THREAD is no setting; was DESKPULSE_WORKER_THREADS meant?"),
        ({"config": "none.toml"}, "wrong  settings: DESKPULSE_CONFIG names none.toml, which is not there"),
    ],
)
def test_doctor_says_what_is_wrong(installation: Callable[..., Result], settings: dict[str, str], said: str) -> None:
    found = installation(doctor, **settings)
    assert found.exit_code == 1
    assert said in found.output
    assert "t0ps3cret" not in found.output


def test_a_blocked_plugin_is_reported(installation: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Broken("kettle", "teapot", hub_module.GROUP)
    monkeypatch.setattr(hub_module, "entry_points", lambda group: [broken])
    assert "wrong  plug-ins: kettle: ImportError: no module named teapot" in installation(doctor).output
    assert "kettle  blocked: ImportError: no module named teapot" in installation(plugins, "list").output
    assert "ok     plug-ins" in installation(doctor, disabled_plugins="kettle").output
    assert "kettle  blocked: disabled by the settings" in installation(plugins, "list").output


def test_plugins_are_listed_with_what_they_can_do(installation: Callable[..., Result]) -> None:
    plain, full = installation(plugins, "list").output, installation(plugins, "list", "--capabilities").output
    assert "helpdesk " in plain
    assert "    ticket url: full. A ticket number links to the helpdesk's agent screen.\n" in full
    assert "    oauth: full. An OAuth client belongs to one account.\n" in full
    assert set(plain.splitlines()) <= set(full.splitlines())


def test_tables_go_up_and_down(desk: Desk, run: Run) -> None:
    assert run(db, "current").strip().isdigit()
    assert "at revision base" in run(db, "downgrade", "base")
    assert run(db, "current") == "empty\n"
    run(db, "upgrade")
    assert run(db, "current").strip().isdigit()


def test_secrets_are_sealed_anew(desk: Desk, run: Run, stub_connection: ConnectionRow) -> None:
    newest = Fernet.generate_key().decode()
    desk.vault = Vault([newest, *desk.vault._keys])
    assert run(db, "reseal") == "Sealed 2 secrets with the newest key.\n"
    desk.vault = Vault([newest])
    assert connections.load(desk, stub_connection.id).secrets["shared_secret"]


def test_the_list_of_those_who_are_not_asked(desk: Desk, run: Run, organisation: Organisation) -> None:
    assert "Nobody is on the list" in run(suppression, "list")
    run(suppression, "add", "Ada@example.org")
    assert run(suppression, "list").startswith("ada@example.org  administrator  ")
    assert "may be asked again" in run(suppression, "remove", "ada@EXAMPLE.org")
    with pytest.raises(ConfigurationError, match="not on the list"):
        run(suppression, "remove", "ada@example.org")
    with pytest.raises(ConfigurationError, match="no e-mail address"):
        run(suppression, "add", "nonsense")


@pytest.mark.parametrize("command", [worker, beat])
def test_workers_need_a_broker(run: Run, command: Any) -> None:
    with pytest.raises(ConfigurationError, match="lives inside `deskpulse serve`"):
        run(command)


def test_what_a_person_can_mend_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESKPULSE_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(main, "_log_from", lambda level: None)  # it would log to this test's stream ever after
    said = []
    for words in (["organisation", "list"], ["worker"], ["simulate", "unheard-of"]):
        monkeypatch.setattr(sys, "argv", ["deskpulse", *words])
        with pytest.raises(SystemExit) as ended:
            main.main()
        assert ended.value.code == 1
        said.append(capsys.readouterr().err)
    assert said[0] == "deskpulse: The database cannot be used (OperationalError). Run: deskpulse doctor\n"
    assert all(text.startswith("deskpulse: ") and text.count("\n") == 1 for text in said)


def test_a_database_from_the_future_is_refused_by_name(desk: Desk, run: Run) -> None:
    with desk.db.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match="9999"):
        run(db, "upgrade")
