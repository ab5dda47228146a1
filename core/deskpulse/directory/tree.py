"""The organisation's tree of departments and teams: who is below whom, without circles."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deskpulse.directory.models import SupportGroup


def makes_circle(parents: Mapping[int, int | None], child: int, parent: int | None) -> bool:
    """Whether putting ``child`` below ``parent`` would make a group its own ancestor."""
    while parent is not None:
        if parent == child:
            return True
        parent = parents.get(parent)
    return False


def place(session: Session, organisation_id: int, connection_id: int, suggested: Mapping[int, str]) -> int:
    """Follow the helpdesk's suggested parents (its ids, by row id), where nobody has decided otherwise; how many.

    A suggestion that would close a circle is passed over for good; one whose parent is unknown stays open.
    """
    rows = session.execute(
        select(SupportGroup.id, SupportGroup.parent_id, SupportGroup.connection_id, SupportGroup.vendor_id)
        .where(SupportGroup.organisation_id == organisation_id)
        .with_for_update(key_share=True)
    ).all()
    parents = {row.id: row.parent_id for row in rows}
    by_vendor_id = {row.vendor_id: row.id for row in rows if row.connection_id == connection_id}
    changes = []
    for child, vendor_id in suggested.items():
        parent = by_vendor_id.get(vendor_id)
        if parent is None or child not in parents:
            continue
        if parents[child] is None and not makes_circle(parents, child, parent):
            parents[child] = parent
        changes.append({"id": child, "parent_id": parents[child], "suggestions_taken": True})
    if changes:
        session.execute(update(SupportGroup), changes)
    return len(changes)
