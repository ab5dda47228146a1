"""Exports of a million answers beside a cursor into ``csv.writer``, and beside ``COPY``.

The bound is what somebody would write by hand for the very same columns: one SELECT with joins for the names, a
server-side cursor (on SQLite the cursor itself), ``writerows``. It finds no custom fields, moves no time into another
zone and lets spreadsheets run whatever customers wrote.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg
import pytest
from sqlalchemy import Connection, make_url, select, text

from bench import running
from bench.rounds import table
from deskpulse.connections import connections
from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.export import export
from deskpulse.reports.export.columns import HEADINGS
from deskpulse.reports.export.formats import Format
from deskpulse.reports.question import parse
from fixtures.postgresql import PostgreSQL

MILLION, FEW, ROUNDS = 1_000_000, 10_000, 3
SPEED, MEMORY = 0.8, 1.2
LAST = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEARS = timedelta(days=3 * 365)

BOUND = """
SELECT r.id, r.status, r.problem, r.answered_at, r.first_answered_at, r.revision, r.score,
 CASE WHEN r.score >= 9 THEN 'promoter' WHEN r.score >= 7 THEN 'passive' ELSE 'detractor' END,
 {factors}, r.comment, r.contact_wanted, r.entrance, coalesce(t.number, r.tid), s.subject, s.opened_at, s.resolved_at,
 r.minutes_to_resolve, r.reopens, r.reassignments, g.code, g.name, d.name, a.name, a.email, r.person, c.name,
 r.customer_organisation, r.segment1, s1.name, r.segment2, s2.name, r.channel, r.priority, r.category,
 r.fields->>'product', r.fields->>'site'
FROM response r
LEFT JOIN ticket t ON t.id = r.ticket_id LEFT JOIN resolution s ON s.id = r.resolution_id
LEFT JOIN customer c ON c.id = r.customer_id LEFT JOIN agent a ON a.id = r.agent_id
LEFT JOIN support_group g ON g.id = r.group_id LEFT JOIN support_group d ON d.id = coalesce(g.parent_id, g.id)
LEFT JOIN segment s1 ON s1.organisation_id = r.organisation_id AND s1.position = 1 AND s1.code = r.segment1
LEFT JOIN segment s2 ON s2.organisation_id = r.organisation_id AND s2.position = 2 AND s2.code = r.segment2
WHERE r.organisation_id = 1 AND r.status = 'counted' AND r.current AND r.day BETWEEN '2020-01-01' AND '2030-01-01'
ORDER BY r.day, r.answered_at, r.id
"""


@dataclass(frozen=True)
class Filled:
    """A database with so many answers."""

    desk: Desk
    answers: int

    @property
    def bound(self) -> str:
        """The statement written by hand."""
        return BOUND.format(factors="r.factors" if self.desk.db.is_sqlite else "r.factors::text")

    def product(self, form: Format, answers: int | None = None) -> Iterator[bytes]:
        """The export of everything, or of the newest few."""
        days = 4000 if answers is None else YEARS.days * answers / self.answers
        with self.desk.db.read() as session:
            organisation = session.scalars(select(Organisation)).one()
            first = (LAST - timedelta(days=days)).date().isoformat()
            question = parse(session, organisation, [("from", first), ("to", "2030-01-01")], LAST)
        return export.begin(self.desk, organisation, question, form).pieces

    def by_hand(self, out: io.TextIOBase) -> None:
        """The bound, into a file."""
        url = make_url(str(self.desk.settings.database_url))
        if self.desk.db.is_sqlite:
            with closing(sqlite3.connect(str(url.database))) as file:
                csv.writer(out).writerows(file.execute(self.bound))
            return
        with psycopg.connect(url.render_as_string(hide_password=False)) as db, db.cursor(name="bound") as cursor:
            cursor.itersize = 2000
            csv.writer(out).writerows(cursor.execute(self.bound.encode()))

    def copied(self) -> None:
        """PostgreSQL's own way."""
        url = make_url(str(self.desk.settings.database_url)).render_as_string(hide_password=False)
        statement = f"COPY ({self.bound}) TO STDOUT (FORMAT csv)".encode()
        with psycopg.connect(url) as db, db.cursor().copy(statement) as pieces:
            _take(bytes(piece) for piece in pieces)


def fill(folder: Path, database_url: str, answers: int) -> Filled:
    """An organisation with that many answers over three years, 220 groups, 2,000 agents, segments, custom fields."""
    desk = running.make_desk(folder, database_url)
    migrate.upgrade(desk.db)
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT", time_zone="Europe/Berlin")
        values = {"base_url": "http://127.0.0.1:9", "api_token": "t", "signing_secret": "0123456789abcdef0123456789"}
        connections.create(desk, session, organisation, "fake", "Fake", values)
    with desk.db.engine.begin() as db:
        _Sql(db, sqlite=desk.db.is_sqlite, answers=answers).run()
    with desk.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.exec_driver_sql("ANALYZE" if desk.db.is_sqlite else "VACUUM ANALYZE")
    return Filled(desk, answers)


