"""The gauge: one score, as large as a wall, with how sure it is and whether it has changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deskpulse.organisation.models import Organisation
from deskpulse.reports import shown
from deskpulse.reports.displays.asked import Asked, Pairs, ask
from deskpulse.reports.standings import Standing
from deskpulse.scoring.intervals import Difference, difference


@dataclass(frozen=True, slots=True)
class Gauge:
    """``change`` is from the comparable period before; ``None`` where either has no score that may be shown."""

    asked: Asked
    standing: Standing
    change: Difference | None


def gauge(session: Session, organisation: Organisation, pairs: Pairs, now: datetime) -> Gauge:
    """The score of the organisation, or of the groups and segments in the address. Raises BadQuestion."""
    asked = ask(session, organisation, pairs, now)
    periods = (asked.period, asked.before)
    present, before = shown.standings(session, asked.question, periods, asked.title, asked.minimum)
    comparable = present.score is not None and before.score is not None
    return Gauge(asked, present, difference(before.counts, present.counts) if comparable else None)
