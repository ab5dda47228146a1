"""The response funnel of very many resolutions beside SQL by hand, over roll-ups by day made for each question.

Both sides replace what is pending by what the other tables say. What journeys cost that are counted one by one is told
besides: it is what a question costs that no roll-up knows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from bench import running
from bench.databases import analyse
from bench.rounds import Beside, Times, beside, show_beside, table
from deskpulse.db import migrate
from deskpulse.desk import Desk
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel import days, funnel
from deskpulse.reports.funnel.funnel import Counts
from deskpulse.reports.funnel.models import JourneyZone
from deskpulse.reports.funnel.stages import NOT_ELIGIBLE, Stage
from deskpulse.reports.question import Question, parse
from deskpulse.scoring import periods
from fixtures.postgresql import PostgreSQL

NOW = datetime(2026, 8, 15, 18, 0, tzinfo=UTC)
AT_MOST, OF_SOME_GROUPS = 1.5, 2.0
"""The latter as counts lie in the order in which days came, and those by hand in the order of groups."""
MONTHS, A_MONTH, PENDING = 24, 1_000_000, 3_000
DEPARTMENTS, TEAMS = 20, 200

JOURNEYS = """
INSERT INTO journey (resolution_id, organisation_id, resolved_at, group_id, channel, reason, stage, look)
SELECT n, :organisation, CAST(:begin AS timestamptz) + n * CAST(:each AS interval),
  (CAST(:teams AS bigint[]))[1 + team],
  CASE WHEN luck < 350 THEN '' WHEN way < 7 THEN 'email' WHEN way < 9 THEN 'helpdesk' ELSE 'rule' END,
  CASE WHEN luck < 250 THEN (ARRAY['merged', 'no customer', 'no address', 'opted out'])[1 + luck % 4]
       WHEN luck < 350 THEN (ARRAY['asked recently', '24-hour floor'])[1 + luck % 2]
       WHEN way < 9 THEN 'asked' ELSE 'asked by the helpdesk' END,
  CASE WHEN luck < 250 THEN 0 WHEN luck < 350 THEN 1 WHEN luck < 370 THEN 2 WHEN luck < 690 THEN 3
       WHEN luck < 820 THEN 4 WHEN luck < 850 THEN 5 WHEN luck < 950 THEN 6 ELSE 7 END,
  0
FROM (SELECT n, abs(hashint8(n) % 1000) AS luck, abs(hashint8(n + 7) % 10) AS way, abs(hashint8(n + 77) % :many) AS team
      FROM generate_series(1, :count) AS n) AS made
"""
"""Journeys as they stand; a third was not asked about, the rest came by three ways to six stages."""
PENDING_ONES = """
INSERT INTO ticket (id, organisation_id, connection_id, vendor_id, number)
  SELECT resolution_id, organisation_id, 1, resolution_id, resolution_id FROM journey WHERE resolution_id > :above;
INSERT INTO resolution (id, organisation_id, ticket_id, key, complete, outcome, by_bot, subject, group_id, resolved_at,
    fields, seen_at)
  SELECT resolution_id, organisation_id, resolution_id, '0', true, 'solved', false, 'Trouble', group_id, resolved_at,
    '{}', resolved_at FROM journey WHERE resolution_id > :above;
INSERT INTO decision (resolution_id, organisation_id, asked, reason, explanation, source, decided_at)
  SELECT resolution_id, organisation_id, stage >= 2, reason, '', 'webhook', resolved_at FROM journey
  WHERE resolution_id > :above;
INSERT INTO invite (organisation_id, connection_id, resolution_id, ticket_id, person, name, token_digest, token_sealed,
    channel, state, detail, message_id, created_at, due_at, sent_at, expires_at)
  SELECT organisation_id, 1, resolution_id, resolution_id, '', '', resolution_id, '', 'email', 'sent', '', '',
    resolved_at, resolved_at, resolved_at, resolved_at FROM journey WHERE stage >= 2 AND resolution_id > :above
