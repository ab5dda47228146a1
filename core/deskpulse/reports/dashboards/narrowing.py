"""From a number to its rows: how the address of a page changes so that only one key of a dimension is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, TypeAlias

from deskpulse.reports.dimensions import AGENT, GROUP, HOUR, MONTH, SEGMENT1, SEGMENT2, WEEKDAY, Dimension
from deskpulse.reports.levels import Group, Tree
from deskpulse.reports.question import MOST_VALUES, NONE, Question
from deskpulse.scoring.periods import month

Changes: TypeAlias = dict[str, Any]
"""Parameters for :meth:`~deskpulse.reports.question.Question.address`."""
_PARAMETERS = {AGENT: "agid", SEGMENT1: "sgid1", SEGMENT2: "sgid2"}


def to_keys(question: Question, one: Dimension, keys: Collection[Any], codes: Mapping[int, str]) -> Changes | None:
    """Leave only answers with one of these keys, which the question does not exclude; ``None`` where they are too many.

    ``codes`` are those of support groups by id.
    """
    if len(keys) > MOST_VALUES or (one == MONTH and len(keys) > 1):
        return None
    if one == MONTH:
        return _to_month(question, next(iter(keys)))
    if one == GROUP:
        return {"rgid": [codes.get(key, NONE) for key in keys], "combine": "n"}
    nothing = None if one in (HOUR, WEEKDAY) else one.nothing
    return {_PARAMETERS.get(one, one.name): [NONE if key == nothing else str(key) for key in keys]}


def to_department(question: Question, department: Group | None, tree: Tree) -> Changes:
    """Leave only answers of one department and the teams below it, as far as the question asks for them.

    ``None`` is what names no group.
    """
    if department is None:
        return {"rgid": NONE, "combine": None}
    if not question.groups:
        return {"rgid": department.code, "combine": None}
    mine = [one.code for one in question.groups if tree.department_of(one.id) == department]
    return {"rgid": mine or department.code}


def _to_month(question: Question, key: int) -> Changes:
    """By its days, as ``month=`` would mean another period where the month has not ended, or is not asked for whole."""
    whole = month(key // 100, key % 100)
    first: date = max(whole.first, question.period.first)
    last: date = min(whole.last, question.period.last)
    return {"month": None, "from": first.isoformat(), "to": last.isoformat()}
