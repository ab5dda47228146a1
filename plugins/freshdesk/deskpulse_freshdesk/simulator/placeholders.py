"""Placeholders of rules and mails: ``{{ticket.id}}`` and its kin, filled in raw as the vendor does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.records import PRIORITIES, SOURCES, Entry, Ticket
from deskpulse_freshdesk.simulator.rendering import plain
from deskpulse_simulation.clock import stamp

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_QUOTED_ID = re.compile(r'"\{\{\s*ticket\.id\s*\}\}"')

SIMPLE_KEYS = {
    "ticket_id": "ticket.id",
    "ticket_subject": "ticket.subject",
    "ticket_description": "ticket.description",
    "ticket_url": "ticket.url",
    "ticket_portal_url": "ticket.portal_url",
    "ticket_due_by_time": "ticket.due_by_time",
    "ticket_tags": "ticket.tags",
    "ticket_latest_public_comment": "ticket.latest_public_comment",
    "ticket_latest_private_comment": "ticket.latest_private_comment",
    "ticket_group_name": "ticket.group.name",
    "ticket_agent_name": "ticket.agent.name",
    "ticket_agent_email": "ticket.agent.email",
    "ticket_satisfaction_survey": "ticket.satisfaction_survey",
    "ticket_status": "ticket.status",
    "ticket_priority": "ticket.priority",
    "ticket_source": "ticket.source",
    "ticket_ticket_type": "ticket.ticket_type",
    "ticket_contact_name": "ticket.requester.name",
    "ticket_contact_email": "ticket.requester.email",
    "ticket_contact_phone": "ticket.requester.phone",
    "ticket_contact_unique_external_id": "ticket.requester.unique_external_id",
    "ticket_company_name": "ticket.company.name",
    "ticket_company_description": "ticket.company.description",
    "ticket_company_note": "ticket.company.note",
    "ticket_company_domains": "ticket.company.domains",
    "helpdesk_name": "helpdesk_name",
    "triggered_event": "triggered_event",
}
"""The ticks of a webhook's simple content, and the placeholder each stands for; ``ticket_cf_x`` is a custom field."""


class Placeholders:
    """The values of one ticket at one moment."""

    def __init__(self, account: Account, ticket: Ticket, triggered_event: str = "") -> None:
        self._account = account
        self._ticket = ticket
        self._event = triggered_event

    def fill(self, text: str, escape: Callable[[str], str] = str) -> str:
        """The text with its placeholders filled; an unknown one leaves nothing behind."""
        return _PLACEHOLDER.sub(lambda found: escape(self.value(found[1])), text)

    def fill_json(self, text: str) -> str:
        """The same for a JSON text: nothing is escaped, so that a quote in a subject breaks it."""
        if self._account.switches.numeric_ids:
            text = _QUOTED_ID.sub(str(self._ticket.id), text)
        return self.fill(text)

    def value(self, name: str) -> str:
        """What stands for a placeholder's name."""
        if name == "triggered_event":
            return self._event
        if name == "helpdesk_name":
            return self._account.name
        root, _, rest = name.partition(".")
        if root != "ticket":
            return ""
        part, _, detail = rest.partition(".")
        return self._detail(part, detail) if detail else self._plain_value(part)

    def _detail(self, part: str, name: str) -> str:
        record = self._part(part)
        if name in ("firstname", "lastname"):
            names = _shown(getattr(record, "name", None)).split()
            return (names[0] if name == "firstname" else names[-1]) if names else ""
        return _shown(getattr(record, name, None))

    def _part(self, name: str) -> Any:
        account, ticket = self._account, self._ticket
        return {
            "requester": account.person(ticket.requester_id),
            "agent": account.agents.get(ticket.responder_id),
            "group": account.groups.get(ticket.group_id),
            "company": account.companies.get(ticket.company_id),
        }.get(name)

    def _plain_value(self, name: str) -> str:
        account, ticket = self._account, self._ticket
        if name.startswith("cf_"):
            return _shown(ticket.custom_fields.get(name))
        values: dict[str, Any] = {
            "id": ticket.id,
            "subject": ticket.subject,
            "description": ticket.description,
            "description_text": plain(ticket.description),
            "url": f"{account.base_url}/helpdesk/tickets/{ticket.id}",
            "portal_url": f"{account.base_url}/support/tickets/{ticket.id}",
            "tags": ", ".join(ticket.tags),
            "status": account.statuses[ticket.status][0],
            "priority": PRIORITIES[ticket.priority],
            "source": SOURCES.get(ticket.source, ""),
            "ticket_type": ticket.type,
            "due_by_time": stamp(ticket.due_by),
            "latest_public_comment": self._latest(lambda entry: not entry.private),
            "latest_private_comment": self._latest(lambda entry: entry.private),
        }
        return _shown(values.get(name))

    def _latest(self, wanted: Callable[[Entry], bool]) -> str:
        return next((entry.body for entry in reversed(self._ticket.conversation) if wanted(entry)), "")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
