"""``deskpulse connection`` with Zendesk, in each of its ways of access, against the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from deskpulse.cli.connection import connection as commands
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.hub import Hub
from deskpulse.organisation.models import Organisation
from deskpulse.testing.conformance.samples import SMALL
from deskpulse.testing.serving import serve
from deskpulse_zendesk import plugin
from deskpulse_zendesk.kind import API_TOKEN_END
from deskpulse_zendesk.simulator import ZendeskSimulator

Run = Callable[..., str]


@pytest.fixture
def hub() -> Hub:
    hub = Hub()
    hub.register(plugin, "zendesk")
    return hub


@pytest.fixture
def simulator() -> Iterator[ZendeskSimulator]:
    simulator = ZendeskSimulator()
    simulator.load(SMALL)
    with serve(simulator.wsgi_app) as url:
        simulator.start(url)
        yield simulator
        simulator.close()


@pytest.fixture
def run(desk: Desk, organisation: Organisation) -> Run:
    def run(*words: str) -> str:
        result = CliRunner().invoke(commands, words, obj=desk)
        if result.exception:
            raise result.exception
        return result.output

    return run


@pytest.fixture
def account(simulator: ZendeskSimulator) -> dict[str, str]:
    found = simulator.access().settings
    return {name: found[name] for name in ("subdomain", "base_url")}


def words(**values: str) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


def did(said: str) -> set[str]:
    """What provisioning did; what it leaves to the administrator comes after."""
    return {line.split()[0] for line in said.splitlines() if not line.startswith("By hand: ")}


def only(desk: Desk) -> Any:
    with desk.db.read() as session:
        return session.scalars(select(ConnectionRow)).one()


def test_an_api_token_works_and_says_when_it_ends(
    desk: Desk, run: Run, simulator: ZendeskSimulator, account: dict[str, str]
) -> None:
    access = simulator.access()
    said = run("add", "zendesk", *words(**access.settings, **access.secrets))
    assert f"Warning: {API_TOKEN_END}" in said
    assert "an administrator" in said
    assert not any(secret in said for secret in access.secrets.values())
    key = only(desk).key
    dry = run("provision", key, "--dry-run")
    assert did(dry) == {"would"}
    assert run("provision", key) == dry.replace("would ", "")
    assert did(run("provision", key)) == {"keep:"}
    assert "done: 2 groups, " in run("sync", key)
    assert "remove: " in run("provision", key, "--remove")
    assert "is disconnected" in run("remove", key, "--yes")


def test_client_credentials_are_tried_before_they_are_saved(
    desk: Desk, run: Run, simulator: ZendeskSimulator, account: dict[str, str]
) -> None:
    client = simulator.oauth_client()
    wanted = {**account, "auth": "client_credentials", "client_id": client.identifier}
    with pytest.raises(ConfigurationError, match="nothing was saved"):
        run("add", "zendesk", *words(**wanted, client_secret="wrong-secret"))
    run("add", "zendesk", *words(**wanted, client_secret=client.secret))
    row = only(desk)
    assert "an administrator" in run("check", row.key)
    assert connections.load(desk, row.id).secrets["access_token"]
    assert "create: " in run("provision", row.key)


def test_oauth_leads_to_the_consent_page(
    desk: Desk, run: Run, simulator: ZendeskSimulator, account: dict[str, str]
) -> None:
    client = simulator.oauth_client()
    said = run("add", "zendesk", *words(**account, client_id=client.identifier, client_secret=client.secret))
    key = only(desk).key
    assert f"Next: deskpulse connection authorise {key}" in said
    assert f"{account['base_url']}/oauth/authorizations/new?" in run("authorise", key)
    with pytest.raises(ConfigurationError, match="does not work"):
        run("check", key)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"subdomain": "acme.zendesk.com"}, "subdomain: 'acme.zendesk.com' will not do: it looks like acme"),
        ({"subdomain": "acme", "base_url": "http://acme.example"}, "base_url: 'http://acme.example' will not do"),
        ({"subdomain": "acme", "auth": "password"}, "auth: 'password' is not one of"),
        ({"auth": "oauth"}, "subdomain: is missing"),
        ({"subdomain": "acme", "token": "t"}, "token: there is no such field"),
    ],
)
def test_what_is_wrong_is_said(desk: Desk, run: Run, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run("add", "zendesk", *words(**wrong))
