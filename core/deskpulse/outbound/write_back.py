"""Write-back: a confirmed answer goes onto the ticket and the customer's record."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.connections import connections
from deskpulse.db.database import upsert
from deskpulse.desk import Desk
from deskpulse.directory.models import CustomerRow
from deskpulse.errors import HelpdeskError, Retry
from deskpulse.outbound.models import Job, WriteBack
from deskpulse.outbound.outbox import Ending
from deskpulse.records import Receipt, ReceiptState, Result, Score, TicketRef
from deskpulse.surveys import factors
from deskpulse.surveys.models import Response, TicketRow, counts

SUPERSEDED = "superseded"


def write_back(desk: Desk, job: Job) -> Ending | None:
    """Job: put one revision of a response onto the helpdesk, unless a newer one has taken its place."""
    response_id, revision = int(job.payload["response_id"]), int(job.payload["revision"])
    with desk.db.read() as session:
        response = session.get_one(Response, response_id)
        ticket = session.get(TicketRow, response.ticket_id) if response.ticket_id else None
        result = _result(desk, session, response)
    if ticket is None:
        return None
    if response.revision != revision or not response.current:
        return _noting(desk, response, revision, Receipt(ReceiptState.ALREADY, SUPERSEDED))
    connection = connections.load(desk, ticket.connection_id)
    try:
        receipt: Receipt | None = desk.hub.ask(
            connection, "deskpulse_write_back", ticket=TicketRef(ticket.vendor_id, ticket.number), result=result
        )
    except HelpdeskError as error:
        if error.retry is Retry.NEVER:
            with desk.db.write() as session:
                _noting(desk, response, revision, Receipt(ReceiptState.REFUSED, str(error)))(session)
        raise
    return _noting(desk, response, revision, receipt or Receipt(ReceiptState.UNSUPPORTED))


def _result(desk: Desk, session: Session, response: Response) -> Result:
    customer = session.get(CustomerRow, response.customer_id) if response.customer_id else None
    key = f"{response.id}.{response.revision}"
    return Result(
        key=key,
        marker=f"DeskPulse answer {key}",
        score=Score(response.score),
        answered_at=response.answered_at,
        factors=factors.labels(response.factors, response.score),
        comment=response.comment,
        contact_wanted=response.contact_wanted,
        link=f"{desk.settings.base_url}/responses/{response.id}",
        revision=response.revision,
        customer_id=customer.vendor_id if customer else None,
        is_latest_of_customer=_is_latest(session, response),
    )


def _is_latest(session: Session, response: Response) -> bool:
    if response.person is None:
        return True
    newer = select(Response.id).where(
        Response.organisation_id == response.organisation_id,
        Response.person == response.person,
        counts(),
        Response.answered_at > response.answered_at,
    )
    return session.scalar(newer.limit(1)) is None


def _noting(desk: Desk, response: Response, revision: int, receipt: Receipt) -> Ending:
    """Note the outcome, together with the end of the job."""
    values = {"state": str(receipt.state), "detail": receipt.detail, "at": desk.now()}

    def note(session: Session) -> None:
        first = upsert(session, WriteBack).values(
            response_id=response.id, revision=revision, organisation_id=response.organisation_id, **values
        )
        session.execute(first.on_conflict_do_update(index_elements=["response_id", "revision"], set_=values))

    return note
