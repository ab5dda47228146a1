"""Levels that a score is shown for: the organisation, departments with or without their teams, teams, and the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from deskpulse.directory.models import AgentRow, Segment, SupportGroup
from deskpulse.reports.dimensions import (
    AGENT,
    COMMENTED,
    GROUP,
    HOUR,
    MONTH,
    SEGMENT1,
    SEGMENT2,
    TICKED,
    WEEKDAY,
    Dimension,
)
from deskpulse.reports.revisions import Subject, recall

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NO_GROUP, NO_AGENT, NO_SEGMENT, NO_VALUE = "No support group", "No agent", "No segment", "Not given"


@dataclass(frozen=True, slots=True)
class Group:
    """A node of the tree, with the ids of every node below it and its own."""

    id: int
    code: str
    name: str
    parent_id: int | None
    active: bool
    with_below: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_department(self) -> bool:
        """Whether it stands at the top of the tree."""
        return self.parent_id is None


_OF_TREE = (
    select(SupportGroup.id, SupportGroup.code, SupportGroup.name, SupportGroup.parent_id, SupportGroup.active)
    .where(SupportGroup.organisation_id == bindparam("organisation"))
    .order_by(SupportGroup.name)
)
_Node = tuple[int, str, str, int | None, bool]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """All support groups of an organisation, in use or not: old answers keep theirs.

    While no group changes, the tree that is read is the same object, so that what is made of it can be kept beside it.
    """

    groups: Mapping[int, Group]
    codes: Mapping[str, Group]

    @classmethod
    def of(cls, session: Session, organisation_id: int) -> Tree:
        """Read it."""

        def read() -> Tree:
            rows = session.connection().execute(_OF_TREE, {"organisation": organisation_id})
            return _tree(tuple(map(tuple, rows.all())))

        return recall(session, organisation_id, Subject.DIRECTORY, lambda: "tree", read, lambda tree: len(tree.groups))

    def by_code(self, code: str) -> Group | None:
        """The group with that code, letters' case aside where only one has it."""
        if code in self.codes:
            return self.codes[code]
        alike = [group for group in self.groups.values() if group.code.lower() == code.lower()]
        return alike[0] if len(alike) == 1 else None

    def departments(self) -> list[Group]:
        """The groups at the top."""
        return [group for group in self.groups.values() if group.is_department]

    def department_of(self, group_id: int) -> Group | None:
        """The department that a group belongs to, or is."""
        group = self.groups.get(group_id)
        for _ in self.groups:
            if group is None or group.parent_id is None:
                return group
            group = self.groups.get(group.parent_id)
        return group


@lru_cache(maxsize=32)
def _tree(nodes: tuple[_Node, ...]) -> Tree:
    below: dict[int, set[int]] = {group_id: {group_id} for group_id, *_ in nodes}
    parents = {group_id: parent_id for group_id, _, _, parent_id, _ in nodes}
    for group_id, parent_id in parents.items():
        above, met = parent_id, {group_id}
        while above is not None and above not in met:
            below[above].add(group_id)
            met.add(above)
            above = parents[above]
    groups = {node[0]: Group(*node, frozenset(below[node[0]])) for node in nodes}
    return Tree(groups, {group.code: group for group in groups.values()})


def label(one: Dimension, key: Any) -> str:
    """A key in words, where no table is needed for it."""
    if one == MONTH:
        return f"{MONTHS[key % 100 - 1]} {key // 100}"
    if one == WEEKDAY:
        return WEEKDAYS[key]
    if one == HOUR:
        return f"{key:02}:00"
    if one == COMMENTED or one.name.startswith(TICKED):
        return str(key) or "no"
    return str(key) or NO_VALUE


def labels(session: Session, organisation_id: int, one: Dimension, keys: Iterable[Any]) -> dict[Any, str]:
    """Keys of a dimension in words; names of the directory are those of today."""
    keys = list(keys)
    if one in _NAMED:
        read, nothing = _NAMED[one]
        found = read(session, organisation_id, keys)
        return {key: found.get(key) or (str(key) if key else nothing) for key in keys}
    return {key: label(one, key) for key in keys}


def _groups(session: Session, organisation_id: int, keys: Collection[Any]) -> dict[Any, str]:
    return _by_id(session, organisation_id, SupportGroup, keys)


def _agents(session: Session, organisation_id: int, keys: Collection[Any]) -> dict[Any, str]:
    return _by_id(session, organisation_id, AgentRow, keys)


def _by_id(session: Session, organisation_id: int, table: Any, keys: Collection[Any]) -> dict[Any, str]:
    values = {"organisation": organisation_id, "keys": list(keys)}
    return {row.id: row.name for row in session.connection().execute(_names_of(table), values)}


@lru_cache
def _names_of(table: Any) -> Select[Any]:
    return select(table.id, table.name).where(
        table.organisation_id == bindparam("organisation"), table.id.in_(bindparam("keys", expanding=True))
    )


def _segments(position: int) -> Callable[[Session, int, Collection[Any]], Mapping[Any, str]]:
    names_of = select(Segment.code, Segment.name).where(
        Segment.organisation_id == bindparam("organisation"), Segment.position == position
    )

    def every(session: Session, organisation_id: int, _keys: Collection[Any]) -> Mapping[Any, str]:
        def read() -> dict[Any, str]:
            rows = session.connection().execute(names_of, {"organisation": organisation_id})
            return {row.code: row.name for row in rows}

        return recall(session, organisation_id, Subject.DIRECTORY, lambda: ("segments", position), read, len)

    return every


_NAMED: Mapping[Dimension, tuple[Callable[[Session, int, Collection[Any]], Mapping[Any, str]], str]] = {
    GROUP: (_groups, NO_GROUP),
    AGENT: (_agents, NO_AGENT),
    SEGMENT1: (_segments(1), NO_SEGMENT),
    SEGMENT2: (_segments(2), NO_SEGMENT),
}
