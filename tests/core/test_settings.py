"""Settings: environment over file, all problems at once, in plain words, and no password among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskpulse import settings as settings_module
from deskpulse.errors import ConfigurationError
from deskpulse.settings import SCHEMA, Settings, load, misspelt


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "deskpulse.toml"
    file.write_text('base_url = "https://a.example"\nworker_threads = 3\nsecret_keys = "one, two"\n')
    found = load({"DESKPULSE_CONFIG": str(file), "DESKPULSE_BASE_URL": "https://b.example", "DESKPULSE_MAIL_FROM": ""})
    assert (found.base_url, found.worker_threads, found.secret_keys) == ("https://b.example", 3, ("one", "two"))
    assert (found.mail_from, found.secure, found.embedded) == ("DeskPulse <deskpulse@localhost>", True, True)


def test_the_data_directory_holds_the_embedded_database(tmp_path: Path) -> None:
    found = load({"DESKPULSE_DATA_DIR": str(tmp_path)}, tmp_path / "none.toml")
    assert found.database_url == f"sqlite:///{tmp_path}/deskpulse.sqlite3"
    other = load({"DESKPULSE_DATABASE_URL": "postgresql://db/x"}, tmp_path / "none.toml")
    assert other.database_url == "postgresql://db/x"


def test_every_setting_is_declared_and_every_declared_one_is_a_field() -> None:
    assert set(SCHEMA["properties"]) == set(Settings.__dataclass_fields__)


def test_all_problems_are_named_and_no_password(tmp_path: Path) -> None:
    wrong = {
        "DESKPULSE_BASE_URL": "feedback.example.com",
        "DESKPULSE_SMTP_URL": "smpt://mail:t0ps3cret@mail.example.com",
        "DESKPULSE_WORKER_THREADS": "many",
        "DESKPULSE_TRUSTED_PROXIES": "-1",
        "DESKPULSE_DATABASE_URL": "t0ps3cret",
    }
    with pytest.raises(ConfigurationError) as raised:
        load(wrong, tmp_path / "none.toml")
    said = str(raised.value)
    for name in wrong:
        assert name.removeprefix("DESKPULSE_").lower() in said
    assert "'feedback.example.com' will not do: it looks like https://feedback.example.com" in said
    assert "'many' is not a whole number" in said
    assert "t0ps3cret" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("colour = 'red'", "colour: there is no such field"),
        ("worker_threads = 0", "worker_threads: 0 is less than the minimum of 1"),
        ("smtp_url = 25", "smtp_url: this is not text"),
        ("= =", "cannot be read"),
    ],
)
def test_a_wrong_file_is_said(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "deskpulse.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        load({}, file)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"DESKPULSE_CONFIG names .*none\.toml, which is not there"):
        load({"DESKPULSE_CONFIG": str(tmp_path / "none.toml")})


def test_a_misspelt_setting_is_found() -> None:
    environment = {"DESKPULSE_WORKER_THREAD": "3", "DESKPULSE_CHROMIUM": "/x", "DESKPULSE_SMTP_URL": "", "PATH": ""}
    assert misspelt(environment) == {"DESKPULSE_WORKER_THREAD": "DESKPULSE_WORKER_THREADS"}


def test_made_settings_split_lists() -> None:
    assert settings_module.make(disabled_plugins="a, b,").disabled_plugins == ("a", "b")