"""
"""The newest have their other tables, too: the Decision's trigger marks them. Whatever was asked was sent by e-mail."""
HAND = {
    "whole": "day, channel, reason, stage",
    "groups": "day, group_id, stage",
    "teams": "group_id, day, channel, reason, stage",
    "stages": "day, stage",
}
"""Roll-ups by hand: their keys, in the order of their primary key."""
MOVES = f"""
WITH pending AS MATERIALIZED (
  SELECT resolution_id FROM journey_mark WHERE organisation_id = :organisation
  UNION SELECT i.resolution_id FROM invite i JOIN hit h ON h.link = i.token_digest WHERE h.id > :done
), moves AS MATERIALIZED (
  SELECT CAST(j.resolved_at AT TIME ZONE 'UTC' AS date) AS day, j.group_id, j.channel, j.reason, j.stage, -1 AS number
  FROM pending JOIN journey j ON j.resolution_id = pending.resolution_id WHERE {{only}}
  UNION ALL
  SELECT CAST(r.resolved_at AT TIME ZONE 'UTC' AS date), r.group_id,
    CASE WHEN d.reason = 'asked by the helpdesk' THEN 'rule' ELSE coalesce(i.channel, '') END, d.reason,
    CASE WHEN NOT d.asked THEN CASE WHEN d.reason IN ('{"', '".join(NOT_ELIGIBLE)}') THEN 0 ELSE 1 END
      WHEN i.sent_at IS NOT NULL AND i.state NOT IN ('bounced', 'refused', 'cancelled') THEN coalesce((
        SELECT max(CASE WHEN a.comment <> '' THEN 7 ELSE 6 END) FROM response a
        WHERE a.ticket_id = r.ticket_id AND a.resolution_id = r.id AND a.status = 'counted'), 3 + coalesce(j.look, 0))
      ELSE 2 END, 1
  FROM pending JOIN resolution r ON r.id = pending.resolution_id JOIN decision d ON d.resolution_id = r.id
  LEFT JOIN invite i ON i.resolution_id = r.id LEFT JOIN journey j ON j.resolution_id = r.id WHERE {{only}}
)
"""
BY_HAND = {
    "funnel of all, 30 days": f"""{MOVES.format(only="true")}
SELECT 0 AS group_id, channel, reason, stage, sum(number) FROM (
  SELECT channel, reason, stage, number FROM hand_whole WHERE day BETWEEN :first AND :last
  UNION ALL SELECT channel, reason, stage, number FROM moves WHERE day BETWEEN :first AND :last) AS whole
GROUP BY channel, reason, stage
UNION ALL SELECT group_id, '', '', stage, sum(number) FROM (
  SELECT group_id, stage, number FROM hand_groups WHERE day BETWEEN :first AND :last
  UNION ALL SELECT group_id, stage, number FROM moves WHERE day BETWEEN :first AND :last) AS by_group
GROUP BY group_id, stage""",
    "funnel of a department, 30 days": f"""{MOVES.format(only="j.group_id = ANY(:groups)")}
SELECT group_id, channel, reason, stage, sum(number) FROM (
  SELECT group_id, channel, reason, stage, number FROM hand_teams
  WHERE group_id = ANY(:groups) AND day BETWEEN :first AND :last
  UNION ALL SELECT group_id, channel, reason, stage, number FROM moves WHERE day BETWEEN :first AND :last) AS found
GROUP BY group_id, channel, reason, stage""",
    "trend of 24 months": f"""{MOVES.format(only="true")}
SELECT date_trunc('month', day) AS month, stage, sum(number) FROM (
  SELECT day, stage, number FROM hand_stages WHERE day BETWEEN :begin AND :end
  UNION ALL SELECT day, stage, number FROM moves WHERE day BETWEEN :begin AND :end) AS found
GROUP BY date_trunc('month', day), stage""",
}


