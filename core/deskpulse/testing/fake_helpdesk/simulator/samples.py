"""A sample world into an account, with ids of the account's own."""

from __future__ import annotations

from datetime import datetime

from deskpulse.plugin_api import SampleAgent, SampleGroup, SampleTicket, SampleWorld
from deskpulse.testing.fake_helpdesk.simulator.account import Account, Group, Person, Ticket

PERSONAL = ("location", "function")


def add(account: Account, world: SampleWorld) -> None:
    """Groups and people first, then tickets in the order in which they were solved."""
    with account.lock:
        for group in world.groups:
            key = account.new_id("g")
            account.groups[key] = Group(key, group.name)
        by_name = {group.name: group.id for group in account.groups.values()}
        for agent in world.agents:
            key = account.new_id("a")
            groups = [by_name[name] for name in agent.groups]
            account.agents[key] = Person(key, agent.name, agent.email, not agent.suspended, groups)
        for customer in world.customers:
            key = account.new_id("c")
            fields = {name: getattr(customer, name) for name in PERSONAL if getattr(customer, name)}
            account.customers[key] = Person(key, customer.name, customer.email, fields=fields)
        for ticket in sorted(world.tickets, key=_solved_or_created):
            _add_ticket(account, ticket, by_name)


def crowd(account: Account, groups: int, agents: int) -> None:
    """Many groups, and many agents spread over them."""
    teams = [f"Team {len(account.groups) + place:05}" for place in range(groups)]
    first = len(account.agents)
    people = (
        SampleAgent(f"Agent {first + place:05}", f"agent{first + place}@agents.example.com", (teams[place % groups],))
        for place in range(agents if groups else 0)
    )
    add(account, SampleWorld(groups=[SampleGroup(name) for name in teams], agents=list(people)))


def _solved_or_created(ticket: SampleTicket) -> datetime:
    return ticket.solved_at or ticket.created_at


def _add_ticket(account: Account, sample: SampleTicket, groups: dict[str, str]) -> None:
    key = account.new_id("t")
    ticket = account.tickets[key] = Ticket(
        id=key,
        number=f"FAKE{len(account.tickets) + 1:05}",
        subject=sample.subject,
        requester=_person(account.customers, sample.requester),
        assignee=_person(account.agents, sample.assignee),
        group=groups[sample.group] if sample.group else None,
        created_at=sample.created_at,
        channel=sample.channel,
        priority=sample.priority,
        category=sample.category or None,
    )
    if sample.solved_at:
        account.solve(ticket, at=sample.solved_at, tell=False)


def _person(people: dict[str, Person], name: str | None) -> str | None:
    return next((person.id for person in people.values() if name and name in (person.email, person.name)), None)
