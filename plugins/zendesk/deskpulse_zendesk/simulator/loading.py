"""Filling the account: what a new account comes with, and the sample organisation. Nothing here runs a rule."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

from deskpulse.simulation import SampleCustomer, SampleTicket, SampleWorld
from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.fields import SYSTEM_FIELDS, add_field
from deskpulse_zendesk.simulator.people import create_group, create_user, join_group
from deskpulse_zendesk.simulator.records import Audit, Comment, Field, Group, Metrics, Ticket, User
from deskpulse_zendesk.simulator.rules import add_rule
from deskpulse_zendesk.simulator.stamps import whole_second

INTEGRATION_EMAIL = "deskpulse@acme.example"
CLOSED_AFTER = timedelta(hours=96)
STOCK_TRIGGER: Json = {
    "title": "Notify assignee of comment update",
    "all": [
        {"field": "comment_is_public", "operator": "is", "value": "not_relevant"},
        {"field": "assignee_id", "operator": "is_not", "value": "current_user"},
        {"field": "assignee_id", "operator": "is_not", "value": "requester_id"},
        {"field": "assignee_id", "operator": "not_changed", "value": None},
        {"field": "status", "operator": "not_value_previous", "value": "solved"},
    ],
    "actions": [
        {
            "field": "notification_user",
            "value": [
                "assignee_id",
                "[{{ticket.account}}] Re: {{ticket.title}}",
                "This ticket (#{{ticket.id}}) has been updated.\n\n{{ticket.comments_formatted}}",
            ],
        }
    ],
}
STOCK_AUTOMATION: Json = {
    "title": "Close ticket 4 days after status is set to solved",
    "all": [
        {"field": "status", "operator": "is", "value": "solved"},
        {"field": "SOLVED", "operator": "greater_than", "value": "96"},
    ],
    "actions": [{"field": "status", "value": "closed"}],
}
_CHANNELS = {"phone": "voice", "portal": "web"}


def furnish(account: Account) -> User:
    """Give a new account its system fields, stock rules and the integration's admin user, who is returned."""
    moment = account.now()
    for position, (kind, title) in enumerate(SYSTEM_FIELDS):
        account.ticket_fields.add(
            Field(account.ids.number(), kind, title, moment, moment, position=position, removable=False)
        )
    add_rule(account, "trigger", STOCK_TRIGGER, default=True)
    add_rule(account, "automation", STOCK_AUTOMATION, default=True)
    return create_user(account, {"name": "DeskPulse", "email": INTEGRATION_EMAIL, "role": "admin"})


