"""The first page of a search in comments, beside the best of the plans by hand for that very word.

Each statement by hand returns the same rows with the same names: beginning with the index over words in a materialised
CTE, with the newest answers of the organisation, or with the newest answers of the team. What the planner makes of the
plain statement is printed beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import mass
from bench.databases import Databases, reading
from bench.mass import Mass
from bench.rounds import Beside, Times, beside, show_beside, table
from deskpulse.desk import Desk
from deskpulse.reports.dimensions import GROUP
from deskpulse.reports.responses import rows as responses
from deskpulse.reports.tally import Scope
from deskpulse.scoring.periods import Period

AT_MOST = 2.0
HOPELESS = 5.0
"""A plan that takes so many times as long as the best is not asked again."""
LAST = mass.NOW.date()
THREE_YEARS = Period(LAST - timedelta(days=mass.DAYS - 1), LAST)
MONTH = Period(LAST - timedelta(days=30), LAST)
Ids = list[int]

FOUND = {
    "postgresql": "string_to_array(comment_words, ' ') @> CAST(ARRAY[:word] AS text[])",
    "sqlite": "id IN (SELECT rowid FROM comment_search WHERE comment_search MATCH :word)",
}
"""The index over words."""
READ = {
    "postgresql": "strpos(' ' || comment_words || ' ', ' ' || CAST(:word AS text) || ' ') > 0",
    "sqlite": "instr(' ' || words_of(comment) || ' ', ' ' || :word || ' ') > 0",
}
"""Each comment read."""
COLUMNS = (
    "id, organisation_id, score, factors, comment, contact_wanted, answered_at, day, tid, person, ticket_id,"
    " resolution_id, group_id, agent_id, customer_id, segment1, segment2"
)
COUNTED = "status = 'counted' AND current"
IN_SCOPE = "organisation_id = :organisation AND day BETWEEN :first AND :last"
NEWEST = f"ORDER BY day DESC, answered_at DESC, id DESC LIMIT {responses.PAGE}"
PLANNERS = "planner's own"
PLANS = {
    "text first": (
        "WITH said AS MATERIALIZED (SELECT id, organisation_id, group_id, day, answered_at FROM response"
        f" WHERE {{found}} AND {COUNTED}),"
        f" newest AS MATERIALIZED (SELECT id FROM said WHERE {IN_SCOPE}{{team}} {NEWEST})"
        f" SELECT {COLUMNS} FROM response WHERE id IN (SELECT id FROM newest)"
    ),
    "date first": f"SELECT {COLUMNS} FROM response WHERE {IN_SCOPE} AND {COUNTED} AND {{read}}{{any_team}} {NEWEST}",
    "team first": f"SELECT {COLUMNS} FROM response WHERE {IN_SCOPE} AND {COUNTED} AND {{read}}{{team}} {NEWEST}",
    PLANNERS: f"SELECT {COLUMNS} FROM response WHERE {IN_SCOPE} AND {COUNTED} AND {{found}}{{team}} {NEWEST}",
}
"""Ways to the rows of the page; ``any_team`` is the team's condition in a form that no index fits."""
NAMED = """
SELECT page.*, ticket.number, ticket.vendor_id, ticket.connection_id, resolution.subject, support_group.name,
  agent.name, customer.name, first.name, second.name
FROM ({page}) AS page
LEFT JOIN ticket ON ticket.id = page.ticket_id
LEFT JOIN resolution ON resolution.id = page.resolution_id
LEFT JOIN support_group ON support_group.id = page.group_id
LEFT JOIN agent ON agent.id = page.agent_id
LEFT JOIN customer ON customer.id = page.customer_id
LEFT JOIN segment AS first
  ON first.organisation_id = page.organisation_id AND first.position = 1 AND first.code = page.segment1
LEFT JOIN segment AS second
  ON second.organisation_id = page.organisation_id AND second.position = 2 AND second.code = page.segment2
ORDER BY page.day DESC, page.answered_at DESC, page.id DESC
"""


