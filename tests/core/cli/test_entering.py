"""A connection's values come from words, the environment, standard input or an answer; secrets stay unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from deskpulse.cli.connection import connection as commands
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.organisation.models import Organisation
from deskpulse.testing.conformance.samples import SMALL
from deskpulse.testing.fake_helpdesk.simulator import FakeSimulator
from deskpulse.testing.serving import serve

Run = Callable[..., str]


@pytest.fixture
def account(organisation: Organisation) -> Iterator[dict[str, str]]:
    """What an administrator would enter."""
    simulator = FakeSimulator()
    simulator.load(SMALL)
    with serve(simulator.wsgi_app) as url:
        simulator.start(url)
        access = simulator.access()
        yield {**access.settings, **access.secrets}
        simulator.close()


def stored(desk: Desk) -> dict[str, str]:
    """What was kept of it."""
    with desk.db.read() as session:
        row = session.scalars(select(ConnectionRow)).one()
    record = connections.load(desk, row.id)
    return {**record.settings, **record.secrets}


def test_fields_of_a_helpdesk_are_told(run: Run) -> None:
    said = run(commands, "fields", "fake").splitlines()
    assert said[:4] == [
        "base_url  required",
        "    Address: Where the account is reached.",
        "api_token  required, secret",
        "    API token: Made under Settings, API; it must be an administrator's.",
    ]
    assert "segment1_field  optional" in said
    with pytest.raises(ConfigurationError, match="known: fake"):
        run(commands, "fields", "unheard-of")


def test_what_is_missing_is_asked_for_and_secrets_stay_unseen(desk: Desk, run: Run, account: dict[str, str]) -> None:
    typed = "\n".join([account["api_token"], "", "floor", "", ""])
    said = run(commands, "add", "fake", f"base_url={account['base_url']}", "--ask", stdin=typed)
    assert "API token: Made under Settings" in said
    assert account["api_token"] not in said
    assert "base_url (" not in said, "what was entered is not asked for again"
    kept = stored(desk)
    assert kept["api_token"] == account["api_token"]
    assert kept["segment1_field"] == "floor"
    assert "segment2_field" not in kept


def test_nobody_is_asked_where_nobody_sits(run: Run, account: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="api_token: is missing"):
        run(commands, "add", "fake", f"base_url={account['base_url']}")


def test_secrets_come_from_the_environment(
    desk: Desk, run: Run, account: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUR_TOKEN", account["api_token"])
    said = run(commands, "add", "fake", f"base_url={account['base_url']}", "--env", "api_token=OUR_TOKEN")
    assert account["api_token"] not in said
    assert stored(desk)["api_token"] == account["api_token"]
    key = said.partition("Key: ")[2].split()[0]
    monkeypatch.setenv("OUR_TOKEN", "the-next-token")
    assert "the-next-token" not in run(commands, "set", key, "--env", "api_token=OUR_TOKEN")
    assert stored(desk)["api_token"] == "the-next-token"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--env", "api_token=NO_SUCH_THING"), "The environment has no variable NO_SUCH_THING"),
        (("--env", "api_token"), "'api_token' is not NAME=VARIABLE"),
        (("=value",), "'=value' is not NAME=VALUE"),
    ],
)
def test_what_cannot_be_taken_is_said(run: Run, account: dict[str, str], words: tuple[str, ...], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        run(commands, "add", "fake", *words)


def test_standard_input_adds_to_words_and_environment(
    desk: Desk, run: Run, account: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOOR_FIELD", "floor")
    further = json.dumps({"api_token": account["api_token"]})
    words = (f"base_url={account['base_url']}", "--env", "segment1_field=FLOOR_FIELD", "--stdin")
    run(commands, "add", "fake", *words, stdin=further)
    assert {name: value for name, value in stored(desk).items() if name in account} == account
    assert stored(desk)["segment1_field"] == "floor"
