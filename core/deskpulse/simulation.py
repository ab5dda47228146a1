"""What a vendor's simulator offers: a faithful stand-in on real HTTP, for the demo and for tests.

A simulator follows the vendor's published contract, never the plug-in. It is a WSGI application, so any server can
serve it; the same process may hold several. Besides the vendor's API it serves an agent screen for people at ``/`` and,
for programs, the ``/_sim/`` endpoints named in the project's README.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True, slots=True)
class SampleGroup:
    """A support group of the sample organisation; ``name`` is unique."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class SampleAgent:
    """Someone who resolves tickets; ``groups`` holds names of sample groups, the first is the default one."""

    name: str
    email: str
    groups: tuple[str, ...]
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """Someone who asks for help; ``email`` may be missing (a phone or chat customer)."""

    name: str
    email: str | None
    location: str = ""
    function: str = ""


@dataclass(frozen=True, slots=True)
class SampleTicket:
    """One ticket. ``requester`` and ``assignee`` are e-mail addresses (or names where a customer has no address).

    ``solved_at`` is set for tickets that are already solved; all times are aware and in UTC.
    """

    subject: str
    requester: str
    assignee: str | None
    group: str | None
    created_at: datetime
    solved_at: datetime | None = None
    priority: str | None = None
    channel: str = "email"
    category: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class SampleWorld:
    """Everything a simulator is filled with; vendor-neutral, each simulator gives it its own ids."""

    groups: Sequence[SampleGroup] = ()
    agents: Sequence[SampleAgent] = ()
    customers: Sequence[SampleCustomer] = ()
    tickets: Sequence[SampleTicket] = ()


@dataclass(frozen=True, slots=True)
class SimulatorAccess:
    """What a connection needs to reach the simulator: plug-in settings and secrets, by the kind's own field names."""

    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


class Simulator(Protocol):
    """A running vendor stand-in. Made by the factory that a kind names; safe to use from many threads."""

    @property
    def wsgi_app(self) -> WSGIApplication:
        """The application to serve."""
        ...

    def start(self, base_url: str) -> None:
        """Learn the address it is served at (no trailing slash) and start background work such as webhook delivery."""
        ...

    def load(self, world: SampleWorld) -> None:
        """Add the sample's groups, agents, customers and tickets, without firing webhooks."""
        ...

    def access(self) -> SimulatorAccess:
        """Credentials that a connection can use against this simulator."""
        ...

    def install_app(self, package: bytes, settings: Mapping[str, str]) -> None:
        """Install the sidebar app from its package, as an administrator of the helpdesk would."""
        ...

    def close(self) -> None:
        """Stop background work; no webhook is sent afterwards."""
        ...