class _Sql:
    """Rows that the database makes itself."""

    def __init__(self, db: Connection, *, sqlite: bool, answers: int) -> None:
        self.db, self.sqlite, self.answers = db, sqlite, answers
        self.step = int(YEARS.total_seconds()) // answers

    def run(self) -> None:
        if self.sqlite:
            for (name,) in self.db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                self.db.execute(text(f"DROP TRIGGER {name}"))
        else:
            self.db.execute(text("SET LOCAL session_replication_role = replica"))
        yes, no = ("1", "0") if self.sqlite else ("TRUE", "FALSE")
        back, nothing = f"CAST({self.answers} - i AS bigint) * {self.step}", self._json("'{}'")
        at, day, people = self._at(back), self._day(back), max(1, self.answers // 5)
        self._make("segment (organisation_id, position, code, name)", "1, 1 + i % 2, 'S' || i, 'Segment ' || i", 40)
        self._make("support_group (id, organisation_id, name, code, parent_id, active, suggestions_taken)",
                   f"i, 1, 'Team ' || i, 'T' || i, CASE WHEN i > 20 THEN 1 + i % 20 END, {yes}, {no}", 220)  # fmt: skip
        self._make("agent (id, organisation_id, connection_id, vendor_id, name, email, active)",
                   f"i, 1, 1, 'a' || i, 'Agent ' || i, 'agent' || i || '@northwind.example', {yes}", 2000)  # fmt: skip
        self._make("customer (id, organisation_id, connection_id, vendor_id, name, person)",
                   "i, 1, 1, 'c' || i, 'Customer ' || i, 'c' || i || '@northwind.example'", people)  # fmt: skip
        self._make("ticket (id, organisation_id, connection_id, vendor_id, number)", "i, 1, 1, 't' || i, 'INC' || i")
        self._make(
            "resolution (id, organisation_id, ticket_id, key, complete, outcome, by_bot, subject, fields, opened_at, "
            "resolved_at, seen_at)",
            f"i, 1, i, '0', {yes}, 'solved', {no}, 'Printer on floor ' || (i % 30) || ' prints blank pages', "
            f"{nothing}, {at}, {at}, {at}",
        )
        said = "'Quick and friendly, thank you. The printer on the third floor works again, number ' || i"
        factors = "CASE i % 3 WHEN 0 THEN '[\"speed\", \"result\"]' WHEN 1 THEN '[\"courtesy\"]' ELSE '[]' END"
        fields = '(\'{"product": "Product \' || (i % 30) || \'", "site": "Site \' || (i % 9) || \'"}\')'
        self._make(
            "response (id, organisation_id, link, entrance, status, current, revision, ticket_id, resolution_id, tid, "
            "score, factors, comment, contact_wanted, answered_at, first_answered_at, group_id, agent_id, customer_id, "
            "person, segment1, segment2, link_parameters, day, hour, channel, priority, category, "
            "customer_organisation, reopens, reassignments, minutes_to_resolve, fields)",
            f"i, 1, 'l' || i, 'token', 'counted', {yes}, 1, i, i, 't' || i, i % 11, {self._json(factors)}, "
            f"CASE WHEN i % 2 = 0 THEN {said} ELSE '' END, {no}, {at}, {at}, 1 + i % 220, 1 + i % 2000, "
            f"1 + i % {people}, 'c' || (1 + i % {people}) || '@northwind.example', "
            f"'S' || (2 * (i % 20)), 'S' || (1 + 2 * (i % 20)), "
            f"{nothing}, {day}, 12, CASE i % 3 WHEN 0 THEN 'email' WHEN 1 THEN 'phone' ELSE 'portal' END, "
            f"'P' || (i % 4), 'Category ' || (i % 20), 'Office ' || (i % 300), 0, i % 4, i % 6000, "
            f"{self._json(fields)}",
        )

    def _make(self, into: str, values: str, rows: int | None = None) -> None:
        count = self.answers if rows is None else rows
        numbers = f"generate_series(1, {count}) AS n(i)"
        if self.sqlite:
            one_more = f"SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}"
            numbers = f"(WITH RECURSIVE n(i) AS ({one_more}) SELECT i FROM n)"
        self.db.execute(text(f"INSERT INTO {into} SELECT {values} FROM {numbers}".replace(":", r"\:")))

    def _json(self, sql: str) -> str:
        return sql if self.sqlite else f"CAST({sql} AS jsonb)"

    def _at(self, seconds: str) -> str:
        if self.sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', '2026-03-01 12:00:00', '-' || ({seconds}) || ' seconds')"
        return f"TIMESTAMPTZ '2026-03-01 12:00:00+00' - ({seconds}) * INTERVAL '1 second'"

    def _day(self, seconds: str) -> str:
        if self.sqlite:
            return f"date('2026-03-01 12:00:00', '-' || ({seconds}) || ' seconds')"
        return f"CAST(TIMESTAMP '2026-03-01 12:00:00' - ({seconds}) * INTERVAL '1 second' AS date)"


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _take(pieces: Iterator[bytes]) -> None:
    with Path("/dev/null").open("wb") as out:
        out.writelines(pieces)


def _by_hand(filled: Filled) -> None:
    with Path("/dev/null").open("w", newline="", encoding="utf-8") as out:
        filled.by_hand(out)


def measure(filled: Filled, name: str, goal: str = f"at least {SPEED:g}") -> float:
    """Export in turn with the bound; print, and give the ratio of their speeds as CSV: the median of the rounds."""
    sides: dict[str, Callable[[], None]] = {
        "DeskPulse, CSV": lambda: _take(filled.product(Format.CSV)),
        "a cursor into csv.writer": lambda: _by_hand(filled),
        "DeskPulse, JSON Lines": lambda: _take(filled.product(Format.JSONL)),
    }
    if not filled.desk.db.is_sqlite:
        sides["COPY, CSV"] = filled.copied
    taken: dict[str, list[float]] = {side: [] for side in sides}
    for number in range(ROUNDS):
        for side in sides if number % 2 else reversed(sides):
            taken[side].append(_seconds(sides[side]))
    rows = [[side, f"{median(times):.1f}", f"{filled.answers / median(times):,.0f}"] for side, times in taken.items()]
    table(f"Export of {filled.answers:,} answers, {name} (medians of {ROUNDS} rounds)", ("", "s", "answers/s"), rows)
    product, bound, *_ = taken.values()
    ratio = median(theirs / mine for mine, theirs in zip(product, bound, strict=True))
    table("", ("ratio", "goal"), [[f"{ratio:.2f}", goal]])
    return ratio


def memory(filled: Filled, folder: Path) -> float:
    """The peak of a process that exports everything, over that of one that exports a few."""
    peaks = []
    for answers in (filled.answers, FEW):
        task = {
            "folder": str(folder),
            "url": filled.desk.settings.database_url,
            "answers": filled.answers,
            "few": answers,
        }
        program = [sys.executable, "-c", "from bench.test_export import alone; alone()", json.dumps(task)]
        found = subprocess.run(
            program, env=running.environment(folder), capture_output=True, text=True, check=True, timeout=600
        )
        peaks.append(int(found.stdout))
    rows = [[f"{filled.answers:,}", f"{peaks[0] / 1024:.0f}"], [f"{FEW:,}", f"{peaks[1] / 1024:.0f}"]]
    table("Memory of a process that exports", ("answers", "peak MiB"), rows)
    return peaks[0] / peaks[1]


def alone() -> None:
    """In a process of its own: export, and say how much memory that took."""
    task = json.loads(sys.argv[1])
    filled = Filled(running.make_desk(Path(task["folder"]), task["url"]), task["answers"])
    for form in Format:
        _take(filled.product(form, task["few"]))
    # What getrusage calls the peak begins with that of the process which started this one.
    print(re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])  # noqa: T201 - the answer


