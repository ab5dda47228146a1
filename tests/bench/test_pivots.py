"""A free pivot by a captured field and the hour over a year: asked the first time, and asked again.

The first time it is counted from the answers, beside the best of three statements by hand on the same table. From then
on it is kept, and asked beside DuckDB on a columnar copy of the same answers, in which the field is a column by itself.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import databases, mass
from bench.databases import Databases, reading
from bench.mass import Mass
from bench.rounds import Beside, beside, show_beside, table
from deskpulse.desk import Desk
from deskpulse.reports.dimensions import HOUR, PRIORITY, Dimension, field
from deskpulse.reports.pivots import pivots
from deskpulse.reports.tally import Scope, tally
from deskpulse.scoring.periods import Period

FIRST_AT_MOST, AGAIN_AT_MOST = 1.2, 5.0
LAST = mass.NOW.date()
YEAR = Period(LAST - timedelta(days=364), LAST)
DUCKDB_THREADS = 2
COPIED = "organisation_id, day, hour, score, status, current, priority"
Cells = list[tuple[Any, ...]]

IN_SCOPE = (
    "FROM {table} WHERE organisation_id = :organisation AND day BETWEEN :first AND :last"
    " AND status = 'counted' AND current GROUP BY 1, 2"
)
BY_HAND = {
    "sums of cases": f"SELECT coalesce({{field}}, ''), hour, {databases.BANDS.format('')} {IN_SCOPE}",
    "counts with filters": (
        "SELECT coalesce({field}, ''), hour, count(*) FILTER (WHERE score >= 9),"
        f" count(*) FILTER (WHERE score BETWEEN 7 AND 8), count(*) FILTER (WHERE score <= 6) {IN_SCOPE}"
    ),
    "by score, then by band": (
        "SELECT field, hour, sum(CASE WHEN score >= 9 THEN n ELSE 0 END),"
        " sum(CASE WHEN score BETWEEN 7 AND 8 THEN n ELSE 0 END), sum(CASE WHEN score <= 6 THEN n ELSE 0 END)"
        f" FROM (SELECT coalesce({{field}}, '') AS field, hour, score, count(*) AS n {IN_SCOPE}, 3) AS by_score"
        " GROUP BY 1, 2"
    ),
}
"""The same question, put in different ways; DuckDB is asked in the same ones."""


@dataclass(frozen=True)
class Captured:
    """A captured field: as we know it, on the table of answers, and in the columnar copy."""

    dimension: Dimension
    plain: str
    column: str


FIELDS = (Captured(field("product"), "fields->>'product'", "product"), Captured(PRIORITY, "priority", "priority"))


def first_time(desk: Desk, found: Mass, *, rounds: int) -> list[Beside]:
    """Every field while nothing is kept."""
    measured = []
    with reading(desk) as session:
        for captured in FIELDS:
            ours, values = ask(session, found, captured)
            hand = {
                name: rows_of(session, statement.format(field=captured.plain, table="response"), values)
                for name, statement in BY_HAND.items()
            }
            measured.append(by_all(captured, ours, hand, FIRST_AT_MOST, rounds))
    return measured


def again(desk: Desk, found: Mass, folder: Path, *, rounds: int) -> list[Beside]:
    """Every field once its pivot is kept."""
    for captured in FIELDS:
        keep(desk, found, captured)
    if not desk.db.is_sqlite:  # which does nothing of the kind by itself
        databases.analyse(desk)
    measured = []
    with columnar(desk, folder) as copy, reading(desk) as session:
        for captured in FIELDS:
            ours, values = ask(session, found, captured)
            duck = {
                name: in_duckdb(copy, statement.format(field=captured.column, table="copied"), values)
                for name, statement in BY_HAND.items()
            }
            measured.append(by_all(captured, ours, duck, AGAIN_AT_MOST, rounds))
    return measured


def by_all(
    captured: Captured, ours: Callable[[], Cells], ways: Mapping[str, Callable[[], Cells]], goal: float, rounds: int
) -> Beside:
    """Measure; the answers must be the same."""
    wanted = sorted(ours())
    assert wanted
    for way in ways.values():
        assert sorted(way()) == wanted
    return beside(f"{captured.column} and hour", ours, ways, goal, rounds)


def scope_of(found: Mass) -> Scope:
    return Scope(found.organisation.id, YEAR)


def ask(session: Session, found: Mass, captured: Captured) -> tuple[Callable[[], Cells], dict[str, Any]]:
    """How we ask, and the values of the parameters by hand."""
    scope = scope_of(found)
    sqlite = session.get_bind().dialect.name == "sqlite"
    first, last = (day.isoformat() if sqlite else day for day in (YEAR.first, YEAR.last))

    def ours() -> Cells:
        cells = tally(session, scope, captured.dimension, HOUR).items()
        return [(*key, counts.promoters, counts.passives, counts.detractors) for key, counts in cells]

    return ours, {"organisation": scope.organisation_id, "first": first, "last": last}


def rows_of(session: Session, statement: str, values: Mapping[str, Any]) -> Callable[[], Cells]:
    connection, prepared = session.connection(), text(statement)
    return lambda: whole(connection.execute(prepared, values))


def in_duckdb(copy: duckdb.DuckDBPyConnection, statement: str, values: Mapping[str, Any]) -> Callable[[], Cells]:
    asked = statement.replace(":", "$")
    return lambda: whole(copy.execute(asked, values).fetchall())


def whole(rows: Iterable[Sequence[Any]]) -> Cells:
    return [(field, hour, *map(int, counts)) for field, hour, *counts in rows]


def keep(desk: Desk, found: Mass, captured: Captured) -> None:
    """What happens after the first asking: a job counts the whole history into a pivot, if that is worth it."""
    pivot = pivots.asked(desk, scope_of(found), captured.dimension, HOUR)
    assert pivot
    pivots.make(desk, pivot.id)


def is_kept(desk: Desk, found: Mass, captured: Captured) -> bool:
    """Whether it was worth it."""
    pivot = pivots.asked(desk, scope_of(found), captured.dimension, HOUR)
    return bool(pivot and pivot.kept_at)


@contextmanager
def columnar(desk: Desk, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the answers in a DuckDB file."""
    path = folder / "answers.csv"
    plain = text(f"SELECT {COPIED}, fields->>'product' FROM response")
    with desk.db.engine.connect() as connection, path.open("w", newline="") as file:
        rows = connection.execution_options(stream_results=True, yield_per=10_000).execute(plain)
        csv.writer(file).writerows(rows)
    with duckdb.connect(str(folder / "answers.duckdb"), config={"threads": DUCKDB_THREADS}) as copy:
        copy.execute(
            "CREATE TABLE copied (organisation_id BIGINT, day DATE, hour SMALLINT, score SMALLINT, status VARCHAR,"
            " current BOOLEAN, priority VARCHAR, product VARCHAR)"
        )
        copy.execute(f"INSERT INTO copied SELECT * FROM read_csv('{path}', header = false, all_varchar = true)")
        copy.execute("CHECKPOINT")
        yield copy


def all_of(desk: Desk, found: Mass, folder: Path, where: str) -> None:
    """Measure on one database, print, and fail where a goal is missed."""
    first = first_time(desk, found, rounds=7)
    show_beside(f"{where}: asked the first time, beside SQL by hand", first)
    kept = again(desk, found, folder, rounds=31)
    show_beside(f"{where}: asked again, beside DuckDB", kept)
    refused = [captured.column for captured in FIELDS if not is_kept(desk, found, captured)]
    if refused:
        table("Not worth keeping with so few answers", ("field",), [[name] for name in refused])
    assert not [one.name for one in [*first, *kept] if one.missed]


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_pivots_at_ten_million(on_postgresql: Databases, tmp_path: Path) -> None:
    with on_postgresql(10_000_000).desk(tmp_path) as (desk, found):
        all_of(desk, found, tmp_path, "PostgreSQL, 10,000,000 answers")


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_pivots_on_sqlite(on_sqlite: Databases, tmp_path: Path) -> None:
    with on_sqlite(1_000_000).desk(tmp_path) as (desk, found):
        all_of(desk, found, tmp_path, "SQLite, 1,000,000 answers")
