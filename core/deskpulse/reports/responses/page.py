"""A page of responses as dashboards show it: rows, how many there are in all, and links to their tickets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.connections import connections
from deskpulse.connections.models import ConnectionRow
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.records import Connection, TicketRef
from deskpulse.reports.question import Question
from deskpulse.reports.responses.rows import PAGE, Page, ResponseRow, rows
from deskpulse.reports.responses.sorting import Position, Sort
from deskpulse.reports.tally import count
from deskpulse.scoring.bands import BandCounts

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RowsPage:
    """``counts`` are those of the whole list; ``links`` lead from a response's id to its ticket in the helpdesk."""

    question: Question
    sort: Sort
    page: Page
    counts: BandCounts
    links: Mapping[int, str]


def sres(
    desk: Desk,
    session: Session,
    organisation: Organisation,
    question: Question,
    *,
    sort: Sort = Sort.NEWEST_FIRST,
    limit: int = PAGE,
    after: Position | None = None,
) -> RowsPage:
    """What the dashboard SRES shows: the responses that a question is about, a page at a time."""
    page = rows(session, question.scope, sort, limit, after)
    counts = count(session, question.scope)
    return RowsPage(question, sort, page, counts, ticket_links(desk, session, organisation, page.rows))


def ticket_links(
    desk: Desk, session: Session, organisation: Organisation, of_rows: Iterable[ResponseRow]
) -> dict[int, str]:
    """Where the tickets of responses are, by response; left out where the helpdesk's plug-in cannot say."""
    known = [(row, row.connection_id, row.vendor_id) for row in of_rows]
    ids = {connection_id for _, connection_id, _ in known if connection_id is not None}
    wanted = select(ConnectionRow).where(ConnectionRow.organisation_id == organisation.id, ConnectionRow.id.in_(ids))
    rows = {one.id: one for one in (session.scalars(wanted) if ids else ())}
    records: dict[int, Connection] = {}
    found: dict[int, str] = {}
    for row, connection_id, vendor_id in known:
        connection = rows.get(connection_id) if connection_id is not None else None
        if connection is None or vendor_id is None:
            continue
        try:
            if connection.id not in records:
                records[connection.id] = connections.record(desk, connection, organisation.code)
            ticket = TicketRef(vendor_id, row.ticket)
            url = desk.hub.ask(records[connection.id], "deskpulse_ticket_url", ticket=ticket)
        except Exception as error:  # a plug-in's mistake, or a lost key, costs a link and not the page
            log.warning("no link to a ticket", connection=connection.key, problem=type(error).__name__)
            continue
        if url is not None and url.startswith(("https://", "http://")):
            found[row.id] = url
    return found
