"""Who may import whom, what core never says, and how large a module may grow."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.repository import HOUSE, files, name

VENDORS = sorted(path.name for path in (HOUSE / "plugins").iterdir() if path.is_dir())
VENDOR_WORDS = re.compile("zendesk|servicenow|freshdesk|jira", re.IGNORECASE)
NAMELESS = {"manager", "managers", "helper", "helpers", "util", "utils", "misc", "common"}
UNSEEN_BY_PLUGINS = ("flask", "werkzeug", "requests", "urllib3", "httpx", "sqlalchemy", "alembic", "celery", "kombu")
"""What stands behind the frozen records and the HTTP client that a plug-in gets."""
CALLS_VENDORS = (
    "deskpulse.http",
    "deskpulse.connections.provisioning",
    "deskpulse.directory.sync",
    "deskpulse.inbound.reading",
    "deskpulse.inbound.reconciliation",
    "deskpulse.outbound.write_back",
    "deskpulse.surveys.resolutions",
    "deskpulse.surveys.tracing",
)
"""A web request calls a vendor only through connections.oauth, to trade the code of a grant."""
LONGEST, LONGEST_TEST = 400, 600
"""Lines."""
TALKING = {".py", ".html", ".js", ".css", ".mjml", ".txt", ".mako"}


def modules(shelf: str, below: str = "") -> list[Path]:
    """Our Python modules on a shelf, or below a folder of that name on it."""
    found = [path for path in files(".py") if path.relative_to(HOUSE).parts[0] == shelf]
    return [path for path in found if not below or below in path.parts[:-1]]


def imported(module: Path) -> Iterator[str]:
    """Every name that a module imports, also inside functions, with what is taken from it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_below(path: str, *roots: str) -> bool:
    """Whether an import leads into one of these packages."""
    return any(path == root or path.startswith(f"{root}.") for root in roots)


@pytest.mark.parametrize("module", modules("core"), ids=name)
def test_core_imports_neither_web_nor_plugins(module: Path) -> None:
    plugins = [f"deskpulse_{vendor}" for vendor in VENDORS]
    foreign = ["flask", "werkzeug", "deskpulse_web", "deskpulse_simulation", *plugins]
    assert [path for path in imported(module) if is_below(path, *foreign)] == []


@pytest.mark.parametrize("module", modules("core", below="scoring"), ids=name)
def test_scoring_is_pure(module: Path) -> None:
    own = [path for path in imported(module) if is_below(path, "deskpulse")]
    assert [path for path in own if not is_below(path, "deskpulse.scoring")] == []


@pytest.mark.parametrize("module", modules("web", below="deskpulse_web"), ids=name)
def test_web_imports_no_simulation(module: Path) -> None:
    assert [path for path in imported(module) if is_below(path, "deskpulse_simulation")] == []


@pytest.mark.parametrize("module", modules("web", below="deskpulse_simulation"), ids=name)
def test_simulation_imports_only_what_a_simulator_is(module: Path) -> None:
    ours = ("deskpulse", "deskpulse_web", "deskpulse_simulation")
    of_ours = [path for path in imported(module) if is_below(path, *ours)]
    assert [path for path in of_ours if not is_below(path, "deskpulse.simulation", "deskpulse_simulation")] == []


@pytest.mark.parametrize("module", modules("web"), ids=name)
def test_web_imports_no_plugin(module: Path) -> None:
    assert [path for path in imported(module) if is_below(path, *(f"deskpulse_{vendor}" for vendor in VENDORS))] == []


@pytest.mark.parametrize("module", modules("web"), ids=name)
def test_web_requests_call_no_vendor(module: Path) -> None:
    if "demo" in module.parts:  # sets the stage, before anybody asks
        return
    assert [path for path in imported(module) if is_below(path, *CALLS_VENDORS)] == []
    assert not re.search(r"\bhub\.ask\(", module.read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", modules("plugins"), ids=name)
def test_plugins_import_only_the_plugin_api(module: Path) -> None:
    vendor = module.relative_to(HOUSE).parts[1]
    allowed = ["deskpulse.plugin_api", "deskpulse.__version__"]
    if "simulator" in module.parts:
        allowed.append("deskpulse.simulation")
    else:
        unseen = (*UNSEEN_BY_PLUGINS, "deskpulse_simulation")
        assert [path for path in imported(module) if is_below(path, *unseen)] == []
    of_core = [path for path in imported(module) if is_below(path, "deskpulse")]
    assert [path for path in of_core if not is_below(path, *allowed)] == []
    others = [f"deskpulse_{other}" for other in VENDORS if other != vendor]
    assert [path for path in imported(module) if is_below(path, "deskpulse_web", *others)] == []


@pytest.mark.parametrize("module", modules("core", below="fake_helpdesk"), ids=name)
def test_worked_example_imports_like_a_plugin(module: Path) -> None:
    of_core = [path for path in imported(module) if is_below(path, "deskpulse")]
    own = ("deskpulse.plugin_api", "deskpulse.testing.fake_helpdesk")
    assert [path for path in of_core if not is_below(path, *own)] == []


def test_core_and_web_name_no_vendor() -> None:
    talking = [
        path for path in files() if path.relative_to(HOUSE).parts[0] in ("core", "web") and path.suffix in TALKING
    ]
    said = [
        f"{name(path)}:{number}: {line.strip()}"
        for path in talking
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if VENDOR_WORDS.search(line)
    ]
    assert said == []


def test_tests_of_core_name_no_vendor() -> None:
    tests = [path for path in files(".py") if path.is_relative_to(HOUSE / "tests" / "core")]
    assert [name(path) for path in tests if VENDOR_WORDS.search(path.read_text(encoding="utf-8"))] == []


def test_modules_stay_short() -> None:
    written = [path for path in files(".py") if "migrations" not in path.parts]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    limits = {path: LONGEST_TEST if path.is_relative_to(HOUSE / "tests") else LONGEST for path in lengths}
    assert [f"{name(path)}: {length}" for path, length in lengths.items() if length > limits[path]] == []


def test_modules_are_named_for_what_they_hold() -> None:
    parts = {part for path in files(".py") for part in (path.stem, *path.relative_to(HOUSE).parts[:-1])}
    assert sorted(part for part in parts if NAMELESS & set(part.lower().split("_"))) == []


def test_shelves_are_no_packages() -> None:
    shelves = [HOUSE / "core", HOUSE / "web", HOUSE / "plugins", *(HOUSE / "plugins" / vendor for vendor in VENDORS)]
    assert [name(shelf) for shelf in shelves if (shelf / "__init__.py").exists()] == []
