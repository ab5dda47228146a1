"""Tables of the response funnel: how far each resolution came, marks of what changed since, and counts by day.

None has a foreign key, as in roll-ups: they are derived from other tables, and must not hold on to rows of them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from deskpulse.db.types import Base, Id


class Journey(Base):
    """How far one resolution came. ``group_id`` is 0 and ``channel`` empty where there is none."""

    __tablename__ = "journey"
    __table_args__ = (
        Index(
            "ix_journey_funnel",
            "organisation_id", "resolved_at", "group_id", "channel", "reason", "stage", "resolution_id",
        ),
    )  # fmt: skip

    resolution_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    organisation_id: Mapped[int]
    resolved_at: Mapped[datetime]
    group_id: Mapped[int]
    channel: Mapped[str]
    reason: Mapped[str]
    stage: Mapped[int] = mapped_column(SmallInteger)
    look: Mapped[int] = mapped_column(SmallInteger)


class JourneyMark(Base):
    """A mark that something changed about a resolution since its journey was made."""

    __tablename__ = "journey_mark"
    __table_args__ = (Index(None, "organisation_id", "resolution_id"),)

    id: Mapped[Id]
    organisation_id: Mapped[int]
    resolution_id: Mapped[int]


class JourneyProgress(Base):
    """One row: the last hit that journeys know of."""

    __tablename__ = "journey_progress"

    hit_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class JourneyDay(Base):
    """How many journeys are alike, by the day of the resolution in the zone of :class:`JourneyZone`."""

    __tablename__ = "journey_day"

    organisation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer)


class JourneyGroupDay(Base):
    """The same by support group, which leads the primary key, as questions mostly name it."""

    __tablename__ = "journey_group_day"
    __table_args__ = (Index(None, "organisation_id", "day"),)

    organisation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer)


class JourneyStageDay(Base):
    """By support group and nothing besides, for all of them side by side: a third of the rows, or less."""

    __tablename__ = "journey_stage_day"
    __table_args__ = (Index(None, "organisation_id", "day"),)

    organisation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    group_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer)


class JourneyZone(Base):
    """The time zone in which an organisation's journeys are counted by day, and the first day that is counted so."""

    __tablename__ = "journey_zone"

    organisation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time_zone: Mapped[str]
    since: Mapped[date]
