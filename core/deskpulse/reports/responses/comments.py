"""Searching comments: words that must all occur, whole and in any case; "quoted ones" beside each other.

What a word is says :mod:`deskpulse.db.words`; PostgreSQL keeps the words of a comment in a column of its own and SQLite
in a full-text table, both kept up by the database itself. So the same words find the same answers on both.

The newest answers that mention a rare word are found by the index over words, those that mention a common one by
walking back from the newest answer until a page is full. PostgreSQL's planner knows no way to choose between the two
that is not wrong by up to a factor of eighty, so :func:`choose` does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    String,
    Text,
    and_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    table,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from deskpulse.db import words
from deskpulse.db.types import BigId
from deskpulse.scoring.periods import Period
from deskpulse.surveys.models import Response

_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')
_INDEXED: Any = literal_column("string_to_array(response.comment_words, ' ')")
_KEPT: Any = literal_column("' ' || response.comment_words || ' '", String)
"""PostgreSQL's column with the words of a comment; written as its index is, so that the planner knows it again."""
_INDEX = table("comment_search", column("rowid", BigId))
"""SQLite's table of words."""
Condition = ColumnElement[bool]


def phrases(asked: str) -> tuple[str, ...]:
    """What must occur, as single words or as words in a row; what holds no letter and no digit asks for nothing.

    Words joined by signs, such as wi-fi, belong together like quoted ones.
    """
    parts = (words.words_of(quoted or plain) for quoted, plain in _PART.findall(asked.replace("\0", " ")))
    return tuple(dict.fromkeys(part for part in parts if part))


def found(session: Session, wanted: Sequence[str]) -> Condition:
    """The condition that comments have all these phrases, for any SELECT over Response; an index may serve it."""
    return found_by_index(len(wanted), on_sqlite=on_sqlite(session), given=values(wanted))


def read(session: Session, wanted: Sequence[str]) -> Condition:
    """The same condition, put so that every comment is read: for walks that no index shall cut short."""
    return found_by_reading(len(wanted), on_sqlite=on_sqlite(session), given=values(wanted))


Values = Mapping[str, Any]


def found_by_index(number: int, *, on_sqlite: bool, given: Values | None = None) -> Condition:
    """What :func:`found` gives, for so many phrases; without their values, a statement takes them when it is run."""
    if on_sqlite:
        match = literal_column("comment_search").op("MATCH")(_bound("match", String(), given))
        return Response.id.in_(select(_INDEX.c.rowid).where(match))
    each_word = _INDEXED.op("@>", is_comparison=True)(_bound("words", ARRAY(Text), given))
    return and_(each_word, found_by_reading(number, on_sqlite=False, given=given))


def found_by_reading(number: int, *, on_sqlite: bool, given: Values | None = None) -> Condition:
    """What :func:`read` gives, likewise."""
    each = [_bound(f"phrase{place}", String(), given) for place in range(number)]
    if on_sqlite:
        said = func.words_of(Response.comment)
        return and_(*(func.instr(" " + said + " ", one) > 0 for one in each))
    return and_(*(func.strpos(_KEPT, one) > 0 for one in each))


def _bound(name: str, its: TypeEngine[Any], given: Values | None) -> BindParameter[Any]:
    return bindparam(name, type_=its) if given is None else bindparam(name, given[name], its)


def values(wanted: Sequence[str]) -> dict[str, Any]:
    """Phrases as the parameters of a statement."""
    each = {f"phrase{place}": f" {phrase} " for place, phrase in enumerate(wanted)}
    return {"match": _match(wanted), "words": _each_word(wanted), **each}


def on_sqlite(session: Session) -> bool:
    """Whether the words are in SQLite's table."""
    return session.get_bind().dialect.name == "sqlite"


class Plan(StrEnum):
    """Where to begin looking for the newest answers that mention something."""

    TEXT_FIRST = "the index over words, then the newest of what it gives"
    DATE_FIRST = "the newest answers of the organisation, one by one"
    TEAM_FIRST = "the newest answers of some support groups, one by one"


@dataclass(frozen=True, slots=True)
class Sizes:
    """About how many answers there are: in all, that mention the words, in organisation and period, of the groups.

    ``share`` is that of the answers, within organisation, period and groups, which pass all other filters.
    """

    everything: float
    matching: float
    period: float
    team: float | None = None
    share: float = 1.0


FOUND, FETCHED, SORTED_ROW = 150.0, 2.5, 1.2
"""Costs, where reading one answer in the order of an index costs 1 (0.3 to 0.9 us on PostgreSQL 18, half a million
answers, warm): what the index over words costs before its first match; reading one match from wherever it lies; reading
one of many answers of several groups, which must then be sorted."""


