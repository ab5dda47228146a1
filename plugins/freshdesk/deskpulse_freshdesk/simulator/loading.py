"""Filling the account: what a new account comes with, and the sample organisation. Nothing here runs a rule."""

from __future__ import annotations

import html
from datetime import timedelta

from deskpulse.simulation import SampleCustomer, SampleTicket, SampleWorld
from deskpulse_freshdesk.simulator import fields
from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.automations import add_rule
from deskpulse_freshdesk.simulator.editing import DUE_IN, new_ticket
from deskpulse_freshdesk.simulator.people import create_agent, create_contact, create_group, deactivate
from deskpulse_freshdesk.simulator.records import CLOSED, OPEN, RESOLVED, Agent, Contact, Field, Group
from deskpulse_freshdesk.simulator.rules import TIME
from deskpulse_simulation.records import Json

INTEGRATION_EMAIL = "deskpulse@acme.example"
CLOSED_AFTER_HOURS = 48
AUTO_CLOSE: Json = {
    "name": "Automatically close resolved tickets after 48 hours",
    "conditions": [
        {
            "name": "condition_set_1",
            "match_type": "all",
            "properties": [
                {"resource_type": "ticket", "field_name": "status", "operator": "in", "value": [RESOLVED]},
                {
                    "resource_type": "ticket",
                    "field_name": "resolved_at",
                    "operator": "greater_than",
                    "value": CLOSED_AFTER_HOURS,
                },
            ],
        }
    ],
    "actions": [{"field_name": "status", "value": CLOSED}],
}
PRIORITY = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
CHANNEL = {"email": 1, "portal": 2, "phone": 3, "chat": 7}


def furnish(account: Account) -> None:
    """Give a new account its fields, its stock time trigger, and the administrator whose key an integration uses."""
    fields.furnish(account)
    account.integration_id = create_agent(account, "DeskPulse", INTEGRATION_EMAIL, admin=True).id
    add_rule(account, TIME, AUTO_CLOSE, account.integration_id)


class Loader:
    """Turns a sample world into records, giving each its own id."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._groups = {group.name: group for group in account.groups}
        self._by_name = {contact.name: contact for contact in account.contacts}

    def load(self, world: SampleWorld) -> None:
        """Add everything in the world; groups and people already there are used again."""
        account = self._account
        for group in world.groups:
            self._group(group.name, group.description)
        for sample in world.agents:
            known = account.person_by_email(sample.email)
            agent = known if isinstance(known, Agent) else create_agent(account, sample.name, sample.email)
            for name in sample.groups:
                account.join(agent, self._group(name))
            if sample.suspended:
                deactivate(account, agent, active=False)
        self._customer_fields(world)
        for customer in world.customers:
            self._customer(customer)
        category = self._category_field({ticket.category for ticket in world.tickets if ticket.category})
        for ticket in sorted(world.tickets, key=lambda ticket: ticket.created_at):
            self._ticket(ticket, category)

    def _group(self, name: str, description: str = "") -> Group:
        if name not in self._groups:
            self._groups[name] = create_group(self._account, name, description or None)
        return self._groups[name]

    def _customer_fields(self, world: SampleWorld) -> None:
        table = self._account.contact_fields
        for name, label in (("location", "Location"), ("function", "Function")):
            wanted = any(getattr(customer, name) for customer in world.customers)
            if wanted and not any(one.name == name for one in table):
                fields.add_field(self._account, table, {"label": label, "type": "custom_text"}, "")

    def _customer(self, customer: SampleCustomer) -> Agent | Contact:
        account = self._account
        known = account.person_by_email(customer.email) if customer.email else self._by_name.get(customer.name)
        if known is None:
            known = create_contact(account, customer.name, customer.email)
        if isinstance(known, Contact):
            given = {"location": customer.location, "function": customer.function}
            known.custom_fields.update({key: value for key, value in given.items() if value})
            self._by_name[customer.name] = known
        return known

    def _category_field(self, categories: set[str]) -> Field | None:
        table = self._account.ticket_fields
        found = next((one for one in table if one.name == "cf_category"), None)
        if found is None and categories:
            raw = {"label": "Category", "type": "custom_dropdown", "choices": []}
            found = fields.add_field(self._account, table, raw, "cf_")
        if found is not None:
            found.choices = [*found.choices, *sorted(categories - set(found.choices))]
        return found

    def _ticket(self, sample: SampleTicket, category: Field | None) -> None:
        account = self._account
        created = sample.created_at.replace(microsecond=0)
        requester = self._person(sample.requester)
        requester.created_at = min(requester.created_at, created)
        words = html.escape(sample.description or sample.subject, quote=False)
        ticket = new_ticket(account, sample.subject, f"<div>{words}</div>", requester.id)
        ticket.created_at = ticket.updated_at = ticket.stats.status_updated_at = created
        ticket.priority = PRIORITY.get(sample.priority or "low", 1)
        ticket.due_by, ticket.fr_due_by = created + DUE_IN[ticket.priority], created + DUE_IN[ticket.priority] / 5
        ticket.source = CHANNEL.get(sample.channel, 2)
        assignee = account.person_by_email(sample.assignee) if sample.assignee else None
        ticket.responder_id = assignee.id if assignee else None
        ticket.group_id = self._group(sample.group).id if sample.group else None
        if category is not None and sample.category:
            ticket.custom_fields[category.name] = sample.category
        if sample.solved_at is not None:
            solved = sample.solved_at.replace(microsecond=0)
            closed = solved + timedelta(hours=CLOSED_AFTER_HOURS)
            over = closed < account.now()
            ticket.status = CLOSED if over else RESOLVED
            ticket.stats.resolved_at, ticket.stats.closed_at = solved, closed if over else None
            ticket.updated_at = ticket.stats.status_updated_at = closed if over else solved
        else:
            ticket.status = OPEN
        account.add_ticket(ticket)

    def _person(self, key: str) -> Agent | Contact:
        found = self._account.person_by_email(key) if "@" in key else self._by_name.get(key)
        name = key.partition("@")[0].replace(".", " ").title()
        return found or self._customer(SampleCustomer(name, key if "@" in key else None))


def populate(account: Account, groups: int, agents: int) -> None:
    """Add many groups, and agents spread over them, for trying how a directory sync scales."""
    first_group, first_agent = len(account.groups), len(account.agents)
    made = [create_group(account, f"Group {first_group + number + 1:05d}") for number in range(groups)]
    everyone = made or list(account.groups)
    for number in range(agents):
        name = f"Agent {first_agent + number + 1:05d}"
        agent = create_agent(account, name, f"{name.replace(' ', '').lower()}@{account.domain}.example")
        if everyone:
            account.join(agent, everyone[number % len(everyone)])
