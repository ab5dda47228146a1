"""Reading a stored delivery: raw call in, ticket events out, each looked at in turn."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from deskpulse.connections import connections
from deskpulse.desk import Desk
from deskpulse.errors import Misread
from deskpulse.inbound.models import DeliveryRow
from deskpulse.outbound.models import Job
from deskpulse.outbound.outbox import Ending
from deskpulse.records import Delivery, TicketEvent
from deskpulse.surveys import resolutions


def read(desk: Desk, job: Job) -> Ending:
    """Job: read one delivery and observe every ticket that it names.

    Raises :class:`~deskpulse.errors.Misread` where the plug-in does not understand it: the delivery stays as it came,
    the job fails where it can be seen, and is run again after a fix.
    """
    delivery_id = int(job.payload["delivery_id"])
    with desk.db.read() as session:
        row = session.get_one(DeliveryRow, delivery_id)
    connection = connections.load(desk, row.connection_id)
    delivery = Delivery(row.headers, row.body, row.received_at)
    try:
        events: Sequence[TicketEvent] | None = desk.hub.ask(connection, "deskpulse_read_delivery", delivery=delivery)
        if events is None:
            raise Misread("the plug-in does not know this kind of call")
    except Misread as misread:
        with desk.db.write() as session:
            _mark(session, delivery_id, "misread", misread.detail)
        raise
    for event in events:
        resolutions.observe(desk, row.connection_id, event, resolutions.WEBHOOK)
    return lambda session: _mark(session, delivery_id, "read", None)


def _mark(session: Session, delivery_id: int, state: str, problem: str | None) -> None:
    changed = update(DeliveryRow).where(DeliveryRow.id == delivery_id)
    session.execute(changed.values(state=state, problem=problem))
