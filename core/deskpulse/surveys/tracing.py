"""Tracing: whom and what a link of the helpdesk names, DeskPulse asks the helpdesks for where it has not met them.

Links are public, so what is found is taken in without asking anybody: no invite comes of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import select

from deskpulse.connections import connections, provisioning
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.directory import people
from deskpulse.errors import HelpdeskError, Retry
from deskpulse.outbound.models import Job
from deskpulse.records import Agent, Connection, Customer, Ticket
from deskpulse.surveys import attribution, links, resolutions, responses
from deskpulse.surveys.models import Response, TicketRow

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Found:
    """A record, and the connection that knows it."""

    connection_id: int
    connection: Connection
    record: Any


def trace(desk: Desk, job: Job) -> None:
    """Job: find the ticket, agent and customer that an answer's link names, and place the answer accordingly.

    The ticket comes first, since what it froze says who solved it and for whom. Where one helpdesk cannot be reached,
    nothing is placed before it can: its ticket may bear the same name.
    """
    response_id = int(job.payload["response_id"])
    tid, _, _ = _unknown(desk, response_id)
    if tid:
        _trace_ticket(desk, response_id, tid)
    _, agid, cid = _unknown(desk, response_id)
    if agid and (agent := _only(desk, response_id, "deskpulse_find_agent", agid)):
        _place_agent(desk, response_id, agent)
    if cid and (customer := _only(desk, response_id, "deskpulse_find_customer", cid)):
        _place_customer(desk, response_id, customer)


def _unknown(desk: Desk, response_id: int) -> tuple[str, str, str]:
    with desk.db.read() as session:
        return responses.unknown(session.get_one(Response, response_id))


def _trace_ticket(desk: Desk, response_id: int, tid: str) -> None:
    """Solved tickets of that name are recorded, and the answer is attached to the one; an open one waits till then."""
    with desk.db.read() as session:
        response = session.get_one(Response, response_id)
        helpdesk = links.helpdesk(response.link_parameters)
        if attribution.named(session, response.organisation_id, tid, helpdesk):
            return
    read_at = desk.now()
    found = [
        (one.connection_id, one.connection, one.record)
        for one in _ask(desk, response_id, "deskpulse_find_ticket", tid)
        if _is_meant(one.record, tid)
    ]
    if found:
        resolutions.record(desk, found, resolutions.LINK, read_at)


def _is_meant(ticket: Ticket, tid: str) -> bool:
    """Whether it is the very ticket, and was solved: a helpdesk may answer with the one that it was merged into."""
    solved = ticket.resolution_key is not None or ticket.past_resolution_keys
    return bool(solved) and tid in (ticket.ref.id, ticket.ref.number)


def _place_agent(desk: Desk, response_id: int, found: _Found) -> None:
    record: Agent = found.record
    with desk.db.write() as session:
        organisation_id = session.get_one(ConnectionRow, found.connection_id).organisation_id
        row = people.ensure_agent(session, organisation_id, found.connection_id, record)
        responses.place(session, response_id, agent_id=row.id)


def _place_customer(desk: Desk, response_id: int, found: _Found) -> None:
    record: Customer = found.record
    with desk.db.write() as session:
        organisation_id = session.get_one(ConnectionRow, found.connection_id).organisation_id
        row = people.ensure_customer(session, organisation_id, found.connection_id, record)
        responses.place(session, response_id, customer=row)


def _only(desk: Desk, response_id: int, hook: str, key: str) -> _Found | None:
    """What one helpdesk knows by that id; where several do, nobody can tell who is meant."""
    found = _ask(desk, response_id, hook, key)
    return found[0] if len(found) == 1 else None


def _ask(desk: Desk, response_id: int, hook: str, key: str) -> Sequence[_Found]:
    """Ask the organisation's helpdesks; only the one that has the ticket, where that is known or the link tells.

    Raises what passes by itself. One whose access is lost is paused, and one that refuses knows nothing.
    """
    found = []
    for connection_id in _askable(desk, response_id):
        connection = connections.load(desk, connection_id)
        try:
            record = desk.hub.ask(connection, hook, key=key)
        except HelpdeskError as error:
            if error.retry is Retry.LATER:
                raise
            if error.retry is Retry.PAUSE:
                with desk.db.write() as session:
                    provisioning.pause(desk, session, connection_id, str(error))
            log.info("not traced", hook=hook, connection=connection_id, code=error.code)
            continue
        if record is not None:
            found.append(_Found(connection_id, connection, record))
    return found


def _askable(desk: Desk, response_id: int) -> Sequence[int]:
    with desk.db.read() as session:
        response = session.get_one(Response, response_id)
        ticket = session.get(TicketRow, response.ticket_id) if response.ticket_id else None
        wanted = select(ConnectionRow.id).where(
            ConnectionRow.organisation_id == response.organisation_id,
            ConnectionRow.active,
            ConnectionRow.paused_reason.is_(None),
        )
        meant = ticket.connection_id if ticket is not None else links.helpdesk(response.link_parameters)
        if meant is not None:
            wanted = wanted.where(ConnectionRow.id == meant)
        return session.scalars(wanted.order_by(ConnectionRow.id)).all()
