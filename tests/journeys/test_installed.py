"""DeskPulse as people get it, from its wheel: the sidebar app that ``deskpulse bundle`` writes can be installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import requests

from fixtures.missing import missing
from fixtures.repository import HOUSE, is_editable
from journeys.running import Demo, environment

MAIN = "import sys; from deskpulse_web.main import main; sys.argv[0] = 'deskpulse'; main()"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path | None:
    """Where the wheel's files are; None where this very Python has DeskPulse from its wheel already."""
    if not is_editable():
        return None
    if importlib.util.find_spec("hatchling") is None:
        missing("hatchling is missing, with which the wheel is built from an editable installation")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", folder, HOUSE]
    subprocess.run(build, check=True, timeout=100, cwd=folder)
    (wheel,) = folder.glob("deskpulse-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_bundle_of_an_installed_wheel_is_valid(demo: Demo, unpacked: Path | None, tmp_path: Path) -> None:
    variables = environment(demo.folder, BASE_URL=demo.url)
    if unpacked is not None:
        variables["PYTHONPATH"] = os.fspath(unpacked)
    where = "import deskpulse; print(deskpulse.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", where], env=variables, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert not Path(found.stdout.strip()).is_relative_to(HOUSE / "core")
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "bundle", "zendesk", "--output", tmp_path],
        env=variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "panel_key" in done.stdout
    (package,) = tmp_path.glob("*.zip")
    assert str(package) in done.stdout
    credentials = demo.connection["credentials"]
    with package.open("rb") as content:
        answer = requests.post(
            f"{demo.simulator}/api/v2/apps/validate",
            files={"file": (package.name, content, "application/zip")},
            auth=(f"{credentials['email']}/token", credentials["api_token"]),
            timeout=10,
        )
    assert answer.status_code == 200, answer.text
