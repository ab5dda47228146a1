"""A bundled plug-in is declared once, ships, and is held to the conformance suite like an outsider's."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import EntryPoint, packages_distributions
from typing import Any

import pytest

from deskpulse.hub import GROUP, Hub
from fixtures.repository import HOUSE, files

PROJECT: dict[str, Any] = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
POINTS: dict[str, str] = PROJECT["project"]["entry-points"][GROUP]


UNSEEN = {
    "manimgx-fonts": "documents and charts are set in its fonts, which are data",
    "manimgx-fonts-cjk": "likewise",
    "tzdata": "zoneinfo reads it where the system brings no time zones",
}
"""Dependencies that nothing imports by name, and why they are there."""


def imported() -> set[str]:
    """Every package that what people install imports."""
    shelves = {"core", "web", "plugins"}
    trees = [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in files(".py")
        if path.relative_to(HOUSE).parts[0] in shelves
    ]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    whole = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {path.partition(".")[0] for path in whole | {str(n.module) for n in nodes if isinstance(n, ast.ImportFrom)}}


def test_every_dependency_is_used() -> None:
    brought: dict[str, set[str]] = {}
    for package, distributions in packages_distributions().items():
        for distribution in distributions:
            brought.setdefault(canonical(distribution), set()).add(package)
    wanted = [canonical(re.split(r"[^\w.-]", one)[0]) for one in PROJECT["project"]["dependencies"]]
    used = imported()
    assert [one for one in wanted if one not in UNSEEN and not brought.get(one, set()) & used] == []


def canonical(name: str) -> str:
    """A distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


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
        "web/deskpulse_simulation",
        "web/deskpulse_web",
        *packages.values(),
    }
    assert all(point == f"deskpulse_{vendor}.plugin" for vendor, point in POINTS.items())
