"""The free pivot: scores by any one or two of the things that are captured about a ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dimensions import (
    AGENT,
    CATEGORY,
    CHANNEL,
    COMMENTED,
    CUSTOMER_ORGANISATION,
    FIELD,
    GROUP,
    HANDS,
    HOUR,
    MONTH,
    NAMED,
    PRIORITY,
    REASSIGNMENTS,
    SEGMENT1,
    SEGMENT2,
    TIME_TO_RESOLVE,
    TIMES,
    WEEKDAY,
    Dimension,
    dimension,
    field,
)
from deskpulse.reports.levels import labels
from deskpulse.reports.pivots.grid import Grid, Line, lines, margins
from deskpulse.reports.question import BadQuestion, Question
from deskpulse.reports.roll_ups import COUNTED
from deskpulse.reports.tally import tally
from deskpulse.surveys.models import Response

MOST_ROWS, MOST_COLUMNS = 50, 24
"""Values of a dimension that has no order of its own; the rest is merged."""
NEWEST = 2000
"""Answers that are looked through for the names of captured fields."""
OFFERED = (
    PRIORITY, CHANNEL, CATEGORY, CUSTOMER_ORGANISATION, REASSIGNMENTS, TIME_TO_RESOLVE, WEEKDAY, HOUR, MONTH,
    GROUP, AGENT, SEGMENT1, SEGMENT2, COMMENTED,
)  # fmt: skip
TIME_LIKE = (MONTH, WEEKDAY, HOUR)
PROJECT = "project"
_STEPS = {one: [name for _, name in steps] for one, steps in ((REASSIGNMENTS, HANDS), (TIME_TO_RESOLVE, TIMES))}


@dataclass(frozen=True, slots=True)
class Choice:
    """A dimension that may be chosen, by its name in the address."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class FieldsReport:
    """``columns`` is missing where only one dimension was chosen; the grid then has a single column of everything."""

    rows: Dimension
    columns: Dimension | None
    grid: Grid
    choices: Sequence[Choice]

    @property
    def by(self) -> tuple[Dimension, ...]:
        """What answers are counted by."""
        return (self.rows, self.columns) if self.columns else (self.rows,)


def fields_report(
    session: Session, organisation: Organisation, question: Question, rows: str = "", columns: str = ""
) -> FieldsReport:
    """Count the question's answers by the dimensions of these names; without any by priority.

    Raises BadQuestion for a name that is none.
    """
    preferences = Preferences.of(organisation.preferences)
    down = _chosen(rows or PRIORITY.name, preferences)
    across = _chosen(columns, preferences) if columns else None
    if across == down:
        across = None
    if across:
        counted = {(keys[0], keys[1]): its for keys, its in tally(session, question.scope, down, across).items()}
    else:
        counted = {(keys[0], None): its for keys, its in tally(session, question.scope, down).items()}
    by_row, by_column = margins(counted)
    grid = Grid.of(
        counted,
        _lines(session, organisation.id, down, by_row, MOST_ROWS),
        _lines(session, organisation.id, across, by_column, MOST_COLUMNS) if across else [Line("All", (None,))],
        preferences.minimum_responses,
    )
    return FieldsReport(down, across, grid, _choices(session, question, preferences, (down, across)))


def _chosen(name: str, preferences: Preferences) -> Dimension:
    if name == PROJECT and preferences.project_field:
        chosen = preferences.project_field
        return dimension(chosen) if chosen in NAMED else field(chosen)
    if name in {one.name for one in OFFERED} or (name.startswith(FIELD) and name != FIELD):
        return dimension(name)
    raise BadQuestion(f"rows, columns: answers cannot be counted by {name!r}.")


def _lines(session: Session, organisation_id: int, one: Dimension, counts: Mapping[Any, Any], most: int) -> list[Line]:
    return lines(counts, labels(session, organisation_id, one, counts), most, _order(one))


def _order(one: Dimension) -> Callable[[Any], Any] | None:
    """Of a dimension whose keys have one."""
    if one in TIME_LIKE:
        return lambda key: key
    if steps := _STEPS.get(one):
        return lambda key: (key == "", steps.index(key) if key in steps else len(steps))
    return None


def _choices(
    session: Session, question: Question, preferences: Preferences, chosen: Sequence[Dimension | None]
) -> list[Choice]:
    """What answers can be counted by: what is offered always, and the fields that the newest answers hold."""
    made = [Choice(one.name, one.label) for one in OFFERED]
    if preferences.project_field:
        made.append(Choice(PROJECT, "Project"))
    newest = (
        select(Response.fields)
        .where(
            Response.organisation_id == question.organisation_id,
            Response.day.between(question.period.first, question.period.last),
            COUNTED,
        )
        .order_by(Response.day.desc(), Response.answered_at.desc())
        .limit(NEWEST)
    )
    names = {name for held in session.scalars(newest) for name in held}
    names |= {one.label for one in chosen if one and one.name.startswith(FIELD)}
    return [*made, *(Choice(FIELD + name, name) for name in sorted(names, key=str.lower))]
