"""The filters of a question in words, and what else could be chosen.

What could be chosen for groups, agents and segments is whatever has answers in the period, from the roll-ups; for
captured fields it is what the newest answers of the period hold, so that it never costs more than a page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.reports.dimensions import (
    AGENT,
    CATEGORY,
    CHANNEL,
    COMMENTED,
    CUSTOMER_ORGANISATION,
    FACTOR,
    FIELD,
    GROUP,
    HANDS,
    HOUR,
    NAMED,
    NOBODY,
    PRIORITY,
    REASSIGNMENTS,
    SEGMENT1,
    SEGMENT2,
    TICKED,
    TIME_TO_RESOLVE,
    TIMES,
    WEEKDAY,
    Dimension,
    dimension,
)
from deskpulse.reports.levels import NO_VALUE, Group, Tree, label, labels
from deskpulse.reports.question import NONE, Question
from deskpulse.reports.roll_ups import COUNTED
from deskpulse.reports.tally import Scope, tally
from deskpulse.scoring.bands import Band
from deskpulse.surveys.factors import BY_CODE, FACTORS
from deskpulse.surveys.models import Response

MOST_CHOICES = 200
"""Of one filter; the others can be reached by choosing a support group first."""
NEWEST = 2000
"""Answers that are looked through for what captured fields hold."""
PARAMETERS: Mapping[str, Dimension] = {"rgid": GROUP, "agid": AGENT, "sgid1": SEGMENT1, "sgid2": SEGMENT2}
"""Parameters that are not named like their dimension."""
SPLIT = frozenset({"rgid", "agid", "sgid1", "sgid2", "band"})
"""Parameters that may hold several values after commas."""
LABELS = {
    "band": "Band",
    "min": "Score from",
    "max": "Score up to",
    "tid": "Ticket",
    "q": "Comment",
    "project": "Project",
}
PERIOD = frozenset({"month", "from", "to"})
CAPTURED = (PRIORITY, CHANNEL, CATEGORY, CUSTOMER_ORGANISATION)


@dataclass(frozen=True, slots=True)
class Chip:
    """One value that answers are filtered by, in words; ``without`` is the query of the same question without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that could be chosen; ``depth`` is that in the tree."""

    value: str
    label: str
    chosen: bool
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter with the values that could be chosen for it; ``more`` where some had to be left out."""

    name: str
    label: str
    choices: Sequence[Choice]
    more: bool = False

    @property
    def chosen(self) -> int:
        """How many of them are."""
        return sum(choice.chosen for choice in self.choices)


def chips(session: Session, question: Question) -> list[Chip]:
    """The filters of a question, each value by itself, without its period."""
    asked: dict[str, list[str]] = defaultdict(list)
    for name, value in question.asked:
        if name not in PERIOD and name != "combine":
            asked[name] += [part.strip() for part in value.split(",") if part.strip()] if name in SPLIT else [value]
    made = []
    for name, values in asked.items():
        words = _words(session, question, name, values)
        distinct = list(dict.fromkeys(values))
        for value in distinct:
            left: dict[str, Any] = {name: [one for one in distinct if one != value] or None}
            if name == "rgid" and left[name] is None:
                left["combine"] = None
            made.append(Chip(parameter_label(name), words[value], question.address(**left)))
    return made


def parameter_label(name: str) -> str:
    """What a parameter filters by, in words."""
    if name in LABELS:
        return LABELS[name]
    return (PARAMETERS.get(name) or dimension(name)).label


def choices(session: Session, question: Question) -> list[Filter]:
    """Every filter with what could be chosen in the question's period."""
    chosen = _Chosen(question)
    made = [_groups(session, question, chosen), _agents(session, question)]
    made += [_segments(session, question, chosen, name) for name in ("sgid1", "sgid2")]
    made.append(chosen.filter("band", ((band.value, band.value) for band in Band)))
    made.append(chosen.filter(FACTOR.name, ((factor.code, factor.neutral) for factor in FACTORS)))
    made += [chosen.filter(name, ((value, value) for value in values)) for name, values in _held(session, question)]
    steps = [name for _, name in HANDS] + ["5 or more"], [name for _, name in TIMES] + ["over 3 days"]
    for one, names in zip((REASSIGNMENTS, TIME_TO_RESOLVE), steps, strict=True):
        made.append(chosen.filter(one.name, ((value, value) for value in names)))
    for one, numbers in ((WEEKDAY, range(7)), (HOUR, range(24))):
        made.append(chosen.filter(one.name, ((str(number), label(one, number)) for number in numbers)))
    return [one for one in made if one.choices]


class _Chosen:
    """What a question has chosen already; it stays among the choices whether or not it has answers."""

    def __init__(self, question: Question) -> None:
        self._question = question

    def values(self, name: str) -> list[str]:
        found = self._question.values(name)
        return [part.strip() for one in found for part in one.split(",")] if name in SPLIT else found

    def filter(self, name: str, offered: Iterable[tuple[str, str]], *, more: bool = False) -> Filter:
        """One filter; values with their labels, in this order, chosen ones that are missing after them."""
        chosen = self.values(name)
        known = dict(offered)
        known |= {value: NO_VALUE if value == NONE else value for value in chosen if value not in known}
        made = [Choice(value, words, value in chosen) for value, words in known.items()]
        return Filter(name, parameter_label(name), made, more)


