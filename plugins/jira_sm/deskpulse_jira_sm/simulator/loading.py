"""Filling the site: what a new site comes with, and the sample organisation. Nothing here sends an event."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from deskpulse.simulation import SampleAgent, SampleCustomer, SampleTicket, SampleWorld
from deskpulse_jira_sm.simulator import editing
from deskpulse_jira_sm.simulator.events import item
from deskpulse_jira_sm.simulator.fields_api import CUSTOM, make_field
from deskpulse_jira_sm.simulator.people import create_group, create_project, create_user, request_type
from deskpulse_jira_sm.simulator.records import (
    APP,
    CUSTOMER,
    TEAM_ROLE,
    Change,
    Field,
    Group,
    Issue,
    Project,
    Team,
    User,
)
from deskpulse_jira_sm.simulator.rendering import ORGANIZATIONS, REQUEST_TYPE
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_jira_sm.simulator.workflow import CLOSED, RESOLVED

INTEGRATION_EMAIL = "deskpulse@acme.example"
CLOSED_AFTER = timedelta(hours=96)
LOCATION, FUNCTION, CATEGORY = "Location", "Business function", "Category"
NO_GROUP = "General"
_PRIORITIES = {"urgent": "1", "high": "2", "normal": "3", "medium": "3", "low": "4"}


def furnish(site: Site) -> User:
    """Give a new site its locked fields, its automation user and the integration's admin user, who is returned."""
    make_field(site, "Organizations", ORGANIZATIONS)
    make_field(site, "Request Type", REQUEST_TYPE)
    site.shared_screen += list(site.fields)
    create_user(site, editing.AUTOMATION, None, APP)
    return create_user(site, "DeskPulse", INTEGRATION_EMAIL, admin=True)


def field_called(site: Site, name: str) -> Field | None:
    """The first custom field of a name."""
    return next((field for field in site.fields.values() if field.name == name), None)


