"""Very many answers of one organisation: three years, 200 teams in 20 departments, 2,000 agents, three segments.

Made by arithmetic, the same each time. Comments are words by Zipf's law, so that some are common and most are rare;
:data:`RARE` is in a few answers only. The newest day is the one that the clock of the measurement is at.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import exp, log
from typing import Any

from sqlalchemy import Connection, insert, text

from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, Segment, SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports import roll_ups
from deskpulse.surveys.models import Response, StaleDay

NOW = datetime(2026, 8, 15, 18, 0, tzinfo=UTC)
DAYS, DEPARTMENTS, TEAMS, AGENTS = 1096, 20, 200, 2_000
SEGMENTS = ("north", "south", "west")
CHANNELS, PRIORITIES = ("email", "portal", "chat", "phone"), ("low", "normal", "high", "urgent")
COMMON, MIDDLING, RARE = "w1", "w300", "quetzal"
RARE_EVERY = 200_000
VOCABULARY, COMMENTS = 20_000, 5_000
AT_ONCE = 5_000
COLUMNS = (
    *("organisation_id", "link", "entrance", "status", "current", "revision", "tid", "score", "factors", "comment"),
    *("contact_wanted", "answered_at", "first_answered_at", "group_id", "agent_id", "person", "segment1", "segment2"),
    *("link_parameters", "day", "hour", "channel", "priority", "category", "reassignments", "minutes_to_resolve"),
    "fields",
)


@dataclass(frozen=True)
class Mass:
    """What was made: the organisation, and the ids of its departments, teams and agents."""

    organisation: Organisation
    departments: list[int]
    teams: list[int]
    agents: list[int]

    def agents_of(self, team: int) -> list[int]:
        """The ten agents of a team, by its place in the list."""
        return self.agents[team * AGENTS // TEAMS : (team + 1) * AGENTS // TEAMS]


def fill(desk: Desk, answers: int) -> Mass:
    """Fill an empty database, and make its roll-ups."""
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT", code="northwind")
        organisation.preferences = {"open_displays": True}
        own = {"organisation_id": organisation.id}
        session.execute(
            text(
                "INSERT INTO connection (organisation_id, kind, key, name, settings, secrets_sealed, facts, active,"
                " check_report, created_at) VALUES (:id, 'fake', 'bench', 'Bench', '{}', '', '{}', true, '{}', :now)"
            ),
            {"id": organisation.id, "now": NOW},
        )
        for position in (1, 2):
            session.add_all(Segment(**own, position=position, code=code, name=code.title()) for code in SEGMENTS)
        departments = [SupportGroup(**own, code=f"d{n}", name=f"Department {n}") for n in range(DEPARTMENTS)]
        session.add_all(departments)
        session.flush()
        teams = [
            SupportGroup(**own, code=f"t{n}", name=f"Team {n}", parent_id=departments[n % DEPARTMENTS].id)
            for n in range(TEAMS)
        ]
        agents = [
            AgentRow(**own, connection_id=1, vendor_id=f"a{n}", name=f"Agent {n}", email=f"a{n}@northwind.example")
            for n in range(AGENTS)
        ]
        session.add_all([*teams, *agents])
        session.flush()
        ids = [[row.id for row in rows] for rows in (departments, teams, agents)]
    mass = Mass(organisation, *ids)
    with desk.db.write_core() as connection:
        _load(connection, rows(mass, answers))
    roll_ups.fold(desk, organisation.id)
    with desk.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if desk.db.is_sqlite else "VACUUM ANALYZE")
    return mass


def rows(mass: Mass, answers: int) -> Iterator[tuple[Any, ...]]:
    """The answers, oldest first, as values of :data:`COLUMNS`."""
    chance = random.Random(7)
    comments = [_comment(chance) for _ in range(COMMENTS)]
    fields = [json.dumps({"product": f"Product {number}"}) for number in range(20)]
    factors = [json.dumps(one) for one in ([], ["speed"], ["skill", "courtesy"], ["updates"])]
    first = NOW.date() - timedelta(days=DAYS - 1)
    seconds = (DAYS * 86_400 - 7 * 3600) / answers
    begin = datetime.combine(first, datetime.min.time(), UTC)
    for number in range(answers):
        at = begin + timedelta(seconds=number * seconds)
        drawn = chance.random()
        team = int(drawn * TEAMS)
        agent = mass.agents[team * 10 + int(drawn * 100_003) % 10]
        luck = int(drawn * 1_000_003) % 100
        comment = comments[int(drawn * 7_000_003) % COMMENTS] if luck % 5 < 2 else ""
        if number % RARE_EVERY == RARE_EVERY // 2:
            comment = f"{comment} {RARE}"
        yield (
            *(mass.organisation.id, str(number), "token", "counted", True, 1, str(number), _score(luck)),
            *(factors[luck % 4], comment, False, at, at, mass.teams[team], agent, f"p{number % 500_000}@x.example"),
            *(SEGMENTS[luck % 3], SEGMENTS[number % 3], "{}", at.date(), at.hour, CHANNELS[luck % 4]),
            *(PRIORITIES[team % 4], f"Category {number % 12}", luck % 6, luck * 60, fields[number % 20]),
        )


def _score(luck: int) -> int:
    for below, score in ((35, 10), (60, 9), (72, 8), (82, 7)):
        if luck < below:
            return score
    return (luck - 82) % 7


def _comment(chance: random.Random) -> str:
    return " ".join(f"w{int(exp(chance.random() * log(VOCABULARY)))}" for _ in range(chance.randint(5, 25)))


def _load(connection: Connection, made: Iterator[tuple[Any, ...]]) -> None:
    """Bring them in; on PostgreSQL by COPY, without indexes and triggers meanwhile. Every day is stale afterwards."""
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(COLUMNS))
        cursor = connection.connection.cursor()
        statement = f"INSERT INTO response ({', '.join(COLUMNS)}) VALUES ({marks})"
        cursor.executemany(statement, (_for_sqlite(row) for row in made))
        cursor.close()
        return
    indexes = connection.exec_driver_sql(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'response' AND indexname LIKE 'ix%%'"
    ).all()
    connection.exec_driver_sql("ALTER TABLE response DISABLE TRIGGER USER")
    for name, _ in indexes:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    driver: Any = connection.connection.cursor()
    with driver.copy(f"COPY response ({', '.join(COLUMNS)}) FROM STDIN") as copy:
        for row in made:
            copy.write_row(row)
    for _, definition in indexes:
        connection.exec_driver_sql(definition)
    connection.exec_driver_sql("ALTER TABLE response ENABLE TRIGGER USER")
    days = "SELECT DISTINCT organisation_id, day, 0 FROM response"
    connection.exec_driver_sql(f"INSERT INTO stale_day (organisation_id, day, weight) {days}")


def _for_sqlite(row: tuple[Any, ...]) -> tuple[Any, ...]:
    def one(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
        return value.isoformat() if isinstance(value, date) else value

    return tuple(one(value) for value in row)


def answer_today(desk: Desk, mass: Mass, count: int = 40) -> None:
    """A few answers more: today is stale, as it is while answers arrive."""
    made = list(rows(mass, count))
    now = NOW.replace(hour=17)
    changes = {"answered_at": now, "first_answered_at": now, "day": now.date(), "hour": 17}
    values = [dict(zip(COLUMNS, row, strict=True)) | changes | {"link": f"today-{n}"} for n, row in enumerate(made)]
    for value in values:
        value |= {name: json.loads(value[name]) for name in ("factors", "link_parameters", "fields")}
    with desk.db.write_core() as connection:
        connection.execute(insert(Response.__table__), values)  # type: ignore[arg-type]  # a Table, typed as less
        assert connection.execute(text("SELECT count(*) FROM stale_day")).scalar() == count, StaleDay.__tablename__