def cheapest(sizes: Sizes, limit: int, *, groups: int = 0) -> Plan:
    """The plan with the lowest cost; ``groups`` is the number of support groups that are asked for, 0 for any.

    A walk ends when the page is full: where one of ``k`` answers matches, after ``k * limit`` of them, or at the end.
    """
    rate = min(1.0, sizes.matching / max(sizes.everything, 1.0)) * sizes.share
    in_team = 1.0 if sizes.team is None else min(1.0, sizes.team / max(sizes.period, 1.0))
    costs = {
        Plan.DATE_FIRST: _walk(sizes.period, rate * in_team, limit),
        Plan.TEXT_FIRST: FOUND + FETCHED * sizes.matching,
    }
    if sizes.team is not None:
        costs[Plan.TEAM_FIRST] = _walk(sizes.team, rate, limit) if groups == 1 else SORTED_ROW * sizes.team
    return min(costs, key=costs.__getitem__)


def _walk(rows: float, rate: float, limit: int) -> float:
    return rows if rate * rows <= limit else limit / rate


def sizes(
    session: Session, organisation_id: int, period: Period, groups: Collection[int] | None, wanted: Sequence[str]
) -> Sizes:
    """Estimate them in one question, without counting: PostgreSQL's planner knows how common the common words are."""
    asked = {
        "organisation": organisation_id, "first": period.first, "last": period.last, "groups": list(groups or ()),
    }  # fmt: skip
    if on_sqlite(session):
        return _sizes_on_sqlite(session, asked, groups is not None, wanted)
    plan = session.connection().execute(_EXPLAIN, asked | {"words": _each_word(wanted)}).scalar_one()[0]["Plan"]
    known = {part["Subplan Name"]: float(part["Plan Rows"]) for part in plan["Plans"] if "Subplan Name" in part}
    team = known["CTE team"] if groups is not None else None
    return Sizes(known["CTE everything"], known["CTE matching"], known["CTE period"], team)


_EXPLAIN = text("""
EXPLAIN (FORMAT JSON)
WITH everything AS MATERIALIZED (SELECT 1 FROM response),
  matching AS MATERIALIZED (
    SELECT 1 FROM response WHERE string_to_array(comment_words, ' ') @> CAST(:words AS text[])),
  period AS MATERIALIZED (
    SELECT 1 FROM response WHERE organisation_id = :organisation AND day BETWEEN :first AND :last),
  team AS MATERIALIZED (
    SELECT 1 FROM response
    WHERE organisation_id = :organisation AND day BETWEEN :first AND :last
      AND group_id = ANY(CAST(:groups AS bigint[])))
SELECT 1 FROM everything, matching, period, team
""")
"""Each part is planned for itself, and nothing is run: only the numbers of rows that the planner expects are read."""

MOST_COUNTED = 2_000
"""Rows that SQLite, which keeps no such statistics, counts at most; what is beyond follows from how dense they lie."""
_NEWEST_MATCHES = text("""
SELECT count(*) AS matches, coalesce(min(id), 0) AS oldest, (SELECT coalesce(max(id), 0) FROM response) AS newest
FROM (SELECT rowid AS id FROM comment_search WHERE comment_search MATCH :match ORDER BY rowid DESC LIMIT :most)
""")
_OF_PERIOD = text("""
SELECT coalesce(sum(promoters + passives + detractors), 0) FROM rollup_organisation
WHERE organisation_id = :organisation AND day BETWEEN :first AND :last
""")
_OF_TEAM = text("""
SELECT coalesce(sum(promoters + passives + detractors), 0) FROM rollup_group
WHERE organisation_id = :organisation AND day BETWEEN :first AND :last AND group_id IN :groups
""").bindparams(bindparam("groups", expanding=True))


def _sizes_on_sqlite(session: Session, asked: dict[str, Any], of_team: bool, wanted: Sequence[str]) -> Sizes:
    connection = session.connection()
    row = connection.execute(_NEWEST_MATCHES, {"match": _match(wanted), "most": MOST_COUNTED}).one()
    everything = float(row.newest)
    span = max(1, row.newest - row.oldest + 1)
    matching = row.matches if row.matches < MOST_COUNTED else everything * row.matches / span
    days = {name: value for name, value in asked.items() if name != "groups"}
    for name in ("first", "last"):
        days[name] = days[name].isoformat()
    period = float(connection.execute(_OF_PERIOD, days).scalar_one())
    team = float(connection.execute(_OF_TEAM, days | {"groups": asked["groups"]}).scalar_one()) if of_team else None
    return Sizes(everything, matching, period, team)


def _match(wanted: Sequence[str]) -> str:
    return " AND ".join(f'"{phrase}"' for phrase in wanted)


def _each_word(wanted: Sequence[str]) -> list[str]:
    return sorted({word for phrase in wanted for word in phrase.split()})
