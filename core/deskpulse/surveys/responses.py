"""Keeping the responses: one for each link, its earlier contents beside it, and which of a ticket's responses count."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from deskpulse.db.locks import lock_name
from deskpulse.desk import Desk
from deskpulse.directory.models import CustomerRow
from deskpulse.organisation import organisations
from deskpulse.outbound import outbox
from deskpulse.surveys import attribution, captured, links
from deskpulse.surveys.captured import Captured
from deskpulse.surveys.entrances import REPLACES_WITHIN, REVOKED, UNSIGNED, About, Survey
from deskpulse.surveys.ledger import Answer, HitRecord, Standing
from deskpulse.surveys.models import Invite, Response, ResponseRevision, TicketRow

COUNTED, REVIEW, ERROR = "counted", "review", "error"
WRITE_BACK, TELL, TRACE = "write_back", "tell_response", "trace_response"
ANSWERED = "answered"
MACHINE = "The visit that sent this answer turned out to be a machine's."
LESS_TRUSTED = "An answer through an unsigned link never replaces one through a link of ours."

_INVITE: Any = Invite.__table__
_TICKET: Any = TicketRow.__table__
_RESPONSE: Any = Response.__table__
_KEEP = insert(_RESPONSE).returning(_RESPONSE.c.id)
_LOCK_TICKET = select(_TICKET.c.id).where(_TICKET.c.id == bindparam("ticket")).with_for_update()
_COUNTED = select(Response).where(Response.organisation_id == bindparam("organisation"), Response.status == COUNTED)
_OF_TICKET = _COUNTED.where(Response.ticket_id == bindparam("ticket"))
_OF_NAME = _COUNTED.where(Response.ticket_id.is_(None), Response.tid == bindparam("tid"))
_END_INVITE = (
    update(_INVITE)
    .where(_INVITE.c.id == bindparam("invite"), _INVITE.c.state != ANSWERED)
    .values(
        state=ANSWERED,
        sent_at=func.coalesce(_INVITE.c.sent_at, bindparam("at")),  # answered before the mail's hand-over was recorded
        ended_at=bindparam("at"),
    )
)
_END_BY_HELPDESK = (
    update(_INVITE)
    .where(
        _INVITE.c.resolution_id == bindparam("resolution"),
        _INVITE.c.channel == "helpdesk",
        _INVITE.c.state.in_(("sent", "expired")),
    )
    .values(state=ANSWERED, ended_at=bindparam("at"))
)


def settle(desk: Desk, session: Session, survey: Survey, standing: Standing) -> None:
    """Make the response of this link what its standing says, with everything that follows from it."""
    given, hit = survey.given, standing.confirmed
    response = session.get_one(Response, given.id) if given is not None else None
    if hit is None:
        if response is not None and response.status == COUNTED:
            response.status, response.problem, response.current = REVOKED, MACHINE, False
            for restored in _elect(session, response):
                _tell_again(desk, session, restored)
        return
    first = standing.history[0]
    if response is None:
        response = _first(session, survey, hit)
    elif response.status == REVOKED or not _says(response, hit):
        session.add(_as_it_was(response))
        response.revision += 1
        _write(response, hit, survey)
        if response.status == REVOKED:
            response.status, response.problem = COUNTED, None
    else:
        return
    response.visit = first.visit if first.cookie else None
    response.first_answered_at = first.at
    _count(desk, session, response, survey.about.connection_id if survey.about else None)
    if given is None:
        _trace(desk, session, response)
    _end_invite(session, survey, hit)


def attach(desk: Desk, session: Session, organisation_id: int, ticket_id: int) -> int:
    """Give a ticket, seen for the first time, the answers that came before it; how many.

    Call it once the ticket's resolution is stored: whom and what the answers are about is frozen there.
    """
    ticket = session.get_one(TicketRow, ticket_id)
    waiting = session.scalars(
        select(Response).where(
            Response.organisation_id == organisation_id,
            Response.ticket_id.is_(None),
            Response.tid.in_({ticket.vendor_id, ticket.number}),
        )
    ).all()
    meant = [one for one in waiting if links.helpdesk(one.link_parameters) in (None, ticket.connection_id)]
    for response in meant:
        helpdesk = links.helpdesk(response.link_parameters)
        if len(attribution.named(session, organisation_id, response.tid, helpdesk)) > 1:
            response.status, response.current = ERROR, False
            response.problem = f"Several tickets are called {response.tid!r}."
            continue
        _place(response, attribution.with_ticket(session, _about(response), ticket))
        _count(desk, session, response, ticket.connection_id)
    return len(meant)


def mend(
    desk: Desk,
    session: Session,
    organisation_id: int,
    response_id: int,
    *,
    actor: str,
    ticket_id: int | None = None,
    group_id: int | None = None,
    segment1: str | None = None,
    segment2: str | None = None,
) -> Response | None:
    """Set right what an answer is about, and count it from now on. None where the organisation has no such answer.

    Give what was wrong; what is left out stays as it is.
    """
    response = session.get(Response, response_id)
    if response is None or response.organisation_id != organisation_id:
        return None
    about = _about(response)
    if ticket_id is not None:
        ticket = session.get(TicketRow, ticket_id)
        if ticket is None or ticket.organisation_id != organisation_id:
            return None
        about = attribution.with_ticket(session, about, ticket)
    given = {"group_id": group_id, "segment1": segment1, "segment2": segment2}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    about = replace(about, **changes)
    _place(response, about)
    response.status, response.problem = COUNTED, None
    _count(desk, session, response, about.connection_id)
    detail = {**changes, **({"ticket_id": ticket_id} if ticket_id is not None else {})}
    organisations.audit(desk, session, organisation_id, actor, "response mended", str(response_id), detail)
    return response


def recheck(desk: Desk, session: Session, organisation_id: int) -> int:
    """Count the answers in error whose records have been made since; how many."""
    healed = 0
    in_error = select(Response).where(Response.organisation_id == organisation_id, Response.status == ERROR)
    for response in session.scalars(in_error.order_by(Response.id)).all():
        about = attribution.of_link(session, organisation_id, response.link_parameters)
        if about.problem is None:
            _place(response, about)
            response.status, response.problem = COUNTED, None
            _count(desk, session, response, about.connection_id)
            healed += 1
    return healed


def elect(responses: Iterable[Response]) -> list[Response]:
    """Mark which counted responses of one ticket are current; those that were not before.

    A later one takes the place of those within thirty days before it, unless it is trusted less: then it is kept for
    review. Beyond thirty days both count.
    """
    responses = list(responses)
    before = [response for response in responses if response.current]
    current: list[Response] = []
    for response in sorted(responses, key=lambda one: (one.first_answered_at, one.id or math.inf)):
        rivals = [one for one in current if response.first_answered_at - one.first_answered_at <= REPLACES_WITHIN]
        if response.entrance == UNSIGNED and any(one.entrance != UNSIGNED for one in rivals):
            response.status, response.problem, response.current = REVIEW, LESS_TRUSTED, False
            continue
        for rival in rivals:
            rival.current = False
            current.remove(rival)
        response.current = True
        current.append(response)
    return [response for response in current if response not in before]


def _first(session: Session, survey: Survey, hit: HitRecord) -> Response:
    """The first answer of a link, not stored yet."""
    about = survey.about or attribution.of_link(session, survey.organisation_id, survey.parameters)
    response = Response(
        organisation_id=survey.organisation_id,
        link=survey.link,
        entrance=survey.entrance,
        status=ERROR if about.problem else COUNTED,
        problem=about.problem,
        current=False,
        invite_id=survey.invite_id,
        revision=1,
        first_answered_at=hit.at,
        tid=about.tid,
        link_parameters=dict(survey.parameters),
    )
    _place(response, about)
    _write(response, hit, survey)
    return response


def _store(session: Session, response: Response) -> None:
    """Store a new response by one plain INSERT: this is the busiest path of all; flush what else has changed."""
    if response.id is None:
        row = {name: getattr(response, name) for name in _RESPONSE.columns.keys() if name != "id"}  # noqa: SIM118 - no dict
        response.id = session.connection().execute(_KEEP, row).scalar_one()
    session.flush()


def _trace(desk: Desk, session: Session, response: Response) -> None:
    """Ask the helpdesks, one answer at a time, for whom and what a link names that is not known here."""
    if any(unknown(response)):
        mine = response.organisation_id
        payload = {"response_id": response.id}
        outbox.queue(desk, session, TRACE, payload, organisation_id=mine, key=str(response.id), lane=f"{TRACE}:{mine}")


def unknown(response: Response) -> tuple[str, str, str]:
    """The ticket, agent and customer that an answer's link names and DeskPulse has not met; empty where it has.

    A customer's address says who they are, so that nobody needs to be asked.
    """
    named = {name: value for name, value in links.meaning(response.link_parameters).items() if links.is_filled(value)}
    return (
        named.get("tid", "") if response.ticket_id is None else "",
        named.get("agid", "") if response.agent_id is None else "",
        named.get("cid", "") if response.customer_id is None and response.person is None else "",
    )


def place(
    session: Session, response_id: int, *, agent_id: int | None = None, customer: CustomerRow | None = None
) -> None:
    """Note who an answer is about, where that is not known yet."""
    response = session.get_one(Response, response_id, with_for_update=True)
    response.agent_id = response.agent_id or agent_id
    if customer is not None and response.customer_id is None and response.person is None:
        response.customer_id, response.person = customer.id, customer.person


def _write(response: Response, hit: HitRecord, survey: Survey) -> None:
    answer = hit.answer
    if answer is None:
        raise ValueError(f"hit {hit.id} holds no answer")
    response.score, response.factors, response.comment = answer.score, list(answer.factors), answer.comment
    response.contact_wanted, response.answered_at = answer.contact_wanted, hit.at
    response.stamp(ZoneInfo(survey.time_zone))


def _says(response: Response, hit: HitRecord) -> bool:
    said = Answer(response.score, tuple(response.factors), response.comment, response.contact_wanted)
    return response.answered_at == hit.at and said == hit.answer


def _as_it_was(response: Response) -> ResponseRevision:
    return ResponseRevision(
        response_id=response.id,
        revision=response.revision,
        score=response.score,
        factors=response.factors,
        comment=response.comment,
        contact_wanted=response.contact_wanted,
        answered_at=response.answered_at,
    )


def _about(response: Response) -> About:
    return About(
        tid=response.tid,
        ticket_id=response.ticket_id,
        resolution_id=response.resolution_id,
        group_id=response.group_id,
        agent_id=response.agent_id,
        customer_id=response.customer_id,
        person=response.person,
        segment1=response.segment1,
        segment2=response.segment2,
        captured=Captured(**{name: getattr(response, name) for name in captured.NAMES}, fields=response.fields),
        problem=response.problem,
    )


def _place(response: Response, about: About) -> None:
    response.ticket_id, response.resolution_id = about.ticket_id, about.resolution_id
    response.group_id, response.agent_id = about.group_id, about.agent_id
    response.customer_id, response.person = about.customer_id, about.person
    response.segment1, response.segment2 = about.segment1, about.segment2
    for name, value in about.captured.values().items():
        setattr(response, name, value)


def _count(desk: Desk, session: Session, response: Response, connection_id: int | None) -> None:
    """Let a counted response take its place among the ticket's, and send word of it."""
    if response.status == COUNTED and not response.current:
        _elect(session, response)
    _store(session, response)
    if response.status != COUNTED or not response.current:
        return
    if response.invite_id is None and response.resolution_id is not None:  # the helpdesk's own message asked, perhaps
        session.execute(_END_BY_HELPDESK, {"resolution": response.resolution_id, "at": response.answered_at})
    payload = {"response_id": response.id, "revision": response.revision}
    key, organisation_id = f"{response.id}.{response.revision}", response.organisation_id
    now = desk.now()
    jobs = [outbox.new_row(TELL, payload, organisation_id, None, key, None, now, now)]
    if response.ticket_id is not None:
        lane = f"ticket:{response.ticket_id}"
        jobs.append(outbox.new_row(WRITE_BACK, payload, organisation_id, connection_id, key, lane, now, now))
    outbox.queue_rows(desk, session, jobs)


