"""A new plug-in is complete, in our own style whatever its name, and never written over something."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deskpulse.errors import ConfigurationError
from deskpulse.scaffolding import naming, skeleton
from fixtures.missing import missing

NAMES = [
    naming.Names("zz", "Z"),
    naming.Names("help_scout", "Help Scout"),
    naming.Names("a" * naming.LONGEST_NAME, "L" * naming.LONGEST_LABEL),
    naming.Names("abcdefghi_klmnopqrst", "O'Neil's Desk 2.0 - Pro"),
]


@pytest.fixture(params=NAMES, ids=lambda names: names.name)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A skeleton of each sort of name."""
    return skeleton.write(request.param, tmp_path)


def checked(folder: Path, *command: str) -> None:
    """Run one of the tools that look at code."""
    if importlib.util.find_spec(command[0]) is None:
        missing(f"needs {command[0]}")
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=110, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_skeleton_is_whole(tmp_path: Path) -> None:
    folder = skeleton.write(naming.choose("help_scout"), tmp_path)
    assert folder == tmp_path / "deskpulse-help-scout"
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    package = {path.partition("/")[2] for path in found if path.startswith("deskpulse_help_scout/")}
    assert found >= {"README.md", "pyproject.toml", "tests/test_conformance.py"}
    assert package >= {"plugin.py", "kind.py", "mapping.py", "client.py", "links.py", "py.typed", "simulator/app.py"}
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["deskpulse"] == {"help_scout": "deskpulse_help_scout.plugin"}
    assert "deskpulse" in project["dependencies"]
    assert list(tmp_path.iterdir()) == [folder], "nothing unfinished is left"


def test_skeleton_says_nothing_of_the_example(written: Path) -> None:
    for path in written.rglob("*"):
        assert "fake" not in path.name.lower()
        assert not path.is_file() or not re.search("fake|northwind", path.read_text(), re.IGNORECASE), path


def test_skeleton_is_in_style(written: Path) -> None:
    checked(written, "ruff", "check", "--no-cache", ".")
    checked(written, "ruff", "format", "--no-cache", "--check", ".")


def test_skeleton_is_typed(tmp_path: Path) -> None:
    folder = skeleton.write(naming.choose("help_scout"), tmp_path)
    checked(folder, "mypy", "--cache-dir", str(tmp_path / "mypy"), "deskpulse_help_scout")


def test_skeleton_imports_what_plugins_may(written: Path) -> None:
    lines = [line for path in written.rglob("*.py") for line in path.read_text().splitlines()]
    of_ours = {line.split()[1] for line in lines if re.match(r"\s*from deskpulse[.\s]", line)}
    assert of_ours == {"deskpulse.plugin_api", "deskpulse.testing.conformance"}


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="could not be written"):
        skeleton.write(naming.choose("acme"), tmp_path / "file")