class Loader:
    """Turns a sample world into records, giving each its own id."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._groups = {group.name: group for group in account.groups}
        self._by_name = {user.name: user for user in account.users}

    def load(self, world: SampleWorld) -> None:
        """Add everything in the world; groups and people already there are used again."""
        for group in world.groups:
            self._group(group.name, group.description)
        for agent in world.agents:
            known = self._account.user_by_email(agent.email)
            raw = {"name": agent.name, "email": agent.email, "role": "agent"}
            user = known or create_user(self._account, raw)
            for name in agent.groups:
                group_record = self._group(name)
                if not self._account.is_member(user.id, group_record.id):
                    join_group(self._account, user, group_record)
            user.suspended = agent.suspended
        self._customer_fields(world)
        for customer in world.customers:
            self._customer(customer)
        category = self._category_field({ticket.category for ticket in world.tickets if ticket.category})
        for ticket in sorted(world.tickets, key=lambda ticket: ticket.created_at):
            self._ticket(ticket, category)

    def _group(self, name: str, description: str = "") -> Group:
        if name not in self._groups:
            self._groups[name] = create_group(self._account, name, description)
        return self._groups[name]

    def _customer_fields(self, world: SampleWorld) -> None:
        known = {field.key for field in self._account.user_fields}
        for key, title in (("location", "Location"), ("function", "Business function")):
            if key not in known and any(getattr(customer, key) for customer in world.customers):
                add_field(self._account, "user", {"key": key, "title": title, "type": "text"})

    def _customer(self, customer: SampleCustomer) -> User:
        known = self._account.user_by_email(customer.email) if customer.email else self._by_name.get(customer.name)
        if known is None:
            known = create_user(self._account, {"name": customer.name, "email": customer.email})
        given = {"location": customer.location, "function": customer.function}
        known.user_fields.update({key: value for key, value in given.items() if value})
        self._by_name[customer.name] = known
        return known

    def _category_field(self, categories: set[str]) -> Field | None:
        if not categories:
            return None
        account = self._account
        found = next((field for field in account.ticket_fields if field.title == "Category" and field.removable), None)
        options = list(found.options) if found else []
        missing = sorted(categories - {str(option["name"]) for option in options})
        new = [{"name": name, "value": f"category_{_slug(name)}"} for name in missing]
        if found is None:
            raw = {"title": "Category", "type": "tagger", "custom_field_options": new}
            return add_field(account, "ticket", raw)
        found.options = options + [{"id": account.ids.number(), "raw_name": o["name"], **o} for o in new]
        return found

    def _person(self, key: str) -> User | None:
        return self._account.user_by_email(key) if "@" in key else self._by_name.get(key)

    def _ticket(self, sample: SampleTicket, category: Field | None) -> None:
        account = self._account
        created = whole_second(sample.created_at)
        solved = whole_second(sample.solved_at) if sample.solved_at else None
        requester = self._person(sample.requester) or self._customer(_stranger(sample.requester))
        assignee = self._person(sample.assignee) if sample.assignee else None
        status = "open" if assignee else "new"
        if solved:
            status = "closed" if account.now() - solved > CLOSED_AFTER else "solved"
        channel = _CHANNELS.get(sample.channel, sample.channel)
        ticket = Ticket(
            id=account.ids.ticket(),
            subject=sample.subject,
            requester_id=requester.id,
            submitter_id=requester.id,
            created_at=created,
            updated_at=solved or created,
            metrics=Metrics(account.ids.number(), created_at=created, updated_at=solved or created),
            status=status,
            priority=sample.priority,
            assignee_id=assignee.id if assignee else None,
            group_id=self._group(sample.group).id if sample.group else None,
            organization_id=requester.organization_id,
            brand_id=account.brand_id,
            ticket_form_id=account.form_id,
            via=channel,
        )
        if category is not None and sample.category:
            value = next(option["value"] for option in category.options if option["name"] == sample.category)
            ticket.custom_fields[category.id] = value
            ticket.tags.append(value)
        self._history(ticket, sample, requester, assignee, created, solved)
        account.add_ticket(ticket)

    def _history(
        self,
        ticket: Ticket,
        sample: SampleTicket,
        requester: User,
        assignee: User | None,
        created: datetime,
        solved: datetime | None,
    ) -> None:
        metrics = ticket.metrics
        metrics.group_stations = int(ticket.group_id is not None)
        metrics.requester_updated_at = metrics.status_updated_at = metrics.latest_comment_added_at = created
        if assignee is not None:
            metrics.assignee_stations = 1
            metrics.assigned_at = metrics.initially_assigned_at = created
        text = sample.description or sample.subject
        audit = self._audit(ticket, requester, created, "Create", "open" if assignee else "new")
        self._comment(ticket, requester, text, created, audit)
        if solved is not None:
            author = assignee or requester
            self._audit(ticket, author, solved, "Change", "solved")
            metrics.status_updated_at = metrics.solved_at = metrics.first_solved_at = solved
            metrics.assignee_updated_at = solved if assignee else None

    def _audit(self, ticket: Ticket, author: User, moment: datetime, kind: str, status: str) -> Audit:
        event: Json = {"id": self._account.ids.number(), "type": kind, "field_name": "status", "value": status}
        if kind == "Change":
            event["previous_value"] = "open"
        audit = Audit(self._account.ids.number(), ticket.id, author.id, moment, ticket.via, [event])
        ticket.audits.append(audit)
        return audit

    def _comment(self, ticket: Ticket, author: User, text: str, moment: datetime, audit: Audit) -> None:
        marked_up = f'<div class="zd-comment" dir="auto"><p>{html.escape(text, quote=False)}</p></div>'
        ticket.comments.append(
            Comment(self._account.ids.number(), author.id, text, True, moment, marked_up, ticket.via, audit.id)
        )


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _stranger(key: str) -> SampleCustomer:
    return SampleCustomer(key.partition("@")[0].replace(".", " ").title(), key if "@" in key else None)


def populate(account: Account, groups: int, agents: int) -> None:
    """Add many groups, and agents spread over them, for trying how a directory sync scales."""
    start = len(account.groups)
    made = []
    for number in range(groups):
        moment = account.now()
        name = f"Group {start + number + 1:05d}"
        made.append(account.groups.add(Group(account.ids.number(), name, moment, moment)))
    everyone = made or [group for group in account.groups if not group.deleted]
    first = len(account.users)
    for number in range(agents):
        name = f"Agent {first + number + 1:05d}"
        email = f"agent{first + number + 1:05d}@{account.subdomain}.example"
        user = create_user(account, {"name": name, "email": email, "role": "agent"})
        if everyone:
            join_group(account, user, everyone[number % len(everyone)])
