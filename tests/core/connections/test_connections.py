"""Connections: entered values, renewed secrets, grants in the browser, ends."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from deskpulse import hookimpl
from deskpulse.capabilities import Capability, Support
from deskpulse.connections import connections, oauth, provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import AuthExpired, ConfigurationError, Unreachable
from deskpulse.inbound.schemes import SharedSecret
from deskpulse.kinds import Kind, OAuthGrant, Registry
from deskpulse.organisation.models import Organisation
from deskpulse.records import CheckReport, Connection
from fixtures.stub import SECRET


def secrets_of(desk: Desk, connection_id: int) -> Mapping[str, str]:
    return connections.load(desk, connection_id).secrets


def test_secrets_are_kept_apart_from_settings_and_shown_by_no_repr(desk: Desk, stub_connection: ConnectionRow) -> None:
    assert stub_connection.settings == {}
    connection = connections.load(desk, stub_connection.id)
    assert connection.secrets["shared_secret"] == SECRET
    assert connection.secrets["panel_key"] != SECRET
    assert SECRET not in repr(connection)
    assert SECRET not in stub_connection.secrets_sealed


def test_wrong_values_are_all_named(desk: Desk, stub_connection: ConnectionRow) -> None:
    with pytest.raises(ConfigurationError, match="shared_secret"):
        connections.validate(desk, "stub", {"shared_secret": 7})  # type: ignore[dict-item]
    with pytest.raises(ConfigurationError, match="known: fake, stub"):
        connections.validate(desk, "unheard-of", {})


def test_changing_a_setting_keeps_the_keys(desk: Desk, stub_connection: ConnectionRow) -> None:
    before = secrets_of(desk, stub_connection.id)
    with desk.db.write() as session:
        connections.change(desk, session.get_one(ConnectionRow, stub_connection.id), {"shared_secret": "another one"})
    after = secrets_of(desk, stub_connection.id)
    assert after == {**before, "shared_secret": "another one"}


def test_a_removed_connection_keeps_no_secret(desk: Desk, stub_connection: ConnectionRow) -> None:
    with desk.db.write() as session:
        connections.disconnect(desk, session.get_one(ConnectionRow, stub_connection.id))
    with desk.db.read() as session:
        row = session.get_one(ConnectionRow, stub_connection.id)
    assert desk.vault.open_all(row.secrets_sealed) == {}
    assert row.key != stub_connection.key
    assert not row.active


def test_only_one_of_many_renews_and_all_get_the_new_secret(desk: Desk, stub_connection: ConnectionRow) -> None:
    fetched, seen, start = [], [], threading.Barrier(6)

    def fetch(current: Mapping[str, str]) -> Mapping[str, str]:
        fetched.append(current["shared_secret"])
        return {"shared_secret": "renewed"}

    def renew() -> None:
        start.wait()
        seen.append(connections.renew(desk, stub_connection.id, {"shared_secret": SECRET}, fetch)["shared_secret"])

    threads = [threading.Thread(target=renew) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetched == [SECRET]
    assert seen == ["renewed"] * 6
    assert secrets_of(desk, stub_connection.id)["shared_secret"] == "renewed"


def test_a_renewal_that_fails_lets_the_next_one_try(desk: Desk, stub_connection: ConnectionRow) -> None:
    def fail(_: Mapping[str, str]) -> Mapping[str, str]:
        raise Unreachable("away")

    with pytest.raises(Unreachable):
        connections.renew(desk, stub_connection.id, {"shared_secret": SECRET}, fail)
    renewed = connections.renew(desk, stub_connection.id, {"shared_secret": SECRET}, lambda _: {"shared_secret": "new"})
    assert renewed["shared_secret"] == "new"


class Granting:
    """A helpdesk that grants access in the browser."""

    def __init__(self) -> None:
        self.exchanged: list[tuple[str, str, str]] = []

    def _exchange(self, connection: Connection, code: str, verifier: str, redirect_uri: str) -> Mapping[str, str]:
        self.exchanged.append((code, verifier, redirect_uri))
        return {"access_token": "granted"}

    @hookimpl
    def deskpulse_register(self, registry: Registry) -> None:
        def url(settings: Mapping[str, str], redirect_uri: str, state: str, challenge: str) -> str:
            return f"https://helpdesk.example/grant?to={redirect_uri}&state={state}&challenge={challenge}"

        registry.add_kind(
            Kind(
                name="granting",
                label="Granting",
                settings_schema={"type": "object", "properties": {"access_token": {"type": "string", "secret": True}}},
                capabilities=dict.fromkeys(Capability, Support.CANT),
                scheme=SharedSecret("X-Secret"),
                oauth=OAuthGrant(url, self._exchange),
            )
        )

    @hookimpl
    def deskpulse_check_connection(self, connection: Connection) -> CheckReport:
        ok = connection.secrets.get("access_token") == "granted"
        return CheckReport(ok, ("granted" if ok else "no access",))


@pytest.fixture
def granting(desk: Desk, organisation: Organisation) -> tuple[Granting, ConnectionRow]:
    plugin = Granting()
    desk.hub.register(plugin, "granting")
    with desk.db.write() as session:
        return plugin, connections.create(desk, session, organisation, "granting", "Granting", {})


def query(url: str) -> Mapping[str, Any]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_grant_is_finished_once_and_stored(desk: Desk, granting: tuple[Granting, ConnectionRow]) -> None:
    plugin, row = granting
    url = query(oauth.begin(desk, row.id))
    oauth.finish(desk, row.key, url["state"], "code-1")
    assert plugin.exchanged[0][0] == "code-1"
    assert plugin.exchanged[0][2] == url["to"] == f"http://127.0.0.1:8000/oauth/{row.key}/callback"
    assert secrets_of(desk, row.id)["access_token"] == "granted"
    assert "oauth_verifier" not in secrets_of(desk, row.id)
    with pytest.raises(AuthExpired, match="used already"):
        oauth.finish(desk, row.key, url["state"], "code-1")
    report = provisioning.check(desk, row.id)
    assert report is not None
    assert report.ok


def test_the_verifier_fits_the_challenge(desk: Desk, granting: tuple[Granting, ConnectionRow]) -> None:
    plugin, row = granting
    url = query(oauth.begin(desk, row.id))
    oauth.finish(desk, row.key, url["state"], "code")
    digest = hashlib.sha256(plugin.exchanged[0][1].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == url["challenge"]


@pytest.mark.parametrize("state", ["", "guessed"])
def test_a_grant_that_was_not_started_here_is_refused(
    desk: Desk, granting: tuple[Granting, ConnectionRow], state: str
) -> None:
    plugin, row = granting
    oauth.begin(desk, row.id)
    with pytest.raises(AuthExpired):
        oauth.finish(desk, row.key, state, "code")
    with pytest.raises(AuthExpired):
        oauth.finish(desk, "no-such-key", state, "code")
    assert plugin.exchanged == []