def _tell_again(desk: Desk, session: Session, response: Response) -> None:
    """Send word of a response that counts once more, as a revision of its own: the helpdesk shows another score."""
    session.add(_as_it_was(response))
    response.revision += 1
    ticket = session.get(TicketRow, response.ticket_id) if response.ticket_id is not None else None
    _count(desk, session, response, ticket.connection_id if ticket else None)


def _elect(session: Session, response: Response) -> list[Response]:
    """Elect among all counted responses of this one's ticket, known or only named; without a name it stands alone.

    Gives those that have become current.
    """
    is_new = response.id is None
    if not is_new:
        session.flush()
    if response.ticket_id is None and not links.names_ticket({"tid": response.tid}):
        response.current = response.status == COUNTED
        return []
    mine = {"organisation": response.organisation_id, "ticket": response.ticket_id, "tid": response.tid}
    if response.ticket_id is not None:
        session.connection().execute(_LOCK_TICKET, {"ticket": response.ticket_id})
    else:
        lock_name(session, f"tid:{response.organisation_id}:{response.tid}")
    stored = session.scalars(_OF_TICKET if response.ticket_id is not None else _OF_NAME, mine).all()
    if response.ticket_id is None:
        helpdesk = links.helpdesk(response.link_parameters)
        stored = [one for one in stored if links.helpdesk(one.link_parameters) == helpdesk]
    # A new one is elected before it is stored: one INSERT, and no UPDATE after it.
    return elect([*stored, response] if is_new else stored)


def _end_invite(session: Session, survey: Survey, hit: HitRecord) -> None:
    if survey.invite_id is not None:
        session.connection().execute(_END_INVITE, {"invite": survey.invite_id, "at": hit.at})