@dataclass(frozen=True)
class Many:
    """What was made."""

    organisation: Organisation
    departments: list[SupportGroup]
    teams: list[SupportGroup]

    @property
    def first_department(self) -> list[int]:
        """The ids of a department and its teams."""
        return [self.departments[0].id, *(team.id for team in self.teams[::DEPARTMENTS])]


def fill(desk: Desk, *, months: int, a_month: int, pending: int) -> tuple[Many, float]:
    """Fill an empty database, and let the product count the days; how many seconds that took."""
    with desk.db.write() as session:
        organisation = organisations.create(desk, session, "Northwind IT", code="northwind")
        own = {"organisation_id": organisation.id}
        session.execute(
            text(
                "INSERT INTO connection (organisation_id, kind, key, name, settings, secrets_sealed, facts, active,"
                " check_report, created_at) VALUES (:id, 'fake', 'bench', 'Bench', '{}', '', '{}', true, '{}', :now)"
            ),
            {"id": organisation.id, "now": NOW},
        )
        departments = [SupportGroup(**own, code=f"d{n}", name=f"Department {n}") for n in range(DEPARTMENTS)]
        session.add_all(departments)
        session.flush()
        teams = [
            SupportGroup(**own, code=f"t{n}", name=f"Team {n}", parent_id=departments[n % DEPARTMENTS].id)
            for n in range(TEAMS)
        ]
        session.add_all(teams)
    many = Many(organisation, departments, teams)
    count, lasts = months * a_month, timedelta(days=round(months * 365.25 / 12))
    values = {"organisation": organisation.id, "count": count, "many": TEAMS, "teams": [team.id for team in teams]}
    values |= {"begin": NOW - lasts, "each": lasts / (count + 1)}
    index = "ix_journey_funnel"
    with desk.db.write_core() as connection:
        definition = connection.exec_driver_sql(f"SELECT indexdef FROM pg_indexes WHERE indexname = '{index}'").scalar()
        connection.exec_driver_sql(f"DROP INDEX {index}")
        connection.execute(text(JOURNEYS), values)
        connection.exec_driver_sql(str(definition))
    analyse(desk)
    taken = Times()
    taken.note(lambda: days.make(desk), 1)
    with desk.db.write_core() as connection:
        for name, keys in HAND.items():
            columns = keys.replace("day", "CAST(resolved_at AT TIME ZONE 'UTC' AS date) AS day")
            counted = f"SELECT {columns}, CAST(count(*) AS integer) AS number FROM journey"
            by = ", ".join(str(at + 1) for at in range(len(keys.split(", "))))
            connection.exec_driver_sql(f"CREATE TABLE hand_{name} AS {counted} GROUP BY {by}")
            connection.exec_driver_sql(f"CREATE UNIQUE INDEX hand_{name}_key ON hand_{name} ({keys})")
        for statement in PENDING_ONES.split(";"):
            connection.execute(text(statement), {"above": count - pending})
    analyse(desk)
    return many, taken.taken[0]


def asked(session: Session, many: Many, **parameters: str) -> Question:
    return parse(session, many.organisation, parameters.items(), NOW)


def numbers(counts: Counts) -> list[int]:
    return [counts[stage] for stage in Stage]


def added_up(pairs: Iterable[tuple[int, int]]) -> list[int]:
    return numbers(Counts.of((stage, int(number)) for stage, number in pairs))


