"""Taking answers: both entrances meet here. One transaction keeps the hit, derives the standing, and follows it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from deskpulse.desk import Desk
from deskpulse.scoring.bands import band_of
from deskpulse.surveys import factors, ledger, responses, visits
from deskpulse.surveys.entrances import Entrance, Survey
from deskpulse.surveys.ledger import Answer, HitKind, HitRecord, Standing
from deskpulse.surveys.visits import Visitor

LONGEST_COMMENT = 20_000
"""Characters; what is longer is cut, and the thank-you page says so. An answer is never refused for its length."""


class Result(StrEnum):
    """What became of a posted answer, and so what the person sees next."""

    RECORDED = "recorded"
    CONFIRM = "confirm"
    """Kept, but a person has to press once more."""
    HELD = "held"
    """Kept for someone to look at: the visit did what no person does."""
    ANSWERED = "answered"
    """Kept, but the link has its answer already, and this browser may not change it."""
    CLOSED = "closed"
    """Kept, but the page was opened after the survey had ended."""
    FLOODED = "flooded"
    """Not kept: hundreds of posts came through this link."""
    TEST = "test"
    """Not kept, as the link asks for."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A survey whose page is being shown; ``nonce`` goes into its form."""

    survey: Survey
    nonce: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an answer; ``nonce`` is for the form that asks to confirm it."""

    result: Result
    survey: Survey
    nonce: str = ""


def answer_of(score: int, codes: Iterable[str], comment: str, *, contact_wanted: bool) -> Answer:
    """An answer as it is kept. Raises ValueError for a score outside the scale; anything else is made to fit."""
    band_of(score)
    lines = comment.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(letter for letter in lines if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))
    return Answer(score, tuple(factors.known(codes)), text.strip()[:LONGEST_COMMENT], contact_wanted)


def look(desk: Desk, entrance: Entrance, visitor: Visitor, kind: HitKind, score: int | None = None) -> Opened:
    """Note that the page was opened (or only asked for), and return what it shows. Never writes an answer.

    A score in the link is kept as provisional. One SELECT and one INSERT with a token. Raises UnknownLink, BadLink.
    """
    with desk.db.write_core() as connection:
        survey = entrance.find(desk, connection)
        if survey.is_test:
            return Opened(survey, visits.new_nonce())
        nonce = visits.note_opening(
            desk,
            connection,
            organisation_id=survey.organisation_id,
            link=survey.link,
            seen=survey.seen,
            kind=kind,
            visitor=visitor,
            score=score,
        )
    return Opened(survey, nonce)


def show(desk: Desk, entrance: Entrance) -> Survey:
    """What the page shows, without noting anything. Raises UnknownLink, BadLink."""
    with desk.db.read_core() as connection:
        return entrance.find(desk, connection)


def accept(
    desk: Desk, entrance: Entrance, answer: Answer, visitor: Visitor, *, nonce: str, scripted: bool, activated: bool
) -> Outcome:
    """Keep a posted answer and let it count if a person gave it. Raises UnknownLink, BadLink."""
    with desk.db.write() as session:
        entrance.lock(session)
        connection = session.connection()
        survey = entrance.find(desk, connection)
        if survey.is_test:
            return Outcome(Result.TEST, survey)
        hits = visits.on_link(connection, survey.link)
        if _is_repeated(survey, answer, nonce, hits):
            return Outcome(Result.RECORDED, survey)
        hit = visits.note_answer(
            desk,
            connection,
            organisation_id=survey.organisation_id,
            link=survey.link,
            parameters=survey.parameters,
            hits=hits,
            late=_is_late(survey, hits, nonce),
            visitor=visitor,
            answer=answer,
            nonce=nonce,
            scripted=scripted,
            activated=activated,
        )
        if hit is None:
            return Outcome(Result.FLOODED, survey)
        standing = ledger.current([*hits, hit], _change_within(survey))
        responses.settle(desk, session, survey, standing)
    return Outcome(_result(standing, hit), survey, hit.nonce or "")


def spring_trap(desk: Desk, entrance: Entrance, visitor: Visitor) -> None:
    """Note that the hidden link was opened: what this visit answered a moment ago no longer counts.

    Raises UnknownLink, BadLink.
    """
    look(desk, entrance, visitor, HitKind.TRAP)
    if not visitor.returning:
        return
    with desk.db.write() as session:
        entrance.lock(session)
        survey = entrance.find(desk, session.connection())
        if survey.given is not None:
            hits = visits.on_link(session.connection(), survey.link)
            responses.settle(desk, session, survey, ledger.current(hits, _change_within(survey)))


def _change_within(survey: Survey) -> timedelta:
    return timedelta(minutes=survey.preferences.change_minutes)


def _is_late(survey: Survey, hits: Sequence[HitRecord], nonce: str) -> bool:
    """Whether the page was opened after the survey had closed; one opened before is still taken."""
    if survey.closed_at is None:
        return False
    opened = ledger.opened_at(hits, nonce)
    return opened is None or opened >= survey.closed_at


def _is_repeated(survey: Survey, answer: Answer, nonce: str, hits: Sequence[HitRecord]) -> bool:
    """Whether this is the form that gave the present answer, sent twice."""
    earlier = next((hit for hit in hits if hit.uses == nonce and hit.answer == answer), None)
    return earlier is not None and earlier == ledger.current(hits, _change_within(survey)).confirmed


def _result(standing: Standing, hit: HitRecord) -> Result:
    reason = standing.reason(hit.id)
    if reason is None:
        return Result.RECORDED
    if reason is ledger.Reason.CLOSED:
        return Result.CLOSED
    if reason in (ledger.Reason.ANSWERED, ledger.Reason.CHANGED_LATE):
        return Result.ANSWERED
    if reason not in ledger.NEEDS_CONFIRMING:
        return Result.HELD
    first = standing.history[0] if standing.history else None
    return Result.CONFIRM if first is None or first.visit == hit.visit else Result.ANSWERED
