"""Whom and what an answer through a link of the helpdesk is about.

The ticket's own snapshot wins where there is one, since anyone may edit an unsigned link; but a link whose codes are
wrong is data in error all the same, so that whoever built it learns of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from deskpulse.connections.models import ConnectionRow
from deskpulse.directory.models import AgentRow, CustomerRow, Segment, SupportGroup
from deskpulse.directory.people import normalise
from deskpulse.surveys import captured, links
from deskpulse.surveys.entrances import About
from deskpulse.surveys.models import Resolution, TicketRow

NO_SEGMENT = "NONE"
NO_GROUP = "The link names no support group (rgid)."


def of_link(session: Session, organisation_id: int, parameters: Mapping[str, str]) -> About:
    """What the link names, found in the organisation's directory and tickets."""
    meaning = links.meaning(parameters)
    tid = meaning.get("tid", "")
    problems: list[str] = []
    about = About(
        tid=tid,
        group_id=_group(session, organisation_id, meaning.get("rgid", ""), problems),
        agent_id=_agent(session, organisation_id, meaning.get("agid", "")),
        segment1=_segment(session, organisation_id, 1, meaning.get("sgid1", ""), problems),
        segment2=_segment(session, organisation_id, 2, meaning.get("sgid2", ""), problems),
    )
    about = _with_customer(session, organisation_id, meaning.get("cid", ""), about)
    if not links.names_ticket(parameters):
        problems.insert(0, "The link names no ticket (tid).")
    else:
        tickets = named(session, organisation_id, tid, links.helpdesk(parameters))
        if len(tickets) > 1:
            problems.insert(0, f"Several tickets are called {tid!r}.")
        elif tickets:
            about = with_ticket(session, about, tickets[0])
            if about.resolution_id is not None and NO_GROUP in problems:  # the ticket says it, or truly has none
                problems.remove(NO_GROUP)
    return replace(about, problem=" ".join(problems) or None)


def named(session: Session, organisation_id: int, tid: str, connection_id: int | None) -> Sequence[TicketRow]:
    """The tickets of an organisation with that id or number, of one of its connections or of all.

    Those of connections that were ended count only where no other has one.
    """
    wanted = (
        select(TicketRow, ConnectionRow.active)
        .join(ConnectionRow, ConnectionRow.id == TicketRow.connection_id)
        .where(TicketRow.organisation_id == organisation_id, or_(TicketRow.vendor_id == tid, TicketRow.number == tid))
        .order_by(TicketRow.id)
    )
    if connection_id is not None:
        wanted = wanted.where(TicketRow.connection_id == connection_id)
    found = session.execute(wanted).all()
    return [ticket for ticket, active in found if active] or [ticket for ticket, _ in found]


def with_ticket(session: Session, about: About, ticket: TicketRow) -> About:
    """The same, with the ticket and what its latest resolution froze."""
    about = replace(about, ticket_id=ticket.id, connection_id=ticket.connection_id)
    latest = (
        select(Resolution)
        .where(Resolution.ticket_id == ticket.id)
        .order_by(Resolution.resolved_at.desc(), Resolution.id.desc())
        .limit(1)
    )
    frozen = session.scalar(latest)
    if frozen is None:
        return about
    return replace(
        about,
        resolution_id=frozen.id,
        group_id=frozen.group_id or about.group_id,
        agent_id=frozen.agent_id or about.agent_id,
        customer_id=frozen.customer_id or about.customer_id,
        person=frozen.person or about.person,
        segment1=frozen.segment1 or about.segment1,
        segment2=frozen.segment2 or about.segment2,
        captured=captured.of_resolution(frozen),
    )


def _group(session: Session, organisation_id: int, rgid: str, problems: list[str]) -> int | None:
    """By code, then by the helpdesk's id, then by a name that only one group has."""
    if not rgid:
        problems.append(NO_GROUP)
        return None
    for match in (
        SupportGroup.code == rgid,
        SupportGroup.vendor_id == rgid,
        func.lower(SupportGroup.name) == rgid.lower(),
    ):
        wanted = select(SupportGroup.id).where(SupportGroup.organisation_id == organisation_id, match)
        found = session.scalars(wanted.limit(2)).all()
        if len(found) == 1:
            return found[0]
    problems.append(f"No support group is called {rgid!r} (rgid).")
    return None


def _segment(session: Session, organisation_id: int, position: int, code: str, problems: list[str]) -> str | None:
    if not code or code == NO_SEGMENT:
        return None
    wanted = select(Segment.code).where(
        Segment.organisation_id == organisation_id, Segment.position == position, Segment.code == code
    )
    found = session.scalar(wanted)
    if found is None:
        problems.append(f"No segment {position} has the code {code!r} (sgid{position}).")
    return found


def _agent(session: Session, organisation_id: int, agid: str) -> int | None:
    """By address, the helpdesk's id or name, where that means one agent."""
    if not agid:
        return None
    match = or_(
        AgentRow.email.in_(_addresses(agid)),
        AgentRow.vendor_id == agid,
        func.lower(AgentRow.name) == agid.lower(),
    )
    wanted = select(AgentRow.id).where(AgentRow.organisation_id == organisation_id, match)
    found = session.scalars(wanted.limit(2)).all()
    return found[0] if len(found) == 1 else None


def _with_customer(session: Session, organisation_id: int, cid: str, about: About) -> About:
    if not cid:
        return about
    addresses = _addresses(cid)
    match = or_(CustomerRow.email.in_(addresses), CustomerRow.vendor_id == cid)
    wanted = select(CustomerRow).where(CustomerRow.organisation_id == organisation_id, match)
    found = session.scalars(wanted.limit(2)).all()
    if len(found) == 1:
        return replace(about, customer_id=found[0].id, person=found[0].person)
    return replace(about, person=addresses[0] if addresses else None)


def _addresses(text: str) -> list[str]:
    """The address that a parameter gives. A ``+`` in it that nobody encoded has arrived as a blank."""
    found = normalise(text) or normalise(text.replace(" ", "+"))
    return [found] if found else []
