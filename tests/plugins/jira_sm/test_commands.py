"""``deskpulse connection`` with Jira Service Management, in its ways of access, against the simulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deskpulse.errors import ConfigurationError
from deskpulse.hub import Hub
from deskpulse.testing.conformance.samples import SMALL
from deskpulse.testing.serving import serve
from deskpulse_jira_sm import plugin
from deskpulse_jira_sm.kind import TOKENS_END
from deskpulse_jira_sm.simulator import JiraSimulator
from fixtures.commands import Commands, did


@pytest.fixture
def hub() -> Hub:
    hub = Hub()
    hub.register(plugin, "jira_sm")
    return hub


@pytest.fixture(params=["cloud", "server"])
def simulator(request: pytest.FixtureRequest) -> Iterator[JiraSimulator]:
    simulator = JiraSimulator(deployment=request.param)
    simulator.load(SMALL)
    with serve(simulator.wsgi_app) as url:
        simulator.start(url)
        yield simulator
        simulator.close()


def test_from_adding_to_removing(run: Commands, simulator: JiraSimulator) -> None:
    access = simulator.access()
    said = run("add", "jira_sm", **access.settings, **access.secrets)
    assert "Signed in as DeskPulse" in said
    assert (f"Warning: {TOKENS_END}" in said) == ("api_token" in access.secrets)
    assert not any(secret in said for secret in access.secrets.values())
    key = run.row.key
    assert did(run("provision", key, "--dry-run")) == {"would"}
    assert did(run("provision", key)) == {"create:"}
    assert did(run("provision", key)) == {"keep:"}
    assert "done: 2 groups, " in run("sync", key)
    assert "remove: " in run("provision", key, "--remove")
    assert "is disconnected" in run("remove", key, "--yes")


@pytest.mark.parametrize("simulator", ["cloud"], indirect=True)
def test_oauth_leads_to_the_consent_page(run: Commands, simulator: JiraSimulator) -> None:
    client = simulator.oauth_client()
    address = simulator.access().settings["base_url"]
    wanted = {"base_url": address, "auth": "oauth", "client_id": client.identifier, "client_secret": client.secret}
    said = run("add", "jira_sm", **wanted)
    key = run.row.key
    assert f"Next: deskpulse connection authorise {key}" in said
    assert f"{address}/authorize?" in run("authorise", key)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"site": "acme.atlassian.net"}, "site: 'acme.atlassian.net' will not do: it looks like acme"),
        ({"site": "acme", "base_url": "http://acme.example"}, "base_url: 'http://acme.example' will not do"),
        ({"site": "acme", "auth": "password"}, "auth: 'password' is not one of"),
        ({"site": "acme", "automation_secret": "short"}, "automation_secret"),
        ({"site": "acme", "token": "t"}, "token: there is no such field"),
    ],
)
def test_what_is_wrong_is_said(run: Commands, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run("add", "jira_sm", **wrong)


def test_a_connection_without_an_address_is_not_saved(run: Commands) -> None:
    with pytest.raises(ConfigurationError, match="nothing was saved"):
        run("add", "jira_sm", email="bot@acme.example", api_token="token-1")
