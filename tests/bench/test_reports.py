"""Every number of the reports beside SQL written by hand for that very question, over a roll-up made for it.

Both sides add what has changed since the roll-ups were made, as it is while answers arrive. What grows with the data
is seen by asking the same of a tenth of the answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from bench import mass, running
from bench.mass import Mass
from bench.rounds import table
from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.reports.dimensions import AGENT, GROUP, MONTH, SEGMENT1, SEGMENT2, Dimension
from deskpulse.reports.tally import Scope, tally
from deskpulse.scoring.periods import Period, thirty_days
from fixtures.postgresql import PostgreSQL

AT_MOST, GROWTH_AT_MOST, AGENTS_GROWTH_AT_MOST = 1.5, 1.3, 2.5
MONTH_THIRTY = thirty_days(mass.NOW, ZoneInfo("UTC"))
TODAY = MONTH_THIRTY.last
YEAR = Period(TODAY - timedelta(days=364), TODAY)
QUARTER = Period(TODAY - timedelta(days=89), TODAY)
THREE_YEARS = Period(TODAY - timedelta(days=mass.DAYS - 1), TODAY)
BANDS = (
    "sum({0}CASE WHEN score >= 9 THEN 1 ELSE 0 END) AS p,"
    " sum({0}CASE WHEN score BETWEEN 7 AND 8 THEN 1 ELSE 0 END) AS s,"
    " sum({0}CASE WHEN score <= 6 THEN 1 ELSE 0 END) AS d"
)


@dataclass(frozen=True)
class Question:
    """One question: how we ask it, and the SQL by hand, over ``hand_<table>`` and the marks of changes.

    ``key`` are its columns in both tables, ``by`` what it groups by, ``only`` a condition on them.
    """

    name: str
    by: tuple[Dimension, ...]
    period: Period
    table: str
    key: str
    grouped: str = ""
    only: str = ""
    scope: Callable[[Scope, Mass], Scope] = lambda scope, _mass: scope
    values: Callable[[Mass], dict[str, Any]] = lambda _mass: {}
    growth: float = GROWTH_AT_MOST

    def by_hand(self) -> Any:
        """The statement, made once."""
        grouped = f"{self.grouped}, " if self.grouped else ""
        only = f" AND {self.only}" if self.only else ""
        key = f"{self.key}, " if self.key else ""
        period = f"day BETWEEN :first AND :last{only}"
        parts = (
            f"SELECT {key}day, p, s, d FROM hand_{self.table} WHERE {period}"
            f" UNION ALL SELECT {key}day, {BANDS.format('weight * ')} FROM stale_day"
            f" WHERE organisation_id = :organisation AND {period} GROUP BY {key}day"
        )
        end = f" GROUP BY {self.grouped}" if self.grouped else ""
        return text(f"SELECT {grouped}sum(p), sum(s), sum(d) FROM ({parts}) AS both_parts{end}")


def one_team(scope: Scope, found: Mass) -> Scope:
    return scope.within(GROUP, [found.teams[3]])


def team(found: Mass) -> dict[str, Any]:
    return {"team": found.teams[3]}


MONTHS = {"postgresql": "extract(year FROM day) * 100 + extract(month FROM day)", "sqlite": "substr(day, 1, 7)"}


def questions(dialect: str) -> list[Question]:
    only_team = {"only": "group_id = :team", "scope": one_team, "values": team}
    return [
        Question("gauge of a team", (), MONTH_THIRTY, "team", "group_id", **only_team),  # type: ignore[arg-type]
        Question("gauge of all", (), MONTH_THIRTY, "whole", ""),
        Question("league table", (GROUP,), MONTH_THIRTY, "league", "group_id", "group_id"),
        Question("trend of 36 months", (MONTH,), THREE_YEARS, "whole", "", MONTHS[dialect]),
        Question(
            "agents of a team", (AGENT,), QUARTER, "agent", "group_id, agent_id", "agent_id",
            growth=AGENTS_GROWTH_AT_MOST, **only_team,  # type: ignore[arg-type]
        ),
        Question("two segments", (SEGMENT1, SEGMENT2), YEAR, "segment", "segment1, segment2", "segment1, segment2"),
    ]  # fmt: skip


HAND = {
    "whole": ("", "day"),
    "team": ("group_id, ", "group_id, day"),
    "league": ("group_id, ", "day, group_id"),
    "agent": ("group_id, agent_id, ", "group_id, day, agent_id"),
    "segment": ("segment1, segment2, ", "segment1, segment2, day"),
}
"""Roll-ups by hand: their keys, and the order of their primary key."""


def make_by_hand(desk: Desk) -> None:
    with desk.db.write_core() as connection:
        for name, (keys, primary) in HAND.items():
            connection.execute(text(f"DROP TABLE IF EXISTS hand_{name}"))
            which = f"FROM response WHERE status = 'counted' AND current GROUP BY {keys}day"
            counted = f"SELECT {keys}day, {BANDS.format('')} {which}"
            connection.execute(text(f"CREATE TABLE hand_{name} AS {counted}"))
            connection.execute(text(f"CREATE UNIQUE INDEX hand_{name}_key ON hand_{name} ({primary})"))
    with desk.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if desk.db.is_sqlite else "VACUUM ANALYZE")


@dataclass
class Times:
    """Seconds that one side took, round by round."""

    taken: list[float] = field(default_factory=list)

    def note(self, ask: Callable[[], object], times: int) -> None:
        begun = time.perf_counter()
        for _ in range(times):
            ask()
        self.taken.append((time.perf_counter() - begun) / times)

    @property
    def median(self) -> float:
        return 1000 * median(self.taken)

    @property
    def p95(self) -> float:
        return 1000 * quantiles(self.taken, n=20)[-1]


@dataclass(frozen=True)
class Found:
    """One question's times, of both sides."""

    name: str
    ours: Times
    by_hand: Times
    growth: float

    @property
    def ratio(self) -> float:
        return median(mine / theirs for mine, theirs in zip(self.ours.taken, self.by_hand.taken, strict=True))


