"""People who sign in: added, given another passphrase, removed; every change is in the audit."""

from __future__ import annotations

from collections.abc import Sequence

from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.access import passphrases
from deskpulse.access.models import User
from deskpulse.desk import Desk
from deskpulse.directory.people import normalise, plain
from deskpulse.errors import ConfigurationError
from deskpulse.organisation.models import Organisation
from deskpulse.organisation.organisations import audit


def add(
    desk: Desk,
    session: Session,
    organisation: Organisation,
    email: str,
    passphrase: str,
    *,
    name: str = "",
    actor: str,
    hasher: PasswordHasher = passphrases.HASHER,
) -> User:
    """A new user of an organisation. Raises ConfigurationError where address or passphrase will not do."""
    address = normalise(email)
    if address is None:
        raise ConfigurationError(f"{email!r} is no e-mail address")
    if session.scalar(select(User.id).where(User.email == address)) is not None:
        raise ConfigurationError(f"{address} has a user already; an address signs in to one organisation only")
    user = User(
        organisation_id=organisation.id,
        email=address,
        name=plain(name),
        passphrase_hash=_acceptable(passphrase, address, hasher),
        created_at=desk.now(),
    )
    session.add(user)
    session.flush()
    audit(desk, session, organisation.id, actor, "user added", address)
    return user


def of_organisation(session: Session, organisation_id: int) -> Sequence[User]:
    """All users of an organisation, by address."""
    return session.scalars(select(User).where(User.organisation_id == organisation_id).order_by(User.email)).all()


def by_email(session: Session, email: str) -> User:
    """The user with that address. Raises ConfigurationError where there is none."""
    user = session.scalar(select(User).where(User.email == (normalise(email) or "")))
    if user is None:
        raise ConfigurationError(f"no user has the address {email!r}")
    return user


def change_passphrase(
    desk: Desk,
    session: Session,
    user: User,
    passphrase: str,
    *,
    actor: str,
    hasher: PasswordHasher = passphrases.HASHER,
) -> None:
    """Give a user another passphrase, lift a delay, and end all of their sessions. Raises ConfigurationError."""
    user.passphrase_hash = _acceptable(passphrase, user.email, hasher)
    user.failures, user.locked_until = 0, None
    user.session_epoch += 1
    audit(desk, session, user.organisation_id, actor, "passphrase changed", user.email)


def remove(desk: Desk, session: Session, user: User, *, actor: str) -> None:
    """Remove a user; what they did stays in the audit."""
    session.delete(user)
    audit(desk, session, user.organisation_id, actor, "user removed", user.email)


def _acceptable(passphrase: str, email: str, hasher: PasswordHasher) -> str:
    if problem := passphrases.problem(passphrase, email):
        raise ConfigurationError(problem)
    return passphrases.hashed(passphrase, hasher)