def measure(desk: Desk, many: Many, *, rounds: int) -> list[Beside]:
    """Ask every question by both sides in turn; their numbers must be the same."""
    with desk.db.read() as session:
        whole = asked(session, many)
        department = asked(session, many, rgid="d0")
        connection, organisation = session.connection(), many.organisation
        found, lines = funnel.funnel(session, organisation, whole), funnel.trend(session, organisation, whole)
        rows = by_hand(connection, many, whole, "funnel of all, 30 days")()
        assert numbers(found.counts) == added_up(row[3:] for row in rows if not row[0])
        assert numbers(found.counts) == added_up(row[3:] for row in rows if row[0])
        assert sum(line.counts[Stage.RESOLVED] for line in found.departments) == found.counts[Stage.RESOLVED]
        theirs = by_hand(connection, many, whole, "funnel of a department, 30 days")()
        assert numbers(funnel.summary(session, organisation, department).counts) == added_up(row[3:] for row in theirs)
        by_month: Counter[Any] = Counter()
        for month, stage, number in by_hand(connection, many, whole, "trend of 24 months")():
            by_month[month.date()] += number if stage >= Stage.CONFIRMED else 0
        assert {
            line.key.first: line.counts[Stage.CONFIRMED] for line in lines if line.counts[Stage.CONFIRMED]
        } == by_month
        ours: Mapping[str, tuple[Callable[[], object], float]] = {
            "funnel of all, 30 days": (lambda: funnel.funnel(session, organisation, whole), AT_MOST),
            "funnel of a department, 30 days": (
                lambda: funnel.funnel(session, organisation, department),
                OF_SOME_GROUPS,
            ),
            "trend of 24 months": (lambda: funnel.trend(session, organisation, whole), AT_MOST),
        }
        return [
            beside(name, ask, {"SQL": by_hand(connection, many, whole, name)}, at_most, rounds)
            for name, (ask, at_most) in ours.items()
        ]


def by_hand(connection: Connection, many: Many, question: Question, name: str) -> Callable[[], Any]:
    statement, months = text(BY_HAND[name]), periods.months_back(question.period, funnel.MONTHS)
    values = {"organisation": many.organisation.id, "done": 0, "groups": many.first_department}
    values |= {"first": question.period.first, "last": question.period.last}
    values |= {"begin": months[0].first, "end": months[-1].last}
    return lambda: connection.execute(statement, values).all()


def one_by_one(desk: Desk, many: Many) -> list[tuple[str, Times]]:
    """The same, once each, without counts by day."""
    with desk.db.write() as session:
        session.execute(JourneyZone.__table__.update().values(time_zone="Etc/Unknown"))  # none that is anybody's
    ways: Mapping[str, Callable[[Session, Question], object]] = {
        "funnel of all, 30 days": lambda session, whole: funnel.funnel(session, many.organisation, whole),
        "trend of 24 months": lambda session, whole: funnel.trend(session, many.organisation, whole),
    }
    found = []
    with desk.db.read() as session:
        for name, ask in ways.items():
            times, whole = Times(), asked(session, many)
            times.note(lambda ask=ask, whole=whole: ask(session, whole), 1)
            found.append((name, times))
    return found


def run(cluster: PostgreSQL, folder: Path, *, months: int, a_month: int, pending: int, rounds: int) -> list[Beside]:
    name = cluster.create()
    desk = running.make_desk(folder, cluster.url(name))
    desk.now = lambda: NOW
    migrate.upgrade(desk.db)
    many, seconds = fill(desk, months=months, a_month=a_month, pending=pending)
    measured = measure(desk, many, rounds=rounds)
    show_beside(f"{months * a_month:,} resolutions, days counted in {seconds:.1f} s", measured)
    rows = [(question, f"{1000 * times.taken[0]:,.0f}") for question, times in one_by_one(desk, many)]
    table("Without counts by day", ("question", "ms"), rows)
    desk.close()
    cluster.drop(name)
    return measured


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_the_funnel_is_as_fast_as_sql_by_hand_at_a_million_resolutions_a_month(
    postgresql_cluster: PostgreSQL, tmp_path: Path
) -> None:
    measured = run(postgresql_cluster, tmp_path, months=MONTHS, a_month=A_MONTH, pending=PENDING, rounds=31)
    assert not [one.name for one in measured if one.missed]
