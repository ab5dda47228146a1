"""Comments to pass on: what promoters and detractors wrote, without who wrote it and about whom."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from deskpulse.reports.roll_ups import COUNTED
from deskpulse.reports.tally import Scope
from deskpulse.scoring.bands import HIGHEST, LOWEST, Band, band_of
from deskpulse.surveys.models import Response

SHORTEST, LONGEST = 20, 240
"""Characters: fewer tell little, more than that are cut."""
LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote, shortened where long."""

    score: int
    words: str


def best(session: Session, scope: Scope, count: int) -> list[Comment]:
    """What promoters wrote: the highest scores first, of those the newest."""
    return _telling(session, scope, Band.PROMOTER, count)


def worst(session: Session, scope: Scope, count: int) -> list[Comment]:
    """What detractors wrote: the lowest scores first, of those the newest."""
    return _telling(session, scope, Band.DETRACTOR, count)


def _telling(session: Session, scope: Scope, band: Band, count: int) -> list[Comment]:
    """Each text once, and each person once."""
    scores = [score for score in range(LOWEST, HIGHEST + 1) if band_of(score) is band]
    extreme = Response.score.desc() if band is Band.PROMOTER else Response.score.asc()
    wanted = (
        select(Response.score, Response.comment, Response.person)
        .where(
            Response.organisation_id == scope.organisation_id,
            Response.day.between(scope.period.first, scope.period.last),
            COUNTED,
            Response.score.in_(scores),
            func.length(Response.comment) >= SHORTEST,
        )
        .order_by(extreme, Response.answered_at.desc(), Response.id.desc())
        .limit(LOOKED_AT)
    )
    found: list[Comment] = []
    met: set[str] = set()
    for score, comment, person in session.execute(wanted):
        words = " ".join(comment.split())
        once = {f"words:{words.casefold()}", f"person:{person}" if person else ""} - {""}
        if len(words) >= SHORTEST and met.isdisjoint(once):
            met |= once
            found.append(Comment(score, _shortened(words)))
    return found[:count]


def _shortened(words: str) -> str:
    if len(words) <= LONGEST:
        return words
    kept = words[:LONGEST]
    return (kept.rpartition(" ")[0] or kept) + " …"
