"""Tables as text: columns that say how a row reads, and CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from deskpulse.cells import harmless

R = TypeVar("R")
MARK = "\ufeff"
"""At the start of a file: without it, a spreadsheet takes UTF-8 for an old code page."""
LINES_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """``heading`` stands in files and never changes; ``label`` is for people; ``text`` is a row's cell."""

    heading: str
    label: str
    text: Callable[[R], str]


def csv_lines(columns: Sequence[Column[R]], rows: Iterable[R]) -> Iterator[str]:
    """CSV (RFC 4180) in pieces of some lines each, headings first; constant memory for any number of rows."""
    piece = io.StringIO()
    piece.write(MARK)
    writer = csv.writer(piece)
    writer.writerow([column.heading for column in columns])
    for number, row in enumerate(rows, 1):
        writer.writerow([harmless(column.text(row)) for column in columns])
        if number % LINES_AT_ONCE == 0:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()