class Loader:
    """Turns a sample world into records, giving each its own id."""

    def __init__(self, site: Site, integration: User) -> None:
        self._site = site
        self._integration = integration
        self._projects = {project.name: project for project in site.projects.values()}
        self._groups = {group.name: group for group in site.groups.values()}
        self._people = {user.name: user for user in site.users.values()}

    def load(self, world: SampleWorld) -> None:
        """Add everything in the world; projects and people already there are used again."""
        for group in world.groups:
            self._project(group.name, group.description)
        for agent in world.agents:
            self._agent(agent)
        for customer in world.customers:
            self._customer(customer)
        for ticket in sorted(world.tickets, key=lambda ticket: ticket.created_at):
            self._ticket(ticket)

    def _project(self, name: str, description: str = "") -> Project:
        if name not in self._projects:
            admin = self._integration.account_id
            project = create_project(self._site, name, description=description, admin=admin)
            self._projects[name] = project
            self._groups[_slug(name)] = create_group(self._site, _slug(name))
            team = Team(self._site.ids.uuid(), name)
            self._site.teams[team.id] = team
        return self._projects[name]

    def _agent(self, sample: SampleAgent) -> None:
        user = self._site.user_by_email(sample.email) or create_user(self._site, sample.name, sample.email)
        user.active = not sample.suspended
        self._people[user.name] = user
        for name in sample.groups:
            members = self._project(name).role_users[TEAM_ROLE]
            if user.account_id not in members:
                members.append(user.account_id)
                self._groups[_slug(name)].members.append(user.account_id)
                next(team for team in self._site.teams.values() if team.name == name).members.append(user.account_id)

    def _customer(self, sample: SampleCustomer) -> User:
        known = self._site.user_by_email(sample.email) if sample.email else self._people.get(sample.name)
        if known is None:
            known = create_user(self._site, sample.name, sample.email, CUSTOMER)
        for name, value in ((LOCATION, sample.location), (FUNCTION, sample.function)):
            if value:
                known.details[name] = [value]
                made = {"id": self._site.ids.uuid(), "name": name, "type": {"name": "TEXT"}}
                self._site.detail_fields.setdefault(name, made)
        self._people[known.name] = known
        return known

    def _person(self, key: str) -> User | None:
        return self._site.user_by_email(key) if "@" in key else self._people.get(key)

    def _ticket(self, sample: SampleTicket) -> None:
        site = self._site
        project = self._project(sample.group) if sample.group else self._any_project()
        reporter = self._person(sample.requester) or self._customer(_stranger(sample.requester))
        assignee = self._person(sample.assignee) if sample.assignee else None
        kind = request_type(site, project, sample.category) if sample.category else project.request_types[0]
        if reporter.kind == CUSTOMER and reporter.account_id not in project.customers:
            project.customers.append(reporter.account_id)
        issue = editing.create(
            site,
            project,
            sample.subject,
            reporter,
            created_at=_milliseconds(sample.created_at),
            description=sample.description or sample.subject,
            assignee=assignee.account_id if assignee else None,
            priority=_PRIORITIES.get(sample.priority or "", "3"),
            request_type=kind.id,
            channel=sample.channel,
        )
        self._segments(issue, reporter, sample.category)
        if sample.solved_at:
            self._solved(issue, assignee or self._integration, _milliseconds(sample.solved_at))

    def _any_project(self) -> Project:
        return next(iter(self._projects.values()), None) or self._project(NO_GROUP)

    def _segments(self, issue: Issue, reporter: User, category: str) -> None:
        for name, values in reporter.details.items():
            if name in (LOCATION, FUNCTION):
                issue.custom[self._field(name, "textfield").id] = values[0]
        if category:
            field = self._field(CATEGORY, "select")
            number = next((number for number, value in field.options.items() if value == category), None)
            if number is None:
                number = str(self._site.ids.number("option"))
                field.options[number] = category
            link = f"{self._site.base_url}/rest/api/3/customFieldOption/{number}"
            issue.custom[field.id] = {"self": link, "value": category, "id": number}

    def _field(self, name: str, kind: str) -> Field:
        found = field_called(self._site, name)
        if found is None:
            found = make_field(self._site, name, CUSTOM + kind)
            self._site.shared_screen.append(found.id)
        return found

    def _solved(self, issue: Issue, agent: User, moment: datetime) -> None:
        site = self._site
        before = site.status(issue)
        issue.status_id = CLOSED if site.now() - moment > CLOSED_AFTER else RESOLVED
        issue.resolution = "10000"
        issue.category_changed_at = issue.resolved_at = issue.updated_at = moment
        resolved = site.statuses[RESOLVED]
        items = (
            item("status", "status", (before.id, before.name), (resolved.id, resolved.name)),
            item("resolution", "resolution", (None, None), ("10000", "Done")),
        )
        issue.changes.append(Change(site.ids.number("change", 20000), agent.account_id, moment, items))
        if issue.status_id == CLOSED:
            closed = site.statuses[CLOSED]
            line = item("status", "status", (resolved.id, resolved.name), (closed.id, closed.name))
            later = moment + CLOSED_AFTER
            issue.updated_at = later
            issue.changes.append(Change(site.ids.number("change", 20000), self._integration.account_id, later, (line,)))


def _milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "group"


def _stranger(key: str) -> SampleCustomer:
    return SampleCustomer(key.partition("@")[0].replace(".", " ").title(), key if "@" in key else None)


def populate(site: Site, groups: int, agents: int, admin: User) -> None:
    """Add many projects, each with a group of the same people, for trying how a directory sync scales."""
    made: list[tuple[Project, Group]] = []
    first = len(site.projects)
    for number in range(first + 1, first + groups + 1):
        project = create_project(site, f"Group {number:05d}", key=f"G{number:05d}", admin=admin.account_id)
        made.append((project, create_group(site, f"group-{number:05d}")))
    everyone = made or list(zip(site.projects.values(), site.groups.values(), strict=False))
    start = len(site.users)
    for number in range(agents):
        name = f"Agent {start + number + 1:05d}"
        user = create_user(site, name, f"agent{start + number + 1:05d}@{site.name}.example")
        if everyone:
            project, group = everyone[number % len(everyone)]
            project.role_users[TEAM_ROLE].append(user.account_id)
            group.members.append(user.account_id)
