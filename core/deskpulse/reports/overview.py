"""The first page: scores of the organisation, its groups and agents, and the newest responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.reports.dimensions import AGENT, GROUP, Dimension
from deskpulse.reports.levels import Tree, labels
from deskpulse.reports.standings import Standing
from deskpulse.reports.tally import Scope, count, tally
from deskpulse.scoring.periods import Period, thirty_days
from deskpulse.surveys.models import Resolution, Response, TicketRow


@dataclass(frozen=True, slots=True)
class Overview:
    """Standings over a period, the largest first, and the newest responses."""

    period: Period
    organisation: Standing
    groups: Sequence[Standing]
    agents: Sequence[Standing]
    latest: Sequence[Any]


def overview(desk: Desk, organisation: Organisation, *, latest: int = 20) -> Overview:
    """One organisation today and in the 30 days before, in its own time zone."""
    minimum = Preferences.of(organisation.preferences).minimum_responses
    period = thirty_days(desk.now(), ZoneInfo(organisation.time_zone))
    scope = Scope(organisation.id, period)
    with desk.db.read() as session:
        return Overview(
            period,
            Standing(organisation.name, count(session, scope), minimum),
            _by(session, scope, minimum, GROUP),
            _by(session, scope, minimum, AGENT),
            responses(session, organisation.id, limit=latest),
        )


def whole(desk: Desk, organisation: Organisation, group_id: int | None = None) -> Standing:
    """The 30-day NPS of an organisation, or of one support group with every team below it."""
    scope = Scope(organisation.id, thirty_days(desk.now(), ZoneInfo(organisation.time_zone)))
    minimum = Preferences.of(organisation.preferences).minimum_responses
    with desk.db.read() as session:
        if group_id is None:
            return Standing(organisation.name, count(session, scope), minimum)
        group = Tree.of(session, organisation.id).groups[group_id]
        return Standing(group.name, count(session, scope.within(GROUP, group.with_below)), minimum, group_id)


def responses(session: Session, organisation_id: int, *, limit: int, response_id: int | None = None) -> Sequence[Any]:
    """Responses of an organisation with the names of what they are about, newest first."""
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
        .where(Response.organisation_id == organisation_id)
        .order_by(Response.day.desc(), Response.answered_at.desc(), Response.id.desc())
        .limit(limit)
    )
    if response_id is not None:
        wanted = wanted.where(Response.id == response_id)
    else:
        wanted = wanted.where(Response.status == "counted", Response.current)
    return session.execute(wanted).all()


def _by(session: Session, scope: Scope, minimum: int, one: Dimension) -> list[Standing]:
    counted = {key: counts for (key,), counts in tally(session, scope, one).items() if key != one.nothing}
    names = labels(session, scope.organisation_id, one, counted)
    standings = [Standing(names[key], counts, minimum, key) for key, counts in counted.items()]
    return sorted(standings, key=lambda standing: (-standing.counts.n, standing.name))
