"""The resolutions behind each number of the response funnel, a page at a time, with their Decision and invite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from deskpulse.db.types import Moment
from deskpulse.directory.models import SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel.reading import Reading, journeys
from deskpulse.reports.funnel.stages import BY_CODE, Stage
from deskpulse.reports.question import BadQuestion, Question
from deskpulse.surveys.models import Decision, Invite, Resolution, Response, TicketRow

AT_ONCE = 50
END = datetime(9999, 12, 31, tzinfo=UTC)
HELD, PROVISIONAL = "held", "provisional"
"""What can be listed besides the stages: what was not asked about, and scores that nobody confirmed."""
STATES = {
    "waiting": "Not sent yet",
    "sent": "Sent",
    "answered": "Answered",
    "cancelled": "Cancelled before it was sent",
    "withdrawn": "Withdrawn: the ticket was reopened",
    "expired": "Expired",
    "refused": "Refused by the mail server or the helpdesk",
    "bounced": "Returned by the mail server",
}
"""The states of an invite in plain words."""
_BY_STAGE: Any = {
    **{stage.code: (stage, Stage.COMMENTED) for stage in Stage},
    HELD: (Stage.RESOLVED, Stage.ELIGIBLE),
    PROVISIONAL: (Stage.SCORED, Stage.SCORED),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of a funnel's numbers is listed: a stage, and by reason, channel or people where those are asked.

    ``before`` is the row after which the page begins: the moment of its resolution, and its number.
    """

    stage: str
    reason: str = ""
    channel: str = ""
    people: bool = False
    before: tuple[datetime, int] | None = None

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Selection | None:
        """Read ``stage``, ``reason``, ``via``, ``people`` and ``before`` from an address; None without a stage.

        Raises BadQuestion.
        """
        given = dict(pairs)
        stage = given.get("stage", "").lower()
        if not stage:
            return None
        if stage not in _BY_STAGE:
            raise BadQuestion(f"stage: {stage!r} is none of {', '.join(_BY_STAGE)}.")
        before = _place(given.get("before", ""))
        return cls(stage, given.get("reason", ""), given.get("via", ""), people_asked(given.items()), before)

    @property
    def stages(self) -> tuple[Stage, Stage]:
        """The first and the last of the furthest stages that belong to it."""
        first, last = _BY_STAGE[self.stage]
        return first, last

    @property
    def label(self) -> str:
        """For people to read."""
        if self.stage in BY_CODE:
            return BY_CODE[self.stage].label
        return "Not asked" if self.stage == HELD else "Score chosen, not confirmed"


def people_asked(pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether an address asks for people, each once: ``people``."""
    return dict(pairs).get("people", "").lower() in ("y", "yes", "1")


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, newest resolution first, of ``total``; ``before`` is where the next page begins, if there is one.

    A row has ``Resolution``, ``Decision``, ``number`` of the ticket, ``group`` by name, and where there are any the
    ``Invite``, and ``response_id`` and ``score`` of the answer that counts.
    """

    rows: Sequence[Row[Any]]
    stages: Sequence[Stage]
    total: int
    before: str | None


def page(session: Session, organisation: Organisation, question: Question, selection: Selection) -> Page:
    """The rows of a selection; as many in all as the funnel's number says."""
    reading = Reading.of(session, organisation, question)
    first, last = selection.stages
    values = {"least": first, "most": last, "reason": selection.reason, "channel": selection.channel}
    shape = (bool(selection.reason), bool(selection.channel), selection.people)
    total = reading.execute(lambda *asked: _counted(asked, *shape), question.period, **values)[0].number
    moment, number = selection.before or (END, 0)
    place = {"moment": moment, "number": number, "limit": AT_ONCE + 1}
    found = reading.execute(lambda *asked: _listed(asked, *shape), question.period, **values, **place)
    shown = found[:AT_ONCE]
    before = f"{shown[-1].resolved_at.isoformat()}_{shown[-1].resolution_id}" if len(found) > AT_ONCE else None
    rows = {row.Resolution.id: row for row in _detailed(session, [row.resolution_id for row in shown])}
    pairs = [(rows[row.resolution_id], Stage(row.stage)) for row in shown if row.resolution_id in rows]
    return Page([row for row, _ in pairs], [stage for _, stage in pairs], total, before)


def _selected(asked: Any, by_reason: bool, by_channel: bool, people: bool) -> Any:
    found = journeys(*asked).cte("journeys")
    where = [found.c.stage.between(bindparam("least"), bindparam("most"))]
    if by_reason:
        where.append(found.c.reason == bindparam("reason"))
    if by_channel:
        where.append(found.c.channel == bindparam("channel"))
    if people:
        newest = (
            select(func.max(found.c.resolution_id))
            .join_from(found, Resolution, Resolution.id == found.c.resolution_id)
            .where(Resolution.person.is_not(None), *where)
            .group_by(Resolution.person)
            .correlate(None)
        )
        where.append(found.c.resolution_id.in_(newest))
    return found, where


@lru_cache(maxsize=128)
def _counted(asked: Any, by_reason: bool, by_channel: bool, people: bool) -> Select[Any]:
    found, where = _selected(asked, by_reason, by_channel, people)
    return select(func.count().label("number")).select_from(found).where(*where)


@lru_cache(maxsize=128)
def _listed(asked: Any, by_reason: bool, by_channel: bool, people: bool) -> Select[Any]:
    found, where = _selected(asked, by_reason, by_channel, people)
    at = (found.c.resolved_at, found.c.resolution_id)
    after = tuple_(*at) < tuple_(bindparam("moment", type_=Moment()), bindparam("number"))
    wanted = select(found.c.resolution_id, found.c.resolved_at, found.c.stage).where(*where, after)
    return wanted.order_by(*(one.desc() for one in at)).limit(bindparam("limit"))


def _detailed(session: Session, ids: Sequence[int]) -> Sequence[Row[Any]]:
    answered = (
        select(func.max(Response.id))
        .where(
            Response.ticket_id == Resolution.ticket_id,
            Response.resolution_id == Resolution.id,
            Response.status == "counted",
        )
        .correlate(Resolution)
        .scalar_subquery()
    )
    return session.execute(
        select(Resolution, Decision, Invite, TicketRow.number, SupportGroup.name.label("group"))
        .add_columns(Response.id.label("response_id"), Response.score)
        .join(Decision, Decision.resolution_id == Resolution.id)
        .join(TicketRow, TicketRow.id == Resolution.ticket_id)
        .outerjoin(Invite, Invite.resolution_id == Resolution.id)
        .outerjoin(SupportGroup, SupportGroup.id == Resolution.group_id)
        .outerjoin(Response, Response.id == answered)
        .where(Resolution.id.in_(ids))
    ).all()


def _place(text: str) -> tuple[datetime, int] | None:
    moment, _, number = text.partition("_")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(moment.replace(" ", "+"))
        return at.replace(tzinfo=at.tzinfo or UTC), int(number)
    except ValueError:
        raise BadQuestion(f"before: {text!r} is no place in the list.") from None
