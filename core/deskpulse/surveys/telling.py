"""Telling listeners about a recorded answer, from the outbox."""

from __future__ import annotations

from sqlalchemy import select

from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.outbound.models import Job
from deskpulse.records import ResponseFacts, Score, TicketRef
from deskpulse.surveys.models import Response, TicketRow


def tell(desk: Desk, job: Job) -> None:
    """Job: tell every listener about one revision of a response, unless a newer one has taken its place."""
    wanted = (
        select(Response, Organisation.code, TicketRow, ConnectionRow.key)
        .join(Organisation, Organisation.id == Response.organisation_id)
        .outerjoin(TicketRow, TicketRow.id == Response.ticket_id)
        .outerjoin(ConnectionRow, ConnectionRow.id == TicketRow.connection_id)
        .where(Response.id == int(job.payload["response_id"]))
    )
    with desk.db.read() as session:
        response, code, ticket, connection_key = session.execute(wanted).one()
    if response.revision != int(job.payload["revision"]):
        return
    desk.hub.tell(
        "deskpulse_response_recorded",
        response=ResponseFacts(
            organisation_code=code,
            response_id=response.id,
            revision=response.revision,
            ticket=TicketRef(ticket.vendor_id, ticket.number) if ticket else None,
            connection_key=connection_key,
            score=Score(response.score),
            comment=response.comment,
            contact_wanted=response.contact_wanted,
            answered_at=response.answered_at,
        ),
    )
