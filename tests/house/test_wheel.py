"""The wheel holds everything that people need, and nothing else: it is looked at as installed, or built to be seen."""

from __future__ import annotations

import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from fixtures.repository import HOUSE, files, is_editable, name

SHELVES = {
    "deskpulse": HOUSE / "core",
    "deskpulse_simulation": HOUSE / "web",
    "deskpulse_web": HOUSE / "web",
    **{f"deskpulse_{path.name}": path for path in (HOUSE / "plugins").iterdir() if path.is_dir()},
}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Paths in the wheel. tox installs from it; for an editable installation it is built, where hatchling is there."""
    if not is_editable():
        return {path.as_posix() for path in metadata.files("deskpulse") or ()}
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="needs hatchling to build the wheel, or tox")
    (built,) = wheel.WheelBuilder(str(HOUSE)).build(directory=str(tmp_path_factory.mktemp("wheel")))
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def kept() -> dict[str, Path]:
    """Every file of ours that belongs into the wheel, by its path there."""
    found = {}
    for package, shelf in SHELVES.items():
        for path in files():
            if path.is_relative_to(shelf / package):
                found[path.relative_to(shelf).as_posix()] = path
    return found


def test_everything_is_shipped(shipped: set[str]) -> None:
    assert sorted(name(path) for there, path in kept().items() if there not in shipped) == []


def test_nothing_else_is_shipped(shipped: set[str]) -> None:
    code = {path for path in shipped if path.partition("/")[0] in SHELVES and "__pycache__" not in path}
    assert sorted(code - kept().keys()) == []


def test_all_sorts_of_data_are_there(shipped: set[str]) -> None:
    endings = {Path(path).suffix for path in shipped if path.partition("/")[0] in SHELVES}
    assert endings >= {".html", ".css", ".js", ".mjml", ".txt", ".mako", ".json", ".png"}
    assert {f"{package}/py.typed" for package in SHELVES} <= shipped


def test_the_distribution_names_its_commands_and_plugins(shipped: set[str]) -> None:
    assert any(path.endswith(".dist-info/licenses/LICENSE") for path in shipped)
    points = metadata.entry_points()
    assert points.select(group="console_scripts", name="deskpulse")
    assert {point.name for point in points.select(group="deskpulse")} >= {
        path.name for path in (HOUSE / "plugins").iterdir() if path.is_dir()
    }
