"""A bundled plug-in is declared once, ships, and is held to the conformance suite like an outsider's."""

from __future__ import annotations

import ast
import tomllib
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from deskpulse.hub import GROUP, Hub
from fixtures.repository import HOUSE

PROJECT: dict[str, Any] = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
POINTS: dict[str, str] = PROJECT["project"]["entry-points"][GROUP]


@pytest.mark.parametrize("vendor", POINTS)
def test_plugin_has_a_conformance_test(vendor: str) -> None:
    path = HOUSE / "tests" / "plugins" / vendor / "test_conformance.py"
    classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    suites = [one for one in classes if any(ast.unparse(base).endswith("HelpdeskConformance") for base in one.bases)]
    assert suites, "no class inherits HelpdeskConformance"
    assert all(one.name.startswith("Test") for one in suites), "pytest would not collect it"
    overridden = {node.name for one in suites for node in one.body if isinstance(node, ast.FunctionDef)}
    assert not [method for method in overridden if method.startswith("test_")], "the suite's tests stay as they are"


@pytest.mark.parametrize("vendor", POINTS)
def test_plugin_loads_and_registers_its_kind(vendor: str) -> None:
    hub = Hub.load(found=[EntryPoint(vendor, POINTS[vendor], GROUP)])
    assert hub.blocked == {}
    assert [kind.name for kind in hub.kinds()] == [vendor]


def test_every_plugin_is_declared_and_shipped() -> None:
    folders = sorted(path for path in (HOUSE / "plugins").iterdir() if path.is_dir())
    packages = {path.name: f"plugins/{path.name}/deskpulse_{path.name}" for path in folders}
    assert sorted(POINTS) == sorted(packages)
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == {
        "core/deskpulse",
        "web/deskpulse_web",
        *packages.values(),
    }
    assert all(point == f"deskpulse_{vendor}.plugin" for vendor, point in POINTS.items())
