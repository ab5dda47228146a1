"""What a person may have to look at: answers in quarantine, answers in error, scores that nobody confirmed.

Whoever looked at an answer in quarantine accepts or rejects it. That is one more thing that happened on its link, so
the answer that counts still follows from the ledger alone, and the ledger decides what an acceptance is worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.surveys import attribution, ledger, links, responses, visits
from deskpulse.surveys.entrances import REVOKED, LedgerEntrance
from deskpulse.surveys.ledger import Answer, HitKind, Reason
from deskpulse.surveys.models import Hit, Invite, Response, TicketRow
from deskpulse.surveys.visits import LINK, record_of

MOST_LINKS = 200
"""Links that one list looks at, newest first."""


class Judged(StrEnum):
    """What became of a verdict."""

    DONE = "done"
    UNKNOWN = "unknown"
    """No such answer is in this organisation's quarantine."""
    ANSWERED = "answered"
    """The link has a confirmed answer, which nothing replaces."""


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
    rejected_by: str = ""
    """Who looked at it and rejected it."""
    rejected_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Provisional:
    """A score that only a link carried: someone, or something, opened it, and nobody confirmed it."""

    link: str
    ticket_number: str
    score: int
    at: datetime


def quarantined(session: Session, organisation_id: int, *, links: int = MOST_LINKS) -> Sequence[Held]:
    """Answers that are kept and do not count, newest link first; those that someone rejected come last."""
    found: list[Held] = []
    change_within = _change_within(session, organisation_id)
    for link, hits in _ledgers(session, _with_more_answers_than_count(organisation_id), links):
        rows = {row.id: row for row in hits}
        standing = ledger.current([record_of(row) for row in hits], change_within)
        found += [
            Held(
                hit_id=one.hit.id,
                link=link,
                ticket_number=_ticket_number(rows[one.hit.id]),
                at=one.hit.at,
                answer=one.hit.answer,
                reason=one.reason,
                evidence={name: fact for name, fact in rows[one.hit.id].evidence.items() if name != LINK},
                counts_without=standing.confirmed is not None,
                rejected_by=one.rejected.by if one.rejected else "",
                rejected_at=one.rejected.at if one.rejected else None,
            )
            for one in standing.quarantined
            if one.hit.answer is not None
        ]
    return sorted(found, key=lambda held: held.rejected_at is not None)


def judge(desk: Desk, organisation_id: int, hit_id: int, verdict: HitKind, *, actor: str) -> Judged:
    """Accept or reject one answer in quarantine, with an audit of it.

    What is accepted becomes its link's answer, where there is none; what is rejected stays, marked as looked at.
    """
    with desk.db.write() as session:
        row = session.get(Hit, hit_id)
        if row is None or row.organisation_id != organisation_id:
            return Judged.UNKNOWN
        entrance = LedgerEntrance(organisation_id, row.link, row.evidence.get(LINK, {}))
        entrance.lock(session)
        hits = visits.on_link(session.connection(), row.link)
        change_within = _change_within(session, organisation_id)
        before = ledger.current(hits, change_within)
        held = next((one for one in before.quarantined if one.hit.id == hit_id), None)
        if held is None:
            return Judged.UNKNOWN
        if verdict is HitKind.ACCEPT and before.confirmed is not None:
            return Judged.ANSWERED
        noted = visits.note_verdict(desk, session, row, verdict, actor)
        after = ledger.current([*hits, noted], change_within)
        responses.settle(desk, session, entrance.find(desk, session.connection()), after)
        what = f"answer {verdict}ed"
        detail = {"reason": held.reason.value, "score": held.hit.score}
        organisations.audit(desk, session, organisation_id, actor, what, str(hit_id), detail)
    return Judged.DONE


def provisional(session: Session, organisation_id: int, *, links: int = MOST_LINKS) -> Sequence[Provisional]:
    """Scores that were chosen in a mail and not confirmed on the page, newest link first."""
    scored = (Hit.kind == HitKind.VIEW) & Hit.score.is_not(None) & ~exists().where(Response.link == Hit.link)
    found: list[Provisional] = []
    change_within = _change_within(session, organisation_id)
    chosen = select(Hit.link).where(Hit.organisation_id == organisation_id, scored).group_by(Hit.link)
    for link, hits in _ledgers(session, chosen, links):
        standing = ledger.current([record_of(row) for row in hits], change_within)
        if standing.provisional is not None:
            found.append(Provisional(link, hits[-1].number or "", standing.provisional, hits[-1].at))
    return found


def in_error(session: Session, organisation_id: int) -> Sequence[Response]:
    """Answers whose link named something wrong: kept, and counted once mended. Newest first."""
    return _of_status(session, organisation_id, "error")


def namesakes(session: Session, answer: Response) -> Sequence[tuple[int, str]]:
    """The tickets that an answer in error may be about, where its link's name means several: id, and helpdesk."""
    tickets = attribution.named(session, answer.organisation_id, answer.tid, links.helpdesk(answer.link_parameters))
    if len(tickets) < 2:
        return []
    of = select(TicketRow.id, ConnectionRow.name).join(ConnectionRow, ConnectionRow.id == TicketRow.connection_id)
    found = session.execute(of.where(TicketRow.id.in_([ticket.id for ticket in tickets])).order_by(TicketRow.id))
    return [(row.id, row.name) for row in found]


def for_review(session: Session, organisation_id: int) -> Sequence[Response]:
    """Answers that are kept beside a more trusted one. Newest first."""
    return _of_status(session, organisation_id, "review")


def _of_status(session: Session, organisation_id: int, status: str) -> Sequence[Response]:
    wanted = select(Response).where(Response.organisation_id == organisation_id, Response.status == status)
    return session.scalars(wanted.order_by(Response.answered_at.desc(), Response.id.desc())).all()


def _change_within(session: Session, organisation_id: int) -> timedelta:
    organisation = session.get_one(Organisation, organisation_id)
    return timedelta(minutes=Preferences.of(organisation.preferences).change_minutes)


def _ticket_number(row: Any) -> str:
    """What the ticket is called; what a link of the helpdesk calls it is all that its ledger knows."""
    return str(row.number or row.evidence.get(LINK, {}).get("tid", ""))


def _with_more_answers_than_count(organisation_id: int) -> Select[str]:
    counted = func.max(case((Response.status == REVOKED, 0), else_=Response.revision))
    return (
        select(Hit.link)
        .outerjoin(Response, Response.link == Hit.link)
        .where(Hit.organisation_id == organisation_id, Hit.kind.in_(ledger.ANSWERS))
        .group_by(Hit.link)
        .having(func.count(Hit.id) > func.coalesce(counted, 0))
    )


def _ledgers(session: Session, links: Select[str], most: int) -> list[tuple[str, list[Any]]]:
    """The whole ledgers of the newest of these links."""
    chosen = session.scalars(links.order_by(func.max(Hit.id).desc()).limit(most)).all()
    rows = session.execute(
        select(*Hit.__table__.columns, TicketRow.number)
        .outerjoin(Invite, Invite.token_digest == Hit.link)
        .outerjoin(TicketRow, TicketRow.id == Invite.ticket_id)
        .where(Hit.link.in_(chosen))
        .order_by(Hit.link, Hit.id)
    )
    ledgers = [(link, list(hits)) for link, hits in groupby(rows, key=lambda row: str(row.link))]
    return sorted(ledgers, key=lambda one: one[1][-1].id, reverse=True)