def measure(desk: Desk, found: Mass, *, rounds: int, times: int) -> list[Found]:
    """Ask every question by both sides in turn; their answers must be the same."""
    measured = []
    with desk.db.read() as session:
        connection = session.connection()
        for question in questions(connection.dialect.name):
            ours, theirs = sides(session, connection, question, found)
            assert sorted(tuple(counts) for counts in ours()) == sorted(tuple(counts) for counts in theirs())
            mine, by_hand = Times(), Times()
            for number in range(rounds):
                for one, ask in ((mine, ours), (by_hand, theirs)) if number % 2 else ((by_hand, theirs), (mine, ours)):
                    one.note(ask, times)
            measured.append(Found(question.name, mine, by_hand, question.growth))
    return measured


def sides(
    session: Session, connection: Connection, question: Question, found: Mass
) -> tuple[Callable[[], Sequence[Any]], Callable[[], Sequence[Any]]]:
    scope = question.scope(Scope(found.organisation.id, question.period), found)
    first, last = question.period.first, question.period.last
    days = (first.isoformat(), last.isoformat()) if connection.dialect.name == "sqlite" else (first, last)
    values = {"organisation": found.organisation.id, "first": days[0], "last": days[1], **question.values(found)}
    statement = question.by_hand()

    def ours() -> Sequence[Any]:
        counted = tally(session, scope, *question.by).values()
        return [(counts.promoters, counts.passives, counts.detractors) for counts in counted]

    def by_hand() -> Sequence[Any]:
        return [tuple(map(int, row[-3:])) for row in connection.execute(statement, values)]

    return ours, by_hand


def show(title: str, measured: Sequence[Found]) -> None:
    rows = []
    for one in measured:
        times = [f"{taken:.2f}" for side in (one.ours, one.by_hand) for taken in (side.median, side.p95)]
        rows.append([one.name, *times, f"{one.ratio:.2f}", f"at most {AT_MOST}"])
    table(title, ("question", "ms", "p95", "by hand", "p95", "ratio", "goal"), rows)


@contextmanager
def filled(folder: Path, url: str, answers: int) -> Iterator[tuple[Desk, Mass]]:
    """A database with so many answers, today being stale."""
    desk = running.make_desk(folder, url)
    migrate.upgrade(desk.db)
    found = mass.fill(desk, answers)
    make_by_hand(desk)
    mass.answer_today(desk, found)
    yield desk, found
    desk.close()


def grown(small: Sequence[Found], large: Sequence[Found]) -> Mapping[str, tuple[float, float]]:
    """By how much each question takes longer with ten times as many answers, and how much it may."""
    return {
        after.name: (after.ours.median / before.ours.median, after.growth)
        for before, after in zip(small, large, strict=True)
    }


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_reports_are_as_fast_as_sql_by_hand_at_ten_million(postgresql_cluster: PostgreSQL, tmp_path: Path) -> None:
    kept = []
    for answers in (1_000_000, 10_000_000):
        with filled(tmp_path, postgresql_cluster.url(postgresql_cluster.create()), answers) as (desk, found):
            kept.append(measure(desk, found, rounds=31, times=10))
        show(f"PostgreSQL, {answers:,} answers", kept[-1])
    growth = grown(*kept)
    rows = [(name, f"{factor:.2f}", f"at most {most}") for name, (factor, most) in growth.items()]
    table("From one to ten million answers", ("question", "times as long", "goal"), rows)
    assert all(one.ratio <= AT_MOST for measured in kept for one in measured)
    assert all(factor <= most for factor, most in growth.values())


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_reports_are_as_fast_as_sql_by_hand_on_sqlite(tmp_path: Path) -> None:
    with filled(tmp_path, f"sqlite:///{tmp_path / 'mass.sqlite3'}", 1_000_000) as (desk, found):
        measured = measure(desk, found, rounds=31, times=10)
    show("SQLite, 1,000,000 answers", measured)
    assert all(one.ratio <= AT_MOST for one in measured)
