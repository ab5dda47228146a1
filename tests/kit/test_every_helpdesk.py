"""``deskpulse connection`` does its work with every bundled helpdesk, from the first word to the last."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from deskpulse.capabilities import Capability
from deskpulse.cli.connection import connection
from deskpulse.cli.plugins import bundle
from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.hub import Hub
from deskpulse.organisation.models import Organisation
from kit.accounts import EXAMPLE, Account, Helpdesk, account, bundled

Run = Callable[..., str]
HIDDEN = 8
"""Characters from which on a secret would be recognised in an output."""


@pytest.fixture(params=[EXAMPLE, *bundled()], ids=lambda helpdesk: helpdesk.point.name)
def helpdesk(request: pytest.FixtureRequest) -> Helpdesk:
    found: Helpdesk = request.param
    return found


@pytest.fixture
def hub(helpdesk: Helpdesk) -> Hub:
    hub = Hub()
    hub.register(helpdesk.plugin, helpdesk.point.name)
    return hub


@pytest.fixture
def at(helpdesk: Helpdesk) -> Iterator[Account]:
    with account(helpdesk.kind) as at:
        yield at


@pytest.fixture
def run(desk: Desk, organisation: Organisation) -> Run:
    def run(command: object, *words: str) -> str:
        result = CliRunner().invoke(command, words, obj=desk)  # type: ignore[arg-type]
        if result.exception is not None:
            raise result.exception
        return result.output

    return run


@pytest.fixture
def variables(at: Account, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options that take every secret from the environment, and the other settings as words."""
    words = [f"{name}={value}" for name, value in at.settings.items()]
    for number, (name, value) in enumerate(at.secrets.items()):
        monkeypatch.setenv(f"KIT_SECRET_{number}", value)
        words += ["--env", f"{name}=KIT_SECRET_{number}"]
    return words


def writes(helpdesk: Helpdesk, at: Account) -> list[dict[str, object]]:
    """What the helpdesk was asked that may have changed something."""
    steps = helpdesk.suite()
    return [one for one in at.sim("GET", "requests") if steps.is_write(str(one["method"]), str(one["path"]))]


def prepare(run: Run, helpdesk: Helpdesk, at: Account, folder: Path) -> None:
    """Install the vendor-side app as an administrator does, with what the command prints."""
    if not helpdesk.kind.can(Capability.PANEL):
        return
    said = run(bundle, helpdesk.kind.name, "--output", str(folder))
    entered = dict(re.findall(r"^  (\S+): (.*)$", said, re.MULTILINE))
    (package,) = folder.iterdir()
    at.simulator.install_app(package.read_bytes(), entered)


def test_a_connection_from_the_first_word_to_the_last(
    desk: Desk,
    run: Run,
    helpdesk: Helpdesk,
    at: Account,
    variables: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    kind = helpdesk.kind
    said = [run(connection, "add", kind.name, *variables, "--name", "The helpdesk")]
    key = said[0].partition("Key: ")[2].split()[0]
    assert f"deskpulse connection provision {key}" in said[0]
    said.append(run(connection, "check", key))
    assert run(connection, "list") == f"{key}  {kind.name}  The helpdesk  active\n"
    prepare(run, helpdesk, at, tmp_path_factory.mktemp("app"))

    before = len(writes(helpdesk, at))
    shown = run(connection, "provision", key, "--dry-run")
    assert len(writes(helpdesk, at)) == before, "a dry run changed something"
    said += [shown, run(connection, "provision", key)]
    if kind.can(Capability.PROVISION):
        assert "would create: " in shown
        assert steps(said[-1]) == steps(shown.replace("would ", ""))
        again = run(connection, "provision", key)
        assert {line.partition(":")[0] for line in steps(again)} == {"keep"}

    if kind.can(Capability.SYNC_GROUPS):
        said.append(run(connection, "sync", key))
        found = re.search(r"^done: (\d+) groups, (\d+) agents, (\d+) changes$", said[-1], re.MULTILINE)
        assert found
        assert int(found[1]) >= 2
        assert int(found[2]) >= 2
        assert ", 0 changes\n" in run(connection, "sync", key)

    shown = run(connection, "remove", key, "--dry-run")
    assert key in run(connection, "list"), "a dry run removed the connection"
    said += [shown, run(connection, "remove", key, "--yes")]
    assert said[-1] == f"{shown.replace('would ', '')}The helpdesk is disconnected.\n"
    if kind.can(Capability.PROVISION):
        assert "would remove: " in shown
    assert "No connections yet" in run(connection, "list")
    with desk.db.read() as session:
        row = session.query(ConnectionRow).one()
    assert connections.load(desk, row.id).secrets == {}
    leaked = [name for name, secret in at.secrets.items() if len(secret) >= HIDDEN and secret in "".join(said)]
    assert not leaked, "secrets were shown"


def test_nothing_is_saved_that_does_not_work(desk: Desk, run: Run, helpdesk: Helpdesk, at: Account) -> None:
    if not helpdesk.kind.can(Capability.CHECK):
        return
    words = [f"{name}={value}" for name, value in at.settings.items()]
    wrong = [f"{name}=wrong-and-not-to-be-shown" for name in at.secrets]
    with pytest.raises(ConfigurationError) as raised:
        run(connection, "add", helpdesk.kind.name, *words, *wrong)
    assert "wrong-and-not-to-be-shown" not in str(raised.value)
    assert "No connections yet" in run(connection, "list")


def test_every_field_is_told(run: Run, helpdesk: Helpdesk, at: Account) -> None:
    said = run(connection, "fields", helpdesk.kind.name)
    for name in {*at.settings, *at.secrets}:
        assert re.search(rf"^{name}  ", said, re.MULTILINE)
    for name in helpdesk.kind.secret_fields() & at.secrets.keys():
        assert re.search(rf"^{name}  .*secret$", said, re.MULTILINE)


def steps(said: str) -> list[str]:
    """What provisioning did, without what it leaves to people."""
    return [line for line in said.splitlines() if re.match(r"(create|repair|keep|remove): ", line)]
