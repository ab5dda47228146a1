"""The feedback slider: what customers wrote, newest first, one at a time.

What is shown of each is chosen by ``display``, a string of eight digits 1 (shown) or 0, in this order: date, score,
comment, factors, support group, agent, customer, segments. A string of seven leaves the segments out. Without it, date,
score, comment and support group are shown.

A score beside the name of a group is part of that group's score. So names are shown only where that group's own score
may be: where too few have answered, comments stand without them, and where that holds for all that was asked about,
there are none at all. A customer is named only where the address asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports.dimensions import AGENT, GROUP, NOBODY, NOTHING, SCORE, SEGMENT1, SEGMENT2
from deskpulse.reports.displays.asked import Asked, Pairs, ask, number, option
from deskpulse.reports.levels import Tree, labels
from deskpulse.reports.places import EVERYTHING, Places
from deskpulse.reports.question import BadQuestion, Question
from deskpulse.reports.roll_ups import COUNTED
from deskpulse.reports.shown import Shown
from deskpulse.reports.tally import count
from deskpulse.surveys import factors
from deskpulse.surveys.models import Response

FIELDS = ("date", "score", "comment", "factors", "group", "agent", "customer", "segments")
USUAL = "11101000"
MOST = 100
"""Comments in one round, the newest ones."""
LONGEST = 400
"""Characters of a comment, so that it stays legible."""
GROUP_AND_SEGMENTS = ({"group", "segments"}, {"group"}, {"segments"}, set[str]())
"""What may be named together, the most telling first."""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """One answer, as far as it is to be shown; everything else is ``None`` or empty."""

    date: datetime | None = None
    score: int | None = None
    comment: str = ""
    shortened: bool = False
    factors: tuple[str, ...] = ()
    group: str = ""
    agent: str = ""
    customer: str = ""
    segments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedbackSlider:
    """The ``position``-th ``of`` so many; ``withheld`` where too few have answered for any to be shown."""

    asked: Asked
    verbatim: Verbatim | None
    position: int = 0
    of: int = 0
    withheld: bool = False


def feedback_slider(session: Session, organisation: Organisation, pairs: Pairs, now: datetime) -> FeedbackSlider:
    """The comment at the address's position ``at``, within its groups, segments and scores. Raises BadQuestion."""
    chosen, at = flags(option(pairs, "display") or USUAL), number(pairs, "at")
    asked = ask(session, organisation, pairs, now, also=("min", "max"))
    # Whatever the scores that are asked for: how many answers there are decides.
    every = replace(asked.question, filters={k: v for k, v in asked.question.filters.items() if k != SCORE})
    places = Places.of(Tree.of(session, organisation.id))
    shown = Shown.read(session, every, every.period, places, asked.minimum, cut="segments" in chosen)
    if shown.standing(asked.title, shown.keys(every)).withheld:
        return FeedbackSlider(asked, None, withheld=True)
    found = _newest(session, asked.question)
    if not found:
        return FeedbackSlider(asked, None)
    position = (at - 1) % len(found) + 1
    response = session.get_one(Response, found[position - 1])
    named = chosen - {"group", "segments"} | _nameable(shown, every, response, chosen)
    if "agent" in chosen and not _agent_nameable(session, every, response, named, asked.minimum):
        named -= {"agent"}
    return FeedbackSlider(asked, _verbatim(session, response, named), position, len(found))


def flags(text: str) -> frozenset[str]:
    """The fields that ``display`` chooses. Raises BadQuestion."""
    if not re.fullmatch(r"[01]{7,8}", text):
        raise BadQuestion(f"display: {text!r} is no string of eight digits 0 or 1: {', '.join(FIELDS)}.")
    return frozenset(name for name, digit in zip(FIELDS, text, strict=False) if digit == "1")


def shorten(comment: str, longest: int = LONGEST) -> str:
    """A comment of at most so many characters, ended between words where there are any."""
    if len(comment) <= longest:
        return comment
    kept = comment[:longest]
    words, _, rest = kept.rpartition(" ")
    return (words if words and len(rest) < longest // 4 else kept).rstrip(" .,;:-")


def _newest(session: Session, question: Question) -> list[int]:
    wanted = (
        select(Response.id)
        .where(
            Response.organisation_id == question.organisation_id,
            Response.day.between(question.period.first, question.period.last),
            COUNTED,
            Response.comment != "",
            *(one.of_response.in_(keys) for one, keys in question.filters.items()),
        )
        .order_by(Response.day.desc(), Response.answered_at.desc(), Response.id.desc())
        .limit(MOST)
    )
    return list(session.scalars(wanted))


def _nameable(shown: Shown, question: Question, response: Response, chosen: frozenset[str]) -> frozenset[str]:
    """Which of group and segments may stand beside the score: those whose answers all together may be scored."""

    def keys(named: set[str]) -> Iterator[Any]:
        places = shown.places.made_of(question.filters[GROUP]) if GROUP in question.filters else [EVERYTHING]
        if "group" in named:
            places = [shown.places.place(response.group_id or NOBODY, with_below=False)]
        values: list[list[str | None]] = []
        for one, own in ((SEGMENT1, response.segment1), (SEGMENT2, response.segment2)):
            asked = sorted(question.filters.get(one, ())) or [None]
            values.append([own or NOTHING] if "segments" in named else asked)
        return product(places, *values)

    return next(
        frozenset(named)
        for named in GROUP_AND_SEGMENTS
        if named <= chosen and (not named or all(shown.allows(key) for key in keys(named)))
    )


def _agent_nameable(
    session: Session, question: Question, response: Response, named: frozenset[str], minimum: int
) -> bool:
    """Whether the agent has enough answers among those that share what stands beside the name."""
    scope = question.scope.within(AGENT, [response.agent_id or NOBODY])
    if "group" in named:
        scope = scope.within(GROUP, [response.group_id or NOBODY])
    if "segments" in named:
        scope = scope.within(SEGMENT1, [response.segment1 or NOTHING]).within(SEGMENT2, [response.segment2 or NOTHING])
    return response.agent_id is not None and count(session, scope).n >= minimum


def _verbatim(session: Session, response: Response, named: frozenset[str]) -> Verbatim:
    said = " ".join(response.comment.split())
    comment = shorten(said)
    segments = [
        labels(session, response.organisation_id, one, [code])[code]
        for one, code in ((SEGMENT1, response.segment1), (SEGMENT2, response.segment2))
        if code and "segments" in named
    ]
    return Verbatim(
        response.answered_at if "date" in named else None,
        response.score if "score" in named else None,
        comment if "comment" in named else "",
        "comment" in named and comment != said,
        factors.labels(response.factors, response.score) if "factors" in named else (),
        _name(session, SupportGroup, response.group_id) if "group" in named else "",
        _name(session, AgentRow, response.agent_id) if "agent" in named else "",
        _name(session, CustomerRow, response.customer_id) if "customer" in named else "",
        tuple(segments),
    )


def _name(session: Session, table: type[SupportGroup | AgentRow | CustomerRow], key: int | None) -> str:
    return (session.scalar(select(table.name).where(table.id == key)) or "") if key is not None else ""
