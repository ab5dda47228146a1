"""Every number of the reports beside SQL written by hand for that very question, over a roll-up made for it.

Both sides add what has changed since the roll-ups were made, as it is while answers arrive. What grows with the data
is seen by asking the same of a tenth of the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from bench import mass
from bench.databases import BANDS, Databases, reading
from bench.mass import Mass
from bench.rounds import Times, in_turn, table
from deskpulse.desk import Desk
from deskpulse.reports.dimensions import AGENT, GROUP, MONTH, SEGMENT1, SEGMENT2, Dimension
from deskpulse.reports.tally import Scope, tally
from deskpulse.scoring.periods import Period, thirty_days

AT_MOST, GROWTH_AT_MOST, AGENTS_GROWTH_AT_MOST = 1.5, 1.3, 2.5
MONTH_THIRTY = thirty_days(mass.NOW, ZoneInfo("UTC"))
TODAY = MONTH_THIRTY.last
YEAR = Period(TODAY - timedelta(days=364), TODAY)
QUARTER = Period(TODAY - timedelta(days=89), TODAY)
THREE_YEARS = Period(TODAY - timedelta(days=mass.DAYS - 1), TODAY)


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


@dataclass(frozen=True)
class Found:
    """One question's times, of both sides."""

    name: str
    ours: Times
    by_hand: Times
    growth: float

    @property
    def ratio(self) -> float:
        return self.ours.over(self.by_hand)


class Growth(NamedTuple):
    """How many times as long something takes, and how many it may."""

    factor: float
    goal: float


def measure(desk: Desk, found: Mass, *, rounds: int, times: int) -> list[Found]:
    """Ask every question by both sides in turn; their answers must be the same."""
    measured = []
    with reading(desk) as session:
        connection = session.connection()
        for question in questions(connection.dialect.name):
            ours, theirs = sides(session, connection, question, found)
            assert sorted(tuple(counts) for counts in ours()) == sorted(tuple(counts) for counts in theirs())
            mine, by_hand = in_turn(ours, theirs, rounds=rounds, times=times)
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


def grown(
    small: tuple[Desk, Mass], large: tuple[Desk, Mass], *, connections: int, rounds: int, times: int
) -> dict[str, Growth]:
    """By how much each question takes longer with more answers, asked of both databases in turn.

    Each connection is a process of the server, and how fast it is woken for a short question hangs on where it happens
    to run: 0.12 or 0.20 ms, and so for a while. Hence several connections to either database.
    """
    growth = {}
    with ExitStack() as stack:
        pairs = [
            (stack.enter_context(reading(small[0])), stack.enter_context(reading(large[0]))) for _ in range(connections)
        ]
        for question in questions(pairs[0][0].connection().dialect.name):
            before, after = Times(), Times()
            for few, many in pairs:
                little, _ = sides(few, few.connection(), question, small[1])
                much, _ = sides(many, many.connection(), question, large[1])
                for all_taken, taken in zip(
                    (before, after), in_turn(little, much, rounds=rounds, times=times), strict=True
                ):
                    all_taken.taken += taken.taken
            growth[question.name] = Growth(after.over(before), question.growth)
    return growth


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_reports_are_as_fast_as_sql_by_hand_at_ten_million(on_postgresql: Databases, tmp_path: Path) -> None:
    how = {"rounds": 31, "times": 10}
    with on_postgresql(1_000_000).desk(tmp_path) as small, on_postgresql(10_000_000).desk(tmp_path) as large:
        kept = [measure(*small, **how), measure(*large, **how)]
        growth = grown(small, large, connections=7, rounds=9, times=10)
    for answers, measured in zip((1_000_000, 10_000_000), kept, strict=True):
        show(f"PostgreSQL, {answers:,} answers", measured)
    rows = [(name, f"{one.factor:.2f}", f"at most {one.goal}") for name, one in growth.items()]
    table("From one to ten million answers", ("question", "times as long", "goal"), rows)
    assert all(one.ratio <= AT_MOST for measured in kept for one in measured)
    assert all(one.factor <= one.goal for one in growth.values())


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_reports_are_as_fast_as_sql_by_hand_on_sqlite(on_sqlite: Databases, tmp_path: Path) -> None:
    with on_sqlite(1_000_000).desk(tmp_path) as (desk, found):
        measured = measure(desk, found, rounds=31, times=10)
    show("SQLite, 1,000,000 answers", measured)
    assert all(one.ratio <= AT_MOST for one in measured)
