"""Lists of the directory for pickers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.directory.models import SupportGroup


def active_groups(session: Session, organisation_id: int) -> Sequence[SupportGroup]:
    """Support groups in use, by name."""
    wanted = select(SupportGroup).where(SupportGroup.organisation_id == organisation_id, SupportGroup.active)
    return session.scalars(wanted.order_by(SupportGroup.name)).all()
