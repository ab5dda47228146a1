"""What the agent sees beside a ticket: the customer's last score first, then the trend, then this ticket's story."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, FromClause, Row, Select, bindparam, select, true

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory import people
from deskpulse.directory.models import CustomerRow
from deskpulse.organisation.models import Organisation
from deskpulse.records import TicketRef
from deskpulse.scoring.bands import band_of
from deskpulse.surveys.models import Decision, Invite, Resolution, Response, TicketRow, counts

TREND = 12
"""Scores in the trend, at most."""

# An agent waits for this with every ticket that is opened: plain columns, and statements that are made once.
_CONNECTION, _ORGANISATION = ConnectionRow.__table__, Organisation.__table__
_CUSTOMER, _TICKET, _RESOLUTION = CustomerRow.__table__, TicketRow.__table__, Resolution.__table__
_RESPONSE, _DECISION, _INVITE = Response.__table__, Decision.__table__, Invite.__table__

_FIND_CONNECTION = (
    select(*connections.columns_of(_CONNECTION), _ORGANISATION.c.code.label("organisation_code"))
    .join(_ORGANISATION, _ORGANISATION.c.id == _CONNECTION.c.organisation_id)
    .where(_CONNECTION.c.key == bindparam("wanted"), _CONNECTION.c.active)
)


def _latest(most: int, person: Any, *columns: Any) -> Select[Any]:
    """Somebody's latest answers, newest first."""
    row = _RESPONSE.c
    return (
        select(row.id, *columns)
        .where(row.organisation_id == bindparam("organisation"), row.person == person, counts(row))
        .order_by(row.answered_at.desc(), row.id.desc())
        .limit(most)
    )


def _answers(person: Any, whose: FromClause | None = None, *columns: Any) -> Select[Any]:
    """The trend with its tickets, which an index alone answers; the answer itself is read of the newest alone."""
    row = _RESPONSE.c
    trend = _latest(TREND, person, row.score, row.answered_at, row.ticket_id, row.tid).subquery("trend")
    last = _latest(1, person, row.comment, row.contact_wanted, row.resolution_id).subquery("last")
    return (
        select(*columns, trend.c.score, trend.c.answered_at, trend.c.tid, last.c.comment, last.c.contact_wanted)
        .add_columns(_TICKET.c.number, _TICKET.c.vendor_id, _TICKET.c.connection_id, _RESOLUTION.c.subject)
        .select_from(trend if whose is None else whose.outerjoin(trend, true()))
        .outerjoin(_TICKET, _TICKET.c.id == trend.c.ticket_id)
        .outerjoin(last, last.c.id == trend.c.id)
        .outerjoin(_RESOLUTION, _RESOLUTION.c.id == last.c.resolution_id)
        .order_by(trend.c.answered_at.desc(), trend.c.id.desc())
    )


_OF_CUSTOMER = (_CUSTOMER.c.connection_id == bindparam("connection")) & (_CUSTOMER.c.vendor_id == bindparam("customer"))
_THEIR_PERSON = select(_CUSTOMER.c.person).where(_OF_CUSTOMER).correlate(None).scalar_subquery()
_BY_CUSTOMER = _answers(_THEIR_PERSON, _CUSTOMER, _CUSTOMER.c.person, _CUSTOMER.c.name).where(_OF_CUSTOMER)
_BY_PERSON = _answers(bindparam("person"))
_NAME = (
    select(_CUSTOMER.c.name)
    .where(_CUSTOMER.c.organisation_id == bindparam("organisation"), _CUSTOMER.c.person == bindparam("person"))
    .limit(1)
)
_STORY = (
    select(
        _DECISION.c.reason,
        _DECISION.c.explanation,
        _INVITE.c.id.label("invite_id"),
        _INVITE.c.state,
        _INVITE.c.detail,
        _INVITE.c.channel,
        _INVITE.c.sent_at,
        _INVITE.c.expires_at,
        _RESPONSE.c.id.label("response_id"),
        _RESPONSE.c.invite_id.label("answered_invite"),
        _RESPONSE.c.answered_at,
        _RESPONSE.c.score,
    )
    .select_from(_RESOLUTION)
    .join(_TICKET, _TICKET.c.id == _RESOLUTION.c.ticket_id)
    .join(_DECISION, _DECISION.c.resolution_id == _RESOLUTION.c.id)
    .outerjoin(_INVITE, _INVITE.c.resolution_id == _RESOLUTION.c.id)
    .outerjoin(_RESPONSE, (_RESPONSE.c.ticket_id == _TICKET.c.id) & counts(_RESPONSE.c))
    .where(_TICKET.c.connection_id == bindparam("connection"), _TICKET.c.vendor_id == bindparam("ticket"))
    .order_by(_RESOLUTION.c.id.desc(), _RESPONSE.c.answered_at.desc())
    .limit(1)
)
AnyRow = Row[*tuple[Any, ...]]


