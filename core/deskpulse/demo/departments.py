"""The sample's departments and segments, as an administrator would set them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deskpulse.directory.codes import free_codes
from deskpulse.directory.models import Segment, SupportGroup


def arrange(session: Session, organisation_id: int, departments: Mapping[str, Sequence[str]]) -> None:
    """Make each department unless it is there, and put the support groups of these names below it."""
    mine = SupportGroup.organisation_id == organisation_id
    for name, teams in departments.items():
        own = (mine, SupportGroup.name == name, SupportGroup.connection_id.is_(None))
        department = session.scalar(select(SupportGroup).where(*own))
        if department is None:
            (code,) = free_codes(session, organisation_id, [name])
            department = SupportGroup(organisation_id=organisation_id, name=name, code=code, active=True)
            session.add(department)
            session.flush()
        below = update(SupportGroup).where(mine, SupportGroup.name.in_(teams), SupportGroup.parent_id.is_(None))
        session.execute(below.where(SupportGroup.id != department.id).values(parent_id=department.id))


def name_segments(session: Session, organisation_id: int, names: Sequence[Mapping[str, str]]) -> None:
    """Give the codes of segments their names, those of the first position before those of the second."""
    mine = Segment.organisation_id == organisation_id
    known = set(session.execute(select(Segment.position, Segment.code).where(mine)).tuples())
    for position, segments in enumerate(names, start=1):
        for code, name in segments.items():
            if (position, code) not in known:
                session.add(Segment(organisation_id=organisation_id, position=position, code=code, name=name))