@pytest.mark.bench
def test_a_million_answers_on_postgresql(postgresql_cluster: PostgreSQL, tmp_path: Path) -> None:
    filled = fill(tmp_path, postgresql_cluster.url(postgresql_cluster.create()), MILLION)
    ratio, peak = measure(filled, "PostgreSQL"), memory(filled, tmp_path)
    filled.desk.close()
    assert (ratio >= SPEED, peak <= MEMORY) == (True, True), (ratio, peak)


@pytest.mark.bench
def test_a_million_answers_on_sqlite(tmp_path: Path) -> None:
    """SQLite has no server, and so no server-side cursor: how fast it is there is printed, not judged."""
    filled = fill(tmp_path, f"sqlite:///{tmp_path / 'export.sqlite3'}", MILLION)
    measure(filled, "SQLite", goal="none here")
    peak = memory(filled, tmp_path)
    filled.desk.close()
    assert peak <= MEMORY


def test_a_hundredth(tmp_path: Path) -> None:
    """That the same code works: the columns are those of the bound, and memory does not grow with the answers."""
    filled = fill(tmp_path, f"sqlite:///{tmp_path / 'export.sqlite3'}", MILLION // 100)
    by_hand = io.StringIO(newline="")
    filled.by_hand(by_hand)
    theirs = list(csv.reader(io.StringIO(by_hand.getvalue(), newline="")))
    ours = list(csv.reader(io.StringIO(b"".join(filled.product(Format.CSV)).decode("utf-8-sig"), newline="")))
    assert ours[0] == [*HEADINGS, "field:product", "field:site"]
    different = {"answered_at", "first_answered_at", "opened_at", "resolved_at", "factors", "contact_wanted"}
    same = [place for place, heading in enumerate(ours[0]) if heading not in different]
    assert len(theirs) == len(ours) - 1 == filled.answers
    assert [[row[place] for place in same] for row in ours[1:]] == [[row[place] for place in same] for row in theirs]
    _peak(filled, 4000)  # what is made once in a process
    few, many = _peak(filled, 4000), _peak(filled, filled.answers)
    assert many < MEMORY * few
    filled.desk.close()


def _peak(filled: Filled, answers: int) -> int:
    tracemalloc.start()
    _take(filled.product(Format.CSV, answers))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak
