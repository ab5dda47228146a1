"""What the agent sees beside a ticket: the customer's last score first, then the trend, then this ticket's story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory import people
from deskpulse.directory.models import CustomerRow
from deskpulse.organisation.models import Organisation
from deskpulse.records import TicketRef
from deskpulse.scoring.bands import band_of
from deskpulse.surveys.models import Decision, Invite, Resolution, Response, TicketRow

TREND = 12
"""Scores in the trend, at most."""


def find_connection(desk: Desk, key: str) -> tuple[ConnectionRow, str] | None:
    """The connection with that key, and its organisation's code."""
    wanted = (
        select(ConnectionRow, Organisation.code)
        .join(Organisation, Organisation.id == ConnectionRow.organisation_id)
        .where(ConnectionRow.key == key, ConnectionRow.active)
    )
    with desk.db.read() as session:
        row = session.execute(wanted).one_or_none()
    return (row[0], row[1]) if row else None


def view(
    desk: Desk, connection: ConnectionRow, code: str, *, ticket: str | None, customer: str | None, email: str | None
) -> dict[str, Any]:
    """The panel for a ticket id and a customer, by id or address; any of them may be missing."""
    with desk.db.read() as session:
        person, name = _person(session, connection, customer, email)
        answers = _answers(session, connection.organisation_id, person) if person else []
        story = _ticket(session, connection, ticket) if ticket else None
    last = answers[0] if answers else None
    return {
        "customer": {"name": name, "known": person is not None},
        "last": _last(desk, connection, code, last) if last else None,
        "trend": [
            {
                "score": row.Response.score,
                "band": band_of(row.Response.score),
                "answered_at": _iso(row.Response.answered_at),
                "ticket_number": row.number or row.Response.tid,
            }
            for row in reversed(answers)
        ],
        "ticket": story,
        "as_of": _iso(desk.now()),
    }


def _person(
    session: Session, connection: ConnectionRow, customer: str | None, email: str | None
) -> tuple[str | None, str]:
    address = people.normalise(email or "")
    if customer:
        wanted = select(CustomerRow.person, CustomerRow.name).where(
            CustomerRow.connection_id == connection.id, CustomerRow.vendor_id == customer
        )
        row = session.execute(wanted).one_or_none()
        if row is not None:
            return row.person, row.name
    if address is None:
        return None, ""
    found = select(CustomerRow.name).where(
        CustomerRow.organisation_id == connection.organisation_id, CustomerRow.person == address
    )
    return address, session.scalar(found.limit(1)) or ""


def _answers(session: Session, organisation_id: int, person: str) -> Sequence[Any]:
    wanted = (
        select(Response, TicketRow.number, TicketRow.vendor_id, TicketRow.connection_id, Resolution.subject)
        .outerjoin(TicketRow, TicketRow.id == Response.ticket_id)
        .outerjoin(Resolution, Resolution.id == Response.resolution_id)
        .where(
            Response.organisation_id == organisation_id,
            Response.person == person,
            Response.status == "counted",
            Response.current,
        )
        .order_by(Response.answered_at.desc(), Response.id.desc())
        .limit(TREND)
    )
    return session.execute(wanted).all()


def _last(desk: Desk, connection: ConnectionRow, code: str, row: Any) -> dict[str, Any]:
    response: Response = row.Response
    url = None
    if row.connection_id == connection.id:
        record = connections.record(desk, connection, code)
        url = desk.hub.ask(record, "deskpulse_ticket_url", ticket=TicketRef(row.vendor_id, row.number))
    return {
        "score": response.score,
        "band": band_of(response.score),
        "answered_at": _iso(response.answered_at),
        "comment": response.comment,
        "contact_wanted": response.contact_wanted,
        "ticket": {"number": row.number or response.tid, "subject": row.subject or "", "url": url},
    }


def _ticket(session: Session, connection: ConnectionRow, vendor_id: str) -> dict[str, Any]:
    newest = aliased(Resolution)
    wanted = (
        select(newest.id, Decision, Invite, Response)
        .join(TicketRow, TicketRow.id == newest.ticket_id)
        .join(Decision, Decision.resolution_id == newest.id)
        .outerjoin(Invite, Invite.resolution_id == newest.id)
        .outerjoin(Response, (Response.ticket_id == TicketRow.id) & Response.current & (Response.status == "counted"))
        .where(TicketRow.connection_id == connection.id, TicketRow.vendor_id == vendor_id)
        .order_by(newest.id.desc(), Response.answered_at.desc())
        .limit(1)
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        return _story("not_resolved", "Not solved yet, or DeskPulse has not seen it.")
    decision, invite, response = row.Decision, row.Invite, row.Response
    if response is not None and (invite is None or invite.state == "answered" or response.invite_id is None):
        return _story("answered", "The customer answered.", decision, invite, response)
    if invite is None:
        return _story("not_asked", decision.explanation, decision)
    state = {"sent": "invited"}.get(invite.state, invite.state)
    return _story(state, _EXPLANATIONS.get(state, "").format(detail=invite.detail), decision, invite)


_EXPLANATIONS = {
    "waiting": "The invitation is about to be sent.",
    "invited": "The customer was asked and has not answered yet.",
    "bounced": "The invitation came back: {detail}",
    "refused": "The invitation could not be delivered: {detail}",
    "cancelled": "Not asked: {detail}.",
    "withdrawn": "The invitation was withdrawn because the ticket was reopened.",
    "expired": "The customer was asked and did not answer in time.",
}


def _story(
    state: str,
    explanation: str,
    decision: Decision | None = None,
    invite: Invite | None = None,
    response: Response | None = None,
) -> dict[str, Any]:
    return {
        "state": state,
        "explanation": explanation,
        "reason": decision.reason if decision else None,
        "channel": invite.channel if invite else None,
        "sent_at": _iso(invite.sent_at) if invite else None,
        "expires_at": _iso(invite.expires_at) if invite else None,
        "answered_at": _iso(response.answered_at) if response else None,
        "score": response.score if response else None,
        "band": band_of(response.score) if response else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
