"""The repository holds our own work only, in pieces that one can read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from fixtures.repository import HOUSE, files, name

LARGEST = 1_000_000
"""Bytes."""
FOREIGN_FOLDERS = {"vendor", "vendored", "third_party", "node_modules", "bower_components", "site-packages"}
FOREIGN_ENDINGS = (
    ".min.js",
    ".min.css",
    ".bundle.js",
    ".whl",
    ".jar",
    ".so",
    ".pyc",
    ".exe",
    ".woff",
    ".woff2",
    ".ttf",
)
FOREIGN_WORDS = ("All rights reserved", "@license", "Permission is hereby granted", "jQuery", "webpack")
CODE = {".py", ".js", ".css", ".mjs", ".ts", ".html"}


def modules() -> list[Path]:
    """Our Python modules that people install."""
    shelves = {"core", "web", "plugins"}
    return [path for path in files(".py") if path.relative_to(HOUSE).parts[0] in shelves]


def test_no_file_is_large() -> None:
    assert [name(path) for path in files() if path.stat().st_size > LARGEST] == []


def test_nothing_foreign_is_kept() -> None:
    foreign = [
        name(path)
        for path in files()
        if FOREIGN_FOLDERS & set(path.relative_to(HOUSE).parts) or path.name.endswith(FOREIGN_ENDINGS)
    ]
    assert foreign == []


def test_no_code_carries_another_ones_notice() -> None:
    found = [
        f"{name(path)}: {word}"
        for path in files()
        if path.suffix in CODE and path != Path(__file__)
        for word in FOREIGN_WORDS
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


@pytest.mark.parametrize("module", modules(), ids=name)
def test_modules_say_what_they_are_for(module: Path) -> None:
    if module.name == "__init__.py" and not module.read_text(encoding="utf-8").strip():
        return
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))), "a module begins with a docstring"
