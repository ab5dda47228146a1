"""The state of one Freshdesk account, and the look-ups that everything else needs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from deskpulse_freshdesk.simulator.ids import Ids
from deskpulse_freshdesk.simulator.records import (
    STANDARD_STATUSES,
    Agent,
    Company,
    Contact,
    Field,
    Group,
    Rule,
    Ticket,
    WebhookDelivery,
)
from deskpulse_simulation.clock import Clock
from deskpulse_simulation.records import Json, Mail
from deskpulse_simulation.tables import Table

EVENTS_KEPT = 1000
"""Payloads of app events."""


@dataclass
class Switches:
    """Behaviours that differ between real accounts, or that the sources disagree about; tests turn them."""

    plan: str = "enterprise"
    """free, trial, growth, pro or enterprise: limits per minute, and what the API offers."""
    withheld: list[str] = field(default_factory=list)
    """Abilities that the plan lacks, answered 403: automations, ticket_fields, contact_fields, company_fields."""
    suspended: bool = False
    """The whole account, as when it was not paid for."""
    agent_reply_reopens: bool = True
    """Whether an agent's public reply reopens a resolved ticket, as a customer's always does."""
    resolved_at_survives_reopening: bool = False
    required_fields_checked: bool = True
    include_cost: int = 1
    """What each ``include`` costs beside the call itself; the vendor's pages say 1 and 2."""
    float_limits: bool = False
    """Rate headers as ``700.0``."""
    headers_on_429: bool = True
    wrapped_webhooks: bool = False
    """Bodies of layout advanced arrive in ``freshdesk_webhook`` too."""
    numeric_ids: bool = False
    """``"{{ticket.id}}"`` arrives as a number."""
    all_creation_rules: bool = False
    group_agent_ids: bool = True
    agents_list_groups: bool = False
    search_lag: float = 0.0


def _unsent(*_: object) -> None:
    """Where webhooks and mails go before the simulator is put together."""


@dataclass
class Account:
    """One account. Whoever reads or writes it holds ``lock``."""

    clock: Clock
    ids: Ids
    domain: str = "acme"
    name: str = "Acme Support"
    base_url: str = "http://127.0.0.1"
    lock: threading.RLock = field(default_factory=threading.RLock)
    switches: Switches = field(default_factory=Switches)
    statuses: dict[int, tuple[str, str]] = field(default_factory=lambda: dict(STANDARD_STATUSES))
    agents: Table[int, Agent] = field(default_factory=Table)
    groups: Table[int, Group] = field(default_factory=Table)
    contacts: Table[int, Contact] = field(default_factory=Table)
    companies: Table[int, Company] = field(default_factory=Table)
    tickets: Table[int, Ticket] = field(default_factory=Table)
    ticket_fields: Table[int, Field] = field(default_factory=Table)
    contact_fields: Table[int, Field] = field(default_factory=Table)
    company_fields: Table[int, Field] = field(default_factory=Table)
    rules: Table[int, Rule] = field(default_factory=Table)
    jobs: dict[str, Json] = field(default_factory=dict)
    app_events: deque[Json] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    integration_id: int = 0
    send_webhook: Callable[[WebhookDelivery], None] = _unsent
    send_mail: Callable[[Mail], None] = _unsent

    def __post_init__(self) -> None:
        self._by_email: dict[str, int] = {}
        self._by_key: dict[str, int] = {}
        self._tickets_of: dict[int, list[int]] = {}

    @property
    def id(self) -> int:
        """The account's own number, which custom fields carry in what apps are told."""
        return self.ids.account

    def now(self) -> datetime:
        """The account's present moment at the resolution it stores."""
        return self.clock.now().replace(microsecond=0)

    @property
    def integration(self) -> Agent:
        """The agent whose API key an integration uses."""
        return self.agents[self.integration_id]

    def api_key(self, agent: Agent) -> str:
        """An agent's key as their profile shows it."""
        return self.ids.api_key(agent.id, agent.key_generation)

    def agent_by_key(self, key: str) -> Agent | None:
        """Whose API key this is; that of an agent who was deactivated opens nothing."""
        agent = self.agents.get(self._by_key.get(key))
        return None if agent is None or agent.deactivated else agent

    def reset_key(self, agent: Agent) -> str:
        """Give an agent another API key; whatever used the old one stops working."""
        del self._by_key[self.api_key(agent)]
        agent.key_generation += 1
        self._by_key[self.api_key(agent)] = agent.id
        return self.api_key(agent)

    def add_person(self, person: Agent | Contact) -> None:
        """Store an agent or a contact, and make them findable by address."""
        if isinstance(person, Agent):
            self.agents.add(person)
            self._by_key[self.api_key(person)] = person.id
        else:
            self.contacts.add(person)
        self.address_changed(person, None)

    def address_changed(self, person: Agent | Contact, old: str | None) -> None:
        """Keep the look-up by address in step."""
        if old:
            self._by_email.pop(old.lower(), None)
        if person.email:
            self._by_email[person.email.lower()] = person.id

    def person(self, number: int | None) -> Agent | Contact | None:
        """Whoever has this id: agents and contacts share one row of numbers."""
        return self.agents.get(number) or self.contacts.get(number)

    def person_by_email(self, email: str) -> Agent | Contact | None:
        """Whoever has this address, whatever its letter case."""
        return self.person(self._by_email.get(email.lower()))

    def merge_contacts(self, gone: Contact, kept: Contact) -> None:
        """Let one contact take over another's addresses and tickets; nothing of the other tells which one it became."""
        for email in filter(None, (gone.email, *gone.other_emails)):
            self._by_email[email.lower()] = kept.id
            kept.other_emails.append(email)
        for ticket in self.tickets_of(gone.id):
            ticket.requester_id = kept.id
            self.requester_changed(ticket, gone.id)
        gone.deleted, gone.updated_at, kept.updated_at = True, self.now(), self.now()

    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Store a ticket."""
        self.tickets.add(ticket)
        self._tickets_of.setdefault(ticket.requester_id, []).append(ticket.id)
        return ticket

    def requester_changed(self, ticket: Ticket, old: int) -> None:
        """Move a ticket to another requester's list."""
        self._tickets_of[old].remove(ticket.id)
        self._tickets_of.setdefault(ticket.requester_id, []).append(ticket.id)

    def tickets_of(self, requester_id: int) -> list[Ticket]:
        """A customer's tickets that are not deleted, oldest first."""
        found = [self.tickets.get(number) for number in self._tickets_of.get(requester_id, ())]
        return [ticket for ticket in found if ticket is not None and not ticket.deleted]

    def join(self, agent: Agent, group: Group) -> None:
        """Put an agent into a group."""
        if group.id not in agent.group_ids:
            agent.group_ids.append(group.id)
            group.agent_ids.append(agent.id)

    def leave(self, agent: Agent, group: Group) -> None:
        """Take an agent out of a group."""
        if group.id in agent.group_ids:
            agent.group_ids.remove(group.id)
            group.agent_ids.remove(agent.id)

    def working_agents(self) -> list[Agent]:
        """Agents that are people: everyone but the integration's own, deactivated ones left out."""
        return [one for one in self.agents if one.id != self.integration_id and not one.deactivated]

    def rules_of(self, kind: int) -> list[Rule]:
        """Rules of one type in the order they run."""
        return sorted((rule for rule in self.rules if rule.kind == kind), key=lambda rule: (rule.position, rule.id))