def _groups(session: Session, question: Question, chosen: _Chosen) -> Filter:
    """Groups in use or with answers, each below its parent."""
    tree = Tree.of(session, question.organisation_id)
    answered = {key for (key,) in tally(session, Scope(question.organisation_id, question.period), GROUP)}
    codes = set(chosen.values("rgid"))
    below: dict[int | None, list[Group]] = defaultdict(list)
    for group in tree.groups.values():
        below[group.parent_id].append(group)
    made: list[Choice] = []

    def add(parent: int | None, depth: int) -> None:
        for group in below[parent]:
            if group.active or group.code in codes or answered & group.with_below:
                made.append(Choice(group.code, group.name, group.code in codes, depth))
                add(group.id, depth + 1)

    add(None, 0)
    if NOBODY in answered or NONE in codes:
        made.append(Choice(NONE, labels(session, question.organisation_id, GROUP, [NOBODY])[NOBODY], NONE in codes))
    return Filter("rgid", GROUP.label, made)


def _agents(session: Session, question: Question) -> Filter:
    """Agents of the chosen groups with answers, those with most of them where there are too many, by name."""
    within = {GROUP: question.filters[GROUP]} if GROUP in question.filters else {}
    counted = tally(session, Scope(question.organisation_id, question.period, within), AGENT)
    most = sorted(counted, key=lambda key: -counted[key].n)
    keys = {key for (key,) in most[:MOST_CHOICES]} | set(question.filters.get(AGENT, ()))
    names = labels(session, question.organisation_id, AGENT, keys)
    found = sorted(((name, key) for key, name in names.items()), key=lambda pair: (pair[1] == NOBODY, pair[0].lower()))
    mine = set(question.filters.get(AGENT, ()))
    made = [Choice(str(key) if key else NONE, name, key in mine) for name, key in found]
    return Filter("agid", AGENT.label, made, more=len(most) > MOST_CHOICES)


def _segments(session: Session, question: Question, chosen: _Chosen, name: str) -> Filter:
    one = PARAMETERS[name]
    counted = tally(session, Scope(question.organisation_id, question.period), one)
    names = labels(session, question.organisation_id, one, [key for (key,) in counted])
    found = sorted(names.items(), key=lambda pair: (not pair[0], pair[1].lower()))
    if [key for key, _ in found] == [one.nothing]:
        return Filter(name, one.label, [])
    return chosen.filter(
        name, ((key or NONE, words) for key, words in found[:MOST_CHOICES]), more=len(found) > MOST_CHOICES
    )


def _held(session: Session, question: Question) -> list[tuple[str, list[str]]]:
    """What the newest answers of the period hold in each captured field, by the parameter's name."""
    wanted = (
        select(*(one.column.label(one.name) for one in CAPTURED), Response.fields)
        .where(
            Response.organisation_id == question.organisation_id,
            Response.day.between(question.period.first, question.period.last),
            COUNTED,
        )
        .order_by(Response.day.desc(), Response.answered_at.desc())
        .limit(NEWEST)
    )
    found: dict[str, set[str]] = {one.name: set() for one in CAPTURED}
    for row in session.execute(wanted):
        for one in CAPTURED:
            found[one.name].add(getattr(row, one.name) or NONE)
        for name, value in row.fields.items():
            found.setdefault(FIELD + name, set()).add(str(value) if value else NONE)
    asked = {name for name, _ in question.asked if name.startswith(FIELD) or name in NAMED}
    for name in asked - {one.name for one in (*CAPTURED, FACTOR, REASSIGNMENTS, TIME_TO_RESOLVE, WEEKDAY, HOUR)}:
        found.setdefault(name, set())
    return [
        (name, sorted(values, key=lambda value: (value == NONE, value.lower()))[:MOST_CHOICES])
        for name, values in found.items()
        if values - {NONE} or name in asked
    ]


def _words(session: Session, question: Question, name: str, values: Sequence[str]) -> dict[str, str]:
    """Values of one parameter in words."""
    words = {value: NO_VALUE if value == NONE else value for value in values}
    one = PARAMETERS.get(name)
    if one is None:
        if name == FACTOR.name:
            return words | {value: BY_CODE[value].neutral for value in values if value in BY_CODE}
        if name == COMMENTED.name or name.startswith(TICKED):
            words = {value: label(dimension(name), "" if value == NONE else value) for value in values}
        if name in (HOUR.name, WEEKDAY.name):
            words = {value: label(NAMED[name], int(value)) for value in values}
        return words
    if one == GROUP:
        names = {group.code.lower(): group.name for group in question.groups}
        return {value: names.get(value.lower(), words[value]) for value in values}
    keys = {value: int(value) if value.isdecimal() else value for value in values if value != NONE}
    if one == AGENT:
        keys = {value: key for value, key in keys.items() if isinstance(key, int)}
    else:
        keys = {value: value for value in keys}
    found = labels(session, question.organisation_id, one, keys.values()) if keys else {}
    return words | {value: found[key] for value, key in keys.items()}
