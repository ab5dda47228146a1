"""Secrets at rest, and the rotation of their keys."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from deskpulse import settings
from deskpulse.connections import resealing
from deskpulse.connections.models import ConnectionRow
from deskpulse.connections.vault import KEY_FILE, Vault, load_keys
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.organisation.models import Organisation

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@given(st.dictionaries(st.text(), st.text()))
def test_what_was_sealed_opens_again(secrets: dict[str, str]) -> None:
    vault = Vault([OLD])
    assert vault.open_all(vault.seal_all(secrets)) == secrets


def test_a_secret_is_not_readable_at_rest() -> None:
    assert "hunter2" not in Vault([OLD]).seal("hunter2")


def test_old_keys_open_and_the_newest_seals() -> None:
    sealed = Vault([OLD]).seal("token")
    both = Vault([NEW, OLD])
    assert both.open(sealed) == "token"
    assert Vault([NEW]).open(both.reseal(sealed)) == "token"


def test_a_lost_key_is_said_plainly() -> None:
    with pytest.raises(ConfigurationError, match="DESKPULSE_SECRET_KEYS"):
        Vault([NEW]).open(Vault([OLD]).seal("token"))


def test_a_malformed_key_is_said_plainly() -> None:
    with pytest.raises(ConfigurationError, match="DESKPULSE_SECRET_KEYS"):
        Vault(["not a key"])


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    made = settings.make(data_dir=str(tmp_path))
    first = load_keys(made)
    assert load_keys(made) == first
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


def test_resealing_lets_the_old_key_go(
    desk: Desk, organisation: Organisation, stub_connection: ConnectionRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    old_key = load_keys(desk.settings)[0]
    desk.vault = Vault([NEW, old_key])
    assert resealing.reseal(desk) == 2
    desk.vault = Vault([NEW])
    with desk.db.read() as session:
        row = session.get_one(ConnectionRow, stub_connection.id)
        assert desk.vault.open_all(row.secrets_sealed)["shared_secret"]
        assert desk.vault.open(session.get_one(Organisation, organisation.id).link_key_sealed)
