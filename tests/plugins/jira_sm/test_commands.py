"""``deskpulse connection`` with Jira Service Management, in its ways of access, against the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from deskpulse.cli.connection import connection as commands
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.hub import Hub
from deskpulse.organisation.models import Organisation
from deskpulse.testing.conformance.samples import SMALL
from deskpulse.testing.serving import serve
from deskpulse_jira_sm import plugin
from deskpulse_jira_sm.kind import TOKENS_END
from deskpulse_jira_sm.simulator import JiraSimulator

Run = Callable[..., str]


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


@pytest.fixture
def run(desk: Desk, organisation: Organisation) -> Run:
    def run(*given: str) -> str:
        result = CliRunner().invoke(commands, given, obj=desk)
        if result.exception:
            raise result.exception
        return result.output

    return run


def words(**values: str) -> list[str]:
    return [f"{name}={value}" for name, value in values.items()]


def only(desk: Desk) -> Any:
    with desk.db.read() as session:
        return session.scalars(select(ConnectionRow)).one()


def did(said: str) -> set[str]:
    """What provisioning did; what it leaves to the administrator comes after."""
    return {line.split()[0] for line in said.splitlines() if not line.startswith("By hand: ")}


def test_from_adding_to_removing(desk: Desk, run: Run, simulator: JiraSimulator) -> None:
    access = simulator.access()
    said = run("add", "jira_sm", *words(**access.settings, **access.secrets))
    assert "Signed in as DeskPulse" in said
    assert (f"Warning: {TOKENS_END}" in said) == ("api_token" in access.secrets)
    assert not any(secret in said for secret in access.secrets.values())
    key = only(desk).key
    assert did(run("provision", key, "--dry-run")) == {"would"}
    assert did(run("provision", key)) == {"create:"}
    assert did(run("provision", key)) == {"keep:"}
    assert "done: 2 groups, " in run("sync", key)
    assert "remove: " in run("provision", key, "--remove")
    assert "is disconnected" in run("remove", key, "--yes")


@pytest.mark.parametrize("simulator", ["cloud"], indirect=True)
def test_oauth_leads_to_the_consent_page(desk: Desk, run: Run, simulator: JiraSimulator) -> None:
    client = simulator.oauth_client()
    address = simulator.access().settings["base_url"]
    wanted = {"base_url": address, "auth": "oauth", "client_id": client.identifier, "client_secret": client.secret}
    said = run("add", "jira_sm", *words(**wanted))
    key = only(desk).key
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
def test_what_is_wrong_is_said(desk: Desk, run: Run, wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run("add", "jira_sm", *words(**wrong))


def test_a_connection_without_an_address_is_not_saved(desk: Desk, run: Run) -> None:
    with pytest.raises(ConfigurationError, match="nothing was saved"):
        run("add", "jira_sm", *words(email="bot@acme.example", api_token="token-1"))
