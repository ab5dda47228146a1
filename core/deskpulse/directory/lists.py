"""Contacts and segments as spreadsheets: lists whose lines are known by a key of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from deskpulse.directory.models import Contact, Segment
from deskpulse.directory.people import normalise, plain
from deskpulse.directory.sheet import Effect, Line, Mistake, Report

CONTACT_COLUMNS = ("email", "name", "mobile")
SEGMENT_COLUMNS = ("position", "code", "name")
MOBILE = re.compile(r"\+[1-9][0-9]{6,14}")
"""An international number (ITU-T E.164)."""

Entry = tuple[Hashable, str, dict[str, Any]]
"""What a line says: its key, how to call it, and its values by column."""


def contact_rows(session: Session, organisation_id: int) -> Iterator[dict[str, str]]:
    """All contacts, by address."""
    for contact in _contacts(session, organisation_id):
        yield {"email": contact.email, "name": contact.name, "mobile": contact.mobile}


def segment_rows(session: Session, organisation_id: int) -> Iterator[dict[str, str]]:
    """All segments, by position and code."""
    for segment in _segments(session, organisation_id):
        yield {"position": str(segment.position), "code": segment.code, "name": segment.name}


def take_contacts(
    session: Session, organisation_id: int, lines: Sequence[Line], report: Report, *, apply: bool
) -> None:
    """Add and change contacts by their address."""
    known = {contact.email: contact for contact in _contacts(session, organisation_id)}
    _take(session, organisation_id, Contact, known, _contact, lines, report, apply=apply)


def take_segments(
    session: Session, organisation_id: int, lines: Sequence[Line], report: Report, *, apply: bool
) -> None:
    """Add and rename segments by their position and code."""
    known = {(segment.position, segment.code): segment for segment in _segments(session, organisation_id)}
    _take(session, organisation_id, Segment, known, _segment, lines, report, apply=apply)


def _take(
    session: Session,
    organisation_id: int,
    table: type[Contact] | type[Segment],
    known: Mapping[Any, Contact | Segment],
    read: Callable[[Mapping[str, str]], Entry],
    lines: Sequence[Line],
    report: Report,
    *,
    apply: bool,
) -> None:
    met: dict[Hashable, int] = {}
    new, changed = [], []
    for line in lines:
        try:
            key, subject, values = read(line.cells)
            if key in met:
                raise Mistake(f"{subject} is in line {met[key]} already")
        except Mistake as mistake:
            report.problems.append((line.number, str(mistake)))
            continue
        met[key] = line.number
        row = known.get(key)
        if row is None:
            new.append({"organisation_id": organisation_id, "name": "", **values})
            report.effects.append(Effect(line.number, "create", subject))
            continue
        changes = tuple(
            (name, getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value
        )
        report.effects.append(Effect(line.number, "change" if changes else "keep", subject, changes))
        if changes:
            changed.append({"id": row.id, **values})
    if apply and not report.problems:
        for statement, rows in ((insert(table), new), (update(table), changed)):
            if rows:
                session.execute(statement, rows)


def _contact(cells: Mapping[str, str]) -> Entry:
    email = normalise(cells["email"])
    if email is None:
        raise Mistake(f"{cells['email']!r} is no e-mail address")
    values = {"email": email}
    if "name" in cells:
        values["name"] = plain(cells["name"])
    if "mobile" in cells:
        values["mobile"] = re.sub(r"[ .-]", "", cells["mobile"])
        if values["mobile"] and not MOBILE.fullmatch(values["mobile"]):
            raise Mistake(f"{cells['mobile']!r} is no international number; write + and digits, such as +491701234567")
    return email, f"contact {email}", values


def _segment(cells: Mapping[str, str]) -> Entry:
    if cells["position"] not in ("1", "2"):
        raise Mistake(f"the position must be 1 or 2, not {cells['position']!r}")
    position, code = int(cells["position"]), plain(cells["code"])
    if not code or " " in code:
        raise Mistake(f"{cells['code']!r} is no code; it may not be empty or hold spaces")
    values: dict[str, Any] = {"position": position, "code": code}
    if "name" in cells:
        values["name"] = plain(cells["name"])
        if not values["name"]:
            raise Mistake(f"segment {code} needs a name")
    return (position, code), f"segment {position} {code}", values


def _contacts(session: Session, organisation_id: int) -> Sequence[Contact]:
    return session.scalars(
        select(Contact).where(Contact.organisation_id == organisation_id).order_by(Contact.email)
    ).all()


def _segments(session: Session, organisation_id: int) -> Sequence[Segment]:
    return session.scalars(
        select(Segment).where(Segment.organisation_id == organisation_id).order_by(Segment.position, Segment.code)
    ).all()
