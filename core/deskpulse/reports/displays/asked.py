"""What a display is asked for: fewer things than a page for one reader, since everybody sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dimensions import GROUP, SEGMENT1, SEGMENT2
from deskpulse.reports.levels import NO_GROUP, labels
from deskpulse.reports.question import BadQuestion, Question, parse
from deskpulse.scoring.periods import Month, Period

Pairs = Sequence[tuple[str, str]]
PARAMETERS = frozenset({"rgid", "combine", "sgid1", "sgid2", "month"})
"""Of those that pages of numbers know; without ``month`` a display shows the running 30 days."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to a display. ``title`` names whom it is about, ``level`` says which of their answers count."""

    question: Question
    minimum: int
    title: str
    level: str

    @property
    def period(self) -> Period:
        """The days that it is about."""
        return self.question.period

    @property
    def before(self) -> Period:
        """The comparable days before."""
        return self.period.previous()

    @property
    def before_label(self) -> str:
        """Those in words."""
        return self.before.label if isinstance(self.before, Month) else f"the {self.before.days} days before"

    @property
    def period_label(self) -> str:
        """The days in words, and whether they are a month of the calendar."""
        kind = "calendar" if isinstance(self.period, Month) else "30-day"
        return f"{self.period.label} ({kind} NPS)"


def ask(session: Session, organisation: Organisation, pairs: Pairs, now: datetime, also: Iterable[str] = ()) -> Asked:
    """Read the address of a display; ``also`` names parameters that this one knows beyond those of all.

    Raises BadQuestion for what cannot be read, and for filters that displays do not have: a number for everybody to see
    must not be cut so finely that it tells about one customer.
    """
    question = parse(session, organisation, pairs, now)
    for name, _ in question.asked:
        if name not in PARAMETERS | set(also):
            known = ", ".join(sorted(PARAMETERS | set(also)))
            raise BadQuestion(f"{name}: a display cannot be filtered by this, only by {known}.")
    minimum = Preferences.of(organisation.preferences).minimum_responses
    return Asked(question, minimum, _title(session, organisation, question), _level(question))


def option(pairs: Pairs, name: str) -> str:
    """The value of a display's own parameter, empty where it is not given; ``&amp;`` damage is forgiven."""
    return next((value.strip() for one, value in pairs if one.rpartition("amp;")[2] == name), "")


def number(pairs: Pairs, name: str) -> int:
    """The same as a number from 1 on, 1 where it is not given. Raises BadQuestion."""
    text = option(pairs, name) or "1"
    if not (text.isdecimal() and len(text) < 7 and int(text) > 0):
        raise BadQuestion(f"{name}: {text!r} is no number from 1 on.")
    return int(text)


def _title(session: Session, organisation: Organisation, question: Question) -> str:
    names = [group.name for group in question.groups]
    if GROUP in question.filters and not names:
        names = [NO_GROUP]
    for one in (SEGMENT1, SEGMENT2):
        if keys := question.filters.get(one):
            named = labels(session, organisation.id, one, keys)
            names.append(", ".join(sorted(named.values())))
    return " \N{MIDDLE DOT} ".join(names) or organisation.name


def _level(question: Question) -> str:
    if not question.groups:
        if GROUP in question.filters:
            return "Answers that name no group"
        return "Segment" if question.filters.keys() & {SEGMENT1, SEGMENT2} else "Organisation"
    if len(question.groups) > 1:
        return "Support groups"
    (group,) = question.groups
    kind = "Department" if group.is_department else "Team"
    if len(group.with_below) == 1:
        return kind
    return f"{kind} with its teams" if question.combine else f"{kind} itself, without its teams"
