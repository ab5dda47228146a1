"""Visits: who is looking at a survey page, and the hits they leave in the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select
from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.surveys.ledger import Answer, HitKind, HitRecord
from deskpulse.surveys.models import Hit, HitCount

MOST_OPENINGS = 200
"""Openings of one link that are kept; more are only counted."""
MOST_HITS = 400
"""All hits of one link that are kept: as many posts again, so that no flood of openings keeps an answer out."""
LINK = "link"
"""Where an answer's evidence keeps the parameters of its link."""

_HIT: Any = Hit.__table__
_KEEP = insert(_HIT)
_KEEP_ANSWER = insert(_HIT).returning(_HIT.c.id)
_ON_LINK = select(_HIT).where(_HIT.c.link == bindparam("wanted")).order_by(_HIT.c.id)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser, or something that acts like one. ``visit`` is the digest of its cookie; new for a first request.

    ``returning`` is true where the browser sent that cookie itself. ``network`` is the address without its last part.
    """

    visit: str
    returning: bool
    agent: str = ""
    network: str = ""
    prefetch: bool = False


def new_nonce() -> str:
    """What a page's form carries, so that it counts once."""
    return secrets.token_urlsafe(16)


def note_opening(
    desk: Desk, connection: Connection, *, organisation_id: int, link: str, seen: int, kind: HitKind,
    visitor: Visitor, score: int | None,
) -> str:  # fmt: skip
    """Keep one opening of a link that has been hit ``seen`` times; returns the nonce for its form."""
    nonce = new_nonce()
    if seen >= MOST_OPENINGS:
        _count(desk, connection, link, kind)
        return nonce
    connection.execute(
        _KEEP,
        {
            "organisation_id": organisation_id,
            "link": link,
            "kind": kind,
            "at": desk.now(),
            "visit": visitor.visit,
            "nonce": nonce if kind is HitKind.VIEW else None,
            "score": score,
            "evidence": _evidence(visitor),
        },
    )
    return nonce


def note_answer(
    desk: Desk, connection: Connection, *, organisation_id: int, link: str, parameters: Mapping[str, str],
    hits: Sequence[HitRecord], late: bool, visitor: Visitor, answer: Answer, nonce: str, scripted: bool,
    activated: bool,
) -> HitRecord | None:  # fmt: skip
    """Keep one posted answer with what is known of how it came about. None where the link has been flooded.

    ``parameters`` are those of a link that the helpdesk built: a link is found by its digest, which does not tell them.
    """
    kind = HitKind.LATE if late else HitKind.ANSWER
    if len(hits) >= MOST_HITS:
        _count(desk, connection, link, kind)
        return None
    page = next((hit for hit in hits if hit.nonce == nonce), None)
    is_fresh = page is not None and all(hit.uses != nonce for hit in hits)
    visit = page.visit if page else visitor.visit if visitor.returning else None
    record = HitRecord(
        id=0,
        kind=kind,
        at=desk.now(),
        visit=visit,
        nonce=new_nonce(),
        uses=nonce if is_fresh else None,
        score=answer.score,
        answer=answer,
        cookie=visitor.returning and visitor.visit == visit,
        scripted=scripted,
        activated=activated,
    )
    how: dict[str, Any] = {"cookie": record.cookie, "scripted": scripted, "activated": activated}
    if page is not None:
        how["seconds"] = round((record.at - page.at).total_seconds(), 1)
    if parameters:
        how[LINK] = dict(parameters)
    row = {
        "organisation_id": organisation_id,
        "link": link,
        "kind": kind,
        "at": record.at,
        "visit": record.visit,
        "nonce": record.nonce,
        "uses": record.uses,
        "score": answer.score,
        "answer": asdict(answer),
        "evidence": _evidence(visitor) | how,
    }
    hit_id = connection.execute(_KEEP_ANSWER, row).scalar_one()
    return replace(record, id=hit_id)


def note_verdict(desk: Desk, session: Session, answered: Hit, kind: HitKind, by: str) -> HitRecord:
    """Keep what someone made of one answer."""
    verdict = Hit(
        organisation_id=answered.organisation_id,
        link=answered.link,
        kind=kind,
        at=desk.now(),
        evidence={"judges": answered.id, "by": by},
    )
    session.add(verdict)
    session.flush()
    return HitRecord(id=verdict.id, kind=kind, at=verdict.at, judges=answered.id, by=by)


def on_link(connection: Connection, link: str) -> list[HitRecord]:
    """Every hit of one link that is kept, oldest first."""
    found = connection.execute(_ON_LINK, {"wanted": link})
    return [record_of(row) for row in found]


def record_of(row: Row[*tuple[Any, ...]]) -> HitRecord:
    """A stored hit, as the ledger reads it."""
    stored, how = row.answer, row.evidence
    answer = Answer(**{**stored, "factors": tuple(stored["factors"])}) if stored else None
    return HitRecord(
        id=row.id,
        kind=HitKind(row.kind),
        at=row.at,
        visit=row.visit,
        nonce=row.nonce,
        uses=row.uses,
        score=row.score,
        answer=answer,
        cookie=how.get("cookie", False),
        scripted=how.get("scripted", False),
        activated=how.get("activated", False),
        prefetch=how.get("prefetch", False),
        judges=how.get("judges"),
        by=how.get("by", ""),
    )


def _evidence(visitor: Visitor) -> dict[str, Any]:
    facts = {"agent": visitor.agent, "network": visitor.network, "prefetch": visitor.prefetch}
    return {name: fact for name, fact in facts.items() if fact}


def _count(desk: Desk, connection: Connection, link: str, kind: HitKind) -> None:
    statement = desk.db.insert(HitCount).values(link=link, kind=kind, count=1)
    more = {"count": HitCount.count + 1}
    connection.execute(statement.on_conflict_do_update(index_elements=["link", "kind"], set_=more))
