"""Searching comments: words that must all occur, whole and in any case; "quoted ones" beside each other.

What a word is says :mod:`deskpulse.db.words`; PostgreSQL keeps the words of a comment in a column of its own and SQLite
in a full-text table, both kept up by the database itself. So the same words find the same answers on both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from deskpulse.db import words
from deskpulse.db.types import BigId
from deskpulse.surveys.models import Response

_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')
_INDEXED: Any = literal_column("string_to_array(response.comment_words, ' ')")
_KEPT: Any = literal_column("' ' || response.comment_words || ' '", String)
"""PostgreSQL's column with the words of a comment; written as its index is, so that the planner knows it again."""
_INDEX = table("comment_search", column("rowid", BigId))
"""SQLite's table of words."""
FEW = 200
"""Fewer matches than this are best read at once: thinking of another way takes as long."""
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
        return Response.id.in_(select(_INDEX.c.rowid).where(_matched(given)))
    each_word = _INDEXED.op("@>", is_comparison=True)(_bound("words", ARRAY(Text), given))
    return and_(each_word, found_by_reading(number, on_sqlite=False, given=given))


def found_by_reading(number: int, *, on_sqlite: bool, given: Values | None = None) -> Condition:
    """What :func:`read` gives, likewise."""
    each = [_bound(f"phrase{place}", String(), given) for place in range(number)]
    if on_sqlite:
        said = func.words_of(Response.comment)  # Python's work, which half of the comments are too empty for
        return and_(Response.comment != literal_column("''"), *(func.instr(" " + said + " ", one) > 0 for one in each))
    return and_(*(func.strpos(_KEPT, one) > 0 for one in each))


def _matched(given: Values | None) -> Condition:
    return literal_column("comment_search").op("MATCH", is_comparison=True)(_bound("match", String(), given))


def _bound(name: str, its: TypeEngine[Any], given: Values | None) -> BindParameter[Any]:
    return bindparam(name, type_=its) if given is None else bindparam(name, given[name], its)


_FIRST = select(_INDEX.c.rowid.label("id")).where(_matched(None)).limit(literal_column(str(FEW))).cte("first")
KNOWN = select(func.count().label("matches")).select_from(_FIRST).cte("known")
"""On SQLite, one row: how many ``matches`` the index has, of which no more than :data:`FEW` are counted."""
FOUND_IF_FEW = Response.id.in_(select(_FIRST.c.id).join(KNOWN, KNOWN.c.matches < literal_column(str(FEW))))
"""What :func:`found_by_index` gives where there are fewer than that, and a condition that nothing meets otherwise."""


def values(wanted: Sequence[str]) -> dict[str, Any]:
    """Phrases as the parameters of a statement."""
    each = {f"phrase{place}": f" {phrase} " for place, phrase in enumerate(wanted)}
    return {"match": match(wanted), "words": each_word(wanted), **each}


def on_sqlite(session: Session) -> bool:
    """Whether the words are in SQLite's table."""
    return session.get_bind().dialect.name == "sqlite"


def match(wanted: Sequence[str]) -> str:
    """Phrases as SQLite's index is asked for them."""
    return " AND ".join(f'"{phrase}"' for phrase in wanted)


def each_word(wanted: Sequence[str]) -> list[str]:
    """The words of phrases, each once."""
    return sorted({word for phrase in wanted for word in phrase.split()})
