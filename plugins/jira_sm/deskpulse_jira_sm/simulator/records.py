"""What a site stores. Records refer to one another by id; rendering turns them into the vendor's JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskpulse_simulation.records import Json

ATLASSIAN, CUSTOMER, APP = "atlassian", "customer", "app"
NEW, INDETERMINATE, DONE, UNDEFINED = "new", "indeterminate", "done", "undefined"
TEAM_ROLE, ADMIN_ROLE = "Service Desk Team", "Administrators"
CATEGORIES: dict[str, tuple[int, str, str, str]] = {
    UNDEFINED: (1, "No Category", "No Category", "medium-gray"),
    NEW: (2, "To Do", "New", "blue-gray"),
    INDETERMINATE: (4, "In Progress", "In Progress", "yellow"),
    DONE: (3, "Done", "Done", "green"),
}
"""Key to id, name in REST, name in webhooks (they differ), colour."""


@dataclass
class User:
    """A person or app. ``username`` and ``key`` are how Data Center names the same person."""

    account_id: str
    name: str
    created_at: datetime
    email: str | None = None
    kind: str = ATLASSIAN
    active: bool = True
    email_hidden: bool = False
    deleted: bool = False
    admin: bool = False
    time_zone: str = "Etc/UTC"
    number: int = 0
    username: str = ""
    key: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    details: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Group:
    """A user group; its name can change, its id cannot."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Status:
    """A workflow status; ``editable`` False stands for the property ``jira.issue.editable=false``."""

    id: str
    name: str
    category: str
    editable: bool = True


@dataclass(frozen=True)
class Transition:
    """A workflow step. ``sources`` None: from any other status. ``resolution`` "" clears it, None leaves it."""

    id: str
    name: str
    sources: tuple[str, ...] | None
    target: str
    resolution: str | None = None
    event: str = "issue_generic"


@dataclass
class RequestType:
    """What a customer chooses in the portal."""

    id: str
    name: str
    description: str = ""


@dataclass
class Component:
    """A part of a project."""

    id: str
    name: str
    lead: str | None = None


@dataclass
class Project:
    """A service project with its desk. ``simplified`` is a team-managed one, whose workflow sets no resolution."""

    id: int
    key: str
    name: str
    desk_id: int
    simplified: bool = False
    description: str = ""
    former_keys: list[str] = field(default_factory=list)
    role_users: dict[str, list[str]] = field(default_factory=dict)
    role_groups: dict[str, list[str]] = field(default_factory=dict)
    components: list[Component] = field(default_factory=list)
    request_types: list[RequestType] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    organizations: list[int] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)
    last_number: int = 0


@dataclass
class Organization:
    """A customer organisation of the service management side."""

    id: int
    uuid: str
    name: str
    created_at: datetime
    members: list[str] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    details: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Field:
    """A custom field. ``custom`` is its type's full key; ``options`` are the choices of its one context."""

    number: int
    name: str
    custom: str
    description: str = ""
    searcher: str = ""
    options: dict[str, str] = field(default_factory=dict)
    context: int = 0

    @property
    def id(self) -> str:
        """``customfield_10123``."""
        return f"customfield_{self.number}"

    @property
    def short(self) -> str:
        """The type's last part, such as ``float`` or ``select``."""
        return self.custom.rpartition(":")[2]


@dataclass
class Comment:
    """A comment; ``body`` is wiki text, ``properties`` what was given with it."""

    id: int
    author: str
    body: str
    public: bool
    created_at: datetime
    updated_at: datetime
    properties: dict[str, Any] = field(default_factory=dict)
    visibility: Json | None = None


@dataclass(frozen=True)
class Change:
    """One saved change: who, when, and its items as the vendor writes them."""

    id: int
    author: str
    created_at: datetime
    items: tuple[Json, ...]


@dataclass
class Issue:
    """An issue; with a request type it is also a customer's request."""

    id: int
    key: str
    project_id: int
    summary: str
    type_id: str
    status_id: str
    reporter: str | None
    creator: str
    created_at: datetime
    updated_at: datetime
    category_changed_at: datetime
    description: str = ""
    assignee: str | None = None
    priority: str = "3"
    resolution: str | None = None
    resolved_at: datetime | None = None
    labels: list[str] = field(default_factory=list)
    components: list[str] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    request_type: str | None = None
    channel: str = "portal"
    participants: list[str] = field(default_factory=list)
    organizations: list[int] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    former_keys: list[str] = field(default_factory=list)
    edits: int = 0


@dataclass
class Team:
    """An Atlassian team."""

    id: str
    name: str
    members: list[str] = field(default_factory=list)


@dataclass
class Webhook:
    """A registered webhook. ``filter`` is JQL, evaluated after the change.

    An app's dynamic webhook has an ``owner`` and an end, and may want changes of some fields only.
    """

    id: int
    name: str
    url: str
    events: list[str]
    filter: str = ""
    secret: str = ""
    exclude_body: bool = False
    enabled: bool = True
    owner: str = ""
    expires_at: datetime | None = None
    field_ids: list[str] = field(default_factory=list)
