"""Codes of support groups: made from the name once, then the administrator's."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.directory.models import SupportGroup

PATTERN = re.compile(r"[A-Za-z0-9_-]+")
"""What a code of a group, department or segment may look like."""
LONGEST = 40
NUMBERED = 9
"""Groups of one name that are told apart by a number; more of them get a random ending."""


def code_from(name: str) -> str:
    """A readable code for a name: "Réseau & Télécom" becomes "reseau-telecom"; without any letter of ours, "group"."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_]+", "-", ascii_only).strip("-")[:LONGEST].rstrip("-") or "group"


def free_codes(session: Session, organisation_id: int, names: Sequence[str]) -> list[str]:
    """A code for each name, none of them used by a group of the organisation so far; one SELECT."""
    wanted = {code for name in names for code in _numbered(code_from(name))}
    taken = set(
        session.scalars(
            select(SupportGroup.code).where(
                SupportGroup.organisation_id == organisation_id, SupportGroup.code.in_(wanted)
            )
        )
    )
    chosen = []
    for name in names:
        base = code_from(name)
        code = next((code for code in _numbered(base) if code not in taken), f"{base}-{secrets.token_hex(4)}")
        taken.add(code)
        chosen.append(code)
    return chosen


def _numbered(base: str) -> Iterator[str]:
    yield base
    for number in range(2, NUMBERED + 1):
        yield f"{base}-{number}"
