"""Answers counted by two dimensions as a table: the most frequent keys, the others merged, and totals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import NOTHING
from deskpulse.scoring.bands import BandCounts

OTHERS = "Others"


@dataclass(frozen=True, slots=True)
class Line:
    """A row or a column: one key, or all of those that are merged into the others."""

    name: str
    keys: tuple[Any, ...]

    @property
    def merged(self) -> bool:
        """Whether it stands for several."""
        return len(self.keys) > 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells by the positions of their row and column; every answer is in exactly one of them.

    Totals have their positions as keys.
    """

    rows: Sequence[Line]
    columns: Sequence[Line]
    cells: Mapping[tuple[int, int], Standing]
    row_totals: Sequence[Standing]
    column_totals: Sequence[Standing]
    whole: Standing

    @classmethod
    def of(
        cls, counted: Mapping[tuple[Any, Any], BandCounts], rows: Sequence[Line], columns: Sequence[Line], minimum: int
    ) -> Grid:
        """Sum up counts by two keys; the lines name every key that there is."""
        row_of, column_of = _places(rows), _places(columns)
        cells: defaultdict[tuple[int, int], BandCounts] = defaultdict(BandCounts)
        by_row: defaultdict[int, BandCounts] = defaultdict(BandCounts)
        by_column: defaultdict[int, BandCounts] = defaultdict(BandCounts)
        for (row_key, column_key), counts in counted.items():
            row, column = row_of[row_key], column_of[column_key]
            cells[row, column] += counts
            by_row[row] += counts
            by_column[column] += counts
        return cls(
            rows,
            columns,
            {
                (row, column): Standing(f"{rows[row].name}, {columns[column].name}", counts, minimum)
                for (row, column), counts in cells.items()
            },
            [Standing(line.name, by_row[place], minimum, place) for place, line in enumerate(rows)],
            [Standing(line.name, by_column[place], minimum, place) for place, line in enumerate(columns)],
            Standing("All", sum(by_row.values(), NOTHING), minimum),
        )


def lines(
    counts: Mapping[Any, BandCounts],
    names: Mapping[Any, str],
    most: int,
    order: Callable[[Any], Any] | None = None,
) -> list[Line]:
    """The keys with most answers, largest first, and one line for all others; with an ``order``, all of them in it."""
    if order:
        return [Line(names[key], (key,)) for key in sorted(counts, key=order)]
    ordered = sorted(counts, key=lambda key: (-counts[key].n, names[key].lower()))
    if len(ordered) > most:
        kept, merged = ordered[: most - 1], ordered[most - 1 :]
        return [*(Line(names[key], (key,)) for key in kept), Line(f"{OTHERS} ({len(merged)})", tuple(merged))]
    return [Line(names[key], (key,)) for key in ordered]


def margins(
    counted: Mapping[tuple[Hashable, Hashable], BandCounts],
) -> tuple[dict[Any, BandCounts], dict[Any, BandCounts]]:
    """Counts by the first key, and by the second."""
    first: defaultdict[Any, BandCounts] = defaultdict(BandCounts)
    second: defaultdict[Any, BandCounts] = defaultdict(BandCounts)
    for (one, other), counts in counted.items():
        first[one] += counts
        second[other] += counts
    return dict(first), dict(second)


def _places(of: Sequence[Line]) -> dict[Any, int]:
    return {key: place for place, line in enumerate(of) for key in line.keys}