def find_connection(desk: Desk, key: str) -> AnyRow | None:
    """The connection with that key: its row with its organisation's code."""
    with desk.db.read_core() as db:
        return db.execute(_FIND_CONNECTION, {"wanted": key}).one_or_none()


def view(
    desk: Desk, connection: AnyRow, *, ticket: str | None, customer: str | None, email: str | None
) -> dict[str, Any]:
    """The panel for a ticket id and a customer, by id or address; any of them may be missing."""
    with desk.db.read_core() as db:
        known, name, answers = _customer(db, connection, customer, email)
        story = _ticket(db, connection, ticket) if ticket else None
    last = answers[0] if answers else None
    return {
        "customer": {"name": name, "known": known},
        "last": _last(desk, connection, last) if last else None,
        "trend": [
            {
                "score": row.score,
                "band": band_of(row.score),
                "answered_at": _iso(row.answered_at),
                "ticket_number": row.number or row.tid,
            }
            for row in reversed(answers)
        ],
        "ticket": story,
        "as_of": _iso(desk.now()),
    }


def _customer(
    db: Connection, connection: AnyRow, customer: str | None, email: str | None
) -> tuple[bool, str, Sequence[AnyRow]]:
    """Whether we know who it is, their name, and their answers, newest first."""
    if customer:
        whose = {"organisation": connection.organisation_id, "connection": connection.id, "customer": customer}
        rows = db.execute(_BY_CUSTOMER, whose).all()
        if rows:
            return rows[0].person is not None, rows[0].name, [row for row in rows if row.score is not None]
    address = people.normalise(email or "")
    if address is None:
        return False, "", []
    who = {"organisation": connection.organisation_id, "person": address}
    return True, db.execute(_NAME, who).scalar() or "", db.execute(_BY_PERSON, who).all()


def _last(desk: Desk, connection: AnyRow, row: AnyRow) -> dict[str, Any]:
    url = None
    if row.connection_id == connection.id:
        record = connections.record(desk, connection, connection.organisation_code)
        url = desk.hub.ask(record, "deskpulse_ticket_url", ticket=TicketRef(row.vendor_id, row.number))
    return {
        "score": row.score,
        "band": band_of(row.score),
        "answered_at": _iso(row.answered_at),
        "comment": row.comment,
        "contact_wanted": row.contact_wanted,
        "ticket": {"number": row.number or row.tid, "subject": row.subject or "", "url": url},
    }


def _ticket(db: Connection, connection: AnyRow, vendor_id: str) -> dict[str, Any]:
    row = db.execute(_STORY, {"connection": connection.id, "ticket": vendor_id}).one_or_none()
    if row is None:
        return _story("not_resolved", "Not solved yet, or DeskPulse has not seen it.")
    answered = row.response_id is not None
    if answered and (row.invite_id is None or row.state == "answered" or row.answered_invite is None):
        return _story("answered", "The customer answered.", row, answered=True)
    if row.invite_id is None:
        return _story("not_asked", row.explanation, row)
    state = {"sent": "invited"}.get(row.state, row.state)
    return _story(state, _EXPLANATIONS.get(state, "").format(detail=row.detail), row)


_EXPLANATIONS = {
    "waiting": "The invitation is about to be sent.",
    "invited": "The customer was asked and has not answered yet.",
    "bounced": "The invitation came back: {detail}",
    "refused": "The invitation could not be delivered: {detail}",
    "cancelled": "Not asked: {detail}.",
    "withdrawn": "The invitation was withdrawn because the ticket was reopened.",
    "expired": "The customer was asked and did not answer in time.",
}


def _story(state: str, explanation: str, row: AnyRow | None = None, *, answered: bool = False) -> dict[str, Any]:
    return {
        "state": state,
        "explanation": explanation,
        "reason": row.reason if row else None,
        "channel": row.channel if row else None,
        "sent_at": _iso(row.sent_at) if row else None,
        "expires_at": _iso(row.expires_at) if row else None,
        "answered_at": _iso(row.answered_at) if row and answered else None,
        "score": row.score if row and answered else None,
        "band": band_of(row.score) if row and answered else None,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
