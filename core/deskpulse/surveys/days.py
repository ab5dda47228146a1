"""The days and hours of answers in their organisation's time zone, and moving the organisation to another zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.organisation import organisations
from deskpulse.organisation.models import Organisation
from deskpulse.outbound import outbox
from deskpulse.outbound.models import Job
from deskpulse.surveys.models import Response

RESTAMP = "restamp_days"
LATER = timedelta(minutes=2)
"""After so long every answer is stored that was being taken while the zone was changed."""
SLACK = timedelta(days=2)
"""No two time zones are further apart, and no transaction lasts so long."""
QUARTER = timedelta(minutes=15)
_RESPONSE: Any = Response.__table__
_STAMP = (
    update(_RESPONSE)
    .where(
        _RESPONSE.c.organisation_id == bindparam("organisation"),
        _RESPONSE.c.day.between(bindparam("around_first"), bindparam("around_last")),
        _RESPONSE.c.answered_at >= bindparam("begin"),
        _RESPONSE.c.answered_at < bindparam("end"),
        or_(_RESPONSE.c.day != bindparam("new_day"), _RESPONSE.c.hour != bindparam("new_hour")),
    )
    .values(day=bindparam("new_day"), hour=bindparam("new_hour"))
)


def move(desk: Desk, session: Session, organisation: Organisation, time_zone: str, actor: str) -> None:
    """Let an organisation live in another time zone: every answer gets its day and hour there.

    Answers that are being taken at this very moment are seen to a little later. Raises ConfigurationError.
    """
    zone = organisations.zone(time_zone)
    before, organisation.time_zone = organisation.time_zone, time_zone
    detail = {"from": before, "to": time_zone}
    organisations.audit(desk, session, organisation.id, actor, "time zone changed", organisation.name, detail)
    span = select(func.min(Response.answered_at), func.max(Response.answered_at))
    first, last = session.execute(span.where(Response.organisation_id == organisation.id)).one()
    if first is not None:
        _restamp(session, organisation.id, zone, first, last)
    payload = {"organisation_id": organisation.id, "since": (desk.now() - SLACK).isoformat()}
    outbox.queue(desk, session, RESTAMP, payload, organisation_id=organisation.id, due_at=desk.now() + LATER)


def restamp(desk: Desk, job: Job) -> outbox.Ending:
    """Job: see to the answers that were being taken when the zone changed."""

    def ending(session: Session) -> None:
        organisation = session.get_one(Organisation, int(job.payload["organisation_id"]))
        since = datetime.fromisoformat(job.payload["since"])
        _restamp(session, organisation.id, ZoneInfo(organisation.time_zone), since, desk.now())

    return ending


def _restamp(session: Session, organisation_id: int, zone: ZoneInfo, first: datetime, last: datetime) -> None:
    """Hour by hour, so that both databases do the same and find the answers by their index."""
    changes = [
        {
            "organisation": organisation_id,
            "around_first": day - SLACK,
            "around_last": day + SLACK,
            "begin": begin,
            "end": end,
            "new_day": day,
            "new_hour": hour,
        }
        for begin, end, day, hour in _hours(zone, first, last)
    ]
    session.connection().execute(_STAMP, changes)


def _hours(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[tuple[datetime, datetime, date, int]]:
    """Begin (included) and end (excluded) of every local hour from the first moment to the last, with its day and hour.

    Zones differ from UTC by whole quarters of an hour, and change at such: what is alike in a row is one local hour.
    """
    begin = first.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    quarters = (begin + number * QUARTER for number in range((last - begin) // QUARTER + 1))
    for (day, hour), alike in groupby(quarters, key=lambda one: _local(one, zone)):
        moments = list(alike)
        yield moments[0], moments[-1] + QUARTER, day, hour


def _local(moment: datetime, zone: ZoneInfo) -> tuple[date, int]:
    local = moment.astimezone(zone)
    return local.date(), local.hour
