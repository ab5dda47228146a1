"""People who are not to be asked: an administrator's entries beside their own opt-outs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deskpulse.db.database import change, upsert
from deskpulse.desk import Desk
from deskpulse.directory.models import Suppression
from deskpulse.directory.people import normalise
from deskpulse.errors import ConfigurationError
from deskpulse.organisation.organisations import audit

BY_ADMINISTRATOR = "administrator"


def add(desk: Desk, session: Session, organisation_id: int, email: str, actor: str) -> None:
    """Never ask this person; stands even if they take their own opt-out back. Raises ConfigurationError."""
    entry = upsert(session, Suppression).values(
        organisation_id=organisation_id, person=_person(email), source=BY_ADMINISTRATOR, at=desk.now()
    )
    session.execute(
        entry.on_conflict_do_update(
            index_elements=["organisation_id", "person"], set_={"source": BY_ADMINISTRATOR, "at": desk.now()}
        )
    )
    audit(desk, session, organisation_id, actor, "person suppressed", _person(email))


def remove(desk: Desk, session: Session, organisation_id: int, email: str, actor: str) -> bool:
    """Allow asking this person again; whether they were on the list. Raises ConfigurationError."""
    person = _person(email)
    entries = delete(Suppression).where(Suppression.organisation_id == organisation_id, Suppression.person == person)
    removed = change(session, entries) > 0
    if removed:
        audit(desk, session, organisation_id, actor, "person no longer suppressed", person)
    return removed


def of_organisation(session: Session, organisation_id: int) -> Sequence[Suppression]:
    """The whole list, by person."""
    wanted = select(Suppression).where(Suppression.organisation_id == organisation_id)
    return session.scalars(wanted.order_by(Suppression.person)).all()


def _person(email: str) -> str:
    address = normalise(email)
    if address is None:
        raise ConfigurationError(f"{email!r} is no e-mail address")
    return address
