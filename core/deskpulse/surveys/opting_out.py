"""Opting out: whoever holds a link can say that its person is not to be asked again, and take it back."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from deskpulse.db.database import upsert
from deskpulse.desk import Desk
from deskpulse.directory.models import Suppression
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.preferences import Preferences
from deskpulse.surveys import tokens
from deskpulse.surveys.entrances import UnknownLink
from deskpulse.surveys.models import Invite

BY_LINK = "opt-out link"
"""The source of a suppression that the person made; only such a one can be taken back on the page."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether the person of a link is asked, and by whom."""

    organisation_name: str
    brand_colour: str
    opted_out: bool


def choice(desk: Desk, token: str) -> Choice:
    """What the person has chosen. Raises UnknownLink."""
    with desk.db.read() as session:
        return _choice(session, _invite(session, token))


def opt_out(desk: Desk, token: str) -> Choice:
    """Ask this person no more, and cancel what has not been sent yet. Safe to repeat. Raises UnknownLink."""
    now = desk.now()
    with desk.db.write() as session:
        invite = _invite(session, token)
        suppression = upsert(session, Suppression).values(
            organisation_id=invite.organisation_id, person=invite.person, source=BY_LINK, at=now
        )
        session.execute(suppression.on_conflict_do_nothing())
        session.execute(
            update(Invite)
            .where(
                Invite.organisation_id == invite.organisation_id,
                Invite.person == invite.person,
                Invite.state == "waiting",
            )
            .values(state="cancelled", ended_at=now, detail="opted out before it was sent")
        )
        return _choice(session, invite)


def opt_in(desk: Desk, token: str) -> Choice:
    """Take the opt-out back; an administrator's own entry stays. Raises UnknownLink."""
    with desk.db.write() as session:
        invite = _invite(session, token)
        session.execute(
            delete(Suppression).where(
                Suppression.organisation_id == invite.organisation_id,
                Suppression.person == invite.person,
                Suppression.source == BY_LINK,
            )
        )
        return _choice(session, invite)


def _invite(session: Session, token: str) -> Invite:
    invite = session.scalar(select(Invite).where(Invite.token_digest == tokens.digest(token)))
    if invite is None:
        raise UnknownLink
    return invite


def _choice(session: Session, invite: Invite) -> Choice:
    organisation = session.get_one(Organisation, invite.organisation_id)
    suppressed = select(Suppression.id).where(
        Suppression.organisation_id == invite.organisation_id, Suppression.person == invite.person
    )
    brand = Preferences.of(organisation.preferences).brand_colour
    return Choice(organisation.name, brand, session.scalar(suppressed) is not None)