@dataclass(frozen=True)
class Question:
    """Who looks for which word, in which time; within one team or everywhere."""

    name: str
    word: str
    in_team: bool = False
    period: Period = THREE_YEARS


QUESTIONS = (
    Question("common word", mass.COMMON),
    Question("middling word", mass.MIDDLING),
    Question("rare word", mass.RARE),
    Question("common word, one team", mass.COMMON, in_team=True),
    Question("middling word, one team", mass.MIDDLING, in_team=True),
    Question("rare word, one team", mass.RARE, in_team=True),
    Question("middling word, 30 days", mass.MIDDLING, period=MONTH),
    Question("rare word, 30 days", mass.RARE, period=MONTH),
)


def measure(desk: Desk, found: Mass, *, rounds: int) -> list[Beside]:
    """Ask every question by all plans, then in turn with those that may be the best."""
    measured, rows = [], []
    with reading(desk) as session:
        for question in QUESTIONS:
            ours, plans = ways(session, found, question)
            wanted = ours()
            tried = {name: _tried(ask, wanted) for name, ask in plans.items()}
            most = HOPELESS * min(taken for name, taken in tried.items() if name != PLANNERS)
            hopeful = {name: ask for name, ask in plans.items() if name != PLANNERS and tried[name] <= most}
            measured.append(beside(f"{question.name} ({len(wanted)} rows)", ours, hopeful, AT_MOST, rounds))
            rows.append([question.name, *(f"{tried[name]:.1f}" if name in tried else "-" for name in PLANS)])
    table("What each plan by hand took when it was tried, ms", ("question", *PLANS), rows)
    return measured


def _tried(ask: Callable[[], Ids], wanted: Ids) -> float:
    """Make sure that a plan finds the same rows; gives the milliseconds of its second run."""
    assert ask() == wanted
    times = Times()
    times.note(ask, 1)
    return times.median


def ways(session: Session, found: Mass, question: Question) -> tuple[Callable[[], Ids], dict[str, Callable[[], Ids]]]:
    connection, team = session.connection(), found.teams[3]
    dialect = connection.dialect.name
    scope = Scope(found.organisation.id, question.period, words=question.word)
    scope = scope.within(GROUP, [team]) if question.in_team else scope
    first, last = question.period.first, question.period.last
    values = {"organisation": scope.organisation_id, "word": question.word, "first": first, "last": last}
    if dialect == "sqlite":
        values |= {"first": first.isoformat(), "last": last.isoformat()}
    if question.in_team:
        values["team"] = team
    parts = {
        "found": FOUND[dialect],
        "read": READ[dialect],
        "team": " AND group_id = :team" if question.in_team else "",
        "any_team": " AND coalesce(group_id, 0) = :team" if question.in_team else "",
    }

    def by_hand(plan: str) -> Callable[[], Ids]:
        statement = text(NAMED.format(page=plan.format(**parts)))
        return lambda: [row.id for row in connection.execute(statement, values).all()]

    plans = {name: by_hand(plan) for name, plan in PLANS.items() if question.in_team or name != "team first"}
    return lambda: [row.id for row in responses.rows(session, scope).rows], plans


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_search_at_ten_million(on_postgresql: Databases, tmp_path: Path) -> None:
    with on_postgresql(10_000_000).desk(tmp_path) as (desk, found):
        measured = measure(desk, found, rounds=31)
    show_beside("First page of a search, PostgreSQL, 10,000,000 answers", measured)
    assert not [one.name for one in measured if one.missed]


@pytest.mark.bench
@pytest.mark.timeout(3600)
def test_search_on_sqlite(on_sqlite: Databases, tmp_path: Path) -> None:
    with on_sqlite(1_000_000).desk(tmp_path) as (desk, found):
        measured = measure(desk, found, rounds=31)
    show_beside("First page of a search, SQLite, 1,000,000 answers", measured)
    assert not [one.name for one in measured if one.missed]
