"""Support groups as a helpdesk names them: added once, found by their immutable id ever after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deskpulse import records
from deskpulse.db.database import upsert
from deskpulse.desk import Desk
from deskpulse.directory.codes import free_codes
from deskpulse.directory.models import SupportGroup
from deskpulse.directory.people import plain
from deskpulse.errors import Conflict
from deskpulse.outbound import outbox

SYNC_JOB = "sync_groups"
BURST = timedelta(minutes=1)
"""Unknown groups met within such a stretch of the clock lead to one synchronisation, at its end."""
CODE_ATTEMPTS = 5


def ensure_group(
    desk: Desk, session: Session, organisation_id: int, connection_id: int, record: records.Group
) -> SupportGroup:
    """The group's row. An unknown group is added at once with a code of its own, and a synchronisation is queued."""
    known = find(session, organisation_id, connection_id, [record.id]).get(record.id)
    if known is None:
        added = add(session, organisation_id, connection_id, [record])
        queue_sync(desk, session, organisation_id, connection_id)
        return added[record.id]
    name = plain(record.name)
    if name and name != known.name:
        session.execute(update(SupportGroup).where(SupportGroup.id == known.id).values(name=name))
        session.refresh(known)
    return known


def queue_sync(desk: Desk, session: Session, organisation_id: int, connection_id: int) -> None:
    """Ask for a synchronisation at the end of the current minute: a burst leads to one, and none comes too early."""
    burst = int(desk.now().timestamp() // BURST.total_seconds())
    outbox.queue(
        desk,
        session,
        SYNC_JOB,
        {"connection_id": connection_id},
        organisation_id=organisation_id,
        connection_id=connection_id,
        key=f"{connection_id}:{burst}",
        lane=f"{SYNC_JOB}:{connection_id}",
        due_at=datetime.fromtimestamp(0, UTC) + (burst + 1) * BURST,
    )


def add(
    session: Session,
    organisation_id: int,
    connection_id: int,
    new: Sequence[records.Group],
) -> dict[str, SupportGroup]:
    """Add groups that were not known a moment ago; their rows by the helpdesk's id.

    Another process may add the same group, or take the same code, at the same time: what it did is found again.
    """
    rows: dict[str, SupportGroup] = {}
    missing = sorted(new, key=lambda group: group.id)
    for _ in range(CODE_ATTEMPTS):
        codes = free_codes(session, organisation_id, [group.name for group in missing])
        values: list[dict[str, Any]] = [
            {
                "organisation_id": organisation_id,
                "connection_id": connection_id,
                "vendor_id": group.id,
                "name": plain(group.name) or code,
                "code": code,
                "active": group.active,
                "suggestions_taken": False,
            }
            for group, code in zip(missing, codes, strict=True)
        ]
        session.execute(upsert(session, SupportGroup.__table__).on_conflict_do_nothing(), values)
        rows |= find(session, organisation_id, connection_id, [group.id for group in missing])
        missing = [group for group in missing if group.id not in rows]
        if not missing:
            return rows
    raise Conflict("other processes keep taking the codes of new support groups")


def find(
    session: Session, organisation_id: int, connection_id: int, vendor_ids: Iterable[str]
) -> dict[str, SupportGroup]:
    """The rows of those groups that are known, by the helpdesk's id."""
    found = session.scalars(
        select(SupportGroup).where(
            SupportGroup.organisation_id == organisation_id,
            SupportGroup.connection_id == connection_id,
            SupportGroup.vendor_id.in_(list(vendor_ids)),
        )
    )
    return {str(group.vendor_id): group for group in found}
