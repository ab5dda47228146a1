"""``deskpulse connection`` from the first word to the last, against a helpdesk on real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from sqlalchemy import select

from deskpulse import hookimpl
from deskpulse.cli.connection import connection as commands
from deskpulse.cli.plugins import bundle
from deskpulse.connections import connections, oauth
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, SupportGroup
from deskpulse.errors import ConfigurationError, Unreachable
from deskpulse.inbound import deliveries
from deskpulse.inbound.schemes import SharedSecret
from deskpulse.kinds import Kind, OAuthGrant, Registry
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.testing.conformance.samples import SMALL
from deskpulse.testing.fake_helpdesk.simulator import FakeSimulator
from deskpulse.testing.serving import serve

Run = Callable[..., str]


@dataclass(frozen=True)
class Account:
    """A helpdesk account, as its administrator knows it."""

    url: str
    token: str
    simulator: FakeSimulator

    def writes(self) -> int:
        asked = requests.get(f"{self.url}/_sim/requests", timeout=10).json()
        return sum(one["method"] != "GET" for one in asked)

    def shows(self, what: str) -> list[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}"}
        found: list[dict[str, Any]] = requests.get(f"{self.url}/api/{what}", headers=headers, timeout=10).json()[
            "items"
        ]
        return found


@pytest.fixture
def account() -> Iterator[Account]:
    simulator = FakeSimulator()
    simulator.load(SMALL)
    with serve(simulator.wsgi_app) as url:
        simulator.start(url)
        yield Account(url, simulator.access().secrets["api_token"], simulator)
        simulator.close()


@pytest.fixture
def connected(run: Run, organisation: Organisation, account: Account) -> str:
    """The key of a connection that was added."""
    said = run(commands, "add", "fake", f"base_url={account.url}", f"api_token={account.token}")
    return said.partition("Key: ")[2].split()[0]


def rows(desk: Desk) -> list[ConnectionRow]:
    with desk.db.read() as session:
        return list(session.scalars(select(ConnectionRow)))


def test_an_account_is_tried_and_then_saved(desk: Desk, run: Run, organisation: Organisation, account: Account) -> None:
    assert "connection add KIND" in run(commands, "list")
    secret = json.dumps({"api_token": account.token})
    said = run(commands, "add", "fake", f"base_url={account.url}", "--name", "IT helpdesk", "--stdin", stdin=secret)
    (row,) = rows(desk)
    assert said.splitlines() == [
        "Note: The API token must belong to an administrator, who sees all tickets.",
        "Signed in as DeskPulse, an administrator.",
        f"Added IT helpdesk. Key: {row.key}",
        f"Webhook address: http://127.0.0.1:8000/in/{row.key}",
        f"Next: deskpulse connection provision {row.key}",
    ]
    assert run(commands, "list") == f"{row.key}  fake  IT helpdesk  active\n"
    assert connections.load(desk, row.id).secrets["api_token"] == account.token
    with desk.db.read() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["connection added"]


@pytest.mark.parametrize(
    ("values", "stdin", "said"),
    [
        (["nonsense"], None, "'nonsense' is not NAME=VALUE"),
        ([], None, r"base_url: is missing; api_token: is missing"),
        (["base_url=nowhere", "api_token=t0ps3cret"], None, "base_url: 'nowhere' will not do: Where the account"),
        (["colour=red", "base_url=http://x", "api_token=t0ps3cret"], None, "colour: there is no such field"),
        (["--stdin"], "no JSON", "not a JSON object"),
        (["--stdin"], "[1]", "not a JSON object"),
        (["--stdin"], '{"base_url": "http://x", "api_token": 7}', "api_token: this is not text"),
        (["base_url=http://127.0.0.1:1", "api_token=t0ps3cret"], None, "nothing was saved"),
    ],
)
def test_what_does_not_fit_is_said_and_not_saved(
    desk: Desk, run: Run, organisation: Organisation, values: list[str], stdin: str | None, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as raised:
        run(commands, "add", "fake", *values, stdin=stdin)
    assert "t0ps3cret" not in str(raised.value)
    assert rows(desk) == []


def test_a_wrong_token_is_not_saved_unless_one_insists(
    desk: Desk, run: Run, organisation: Organisation, account: Account
) -> None:
    wrong = ("fake", f"base_url={account.url}", "api_token=t0ps3cret")
    with pytest.raises(ConfigurationError, match="nothing was saved"):
        run(commands, "add", *wrong)
    assert rows(desk) == []
    run(commands, "add", *wrong, "--unchecked")
    assert len(rows(desk)) == 1


@pytest.mark.parametrize(
    "words", [("check",), ("provision",), ("sync",), ("authorise",), ("set", "base_url=x"), ("remove", "--yes")]
)
def test_an_unknown_key_is_said(run: Run, organisation: Organisation, words: tuple[str, ...]) -> None:
    command, *rest = words
    with pytest.raises(ConfigurationError, match="There is no connection with the key 'abc'; see: deskpulse"):
        run(commands, command, "abc", *rest)


def test_a_kind_without_grants_says_so(run: Run, connected: str) -> None:
    with pytest.raises(ConfigurationError, match="Fake helpdesk grants no access in the browser"):
        run(commands, "authorise", connected)


def test_settings_are_changed_and_checked(desk: Desk, run: Run, account: Account, connected: str) -> None:
    assert "Next: deskpulse connection check" in run(commands, "set", connected, "segment1_field=location")
    assert rows(desk)[0].settings["segment1_field"] == "location"
    run(commands, "set", connected, "segment1_field=", "--stdin", stdin='{"api_token": "t0ps3cret"}')
    assert "segment1_field" not in rows(desk)[0].settings
    with pytest.raises(ConfigurationError, match=r"does not work\.$"):
        run(commands, "check", connected)
    run(commands, "set", connected, f"api_token={account.token}")
    assert "an administrator" in run(commands, "check", connected)
    with pytest.raises(ConfigurationError, match="base_url: is missing"):
        run(commands, "set", connected, "base_url=")
    with pytest.raises(ConfigurationError, match="Say what to change"):
        run(commands, "set", connected)


def test_the_helpdesks_side_is_shown_made_kept_and_undone(
    desk: Desk, run: Run, account: Account, connected: str
) -> None:
    before = account.writes()
    dry = run(commands, "provision", connected, "--dry-run")
    assert dry.splitlines()[0] == "would create: webhook (tells DeskPulse of solved and reopened tickets)"
    assert all(line.startswith("would create: ") for line in dry.splitlines())
    assert account.writes() == before
    assert run(commands, "provision", connected).replace("create", "would create") == dry
    (webhook,) = account.shows("webhooks")
    assert webhook["url"] == f"http://127.0.0.1:8000/in/{connected}"
    assert connections.load(desk, rows(desk)[0].id).secrets["signing_secret"]
    made = account.writes()
    assert {line.split()[0] for line in run(commands, "provision", connected).splitlines()} == {"keep:"}
    assert "would remove: webhook" in run(commands, "provision", connected, "--remove", "--dry-run")
    assert account.writes() == made
    assert "remove: webhook" in run(commands, "provision", connected, "--remove")
    assert (account.shows("webhooks"), account.shows("fields")) == ([], [])
    assert "signing_secret" not in connections.load(desk, rows(desk)[0].id).secrets


def test_groups_and_agents_come_in_step(desk: Desk, run: Run, connected: str) -> None:
    said = run(commands, "sync", connected)
    assert said.startswith("Reading groups and agents.")
    assert "done: 2 groups, 3 agents, " in said
    assert "\r" not in said, "nobody watches a terminal here"
    with desk.db.read() as session:
        assert session.scalars(select(SupportGroup.name).order_by(SupportGroup.name)).all() == [
            "Network",
            "Service Desk",
        ]
        assert dict(session.execute(select(AgentRow.name, AgentRow.active)).all()) == {
            "Ada Agent": True,
            "Bob Agent": True,
            "Eve Agent": False,
        }
    assert "done: 2 groups, 3 agents, 0 changes" in run(commands, "sync", connected)


def test_a_helpdesk_that_is_away_is_said(run: Run, account: Account, connected: str) -> None:
    requests.post(f"{account.url}/_sim/faults", json={"status": 503, "times": 20}, timeout=10)
    with pytest.raises(Unreachable):
        run(commands, "provision", connected)


def test_the_sidebar_app_is_written(run: Run, connected: str, tmp_path: Any) -> None:
    said = run(bundle, "fake", "--output", str(tmp_path))
    assert f"panel_url: http://127.0.0.1:8000/panel/{connected}" in said
    assert (tmp_path / "deskpulse-fake.zip").read_bytes().startswith(b"PK")
    with pytest.raises(ConfigurationError, match="known: fake"):
        run(bundle, "unheard-of")


def test_refused_calls_can_be_looked_at(desk: Desk, run: Run, connected: str) -> None:
    assert run(commands, "refusals", connected) == "No call was refused.\n"
    run(commands, "provision", connected)
    for body in (b"first", b"sec\x1bond"):
        deliveries.take(desk, connected, {"X-Fake-Signature": "v1=00", "Authorization": "Basic t0ps3cret"}, body)
    brief = run(commands, "refusals", connected, "--last", "1")
    assert brief == "2026-03-02 09:00:00 UTC  signature wrong  7 bytes kept\n"
    full = run(commands, "refusals", connected, "--full")
    assert full.count("x-fake-signature: v1=00") == 2
    assert r"'sec\x1bond'" in full
    assert "t0ps3cret" not in full


def test_nothing_is_left_of_a_removed_connection(desk: Desk, run: Run, account: Account, connected: str) -> None:
    run(commands, "provision", connected)
    run(commands, "remove", connected, stdin="n\n", exit_code=1)
    shown = run(commands, "remove", connected, "--dry-run")
    assert "would remove: webhook" in shown
    assert len(account.shows("webhooks")) == 1
    said = run(commands, "remove", connected, "--yes")
    assert said == f"{shown.replace('would ', '')}Fake helpdesk is disconnected.\n"
    assert "By hand: uninstall DeskPulse's app in Fake helpdesk" in said
    assert account.shows("webhooks") == []
    assert desk.vault.open_all(rows(desk)[0].secrets_sealed) == {}
    assert "No connections yet" in run(commands, "list")
    with pytest.raises(ConfigurationError, match="Connect fake first"):
        run(bundle, "fake")


def test_a_connection_is_removed_though_its_helpdesk_is_gone(
    desk: Desk, run: Run, account: Account, connected: str
) -> None:
    requests.post(f"{account.url}/_sim/faults", json={"status": 401, "times": 20}, timeout=10)
    with pytest.raises(ConfigurationError, match="--keep-helpdesk"):
        run(commands, "remove", connected, "--yes")
    said = run(commands, "remove", connected, "--yes", "--keep-helpdesk")
    assert "By hand: what DeskPulse made in Fake helpdesk stays there" in said
    assert "is disconnected" in said


class Granting:
    """A helpdesk that an administrator grants access to, in the browser."""

    @hookimpl
    def deskpulse_register(self, registry: Registry) -> None:
        schema = {"type": "object", "properties": {"access_token": {"type": "string", "secret": True}}}
        grant = OAuthGrant(
            lambda _settings, back, state, challenge: f"https://hd.example/grant?to={back}&s={state}&c={challenge}",
            lambda _connection, _code, _verifier, _redirect_uri: {"access_token": "granted"},
        )
        registry.add_kind(Kind("granting", "Granting", schema, {}, SharedSecret("X-Secret"), oauth=grant))


def test_access_that_is_granted_in_the_browser(desk: Desk, run: Run, organisation: Organisation) -> None:
    desk.hub.register(Granting(), "granting")
    said = run(commands, "add", "granting")
    (row,) = rows(desk)
    assert f"Next: deskpulse connection authorise {row.key}" in said
    said = run(commands, "authorise", row.key)
    address = next(line for line in said.splitlines() if line.startswith("https://hd.example/grant?"))
    assert f"http://127.0.0.1:8000/oauth/{row.key}/callback" in said
    oauth.finish(desk, row.key, address.partition("&s=")[2].partition("&")[0], "code")
    assert connections.load(desk, row.id).secrets["access_token"] == "granted"
    assert "cannot be checked" in run(commands, "check", row.key)
    assert "set up by hand" in run(commands, "provision", row.key)
    with pytest.raises(ConfigurationError, match="Granting does not tell its groups and agents"):
        run(commands, "sync", row.key)
    inlet = f"http://127.0.0.1:8000/in/{row.key}"
    assert f"By hand: remove the webhook calls to {inlet}\n" in run(commands, "remove", row.key, "--yes")
