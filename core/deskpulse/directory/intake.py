"""One batch of groups and agents from a helpdesk, taken into the tables with a handful of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from deskpulse import records
from deskpulse.db.database import upsert
from deskpulse.directory import groups
from deskpulse.directory.models import AgentRow, Contact, Membership, SupportGroup
from deskpulse.directory.people import normalise, plain

CHUNK = 1000
"""Ids in one statement."""


@dataclass(slots=True)
class Taken:
    """What a batch came to: the rows it named, how many rows it changed, and parents that are still to be found."""

    group_ids: list[int] = field(default_factory=list)
    agent_ids: list[int] = field(default_factory=list)
    changed: int = 0
    parents: dict[int, str] = field(default_factory=dict)
    """The helpdesk's id of the suggested parent, by the row id of the child."""


def take(session: Session, organisation_id: int, connection_id: int, batch: Sequence[records.Group]) -> Taken:
    """Bring the tables in step with a batch. What is in step already is not written.

    Groups that were deleted before they were ever known are passed over.
    """
    taken = Taken()
    named = {group.id: group for group in batch}
    rows = _take_groups(session, organisation_id, connection_id, named, taken)
    named = {vendor_id: named[vendor_id] for vendor_id in rows}
    agents = {agent.id: agent for group in named.values() for agent in group.members}
    agent_ids = _take_agents(session, organisation_id, connection_id, agents, taken)
    wanted = {(rows[group.id].id, agent_ids[agent.id]) for group in named.values() for agent in group.members}
    _take_memberships(session, [row.id for row in rows.values()], wanted, taken)
    taken.group_ids = [row.id for row in rows.values()]
    taken.agent_ids = list(agent_ids.values())
    return taken


def in_chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The items, a statement's worth at a time."""
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]


def _take_groups(
    session: Session, organisation_id: int, connection_id: int, named: Mapping[str, records.Group], taken: Taken
) -> dict[str, SupportGroup]:
    rows = groups.find(session, organisation_id, connection_id, named)
    renamed = [
        {"id": row.id, "name": plain(named[vendor_id].name) or row.name, "active": named[vendor_id].active}
        for vendor_id, row in rows.items()
        if (plain(named[vendor_id].name) or row.name, named[vendor_id].active) != (row.name, row.active)
    ]
    if renamed:
        session.execute(update(SupportGroup), renamed)
    new = [group for group in named.values() if group.id not in rows and group.active]
    if new:
        rows |= groups.add(session, organisation_id, connection_id, new)
    taken.changed += len(renamed) + len(new)
    _take_suggestions(
        session,
        organisation_id,
        {vendor_id: (row, named[vendor_id]) for vendor_id, row in rows.items() if not row.suggestions_taken},
        taken,
    )
    return rows


def _take_suggestions(
    session: Session,
    organisation_id: int,
    open_ones: Mapping[str, tuple[SupportGroup, records.Group]],
    taken: Taken,
) -> None:
    """Follow the helpdesk about leads, once; parents wait until every group has been seen."""
    if not open_ones:
        return
    leads = [group.lead for _, group in open_ones.values() if group.lead]
    contacts = _contacts(session, organisation_id, leads)
    changes = []
    for row, group in open_ones.values():
        if group.parent_id and row.parent_id is None:
            taken.parents[row.id] = group.parent_id
        lead_id = contacts.get(normalise(group.lead.email) or "") if group.lead else None
        change = {
            "id": row.id,
            "lead_id": row.lead_id or lead_id,
            "suggestions_taken": row.id not in taken.parents,
        }
        if (change["lead_id"], change["suggestions_taken"]) != (row.lead_id, row.suggestions_taken):
            changes.append(change)
    if changes:
        session.execute(update(SupportGroup), changes)


def _contacts(session: Session, organisation_id: int, leads: Sequence[records.Agent]) -> dict[str, int]:
    """The contacts of those leads by address, made where they are missing."""
    names = {address: plain(lead.name) for lead in leads if (address := normalise(lead.email))}
    if not names:
        return {}
    values = [
        {"organisation_id": organisation_id, "email": email, "name": names[email], "mobile": ""}
        for email in sorted(names)
    ]
    session.execute(upsert(session, Contact.__table__).on_conflict_do_nothing(), values)
    found = select(Contact.email, Contact.id).where(
        Contact.organisation_id == organisation_id, Contact.email.in_(names)
    )
    return dict(session.execute(found).all())


def _take_agents(
    session: Session, organisation_id: int, connection_id: int, agents: Mapping[str, records.Agent], taken: Taken
) -> dict[str, int]:
    table = AgentRow.__table__
    insert = upsert(session, table)
    keep = insert.on_conflict_do_update(
        index_elements=["connection_id", "vendor_id"],
        set_={name: insert.excluded[name] for name in ("name", "email", "active")},
    )
    columns = (AgentRow.vendor_id, AgentRow.id, AgentRow.name, AgentRow.email, AgentRow.active)
    mine = (AgentRow.organisation_id == organisation_id, AgentRow.connection_id == connection_id)
    ids: dict[str, int] = {}
    for chunk in in_chunks(sorted(agents)):
        known = {
            row.vendor_id: row for row in session.execute(select(*columns).where(*mine, AgentRow.vendor_id.in_(chunk)))
        }
        stale = []
        for vendor_id in chunk:
            row = known.get(vendor_id)
            name = plain(agents[vendor_id].name) or (row.name if row else "")
            email = normalise(agents[vendor_id].email) or (row.email if row else None)
            active = agents[vendor_id].active
            if row is None or (row.name, row.email, row.active) != (name, email, active):
                stale.append(
                    {
                        "organisation_id": organisation_id,
                        "connection_id": connection_id,
                        "vendor_id": vendor_id,
                        "name": name,
                        "email": email,
                        "active": active,
                    }
                )
            if row is not None:
                ids[vendor_id] = row.id
        if stale:
            written = session.execute(keep.returning(table.c.vendor_id, table.c.id), stale)
            ids.update(written.all())
            taken.changed += len(stale)
    return ids


def _take_memberships(session: Session, group_ids: Sequence[int], wanted: set[tuple[int, int]], taken: Taken) -> None:
    table = Membership.__table__
    stored = select(Membership.group_id, Membership.agent_id).where(Membership.group_id.in_(group_ids))
    have = {(group_id, agent_id) for group_id, agent_id in session.execute(stored)}
    if gone := sorted(have - wanted):
        session.connection().execute(
            delete(Membership).where(
                table.c.group_id == bindparam("gone_group"), table.c.agent_id == bindparam("gone_agent")
            ),
            [{"gone_group": group_id, "gone_agent": agent_id} for group_id, agent_id in gone],
        )
    if new := sorted(wanted - have):
        session.execute(
            upsert(session, table).on_conflict_do_nothing(),
            [{"group_id": group_id, "agent_id": agent_id} for group_id, agent_id in new],
        )
    taken.changed += len(gone) + len(new)
