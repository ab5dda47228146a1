"""Somebody else's plug-in, a distribution of its own, installed as a wheel: found, listed, connected, and it passes."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import termios
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from deskpulse.cli.entering import fields
from deskpulse.scaffolding import naming, skeleton
from fixtures.processes import wait_until
from kit.accounts import Account, account
from kit.environment import Environment

NAMES = naming.Names("blue_desk", "Blue Desk")


@dataclass(frozen=True)
class Outsider:
    """Where the plug-in was written, the wheel made of it, and the environment that the wheel is installed in."""

    sources: Path
    wheel: Path
    environment: Environment


@pytest.fixture(scope="module")
def outsider(tmp_path_factory: pytest.TempPathFactory) -> Outsider:
    folder = tmp_path_factory.mktemp("outsider")
    environment = Environment(folder / "venv")
    sources = skeleton.write(NAMES, folder)
    dist = folder / "dist"
    environment.run(environment.python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", dist, sources, cwd=folder)
    (wheel,) = dist.iterdir()
    environment.run(environment.python, "-m", "pip", "install", wheel, cwd=folder)
    return Outsider(sources, wheel, environment)


@pytest.fixture
def at(outsider: Outsider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account at the outsider's simulator, served by this process from the wheel."""
    monkeypatch.syspath_prepend(str(outsider.wheel))
    kind = importlib.import_module(f"{NAMES.package}.kind").KIND
    with account(kind) as at:
        yield at
    for name in [name for name in sys.modules if name.partition(".")[0] == NAMES.package]:
        del sys.modules[name]


def test_wheel_holds_the_whole_plugin(outsider: Outsider) -> None:
    with zipfile.ZipFile(outsider.wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith(f"{NAMES.package}/")}
    package = outsider.sources / NAMES.package
    assert shipped == {path.relative_to(outsider.sources).as_posix() for path in package.rglob("*") if path.is_file()}


def test_it_stays_out_of_the_environment_around() -> None:
    assert importlib.util.find_spec(NAMES.package) is None


def test_it_is_found_listed_and_connected(outsider: Outsider, at: Account, tmp_path: Path) -> None:
    secrets = {f"DESK_{name.upper()}": value for name, value in at.secrets.items()}
    variables = {"DESKPULSE_DATA_DIR": str(tmp_path / "data"), **secrets}
    program, told = outsider.environment.bin / "deskpulse", []

    def deskpulse(*words: str) -> str:
        told.append(outsider.environment.run(program, *words, cwd=tmp_path, variables=variables))
        return told[-1]

    listed = deskpulse("plugins", "list").splitlines()
    place = listed.index("blue_desk  deskpulse_blue_desk.plugin  by deskpulse-blue-desk 0.1.0")
    assert listed[place + 1] == "  helpdesk blue_desk: Blue Desk"
    deskpulse("db", "upgrade")
    deskpulse("organisation", "create", "Northwind IT")
    words = [f"{name}={value}" for name, value in at.settings.items()]
    for name in at.secrets:
        words += ["--env", f"{name}=DESK_{name.upper()}"]
    key = deskpulse("connection", "add", "blue_desk", *words).partition("Key: ")[2].split()[0]
    deskpulse("connection", "check", key)
    assert "would create: webhook" in deskpulse("connection", "provision", key, "--dry-run")
    assert "create: webhook" in deskpulse("connection", "provision", key)
    assert re.search("^done: 2 groups, 3 agents", deskpulse("connection", "sync", key), re.MULTILINE)
    assert deskpulse("connection", "list") == f"{key}  blue_desk  Blue Desk  active\n"
    assert "remove: webhook" in deskpulse("connection", "remove", key, "--yes")
    assert "No connections yet" in deskpulse("connection", "list")
    assert not [value for value in secrets.values() if value in "".join(told)], "a secret was shown"


def test_a_secret_that_is_typed_stays_unseen(outsider: Outsider, at: Account, tmp_path: Path) -> None:
    environment, variables = outsider.environment, {"DESKPULSE_DATA_DIR": str(tmp_path / "data")}
    program = environment.bin / "deskpulse"
    environment.run(program, "db", "upgrade", cwd=tmp_path, variables=variables)
    environment.run(program, "organisation", "create", "Northwind IT", cwd=tmp_path, variables=variables)
    entered = [f"{name}=-" for name, _ in fields(at.kind) if name not in {*at.settings, *at.secrets}]
    entered += [f"{name}={value}" for name, value in at.settings.items()]
    (secret,) = at.secrets.values()
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [program, "connection", "add", "blue_desk", *entered],
        cwd=tmp_path,
        env=environment.variables(variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        wait_until(lambda: not termios.tcgetattr(ours)[3] & termios.ECHO, "asking for the secret")
        os.write(ours, f"{secret}\n".encode())
        said = "".join(shown(ours))
    os.close(ours)
    assert process.returncode == 0, said
    assert "Added Blue Desk." in said
    assert secret not in said


def shown(terminal: int) -> Iterator[str]:
    """What a terminal shows until its program ends."""
    with suppress(OSError):  # its last end was closed
        while text := os.read(terminal, 4096):
            yield text.decode()


def test_it_passes_its_own_conformance_test(outsider: Outsider, tmp_path: Path) -> None:
    environment = outsider.environment
    said = environment.run(
        environment.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", outsider.sources / "tests", cwd=tmp_path
    )
    assert re.search(r"^\d{3} passed", said, re.MULTILINE), said


def test_one_that_cannot_be_loaded_is_blocked_and_the_others_work(outsider: Outsider, tmp_path: Path) -> None:
    shadow = tmp_path / "shadow" / NAMES.package
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").write_text("raise RuntimeError('out of order')\n")
    environment = outsider.environment
    said = environment.run(
        environment.bin / "deskpulse", "plugins", "list", cwd=tmp_path, variables={"PYTHONPATH": str(shadow.parent)}
    )
    assert "blue_desk  blocked: RuntimeError: out of order\n  by deskpulse-blue-desk 0.1.0\n" in said
    assert "bundled with deskpulse" in said
