"""A customer's last score, as the agent's panel asks for it, beside a SELECT that an index alone answers.

The index by hand is that of a table of its own with nothing but person, time and score, so that our statement cannot
use it. Ours gives the last twelve answers with comments and tickets, of which the score is one part.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from sqlalchemy import Connection, text

from bench import databases
from bench.databases import Databases
from bench.mass import Mass
from bench.rounds import Times, table
from deskpulse.desk import Desk
from deskpulse.reports import panel

AT_MOST = 2.0
KEYS = "organisation_id, person, answered_at"
INDEX = {"postgresql": f"({KEYS}) INCLUDE (score)", "sqlite": f"({KEYS}, score)"}
EXPLAIN = {"postgresql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}
ALONE = {"postgresql": "Index Only Scan", "sqlite": "COVERING INDEX"}
"""How either database says that it reads nothing but the index."""
BY_HAND = (
    "SELECT score FROM hand_last_score WHERE organisation_id = :organisation AND person = :person"
    " ORDER BY answered_at DESC LIMIT 1"
)
Ask = Callable[[dict[str, Any]], int]


@dataclass(frozen=True)
class Found:
    """The times of single questions of both sides, round by round."""

    ours: Sequence[Times]
    by_hand: Sequence[Times]

    @property
    def p95_ratio(self) -> float:
        return median(mine.p95 / theirs.p95 for mine, theirs in zip(self.ours, self.by_hand, strict=True))


@contextmanager
def made_by_hand(desk: Desk) -> Iterator[None]:
    """The table with its index, as long as it is measured."""
    counted = "FROM response WHERE status = 'counted' AND current"
    with desk.db.write_core() as connection:
        connection.execute(text(f"CREATE TABLE hand_last_score AS SELECT {KEYS}, score {counted}"))
        covering = INDEX[connection.dialect.name]
        connection.execute(text(f"CREATE INDEX hand_last_score_key ON hand_last_score {covering}"))
    databases.analyse(desk)
    yield
    with desk.db.write_core() as connection:
        connection.execute(text("DROP TABLE hand_last_score"))


def measure(desk: Desk, found: Mass, *, rounds: int, people: int) -> Found:
    """Ask both sides in turn about the same people; their answers must be the same."""
    measured = Found([Times() for _ in range(rounds)], [Times() for _ in range(rounds)])
    with made_by_hand(desk), desk.db.read_core() as connection:
        someone = connection.execute(text("SELECT person FROM response ORDER BY id LIMIT :most"), {"most": 500_000})
        known = [{"organisation": found.organisation.id, "person": one} for one in someone.scalars()]
        asked = sides(connection, known[0])
        chance = random.Random(11)
        for pair in zip(measured.ours, measured.by_hand, strict=True):
            for number, who in enumerate(chance.choices(known, k=people)):
                turns = list(zip(pair, asked, strict=True))
                answers = {_timed(ask, who, noted) for noted, ask in (turns if number % 2 else reversed(turns))}
                assert len(answers) == 1
    return measured


def _timed(ask: Ask, who: dict[str, Any], noted: Times) -> int:
    begun = time.perf_counter()
    score = ask(who)
    noted.taken.append(time.perf_counter() - begun)
    return score


def sides(connection: Connection, someone: dict[str, Any]) -> tuple[Ask, Ask]:
    """Ours, and the SELECT by hand; makes sure that an index alone answers that."""
    dialect, statement = connection.dialect.name, text(BY_HAND)
    plan = connection.execute(text(f"{EXPLAIN[dialect]} {BY_HAND}"), someone).all()
    assert ALONE[dialect] in str(plan)

    def ours(who: dict[str, Any]) -> int:
        return int(connection.execute(panel._BY_PERSON, who).all()[0].score)

    def by_hand(who: dict[str, Any]) -> int:
        return int(connection.execute(statement, who).scalar_one())

    return ours, by_hand


def show(title: str, found: Found) -> None:
    rows = []
    for name, side in (("DeskPulse", found.ours), ("index alone", found.by_hand)):
        rows.append([name, f"{median(one.median for one in side):.3f}", f"{median(one.p95 for one in side):.3f}"])
    table(f"{title} (medians of {len(found.ours)} rounds)", ("", "p50 ms", "p95 ms"), rows)
    table("", ("ratio of p95", "goal"), [[f"{found.p95_ratio:.2f}", f"at most {AT_MOST:g}"]])


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_last_score_at_ten_million(on_postgresql: Databases, tmp_path: Path) -> None:
    with on_postgresql(10_000_000).desk(tmp_path) as (desk, found):
        measured = measure(desk, found, rounds=11, people=1_000)
    show("A customer's last score, PostgreSQL, 10,000,000 answers", measured)
    assert measured.p95_ratio <= AT_MOST


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_last_score_on_sqlite(on_sqlite: Databases, tmp_path: Path) -> None:
    with on_sqlite(1_000_000).desk(tmp_path) as (desk, found):
        measured = measure(desk, found, rounds=11, people=1_000)
    show("A customer's last score, SQLite, 1,000,000 answers", measured)
    assert measured.p95_ratio <= AT_MOST
