"""What was refused at the inlet, for the administrator who wonders why: the newest calls of each reason are kept."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.inbound.models import Refusal


def newest(session: Session, connection_id: int, limit: int) -> Sequence[Refusal]:
    """The calls to a connection that were refused last, newest first."""
    wanted = select(Refusal).where(Refusal.connection_id == connection_id).order_by(Refusal.id.desc()).limit(limit)
    return session.scalars(wanted).all()
