"""The first page: scores of the organisation, its groups and agents, and the newest responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.directory.models import AgentRow, CustomerRow, SupportGroup
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.scoring.bands import BandCounts
from deskpulse.scoring.nps import nps
from deskpulse.scoring.periods import Period, thirty_days
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

    period: Period
    organisation: Standing
    groups: Sequence[Standing]
    agents: Sequence[Standing]
    latest: Sequence[Any]


_PROMOTERS = func.sum(case((Response.score >= 9, 1), else_=0))
_PASSIVES = func.sum(case((Response.score.between(7, 8), 1), else_=0))
_DETRACTORS = func.sum(case((Response.score <= 6, 1), else_=0))


def overview(desk: Desk, organisation: Organisation, *, latest: int = 20) -> Overview:
    """One organisation today and in the 30 days before, in its own time zone."""
    minimum = Preferences.of(organisation.preferences).minimum_responses
    zone = ZoneInfo(organisation.time_zone)
    period = thirty_days(desk.now(), zone)
    within = _Within(organisation.id, *period.moments(zone))
    with desk.db.read() as session:
        return Overview(
            period,
            _whole(session, organisation.name, within, minimum),
            _by(session, within, minimum, SupportGroup, Response.group_id),
            _by(session, within, minimum, AgentRow, Response.agent_id),
            responses(session, organisation.id, limit=latest),
        )


def whole(desk: Desk, organisation: Organisation, group_id: int | None = None) -> Standing:
    """The 30-day NPS of an organisation, or of one support group with every team below it."""
    zone = ZoneInfo(organisation.time_zone)
    within = _Within(organisation.id, *thirty_days(desk.now(), zone).moments(zone))
    minimum = Preferences.of(organisation.preferences).minimum_responses
    with desk.db.read() as session:
        if group_id is None:
            return _whole(session, organisation.name, within, minimum)
        below = select(SupportGroup.id).where(SupportGroup.id == group_id).cte(recursive=True)
        below = below.union(select(SupportGroup.id).join(below, SupportGroup.parent_id == below.c.id))
        wanted = within(select(_PROMOTERS, _PASSIVES, _DETRACTORS)).where(Response.group_id.in_(select(below.c.id)))
        name = session.get_one(SupportGroup, group_id).name
        return _standing(name, session.execute(wanted).one(), minimum)


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


@dataclass(frozen=True, slots=True)
class _Within:
    """Counted, current answers of one organisation between two moments."""

    organisation_id: int
    begin: datetime
    end: datetime

    def __call__(self, wanted: Any) -> Any:
        return wanted.where(
            Response.organisation_id == self.organisation_id,
            Response.status == "counted",
            Response.current,
            Response.answered_at >= self.begin,
            Response.answered_at < self.end,
        )


def _whole(session: Session, name: str, within: _Within, minimum: int) -> Standing:
    row = session.execute(within(select(_PROMOTERS, _PASSIVES, _DETRACTORS))).one()
    return _standing(name, row, minimum)


def _by(session: Session, within: _Within, minimum: int, table: Any, column: Any) -> list[Standing]:
    wanted = select(_PROMOTERS, _PASSIVES, _DETRACTORS, table.name).join(table, table.id == column)
    rows = session.execute(within(wanted).group_by(table.id, table.name)).all()
    standings = [_standing(row[3], row, minimum) for row in rows]
    return sorted(standings, key=lambda standing: (-standing.counts.n, standing.name))


def _standing(name: str, row: Any, minimum: int) -> Standing:
    counts = BandCounts(int(row[0] or 0), int(row[1] or 0), int(row[2] or 0))
    return Standing(name, counts, withheld=0 < counts.n < minimum)
