"""Support groups as a spreadsheet, and what an import compares it with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from deskpulse.connections.models import ConnectionRow
from deskpulse.directory.models import AlsoAlert, Contact, SupportGroup

COLUMNS = ("code", "name", "department", "lead", "also alerts", "active", "connection", "vendor id")
"""``department`` is the code of the group above, empty for a department itself; ``lead`` an address, ``also alerts``
addresses separated by spaces; ``connection`` and ``vendor id`` are empty for groups that no helpdesk knows."""
YES, NO = "yes", "no"


class Known:
    """The groups of one organisation with everything that a line of the spreadsheet names."""

    def __init__(self, session: Session, organisation_id: int) -> None:
        self.organisation_id = organisation_id
        self.groups = {
            group.id: group
            for group in session.scalars(
                select(SupportGroup).where(SupportGroup.organisation_id == organisation_id).order_by(SupportGroup.code)
            )
        }
        self.by_code = {group.code: group for group in self.groups.values()}
        self.by_vendor_id = {
            (group.connection_id, group.vendor_id): group for group in self.groups.values() if group.connection_id
        }
        self.contacts: dict[str, int] = dict(
            session.execute(select(Contact.email, Contact.id).where(Contact.organisation_id == organisation_id)).all()
        )
        self.emails = {contact_id: email for email, contact_id in self.contacts.items()}
        self.connections = {
            f"{row.kind}-{row.id}": row.id
            for row in session.execute(
                select(ConnectionRow.id, ConnectionRow.kind).where(ConnectionRow.organisation_id == organisation_id)
            )
        }
        self._labels = {connection_id: label for label, connection_id in self.connections.items()}
        self._alerts: defaultdict[int, list[str]] = defaultdict(list)
        alerts = (
            select(AlsoAlert.group_id, Contact.email)
            .join(Contact, Contact.id == AlsoAlert.contact_id)
            .where(Contact.organisation_id == organisation_id)
            .order_by(Contact.email)
        )
        for group_id, email in session.execute(alerts):
            self._alerts[group_id].append(email)

    def cells(self, group: SupportGroup) -> dict[str, str]:
        """The line of a group."""
        return {
            "code": group.code,
            "name": group.name,
            "department": self.groups[group.parent_id].code if group.parent_id else "",
            "lead": self.emails[group.lead_id] if group.lead_id else "",
            "also alerts": " ".join(self._alerts[group.id]) if group.id in self._alerts else "",
            "active": YES if group.active else NO,
            "connection": self._labels[group.connection_id] if group.connection_id else "",
            "vendor id": group.vendor_id or "",
        }


def group_rows(session: Session, organisation_id: int) -> Iterator[dict[str, str]]:
    """All groups, by code."""
    known = Known(session, organisation_id)
    for group in known.groups.values():
        yield known.cells(group)
