"""Writing batches of answers as CSV or JSON Lines.

CSV: RFC 4180, UTF-8 with a byte order mark, without which Excel takes it for another encoding; one line of headings;
yes and no; factors as codes with semicolons between them; custom fields as columns ``field:<name>``. JSON Lines: one
object for each answer with the same names; truths, numbers and lists as such; custom fields under ``fields``; texts
untouched. In both, times are ISO 8601 with the organisation's offset at that time; what is unknown is empty or null.
"""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from deskpulse.cells import harmless
from deskpulse.reports.export import cells
from deskpulse.reports.export.cells import Make
from deskpulse.reports.export.columns import COLUMNS, CUSTOM_FIELDS, FIELDS, HEADINGS, SOURCES, Column, Kind, Names
from deskpulse.reports.export.rows import Batch

FIELD = "field:"
"""Before the name of a custom field in the headings of CSV."""


class Format(StrEnum):
    """What an export is written as; the value stands in addresses and at the end of file names."""

    CSV = "csv"
    JSONL = "jsonl"

    @property
    def media_type(self) -> str:
        """The type that a browser is told."""
        return "text/csv; charset=utf-8" if self is Format.CSV else "application/jsonl; charset=utf-8"


def csv_lines(batches: Iterable[Batch], names: Names, zone: ZoneInfo, field_names: Sequence[str]) -> Iterator[bytes]:
    """The whole file in pieces of a batch each; the headings at once."""
    makers = [(SOURCES[column.source], _csv_maker(column, names, zone)) for column in COLUMNS]
    read_fields = cells.Remembered(orjson.loads)
    yield BOM_UTF8 + _csv([[*HEADINGS, *(f"{FIELD}{name}" for name in field_names)]])
    for batch in batches:
        columns = list(zip(*batch, strict=True))
        written = [make(columns[place]) for place, make in makers]
        if field_names:
            known = read_fields(columns[SOURCES[CUSTOM_FIELDS]])
            written += [cells.texts([fields.get(name) for fields in known]) for name in field_names]
        yield _csv(zip(*written, strict=True))


def json_lines(batches: Iterable[Batch], names: Names, zone: ZoneInfo) -> Iterator[bytes]:
    """The whole file in pieces of a batch each."""
    makers = [(SOURCES[column.source], _json_maker(column, names, zone)) for column in COLUMNS]
    makers.append((SOURCES[CUSTOM_FIELDS], cells.as_json()))
    headings = (*HEADINGS, FIELDS)
    for batch in batches:
        columns = list(zip(*batch, strict=True))
        rows = zip(*(make(columns[place]) for place, make in makers), strict=True)
        lines = (orjson.dumps(dict(zip(headings, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        yield b"".join(lines)


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode()


def _csv_maker(column: Column, names: Names, zone: ZoneInfo) -> Make:
    if column.names:
        table: Mapping[Any, str | None] = attrgetter(column.names)(names)
        return cells.looked_up({key: name and harmless(name) for key, name in table.items()}.get)
    return {
        Kind.PLAIN: lambda values: values,
        Kind.TEXT: cells.texts,
        Kind.MOMENT: cells.moments(zone),
        Kind.YES_NO: cells.looked_up({True: "yes", False: "no"}.get),
        Kind.CODES: cells.joined_codes(),
    }[column.kind]


def _json_maker(column: Column, names: Names, zone: ZoneInfo) -> Make:
    if column.names:
        return cells.looked_up(attrgetter(column.names)(names).get)
    if column.kind is Kind.MOMENT:
        return cells.moments(zone)
    if column.kind is Kind.YES_NO:
        return cells.looked_up(bool)
    return cells.as_json() if column.kind is Kind.CODES else lambda values: values
