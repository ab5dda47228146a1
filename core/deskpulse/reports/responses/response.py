"""One response with the names of what it is about, whether or not it counts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.surveys.models import Resolution, Response, TicketRow


def response(session: Session, organisation_id: int, response_id: int) -> Any:
    """``Response``, ``number``, ``subject``, ``group``, ``agent``, ``customer``; None where there is none of theirs."""
    wanted = (
        select(
            Response,
            TicketRow.number,
            Resolution.subject,
            SupportGroup.name.label("group"),
            AgentRow.name.label("agent"),
            CustomerRow.name.label("customer"),
        )
        .outerjoin(TicketRow, TicketRow.id == Response.ticket_id)
        .outerjoin(Resolution, Resolution.id == Response.resolution_id)
        .outerjoin(SupportGroup, SupportGroup.id == Response.group_id)
        .outerjoin(AgentRow, AgentRow.id == Response.agent_id)
        .outerjoin(CustomerRow, CustomerRow.id == Response.customer_id)
        .where(Response.organisation_id == organisation_id, Response.id == response_id)
    )
    return session.execute(wanted).one_or_none()
