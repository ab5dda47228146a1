"""The ten steps of ``plugins/README.md`` as something that can be run: commands as they stand, and edits as diffs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fixtures.repository import HOUSE

PAGE = HOUSE / "plugins" / "README.md"
HEADING = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^--- a/.+\n\+\+\+ b/(.+)\n", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """One step: its title, and its blocks in their order as (language, text)."""

    number: int
    title: str
    blocks: Sequence[tuple[str, str]]


def steps() -> list[Step]:
    """All steps, in the order of the page."""
    parts = HEADING.split(PAGE.read_text(encoding="utf-8"))[1:]
    found = zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    return [Step(int(number), title, BLOCK.findall(text)) for number, title, text in found]


def apply(diff: str, folder: Path) -> None:
    """Make the edits that a block shows. What is to be replaced must be there exactly once."""
    parts = FILE.split(diff)
    assert not parts[0].strip(), "a diff begins with the names of the file"
    for name, edits in zip(parts[1::2], parts[2::2], strict=True):
        path = folder / name
        text = path.read_text(encoding="utf-8")
        for old, new in _hunks(edits.splitlines(keepends=True)):
            assert text.count(old) == 1, f"{name} holds {text.count(old)} times:\n{old}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")


def _hunks(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of old and new; a line of ``@@`` stands between two places of one file."""
    old = new = ""
    for line in [*lines, "@@"]:
        if line.startswith("@@"):
            yield old, new
            old = new = ""
            continue
        old += line[1:] if line[0] in " -" else ""
        new += line[1:] if line[0] in " +" else ""
