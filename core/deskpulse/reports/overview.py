"""The first page: scores of the organisation, its groups and agents, and the newest responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.nps import nps
from deskpulse.surveys.models import Resolution, Response, TicketRow


@dataclass(frozen=True, slots=True)
class Standing:
    """A score with what it rests on. ``withheld`` where there are too few responses to show one."""

    name: str
    counts: BandCounts
    withheld: bool

    @property
    def score(self) -> int | None:
        """The NPS, unless withheld or without responses."""
        return None if self.withheld else nps(self.counts)


@dataclass(frozen=True, slots=True)
class Overview:
    """Standings over a period, the largest first, and the newest responses."""

    since: datetime
    organisation: Standing
    groups: Sequence[Standing]
    agents: Sequence[Standing]
    latest: Sequence[Any]


_PROMOTERS = func.sum(case((Response.score >= 9, 1), else_=0))
_PASSIVES = func.sum(case((Response.score.between(7, 8), 1), else_=0))
_DETRACTORS = func.sum(case((Response.score <= 6, 1), else_=0))


def overview(desk: Desk, organisation: Organisation, *, days: int = 30, latest: int = 20) -> Overview:
    """The last ``days`` days of one organisation."""
    minimum = Preferences.of(organisation.preferences).minimum_responses
    since = desk.now() - timedelta(days=days)
    with desk.db.read() as session:
        return Overview(
            since,
            _whole(session, organisation, since, minimum),
            _by(session, organisation.id, since, minimum, SupportGroup, Response.group_id),
            _by(session, organisation.id, since, minimum, AgentRow, Response.agent_id),
            responses(session, organisation.id, limit=latest),
        )


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
        .order_by(Response.answered_at.desc(), Response.id.desc())
        .limit(limit)
    )
    if response_id is not None:
        wanted = wanted.where(Response.id == response_id)
    else:
        wanted = wanted.where(Response.status == "counted", Response.current)
    return session.execute(wanted).all()


def _whole(session: Session, organisation: Organisation, since: datetime, minimum: int) -> Standing:
    row = session.execute(_counted(select(_PROMOTERS, _PASSIVES, _DETRACTORS), organisation.id, since)).one()
    return _standing(organisation.name, row, minimum)


def _by(
    session: Session, organisation_id: int, since: datetime, minimum: int, table: Any, column: Any
) -> list[Standing]:
    wanted = select(_PROMOTERS, _PASSIVES, _DETRACTORS, table.name).join(table, table.id == column)
    rows = session.execute(_counted(wanted, organisation_id, since).group_by(table.id, table.name)).all()
    standings = [_standing(row[3], row, minimum) for row in rows]
    return sorted(standings, key=lambda standing: (-standing.counts.n, standing.name))


def _counted(wanted: Any, organisation_id: int, since: datetime) -> Any:
    return wanted.where(
        Response.organisation_id == organisation_id,
        Response.status == "counted",
        Response.current,
        Response.answered_at >= since,
    )


def _standing(name: str, row: Any, minimum: int) -> Standing:
    counts = BandCounts(int(row[0] or 0), int(row[1] or 0), int(row[2] or 0))
    return Standing(name, counts, withheld=0 < counts.n < minimum)
