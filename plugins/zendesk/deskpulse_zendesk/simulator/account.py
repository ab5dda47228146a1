"""The state of one Zendesk account, and the look-ups that everything else needs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from deskpulse_simulation.clock import Clock
from deskpulse_simulation.records import Json, Mail
from deskpulse_simulation.tables import Table
from deskpulse_zendesk.simulator.changes import ChangeLog
from deskpulse_zendesk.simulator.ids import Ids
from deskpulse_zendesk.simulator.records import (
    Field,
    Group,
    Membership,
    Organization,
    Rule,
    Ticket,
    User,
    Webhook,
)

SYSTEM_AUTHOR = -1


@dataclass
class Switches:
    """Behaviours that differ between real accounts; tests turn them on."""

    unknown_field_422: bool = False
    required_on_solve: int | None = None
    error_object_403: str | None = None
    search_lag: float = 0.0


def _unsent(*_: object) -> None:
    """Where deliveries and mails go before the simulator is put together."""


@dataclass
class Account:
    """One account. Whoever reads or writes it holds ``lock``."""

    clock: Clock
    ids: Ids
    subdomain: str = "acme"
    name: str = "Acme Support"
    base_url: str = "http://127.0.0.1"
    lock: threading.RLock = field(default_factory=threading.RLock)
    switches: Switches = field(default_factory=Switches)
    users: Table[int, User] = field(default_factory=Table)
    deleted_users: dict[int, User] = field(default_factory=dict)
    groups: Table[int, Group] = field(default_factory=Table)
    memberships: Table[int, Membership] = field(default_factory=Table)
    organizations: Table[int, Organization] = field(default_factory=Table)
    ticket_fields: Table[int, Field] = field(default_factory=Table)
    user_fields: Table[int, Field] = field(default_factory=Table)
    organization_fields: Table[int, Field] = field(default_factory=Table)
    tickets: Table[int, Ticket] = field(default_factory=Table)
    deleted_tickets: dict[int, Ticket] = field(default_factory=dict)
    triggers: Table[int, Rule] = field(default_factory=Table)
    automations: Table[int, Rule] = field(default_factory=Table)
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    jobs: dict[str, Json] = field(default_factory=dict)
    staff: dict[int, User] = field(default_factory=dict)
    ticket_log: ChangeLog = field(default_factory=ChangeLog)
    user_log: ChangeLog = field(default_factory=ChangeLog)
    organization_log: ChangeLog = field(default_factory=ChangeLog)
    send_delivery: Callable[[Webhook, str, bytes], None] = _unsent
    send_mail: Callable[[Mail], None] = _unsent

    def __post_init__(self) -> None:
        self.id = self.ids.number() % 100_000_000
        self.brand_id = self.ids.number()
        self.form_id = self.ids.number()
        self.trigger_category_id = str(self.ids.number())
        self.custom_status_ids = {status: self.ids.number() for status in ("new", "open", "pending", "hold", "solved")}
        self._user_by_email: dict[str, int] = {}
        self._tickets_by_requester: dict[int, list[int]] = {}
        self._memberships_by_user: dict[int, list[int]] = {}

    def now(self) -> datetime:
        """The account's present moment at the resolution it stores."""
        return self.clock.now().replace(microsecond=0)

    def add_user(self, user: User) -> User:
        """Store a person and make them findable by address and role."""
        self.users.add(user)
        self.user_changed(user)
        return user

    def user_changed(self, user: User, old_email: str | None = None) -> None:
        """Keep the look-ups and the incremental feed in step with a person's record."""
        if old_email:
            self._user_by_email.pop(old_email.lower(), None)
        if user.email:
            self._user_by_email[user.email.lower()] = user.id
        if user.staff:
            self.staff[user.id] = user
        else:
            self.staff.pop(user.id, None)
        self.user_log.touch(user.id, user.updated_at)

    def remove_user(self, user: User) -> None:
        """Delete a person: gone from lists and by id, their address free again."""
        self.users.remove(user.id)
        self.deleted_users[user.id] = user
        self.staff.pop(user.id, None)
        if user.email:
            self._user_by_email.pop(user.email.lower(), None)
        for membership in self.memberships_of(user.id):
            self.remove_membership(membership)
        self.user_log.touch(user.id, user.updated_at)

    def user_by_email(self, email: str) -> User | None:
        """The person with this address, whatever its letter case."""
        return self.users.get(self._user_by_email.get(email.lower()))

    def add_ticket(self, ticket: Ticket) -> Ticket:
        """Store a ticket."""
        self.tickets.add(ticket)
        self._tickets_by_requester.setdefault(ticket.requester_id, []).append(ticket.id)
        self.ticket_log.touch(ticket.id, ticket.updated_at)
        return ticket

    def requester_changed(self, ticket: Ticket, old: int) -> None:
        """Move a ticket to another requester's list."""
        self._tickets_by_requester[old].remove(ticket.id)
        self._tickets_by_requester.setdefault(ticket.requester_id, []).append(ticket.id)

    def ticket_ids_of(self, requester_id: int) -> list[int]:
        """Numbers of a customer's tickets that are not deleted, oldest first."""
        return sorted(number for number in self._tickets_by_requester.get(requester_id, ()) if number in self.tickets)

    def add_membership(self, membership: Membership) -> Membership:
        """Put an agent into a group."""
        self.memberships.add(membership)
        self._memberships_by_user.setdefault(membership.user_id, []).append(membership.id)
        return membership

    def remove_membership(self, membership: Membership) -> None:
        """Take an agent out of a group."""
        self.memberships.remove(membership.id)
        self._memberships_by_user[membership.user_id].remove(membership.id)

    def memberships_of(self, user_id: int) -> list[Membership]:
        """An agent's memberships, oldest first."""
        return [self.memberships[number] for number in self._memberships_by_user.get(user_id, ())]

    def members_of(self, group_id: int) -> list[Membership]:
        """A group's memberships, oldest first."""
        return [membership for membership in self.memberships if membership.group_id == group_id]

    def is_member(self, user_id: int, group_id: int) -> bool:
        """Whether an agent belongs to a group."""
        return any(membership.group_id == group_id for membership in self.memberships_of(user_id))

    def human_agents(self, integration_id: int) -> list[User]:
        """Agents and admins that are people: everyone of the staff but the integration's own user."""
        return [user for user in self.staff.values() if user.id != integration_id and not user.suspended]

    def active_rules(self, rules: Table[int, Rule]) -> list[Rule]:
        """Active rules in the order they run."""
        return sorted((rule for rule in rules if rule.active), key=lambda rule: (rule.position, rule.id))
