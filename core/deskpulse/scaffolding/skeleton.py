"""Writes the skeleton of a plug-in: the worked example under new names, with what makes a distribution of it.

The example is a whole plug-in with its simulator, so the skeleton passes its conformance test from the first minute;
whoever adds a helpdesk changes it piece by piece and sees at once what breaks.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from deskpulse.errors import ConfigurationError
from deskpulse.scaffolding.naming import Names

EXAMPLE = "deskpulse.testing.fake_helpdesk"
TEMPLATES = {
    "README.template.md": "README.md",
    "pyproject.template.toml": "pyproject.toml",
    "test_conformance.py": "tests/test_conformance.py",
}
"""What surrounds the package, by its name in ``templates``, which keeps tools from taking it for our own."""
TYPED = "py.typed"
"""Tells type checkers that the package is typed (PEP 561)."""


def files(names: Names) -> Iterator[tuple[PurePosixPath, str]]:
    """Every file of the skeleton: where it goes below the distribution's folder, and what it says."""
    for path, text in _sources(resources.files(EXAMPLE), PurePosixPath(names.package)):
        yield path, _renamed(text, names)
    yield PurePosixPath(names.package, TYPED), ""
    templates = resources.files(__package__) / "templates"
    for template, place in TEMPLATES.items():
        yield PurePosixPath(place), _renamed((templates / template).read_text(encoding="utf-8"), names)


def write(names: Names, into: Path) -> Path:
    """Write the skeleton into a new folder below ``into``; gives that folder.

    Raises ConfigurationError where there is something of that name already, or nothing can be written: then nothing is.
    """
    target = into / names.distribution
    if target.exists() or target.is_symlink():
        raise ConfigurationError(f"{target} exists already; nothing was written.")
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{names.distribution}-", dir=into) as unfinished:
            draft = Path(unfinished) / names.distribution
            for path, text in files(names):
                (draft / path).parent.mkdir(parents=True, exist_ok=True)
                (draft / path).write_text(text, encoding="utf-8")
            draft.rename(target)
    except OSError as error:
        raise ConfigurationError(f"{target} could not be written: {error.strerror or error}") from None
    return target


def _sources(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry, path / entry.name)
        elif entry.name.endswith(".py"):
            yield path / entry.name, entry.read_text(encoding="utf-8")


def _renamed(text: str, names: Names) -> str:
    for old, new in names.replacements:
        text = text.replace(old, new)
    return text
