"""Databases of very many answers, with roll-ups by hand, today being stale: filled once, whoever measures on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import mass, running
from bench.mass import Mass
from deskpulse.db import migrate
from deskpulse.desk import Desk

BANDS = (
    "sum({0}CASE WHEN score >= 9 THEN 1 ELSE 0 END) AS p,"
    " sum({0}CASE WHEN score BETWEEN 7 AND 8 THEN 1 ELSE 0 END) AS s,"
    " sum({0}CASE WHEN score <= 6 THEN 1 ELSE 0 END) AS d"
)
HAND = {
    "whole": ("", "day"),
    "team": ("group_id, ", "group_id, day"),
    "league": ("group_id, ", "day, group_id"),
    "agent": ("group_id, agent_id, ", "group_id, day, agent_id"),
    "segment": ("segment1, segment2, ", "segment1, segment2, day"),
}
"""Roll-ups by hand: their keys, and the order of their primary key."""


@dataclass(frozen=True)
class Filled:
    """Where the database is, and what is in it. Who measures leaves the answers as they are."""

    url: str
    mass: Mass

    @contextmanager
    def desk(self, folder: Path) -> Iterator[tuple[Desk, Mass]]:
        """A desk on it, with what is in it."""
        desk = running.make_desk(folder, self.url)
        try:
            yield desk, self.mass
        finally:
            desk.close()


Databases: TypeAlias = Callable[[int], Filled]
"""Gives the database with so many answers."""


@contextmanager
def reading(desk: Desk) -> Iterator[Session]:
    """A session to read in that remembers nothing from one question to the next, as ``desk.db.read()`` does."""
    with desk.db.read_core() as connection, Session(connection) as session:
        yield session


def fill(folder: Path, url: str, answers: int) -> Filled:
    """Fill an empty database."""
    desk = running.make_desk(folder, url)
    migrate.upgrade(desk.db)
    found = mass.fill(desk, answers)
    make_by_hand(desk)
    mass.answer_today(desk, found)
    desk.close()
    return Filled(url, found)


def make_by_hand(desk: Desk) -> None:
    with desk.db.write_core() as connection:
        for name, (keys, primary) in HAND.items():
            which = f"FROM response WHERE status = 'counted' AND current GROUP BY {keys}day"
            counted = f"SELECT {keys}day, {BANDS.format('')} {which}"
            connection.execute(text(f"CREATE TABLE hand_{name} AS {counted}"))
            connection.execute(text(f"CREATE UNIQUE INDEX hand_{name}_key ON hand_{name} ({primary})"))
    analyse(desk)


def analyse(desk: Desk) -> None:
    """Let the database see to its statistics at once, as it does by itself in time."""
    with desk.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if desk.db.is_sqlite else "VACUUM ANALYZE")
        if not desk.db.is_sqlite:  # else the server is busy with it while others are on the clock
            connection.exec_driver_sql("CHECKPOINT")
