"""Making organisations, finding them, and changing their preferences, with an audit of each change."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.desk import Desk
from deskpulse.errors import ConfigurationError
from deskpulse.organisation.models import AuditEntry, Organisation
from deskpulse.organisation.preferences import Preferences

CODE_BYTES = 10


def create(desk: Desk, session: Session, name: str, *, time_zone: str = "UTC", code: str | None = None) -> Organisation:
    """A new organisation with an unguessable code and a key for signing links. Raises ConfigurationError."""
    zone(time_zone)
    organisation = Organisation(
        code=code or secrets.token_hex(CODE_BYTES),
        name=name,
        time_zone=time_zone,
        preferences={},
        link_key_sealed=desk.vault.seal(secrets.token_urlsafe(32)),
        created_at=desk.now(),
    )
    session.add(organisation)
    session.flush()
    return organisation


def zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises ConfigurationError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigurationError(f"{name!r} is no time zone; use a name such as Europe/Berlin") from None


def only_or_named(session: Session, code: str | None) -> Organisation:
    """The organisation with that code, or the only one there is. Raises ConfigurationError saying what to give."""
    found = session.scalars(select(Organisation).order_by(Organisation.id)).all()
    if not found:
        raise ConfigurationError("There is no organisation yet. Make one with: deskpulse organisation create NAME")
    chosen = [organisation for organisation in found if code in (None, organisation.code)]
    if len(chosen) != 1:
        known = ", ".join(f"{organisation.code} ({organisation.name})" for organisation in found)
        raise ConfigurationError(f"Name an organisation with --organisation CODE; known: {known}.")
    return chosen[0]


def change_preferences(
    desk: Desk, session: Session, organisation: Organisation, changes: Mapping[str, Any], actor: str
) -> Preferences:
    """Change some preferences. Raises ConfigurationError naming what is not allowed."""
    before = Preferences.of(organisation.preferences)
    after = before.changed(**changes)
    organisation.preferences = asdict(after)
    audit(desk, session, organisation.id, actor, "preferences changed", detail=dict(changes))
    return after


def audit(
    desk: Desk,
    session: Session,
    organisation_id: int,
    actor: str,
    action: str,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Note who did what; ``detail`` must not hold secrets."""
    session.add(
        AuditEntry(
            organisation_id=organisation_id,
            at=desk.now(),
            actor=actor,
            action=action,
            subject=subject,
            detail=dict(detail or {}),
        )
    )
