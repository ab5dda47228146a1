"""What a person may have to look at: answers in quarantine, answers in error, scores that nobody confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.surveys import ledger
from deskpulse.surveys.ledger import Answer, HitKind, Reason
from deskpulse.surveys.models import Hit, Invite, Response, TicketRow
from deskpulse.surveys.visits import record_of

MOST_LINKS = 200
"""Links that one list looks at, newest first."""


@dataclass(frozen=True, slots=True)
class Held:
    """One answer in quarantine, with the reason and what was seen of the visit."""

    hit_id: int
    link: str
    ticket_number: str
    at: datetime
    answer: Answer
    reason: Reason
    evidence: Mapping[str, Any]
    counts_without: bool
    """Whether the link has a confirmed answer all the same."""


@dataclass(frozen=True, slots=True)
class Provisional:
    """A score that only a link carried: someone, or something, opened it, and nobody confirmed it."""

    link: str
    ticket_number: str
    score: int
    at: datetime


def quarantined(session: Session, organisation_id: int, *, links: int = MOST_LINKS) -> Sequence[Held]:
    """Answers that are kept and do not count, newest link first."""
    answered = Hit.kind.in_((HitKind.ANSWER, HitKind.LATE))
    found: list[Held] = []
    change_within = _change_within(session, organisation_id)
    for link, hits in _ledgers(session, organisation_id, answered, links):
        rows = {row.id: row for row in hits}
        standing = ledger.current([record_of(row) for row in hits], change_within)
        found += [
            Held(
                hit_id=one.hit.id,
                link=link,
                ticket_number=rows[one.hit.id].number or "",
                at=one.hit.at,
                answer=one.hit.answer,
                reason=one.reason,
                evidence=rows[one.hit.id].evidence,
                counts_without=standing.confirmed is not None,
            )
            for one in standing.quarantined
            if one.hit.answer is not None
        ]
    return found


def provisional(session: Session, organisation_id: int, *, links: int = MOST_LINKS) -> Sequence[Provisional]:
    """Scores that were chosen in a mail and not confirmed on the page, newest link first."""
    scored = (Hit.kind == HitKind.VIEW) & Hit.score.is_not(None) & ~exists().where(Response.link == Hit.link)
    found: list[Provisional] = []
    change_within = _change_within(session, organisation_id)
    for link, hits in _ledgers(session, organisation_id, scored, links):
        standing = ledger.current([record_of(row) for row in hits], change_within)
        if standing.provisional is not None:
            found.append(Provisional(link, hits[-1].number or "", standing.provisional, hits[-1].at))
    return found


def in_error(session: Session, organisation_id: int) -> Sequence[Response]:
    """Answers whose link named something wrong: kept, and counted once mended. Newest first."""
    return _of_status(session, organisation_id, "error")


def for_review(session: Session, organisation_id: int) -> Sequence[Response]:
    """Answers that are kept beside a more trusted one. Newest first."""
    return _of_status(session, organisation_id, "review")


def _of_status(session: Session, organisation_id: int, status: str) -> Sequence[Response]:
    wanted = select(Response).where(Response.organisation_id == organisation_id, Response.status == status)
    return session.scalars(wanted.order_by(Response.answered_at.desc(), Response.id.desc())).all()


def _change_within(session: Session, organisation_id: int) -> timedelta:
    organisation = session.get_one(Organisation, organisation_id)
    return timedelta(minutes=Preferences.of(organisation.preferences).change_minutes)


def _ledgers(session: Session, organisation_id: int, having: Any, most: int) -> list[tuple[str, list[Any]]]:
    """The whole ledgers of the newest links that have such a hit."""
    having_one = select(Hit.link).where(Hit.organisation_id == organisation_id, having).group_by(Hit.link)
    chosen = session.scalars(having_one.order_by(func.max(Hit.id).desc()).limit(most)).all()
    rows = session.execute(
        select(*Hit.__table__.columns, TicketRow.number)
        .outerjoin(Invite, Invite.token_digest == Hit.link)
        .outerjoin(TicketRow, TicketRow.id == Invite.ticket_id)
        .where(Hit.link.in_(chosen))
        .order_by(Hit.link, Hit.id)
    )
    ledgers = [(link, list(hits)) for link, hits in groupby(rows, key=lambda row: str(row.link))]
    return sorted(ledgers, key=lambda one: one[1][-1].id, reverse=True)
