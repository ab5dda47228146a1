"""How many journeys there are by day, so that a funnel of a year does not count millions of them one by one.

The counts are those of the journeys as they stand, true or pending (:mod:`deskpulse.reports.funnel.journeys`): whoever
makes journeys anew takes the old ones out and puts the new ones in (:func:`change`), in the same transaction. Readers
replace the pending ones in their own statement (:mod:`deskpulse.reports.funnel.reading`).

A day is one of the organisation's time zone. So each organisation has a
:class:`~deskpulse.reports.funnel.models.JourneyZone`: counts are read while that is still its zone, and for days from
``since`` on. Where it is not, as after an upgrade or a move, :func:`make` counts the journeys anew, newest days first;
until then readers look at the journeys.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import Session

from deskpulse.db.database import upsert
from deskpulse.db.locks import lock_name
from deskpulse.desk import Desk
from deskpulse.organisation.models import Organisation
from deskpulse.reports.funnel.models import Journey, JourneyDay, JourneyGroupDay, JourneyStageDay, JourneyZone
from deskpulse.scoring.periods import Period

LOCK = "journeys"
"""Held by whoever changes journeys or their counts."""
DAYS_AT_ONCE = 7
"""Days that one transaction counts, so that on SQLite nobody waits for long."""
ALL = date.min
"""The ``since`` of an organisation whose journeys are all counted."""
TABLES = (JourneyDay, JourneyStageDay, JourneyGroupDay)
"""Smallest first: a question is answered from the first one that has all its columns."""
_KEYS: Mapping[Any, tuple[str, ...]] = {
    JourneyDay: ("organisation_id", "day", "channel", "reason", "stage"),
    JourneyStageDay: ("organisation_id", "day", "group_id", "stage"),
    JourneyGroupDay: ("organisation_id", "day", "group_id", "channel", "reason", "stage"),
}
_FINEST = _KEYS[JourneyGroupDay]
_ONE_DAY = timedelta(days=1)


def covering(columns: Iterable[str]) -> Any:
    """The smallest table of counts that has these columns."""
    return next(table for table in TABLES if set(columns) <= {*_KEYS[table]})


def change(session: Session, before: Iterable[Any], after: Iterable[Any]) -> None:
    """Take some journeys out of the counts and put others in, for whoever holds the :data:`LOCK`."""
    zones = {one.organisation_id: one for one in session.scalars(select(JourneyZone))}
    found: Counter[tuple[Any, ...]] = Counter()
    for journeys, weight in ((before, -1), (after, 1)):
        for one in journeys:
            zone = zones.get(one.organisation_id)
            if zone is not None and (day := day_of(one.resolved_at, ZoneInfo(zone.time_zone))) >= zone.since:
                found[one.organisation_id, day, one.group_id, one.channel, one.reason, one.stage] += weight
    for table, keys in _KEYS.items():
        _add(session, table, keys, found)


def forget(session: Session, organisation_id: int) -> None:
    """Remove the counts of an organisation, for whoever holds the :data:`LOCK`; :func:`make` makes them anew."""
    for table in (*TABLES, JourneyZone):
        session.execute(delete(table).where(table.organisation_id == organisation_id))


def make(desk: Desk, batches: int | None = None) -> None:
    """Count what is not counted for the zones that organisations have now; ``batches`` bounds the work for each."""
    missing = JourneyZone.organisation_id.is_(None) | (JourneyZone.time_zone != Organisation.time_zone)
    wanted = (
        select(Organisation.id)
        .outerjoin(JourneyZone, JourneyZone.organisation_id == Organisation.id)
        .where(missing | (JourneyZone.since > ALL))
    )
    with desk.db.read() as session:
        organisations = session.scalars(wanted).all()
    for organisation_id in organisations:
        left = batches
        while left != 0 and _make_some(desk, organisation_id):
            left = None if left is None else left - 1


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day that a moment belongs to, by the same midnights as those of a period."""
    day = moment.astimezone(zone).date()
    return day + _ONE_DAY if moment >= _moments(day, zone)[1] else day


def _make_some(desk: Desk, organisation_id: int) -> bool:
    """Count the newest days that are not counted; whether there are more."""
    with desk.db.write() as session:
        lock_name(session, LOCK)
        time_zone = session.get_one(Organisation, organisation_id).time_zone
        zone, known = ZoneInfo(time_zone), session.get(JourneyZone, organisation_id)
        done = known.since if known is not None and known.time_zone == time_zone else None
        last = _newest(session, organisation_id, done, zone)
        days = [] if last is None else [last - number * _ONE_DAY for number in range(DAYS_AT_ONCE)]
        older = _newest(session, organisation_id, days[-1], zone) if days else None
        since = ALL if older is None else older + _ONE_DAY
        for table in TABLES:
            stale = delete(table).where(table.organisation_id == organisation_id, table.day >= since)
            session.execute(stale if done is None else stale.where(table.day < done))
        _count(session, organisation_id, days, zone)
        session.merge(JourneyZone(organisation_id=organisation_id, time_zone=time_zone, since=since))
    return older is not None


def _newest(session: Session, organisation_id: int, before: date | None, zone: ZoneInfo) -> date | None:
    """The last day before another one, or of all, in which there is a journey."""
    newest = select(func.max(Journey.resolved_at)).where(Journey.organisation_id == organisation_id)
    if before == ALL:
        return None
    if before is not None:
        newest = newest.where(Journey.resolved_at < _moments(before, zone)[0])
    at = session.scalar(newest)
    return None if at is None else day_of(at, zone)


def _count(session: Session, organisation_id: int, days: list[date], zone: ZoneInfo) -> None:
    by = [getattr(Journey, name) for name in _FINEST[2:]]
    for day in days:
        begin, end = _moments(day, zone)
        within = (Journey.resolved_at >= begin, Journey.resolved_at < end)
        counted = (
            select(Journey.organisation_id, literal(day), *by, func.count())
            .where(Journey.organisation_id == organisation_id, *within)
            .group_by(Journey.organisation_id, *by)
        )
        session.execute(insert(JourneyGroupDay).from_select([*_FINEST, "number"], counted))
    within = (JourneyGroupDay.organisation_id == organisation_id, JourneyGroupDay.day.in_(days))
    for table in TABLES[:-1]:
        kept = [getattr(JourneyGroupDay, name) for name in _KEYS[table]]
        summed = select(*kept, func.sum(JourneyGroupDay.number)).where(*within).group_by(*kept)
        session.execute(insert(table).from_select([*_KEYS[table], "number"], summed))


def _add(session: Session, table: Any, keys: tuple[str, ...], found: Counter[tuple[Any, ...]]) -> None:
    """Add to counts by the columns of the finest table; rows that come to nothing are removed."""
    places = [_FINEST.index(key) for key in keys]
    numbers: Counter[tuple[Any, ...]] = Counter()
    for key, number in found.items():
        numbers[tuple(key[place] for place in places)] += number
    rows = [dict(zip(keys, key, strict=True)) | {"number": number} for key, number in numbers.items() if number]
    if not rows:
        return
    statement = upsert(session, table)
    added = {"number": table.number + statement.excluded.number}
    session.connection().execute(statement.on_conflict_do_update(index_elements=[*keys], set_=added), rows)
    if any(row["number"] < 0 for row in rows):
        where = [getattr(table, name).in_({row[name] for row in rows}) for name in keys[:3]]
        session.execute(delete(table).where(table.number == 0, *where))


def _moments(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return Period(day, day).moments(zone)
