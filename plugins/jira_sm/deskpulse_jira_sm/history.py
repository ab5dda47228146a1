"""An issue's solvings, read from its changelog. Pure.

A solving begins when the status enters the category Done and ends when it leaves it; Resolved to Closed is no new one.
The changelog keeps each solving's moment for good, while the issue itself shows only that of its latest change of
category (``statuscategorychangedate``, the same moment while the issue is solved): so a solving has one key, before and
after a reopen. Where our own account moves an issue back to Done, it takes back a reopen that our message caused: that
is the earlier solving again, and nobody is asked anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Solvings:
    """When the present solving began and who began it, earlier ones that ended, and changes of hands."""

    current: datetime | None = None
    past: tuple[datetime, ...] = ()
    author: Raw | None = None
    reassignments: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One change of status."""

    at: datetime
    author: Raw
    source: tuple[str, str]
    target: tuple[str, str]
    """Status ids and names."""


def item_of(raw_items: Any, field: str) -> Raw | None:
    """The change of one field. ``fieldId`` may be missing, and ``field`` may be capitalised."""
    items = [one for one in raw_items if isinstance(one, Mapping)] if isinstance(raw_items, list) else []
    by_id = (one for one in items if one.get("fieldId") == field)
    by_name = (one for one in items if "fieldId" not in one and str(one.get("field")).lower() == field)
    return next(by_id, None) or next(by_name, None)


def steps(raw_histories: Iterable[Any], when: Callable[[Any], datetime | None]) -> Iterator[Step]:
    """The changes of status, oldest first, in whatever order the changelog came."""
    found = [(when(raw.get("created")), raw) for raw in raw_histories if isinstance(raw, Mapping)]
    dated = [(at, str(raw.get("id") or "").zfill(20), raw) for at, raw in found if at is not None]
    for at, _, raw in sorted(dated, key=lambda one: one[:2]):
        if item := item_of(raw.get("items"), "status"):
            author = raw.get("author")
            source, target = ((str(item.get(a) or ""), str(item.get(b) or "")) for a, b in ENDS)
            yield Step(at, author if isinstance(author, Mapping) else {}, source, target)


ENDS = (("from", "fromString"), ("to", "toString"))


def solvings(
    raw_histories: Iterable[Any],
    when: Callable[[Any], datetime | None],
    is_resolved: Callable[[tuple[str, str]], bool],
    is_us: Callable[[Raw], bool],
) -> Solvings:
    """The issue's solvings. ``is_resolved`` judges a status by id and name, ``is_us`` whether a user is our own."""
    histories = list(raw_histories)
    current: tuple[datetime, Raw] | None = None
    past: list[tuple[datetime, Raw]] = []
    for step in steps(histories, when):
        before, after = is_resolved(step.source), is_resolved(step.target)
        if after and not before:
            current = past.pop() if past and is_us(step.author) else (step.at, step.author)
        elif before and not after:
            past += [current] if current else []
            current = None
    hands = [item_of(raw.get("items"), "assignee") for raw in histories if isinstance(raw, Mapping)]
    return Solvings(
        current[0] if current else None,
        tuple(at for at, _ in past),
        current[1] if current else None,
        sum(1 for item in hands if item and item.get("from") and item.get("to")),
    )
