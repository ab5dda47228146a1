"""``deskpulse connection`` with Zendesk, in each of its ways of access, against the simulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskpulse.connections import connections
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.hub import Hub
from deskpulse.testing.conformance.samples import SMALL
from deskpulse.testing.serving import serve
from deskpulse_zendesk import plugin
from deskpulse_zendesk.kind import API_TOKEN_END
from deskpulse_zendesk.simulator import ZendeskSimulator
from fixtures.commands import Commands, did


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
def account(simulator: ZendeskSimulator) -> dict[str, str]:
    found = simulator.access().settings
    return {name: found[name] for name in ("subdomain", "base_url")}


def test_an_api_token_works_and_says_when_it_ends(
    run: Commands, simulator: ZendeskSimulator, account: dict[str, str]
) -> None:
    access = simulator.access()
    said = run("add", "zendesk", **access.settings, **access.secrets)
    assert f"Warning: {API_TOKEN_END}" in said
    assert "an administrator" in said
    assert not any(secret in said for secret in access.secrets.values())
    key = run.row.key
    dry = run("provision", key, "--dry-run")
    assert did(dry) == {"would"}
    assert run("provision", key) == dry.replace("would ", "")
    assert did(run("provision", key)) == {"keep:"}
    assert "done: 2 groups, " in run("sync", key)
    assert "remove: " in run("provision", key, "--remove")
    assert "is disconnected" in run("remove", key, "--yes")


def test_client_credentials_are_tried_before_they_are_saved(
    desk: Desk, run: Commands, simulator: ZendeskSimulator, account: dict[str, str]
) -> None:
    client = simulator.oauth_client()
    wanted = {**account, "auth": "client_credentials", "client_id": client.identifier}
    with pytest.raises(ConfigurationError, match="nothing was saved"):
        run("add", "zendesk", **wanted, client_secret="wrong-secret")
    run("add", "zendesk", **wanted, client_secret=client.secret)
    row = run.row
    assert "an administrator" in run("check", row.key)
    assert connections.load(desk, row.id).secrets["access_token"]
    assert "create: " in run("provision", row.key)


def test_oauth_leads_to_the_consent_page(run: Commands, simulator: ZendeskSimulator, account: dict[str, str]) -> None:
    client = simulator.oauth_client()
    said = run("add", "zendesk", **account, client_id=client.identifier, client_secret=client.secret)
    key = run.row.key
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
def test_what_is_wrong_is_said(run: Commands, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run("add", "zendesk", **wrong)
