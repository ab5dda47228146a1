"""What the account stores. Field names are the vendor's; how a record reads as JSON is said in ``rendering``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskpulse_simulation.records import Json

Facts = dict[str, Any]

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
OPEN_STATUSES = frozenset(("new", "open", "pending", "hold"))
STAFF_ROLES = frozenset(("agent", "admin"))


@dataclass(slots=True)
class User:
    """A person: end user, agent or admin. ``email`` is missing for phone and messaging customers."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    role: str = "end-user"
    suspended: bool = False
    verified: bool = True
    organization_id: int | None = None
    default_group_id: int | None = None
    external_id: str | None = None
    phone: str | None = None
    locale: str = "en-US"
    time_zone: str = "UTC"
    notes: str = ""
    details: str = ""
    tags: list[str] = field(default_factory=list)
    user_fields: dict[str, Any] = field(default_factory=dict)

    @property
    def staff(self) -> bool:
        """Whether this person works tickets."""
        return self.role in STAFF_ROLES


@dataclass(slots=True)
class Group:
    """A team of agents; a deleted one stays listed with ``deleted: true``."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    default: bool = False
    deleted: bool = False
    is_public: bool = True


@dataclass(slots=True)
class Membership:
    """One agent in one group; its id is not the group's."""

    id: int
    user_id: int
    group_id: int
    created_at: datetime
    updated_at: datetime
    default: bool = False


@dataclass(slots=True)
class Organization:
    """A customer's company inside the account."""

    id: int
    name: str
    created_at: datetime
    updated_at: datetime
    external_id: str | None = None
    domain_names: list[str] = field(default_factory=list)
    organization_fields: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Field:
    """A ticket, user or organization field; ``key`` belongs to the latter two."""

    id: int
    type: str
    title: str
    created_at: datetime
    updated_at: datetime
    key: str | None = None
    description: str = ""
    active: bool = True
    required: bool = False
    position: int = 0
    removable: bool = True
    agent_can_edit: bool = True
    visible_in_portal: bool = False
    tag: str | None = None
    options: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Comment:
    """One entry of a conversation; ``public`` false is an internal note."""

    id: int
    author_id: int
    body: str
    public: bool
    created_at: datetime
    html_body: str
    via: str = "web"
    audit_id: int = 0


@dataclass(slots=True)
class Audit:
    """Everything that one create or update did, rules' doings included."""

    id: int
    ticket_id: int
    author_id: int
    created_at: datetime
    via: str
    events: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class Metrics:
    """What the account counts per ticket: reopens, stations and the moments that matter."""

    id: int
    created_at: datetime
    updated_at: datetime
    reopens: int = 0
    replies: int = 0
    group_stations: int = 0
    assignee_stations: int = 0
    assignee_updated_at: datetime | None = None
    requester_updated_at: datetime | None = None
    status_updated_at: datetime | None = None
    initially_assigned_at: datetime | None = None
    assigned_at: datetime | None = None
    first_reply_at: datetime | None = None
    first_solved_at: datetime | None = None
    solved_at: datetime | None = None
    latest_comment_added_at: datetime | None = None


@dataclass(slots=True)
class Ticket:
    """A ticket with its conversation and history."""

    id: int
    subject: str
    requester_id: int
    submitter_id: int
    created_at: datetime
    updated_at: datetime
    metrics: Metrics
    status: str = "new"
    priority: str | None = None
    type: str | None = None
    external_id: str | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    organization_id: int | None = None
    brand_id: int | None = None
    ticket_form_id: int | None = None
    via: str = "web"
    via_source: Json = field(default_factory=lambda: {"from": {}, "to": {}, "rel": None})
    followup_ids: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    custom_fields: dict[int, Any] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)

    @property
    def description(self) -> str:
        """The first comment, which is what Zendesk calls the description."""
        return self.comments[0].body if self.comments else ""

    @property
    def is_public(self) -> bool:
        """Whether the customer can see any of the conversation."""
        return any(comment.public for comment in self.comments)

    def facts(self) -> Facts:
        """The values that rule conditions compare, frozen at this moment."""
        return {
            "subject": self.subject,
            "status": self.status,
            "priority": self.priority,
            "type": self.type,
            "requester_id": self.requester_id,
            "assignee_id": self.assignee_id,
            "group_id": self.group_id,
            "organization_id": self.organization_id,
            "brand_id": self.brand_id,
            "ticket_form_id": self.ticket_form_id,
            "current_tags": frozenset(self.tags),
            **{f"custom_fields_{number}": value for number, value in self.custom_fields.items()},
        }


@dataclass(slots=True)
class Rule:
    """A trigger or an automation."""

    id: int
    title: str
    created_at: datetime
    updated_at: datetime
    position: int
    all: list[Json] = field(default_factory=list)
    any: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    active: bool = True
    description: str | None = None
    category_id: str | None = None
    default: bool = False


@dataclass(slots=True)
class Webhook:
    """Where deliveries go. ``authentication`` holds the secrets and is never rendered as it stands."""

    id: str
    name: str
    endpoint: str
    http_method: str
    request_format: str
    status: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    secret: str
    description: str | None = None
    subscriptions: list[str] = field(default_factory=list)
    authentication: Json | None = None
    custom_headers: dict[str, str] | None = None
