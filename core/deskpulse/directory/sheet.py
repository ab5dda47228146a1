"""A spreadsheet file as people get it from their office program: read with forgiveness, written without traps.

UTF-8, with or without byte order mark; separated by commas or semicolons, whichever the headings use. Headings may come
in any order; a column that is missing leaves what is stored as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from deskpulse.cells import harmless, meant


class Mistake(Exception):
    """What is wrong in one line, for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file, by heading. ``number`` counts as an editor does, the headings being line 1."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a line does: ``create``, ``change`` or ``keep`` something."""

    line: int
    action: str
    subject: str
    changes: tuple[tuple[str, str, str], ...] = ()
    """Heading, before, after."""

    def __str__(self) -> str:
        details = ", ".join(f"{name} from {before!r} to {after!r}" for name, before, after in self.changes)
        return f"line {self.line}: {self.action} {self.subject}" + (f": {details}" if details else "")


@dataclass(slots=True)
class Report:
    """What an import does or would do. With any problem nothing is done."""

    effects: list[Effect] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    warnings: list[tuple[int, str]] = field(default_factory=list)

    def count(self, action: str) -> int:
        """How many lines do this."""
        return sum(effect.action == action for effect in self.effects)


def read(content: bytes, columns: Sequence[str], required: Sequence[str]) -> tuple[list[Line], Report]:
    """The lines of a file, and a report that holds what could not be read."""
    report = Report()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        report.problems.append((1, 'this is not UTF-8; save it as "CSV UTF-8"'))
        return [], report
    head = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",")
    headings = [heading.strip().lower() for heading in next(rows, [])]
    for problem in _wrong_headings(headings, columns, required):
        report.problems.append((1, problem))
    if report.problems:
        return [], report
    return list(_lines(rows, headings, report)), report


def write(columns: Sequence[str], rows: Iterable[Mapping[str, str]], separator: str = ",") -> bytes:
    """A file that :func:`read` reads back; its byte order mark tells office programs the encoding."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(columns)
    writer.writerows([harmless(row[column]) for column in columns] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _lines(rows: Iterator[list[str]], headings: Sequence[str], report: Report) -> Iterator[Line]:
    number = 2
    while True:
        try:
            cells = next(rows, None)
        except csv.Error as error:
            report.problems.append((number, f"cannot be read: {error}"))
            return
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            if len(cells) == len(headings):
                yield Line(number, {name: meant(cell).strip() for name, cell in zip(headings, cells, strict=True)})
            else:
                report.problems.append((number, f"has {len(cells)} cells, the headings are {len(headings)}"))
        number = rows.line_num + 1  # type: ignore[attr-defined]  # missing from the stubs


def _wrong_headings(headings: Sequence[str], columns: Sequence[str], required: Sequence[str]) -> Iterator[str]:
    known = ", ".join(columns)
    for heading in headings:
        if heading not in columns:
            yield f"unknown heading {heading!r}; known are: {known}"
        elif headings.count(heading) > 1:
            yield f"the heading {heading!r} stands there twice"
    for heading in required:
        if heading not in headings:
            yield f"the heading {heading!r} is missing; known are: {known}"
