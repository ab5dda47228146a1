"""The organisation's tree of departments and teams: who is below whom, without circles."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deskpulse.directory.models import SupportGroup

Node = TypeVar("Node", bound=Hashable)


def makes_circle(parents: Mapping[Node, Node | None], child: Node, parent: Node | None) -> bool:
    """Whether ``child``, put below ``parent``, becomes its own ancestor. Circles elsewhere are not its fault."""
    met = set()
    while parent is not None and parent not in met:
        if parent == child:
            return True
        met.add(parent)
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
