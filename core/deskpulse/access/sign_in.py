"""Signing in, with growing delays after failures, and who a session belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from deskpulse.access import passphrases
from deskpulse.access.models import User
from deskpulse.db.database import detached
from deskpulse.desk import Desk
from deskpulse.directory.people import normalise
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.organisations import audit

FREE_FAILURES = 3
"""From this failure in a row on, the next attempt has to wait."""
LONGEST_DELAY = timedelta(minutes=15)


class Delayed(Exception):
    """Too many failures: no attempt is looked at before ``until``, not even a right one."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"the next attempt is possible at {until.isoformat()}")
        self.until = until


def sign_in(desk: Desk, email: str, passphrase: str, *, hasher: PasswordHasher = passphrases.HASHER) -> User | None:
    """The user whose address and passphrase these are, or None; raises Delayed.

    An attempt counts as a failure before it is looked at and is forgiven when it succeeds, so that guesses made at the
    same time cannot get ahead of the delay. An unknown address takes as long as a known one.
    """
    attempt = _begin(desk, email)
    if not passphrases.fits(passphrase, attempt.passphrase_hash if attempt else passphrases.nobodys(hasher), hasher):
        if attempt and attempt.locked_until:
            _note_delay(desk, attempt)
        return None
    return _succeed(desk, attempt.id, passphrase, hasher) if attempt else None


_OF_SESSION = (
    select(*User.__table__.columns, *Organisation.__table__.columns)
    .join(Organisation, Organisation.id == User.organisation_id)
    .where(User.id == bindparam("user"), User.session_epoch == bindparam("epoch"))
)


def of_session(session: Session, user_id: int, epoch: int) -> tuple[User, Organisation] | None:
    """Whom a session was opened for, and their organisation, unless all their sessions were ended since.

    Both as they are now: no database session holds them.
    """
    row = session.connection().execute(_OF_SESSION, {"user": user_id, "epoch": epoch}).first()
    if row is None:
        return None
    width = len(User.__table__.columns)
    return detached(User, row[:width]), detached(Organisation, row[width:])


def delay_after(failures: int) -> timedelta | None:
    """How long the next attempt must wait after so many failures in a row."""
    if failures < FREE_FAILURES:
        return None
    return min(timedelta(seconds=2 ** min(failures, 10)), LONGEST_DELAY)


def _begin(desk: Desk, email: str) -> User | None:
    now = desk.now()
    with desk.db.write() as session:
        user = session.scalar(select(User).where(User.email == (normalise(email) or "")).with_for_update())
        if user is not None:
            if user.locked_until and user.locked_until > now:
                raise Delayed(user.locked_until)
            user.failures += 1
            delay = delay_after(user.failures)
            user.locked_until = now + delay if delay else None
    return user


def _succeed(desk: Desk, user_id: int, passphrase: str, hasher: PasswordHasher) -> User | None:
    with desk.db.write() as session:
        user = session.get(User, user_id, with_for_update=True)
        if user is not None:
            user.failures, user.locked_until, user.signed_in_at = 0, None, desk.now()
            if passphrases.is_outdated(user.passphrase_hash, hasher):
                user.passphrase_hash = passphrases.hashed(passphrase, hasher)
    return user


def _note_delay(desk: Desk, user: User) -> None:
    detail = {"failures": user.failures, "until": user.locked_until.isoformat() if user.locked_until else None}
    with desk.db.write() as session:
        audit(desk, session, user.organisation_id, user.email, "sign-in delayed", user.email, detail)
