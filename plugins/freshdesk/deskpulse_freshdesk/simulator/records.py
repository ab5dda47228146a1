"""What the account stores. Field names are the vendor's; how a record reads as JSON is said in ``rendering``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskpulse_simulation.attempts import Delivery
from deskpulse_simulation.records import Json

OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
DONE = frozenset((RESOLVED, CLOSED))
"""Statuses after which a ticket no longer waits for anybody; custom ones begin at 6."""
STANDARD_STATUSES: dict[int, tuple[str, str]] = {
    OPEN: ("Open", "Being Processed"),
    PENDING: ("Pending", "Awaiting your Reply"),
    RESOLVED: ("Resolved", "This ticket has been Resolved"),
    CLOSED: ("Closed", "This ticket has been Closed"),
    6: ("Waiting on Customer", "Awaiting your Reply"),
    7: ("Waiting on Third Party", "Being Processed"),
}
PRIORITIES = {1: "Low", 2: "Medium", 3: "High", 4: "Urgent"}
SOURCES = {1: "Email", 2: "Portal", 3: "Phone", 7: "Chat", 9: "Feedback Widget", 10: "Outbound Email"}
TYPES = ("Question", "Incident", "Problem", "Feature Request", "Refund")
REPLY, NOTE = 0, 2
"""What ``source`` says of an entry in a conversation."""


@dataclass(slots=True)
class Contact:
    """A customer. ``email`` is missing for phone customers."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    twitter_id: str | None = None
    unique_external_id: str | None = None
    address: str | None = None
    description: str | None = None
    job_title: str | None = None
    language: str = "en"
    time_zone: str = "UTC"
    company_id: int | None = None
    view_all_tickets: bool = False
    other_companies: list[Json] = field(default_factory=list)
    other_emails: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    custom_fields: Json = field(default_factory=dict)
    active: bool = True
    deleted: bool = False


@dataclass(slots=True)
class Agent:
    """Someone who works tickets; the id is also that of their record as a person. Admins reach the settings."""

    id: int
    name: str
    email: str
    created_at: datetime
    updated_at: datetime
    admin: bool = False
    deactivated: bool = False
    occasional: bool = False
    ticket_scope: int = 1
    group_ids: list[int] = field(default_factory=list)
    phone: str | None = None
    mobile: str | None = None
    job_title: str | None = None
    signature: str | None = None
    key_generation: int = 0


@dataclass(slots=True)
class Group:
    """A team of agents."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    agent_ids: list[int] = field(default_factory=list)
    escalate_to: int | None = None
    unassigned_for: str | None = None
    business_hour_id: int | None = None
    auto_ticket_assign: int = 0


@dataclass(slots=True)
class Company:
    """A customer's company."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    note: str | None = None
    domains: list[str] = field(default_factory=list)
    custom_fields: Json = field(default_factory=dict)
    health_score: str | None = None
    account_tier: str | None = None
    renewal_date: str | None = None
    industry: str | None = None


@dataclass(slots=True)
class Field:
    """A field of tickets, contacts or companies. ``name`` is fixed at creation: ``cf_`` and a slug on tickets."""

    id: int
    name: str
    label: str
    type: str
    created_at: datetime
    updated_at: datetime
    default: bool = False
    label_for_customers: str = ""
    position: int = 1
    required_for_closure: bool = False
    required_for_agents: bool = False
    required_for_customers: bool = False
    customers_can_edit: bool = False
    displayed_to_customers: bool = False
    editable_in_signup: bool = False
    choices: Any = None


@dataclass(slots=True)
class Entry:
    """One entry of a conversation: a reply or a note; ``incoming`` ones are the customer's."""

    id: int
    user_id: int
    body: str
    private: bool
    created_at: datetime
    updated_at: datetime
    incoming: bool = False
    source: int = NOTE
    to_emails: list[str] = field(default_factory=list)
    cc_emails: list[str] = field(default_factory=list)
    bcc_emails: list[str] = field(default_factory=list)
    from_email: str | None = None


@dataclass(slots=True)
class Stats:
    """The moments that ``include=stats`` tells of."""

    agent_responded_at: datetime | None = None
    requester_responded_at: datetime | None = None
    first_responded_at: datetime | None = None
    status_updated_at: datetime | None = None
    reopened_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    pending_since: datetime | None = None


@dataclass(slots=True)
class Ticket:
    """A ticket with its conversation."""

    id: int
    subject: str
    description: str
    requester_id: int
    created_at: datetime
    updated_at: datetime
    due_by: datetime
    fr_due_by: datetime
    status: int = OPEN
    priority: int = 1
    source: int = 2
    type: str | None = None
    responder_id: int | None = None
    group_id: int | None = None
    company_id: int | None = None
    product_id: int | None = None
    email_config_id: int | None = None
    parent_id: int | None = None
    tags: list[str] = field(default_factory=list)
    cc_emails: list[str] = field(default_factory=list)
    custom_fields: Json = field(default_factory=dict)
    spam: bool = False
    deleted: bool = False
    archived: bool = False
    stats: Stats = field(default_factory=Stats)
    conversation: list[Entry] = field(default_factory=list)

    def facts(self) -> Json:
        """The values that rules compare and that change events tell of, frozen at this moment."""
        return {
            "subject": self.subject,
            "status": self.status,
            "priority": self.priority,
            "source": self.source,
            "type": self.type,
            "ticket_type": self.type,
            "requester_id": self.requester_id,
            "responder_id": self.responder_id,
            "group_id": self.group_id,
            "company_id": self.company_id,
            "product_id": self.product_id,
            "tags": list(self.tags),
            **self.custom_fields,
        }


@dataclass(slots=True)
class Rule:
    """An automation rule; ``kind`` is 1 at creation, 3 by the hour, 4 on updates."""

    id: int
    kind: int
    name: str
    position: int
    created_at: datetime
    updated_at: datetime
    updated_by: int
    active: bool = True
    performer: Json | None = None
    events: list[Json] = field(default_factory=list)
    conditions: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    operator: str | None = None
    outdated: bool = False
    affected_tickets: int = 0


@dataclass
class WebhookDelivery(Delivery):
    """One call of a rule's webhook, as it will be sent; nothing in it is signed or numbered."""

    ticket_id: int
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
