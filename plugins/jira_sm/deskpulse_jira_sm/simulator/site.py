"""The state of one site, and the look-ups that everything else needs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from deskpulse_jira_sm.simulator.errors import ApiError, not_found
from deskpulse_jira_sm.simulator.ids import Ids
from deskpulse_jira_sm.simulator.records import (
    ADMIN_ROLE,
    DONE,
    TEAM_ROLE,
    Field,
    Group,
    Issue,
    Organization,
    Project,
    Status,
    Team,
    User,
    Webhook,
)
from deskpulse_jira_sm.simulator.workflow import STATUSES
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.records import Json, Mail

CLOUD, SERVER = "cloud", "server"


@dataclass
class Switches:
    """Behaviours that differ between real sites; tests turn them on."""

    search_lag: float = 0.0
    reopen_on_customer_comment: bool = True
    reopen_on_agent_comment: bool = False
    hide_tenth_email: bool = False
    hide_all_emails: bool = False
    omit_field_id: bool = False
    post_function_bodies: bool = False
    minimal_bodies: bool = False
    keep_resolution: bool = False
    category_changed_date: bool = True
    group_bulk: bool = True
    customer_details: bool = True
    details_delay: float = 0.0
    rate_limit_headers: bool = True
    hidden_projects: list[str] = field(default_factory=list)


def _unsent(*_: object) -> None:
    """Where events and mails go before the simulator is put together."""


@dataclass
class Site:
    """One site. Whoever reads or writes it holds ``lock``."""

    clock: Clock
    ids: Ids
    deployment: str = CLOUD
    name: str = "acme"
    base_url: str = "http://127.0.0.1"
    lock: threading.RLock = field(default_factory=threading.RLock)
    switches: Switches = field(default_factory=Switches)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=lambda: {status.id: status for status in STATUSES})
    fields: dict[str, Field] = field(default_factory=dict)
    shared_screen: list[str] = field(default_factory=list)
    issues: dict[int, Issue] = field(default_factory=dict)
    organizations: dict[int, Organization] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    webhooks: dict[int, Webhook] = field(default_factory=dict)
    detail_fields: dict[str, Json] = field(default_factory=dict)
    notify: Callable[..., None] = _unsent
    send_mail: Callable[[Mail], None] = _unsent

    def __post_init__(self) -> None:
        self.cloud_id = self.ids.uuid()
        self.org_id = self.ids.uuid()
        self._by_email: dict[str, str] = {}
        self._issue_keys: dict[str, int] = {}
        self._project_keys: dict[str, int] = {}
        self._past: dict[int, list[tuple[datetime, Issue | None]]] = {}

    @property
    def server(self) -> bool:
        """Whether this is a Data Center site."""
        return self.deployment == SERVER

    def now(self) -> datetime:
        """The site's present moment at the resolution it stores: milliseconds."""
        moment = self.clock.now()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def add_user(self, user: User) -> User:
        """Store a person and make them findable by address."""
        user.number = len(self.users) + 1
        user.username = user.username or (user.email or user.name.replace(" ", ".").lower())
        user.key = user.key or f"JIRAUSER{10000 + user.number}"
        self.users[user.account_id] = user
        if user.email:
            self._by_email[user.email.lower()] = user.account_id
        return user

    def user_by_email(self, email: str) -> User | None:
        """The person with this address, whatever its letter case."""
        return self.users.get(self._by_email.get(email.lower(), ""))

    def user_named(self, name: str) -> User | None:
        """The person by Data Center's ``name`` or ``key``."""
        return next((user for user in self.users.values() if name in (user.username, user.key)), None)

    def user(self, account_id: str | None) -> User | None:
        """A person who still exists; a deleted one is found under no id."""
        user = self.users.get(account_id or "")
        return None if user is None or user.deleted else user

    def email_of(self, user: User) -> str | None:
        """The address as the API may show it: privacy settings hide it, on Cloud only."""
        tenth = self.switches.hide_tenth_email and user.number % 10 == 0
        hidden = user.email_hidden or tenth or self.switches.hide_all_emails
        return None if hidden and not self.server else user.email

    def add_project(self, project: Project) -> Project:
        """Store a project."""
        self.projects[project.id] = project
        self._project_keys[project.key.upper()] = project.id
        return project

    def project(self, text: str) -> Project | None:
        """The project by id or key."""
        number = int(text) if text.isdigit() else self._project_keys.get(text.upper(), 0)
        return self.projects.get(number)

    def desk(self, text: str) -> Project | None:
        """The project by its service desk's id, or by its own key."""
        return self.project(text) or next((one for one in self.projects.values() if str(one.desk_id) == text), None)

    def add_issue(self, issue: Issue) -> Issue:
        """Store an issue."""
        self.issues[issue.id] = issue
        self._issue_keys[issue.key] = issue.id
        return issue

    def rekey(self, issue: Issue, key: str) -> None:
        """Give an issue another key; the old one goes on leading to it."""
        issue.former_keys.append(issue.key)
        issue.key = key
        self._issue_keys[key] = issue.id

    def issue(self, text: str) -> Issue | None:
        """The issue by id, by key, or by a key it had before it moved."""
        number = int(text) if text.isdigit() else self._issue_keys.get(text.upper(), 0)
        return self.issues.get(number)

    def remove_issue(self, issue: Issue) -> None:
        """Delete an issue for good."""
        self.about_to_change(issue)
        del self.issues[issue.id]

    def about_to_change(self, issue: Issue, *, new: bool = False) -> None:
        """Keep what the search index still knows of an issue, where the index lags behind."""
        lag = self.switches.search_lag
        if lag <= 0:
            return
        now = self.clock.now()
        past = [entry for entry in self._past.get(issue.id, []) if entry[0] > now]
        self._past[issue.id] = [*past, (now + timedelta(seconds=lag), None if new else copy(issue))]

    def indexed(self, fresh: set[int]) -> Iterator[Issue]:
        """Issues as the search index has them; those in ``fresh`` as they are."""
        now = self.clock.now()
        for number, issue in self.issues.items():
            entries = () if number in fresh else self._past.get(number, ())
            known = next((old for until, old in entries if until > now), issue)
            if known is not None:
                yield known

    def status(self, issue: Issue) -> Status:
        """An issue's status."""
        return self.statuses[issue.status_id]

    def is_open(self, issue: Issue) -> bool:
        """Whether an issue's status is not of the category done."""
        return self.status(issue).category != DONE

    def role_members(self, project: Project, role: str) -> list[User]:
        """Everyone in a project role, members of its groups included."""
        ids = list(project.role_users.get(role, ()))
        for group_id in project.role_groups.get(role, ()):
            ids += self.groups[group_id].members
        return [user for number in dict.fromkeys(ids) if (user := self.user(number)) is not None]

    def agents(self) -> list[User]:
        """Every person who is in some project's team, by name."""
        found: dict[str, User] = {}
        for project in self.projects.values():
            found |= {user.account_id: user for user in self.role_members(project, TEAM_ROLE) if user.active}
        return sorted(found.values(), key=lambda user: user.name)

    def sees(self, user: User | None, project: Project) -> bool:
        """Whether somebody may browse a project: people with a role there, unless the project is hidden from all."""
        if user is None or project.key in self.switches.hidden_projects:
            return False
        if user.admin or user.kind != "customer":
            roles = (ADMIN_ROLE, TEAM_ROLE)
            held = any(user.account_id in project.role_users.get(role, ()) for role in roles)
            return user.admin or held or any(user in self.role_members(project, role) for role in roles)
        return False

    def on_screen(self, project: Project, field_id: str) -> bool:
        """Whether a custom field can be edited in a project."""
        return field_id in project.fields or (not project.simplified and field_id in self.shared_screen)


def find_issue(site: Site, user: User | None, text: str) -> Issue:
    """The issue if it exists and the caller may see it: the vendor tells the two apart no more than this."""
    issue = site.issue(text)
    if issue is None or not site.sees(user, site.projects[issue.project_id]):
        raise not_found()
    return issue


def find_project(site: Site, user: User | None, text: str) -> Project:
    """The project by key or id, or 404."""
    project = site.project(text)
    if project is None or not site.sees(user, project):
        raise not_found(f"No project could be found with key '{text}'.")
    return project


def find_user(site: Site, account_id: Any) -> User:
    """The person, or 404."""
    user = site.user(str(account_id or "")) or (site.user_named(str(account_id or "")) if site.server else None)
    if user is None:
        raise ApiError(404, "Specified user does not exist or you do not have required permissions")
    return user
