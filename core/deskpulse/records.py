"""The frozen records that cross the hooks. All times are aware and in UTC; ids are the helpdesk's own, as text.

``None`` always means "the helpdesk does not say". Raw vendor data never travels in these records, except in
``Ticket.fields``, which holds plain text by the helpdesk's field key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from deskpulse.scoring.bands import Band, band_of

if TYPE_CHECKING:
    from deskpulse.http import HttpClient

Renew = Callable[[Mapping[str, str], Callable[[Mapping[str, str]], Mapping[str, str]]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Connection:
    """One organisation's link to one helpdesk account, as a plug-in sees it.

    ``settings`` and ``secrets`` hold the fields that the kind declares; ``facts`` what a :class:`ProvisionReport` asked
    to remember (ids of fields, triggers, webhooks). ``http`` is ready to use: it times out, respects rate limits and
    redacts.

    ``renew(stale, fetch)`` replaces secrets that expired: it serialises all processes, hands the newest secrets to
    ``fetch`` unless somebody else has renewed ``stale`` already, saves what ``fetch`` returns *before* anyone can use
    it, and returns the current secrets. ``fetch`` raises :class:`~deskpulse.errors.AuthExpired` when access is lost.
    """

    key: str
    kind: str
    organisation_code: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    facts: Mapping[str, str] = field(repr=False)
    http: HttpClient = field(repr=False, compare=False)
    renew: Renew = field(repr=False, compare=False)
    survey_base_url: str = ""
    """Where customers reach DeskPulse, without trailing slash; for links that the helpdesk builds."""
    panel_url: str = ""
    """The panel's address for this connection."""

    def setting(self, name: str, default: str = "") -> str:
        """The setting, or ``default`` where it is missing or empty."""
        return self.settings.get(name) or default

    def current_secrets(self, name: str) -> tuple[str, ...]:
        """All secrets of that name that are valid now, newest first: ``name`` and, during a rotation, ``name_old``."""
        found = (self.secrets.get(name), self.secrets.get(f"{name}_old"))
        return tuple(secret for secret in found if secret)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook call as received: header names in lower case, the body byte for byte."""

    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """A delivery is genuine. ``delivery_id`` is the vendor's own id of it, or ``None`` where the vendor has none."""

    delivery_id: str | None = None


@dataclass(frozen=True, slots=True)
class TicketRef:
    """Names one ticket of one connection: the immutable id, and the number that people use (often the same)."""

    id: str
    number: str = ""


class EventKind(StrEnum):
    """What a delivery says happened to a ticket. It is a hint: the ticket is always read again first."""

    CLOSED = "closed"
    REOPENED = "reopened"


@dataclass(frozen=True, slots=True)
class TicketEvent:
    """What a plug-in reads from a delivery or an export.

    ``resolution_key`` is given where the source already tells which resolution it is: core then skips what is decided.
    """

    kind: EventKind
    ticket: TicketRef
    resolution_key: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """Someone who resolves tickets. ``active`` is false for suspended, downgraded and deleted agents."""

    id: str
    name: str
    email: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Customer:
    """Someone who asked for help. Without an address they cannot be invited by e-mail."""

    id: str
    name: str
    email: str | None = None
    locale: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A support group with its agents. ``parent_id`` and ``lead`` are suggestions where the helpdesk knows them."""

    id: str
    name: str
    active: bool = True
    members: tuple[Agent, ...] = ()
    parent_id: str | None = None
    lead: Agent | None = None


class Outcome(StrEnum):
    """What a resolved ticket's end was, as far as it matters for asking."""

    SOLVED = "solved"
    MERGED = "merged"
    DELETED = "deleted"
    SPAM = "spam"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it is now. Everything that reports may need is frozen from here at resolution.

    ``resolution_key`` names which solving of this ticket the ticket is in: stable, equal however the ticket is reached,
    and ``None`` while the ticket is not resolved. ``past_resolution_keys`` are earlier solvings that ended in a reopen.
    ``fields`` holds every mapped ticket or user field as text; ``by_bot`` marks a solve without a human agent.
    """

    ref: TicketRef
    subject: str
    customer: Customer | None
    agent: Agent | None
    group: Group | None
    resolution_key: str | None
    past_resolution_keys: tuple[str, ...] = ()
    outcome: Outcome = Outcome.SOLVED
    created_at: datetime | None = None
    resolved_at: datetime | None = None
    reopens: int | None = None
    reassignments: int | None = None
    channel: str | None = None
    priority: str | None = None
    category: str | None = None
    segment1: str | None = None
    segment2: str | None = None
    organisation: str | None = None
    by_bot: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Score:
    """The answer to "how satisfied were you": 0-10, with the band it falls in."""

    value: int

    @property
    def band(self) -> Band:
        """The band that the value falls in."""
        return band_of(self.value)


@dataclass(frozen=True, slots=True)
class Result:
    """A confirmed answer on its way back to the helpdesk.

    ``key`` names response and revision: a plug-in asked twice for one key leaves one trace. ``marker`` is the text that
    a note carries so that it can be found again; each revision has its own marker, so a changed answer adds a note.
    """

    key: str
    marker: str
    score: Score
    answered_at: datetime
    factors: tuple[str, ...]
    comment: str
    contact_wanted: bool
    link: str
    revision: int
    customer_id: str | None
    is_latest_of_customer: bool = True
    """False where the customer has given a newer answer since: the customer's record is then left alone."""


class ReceiptState(StrEnum):
    """How an outward act ended."""

    DONE = "done"
    PARTLY = "partly"
    ALREADY = "already"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of an outward act; ``detail`` is shown to administrators, ``reference`` is the other side's id of it."""

    state: ReceiptState
    detail: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome of trying a connection: one line per thing tried, ``ok`` only if all of them are."""

    ok: bool
    lines: tuple[str, ...] = ()
    account: str = ""
    warnings: tuple[str, ...] = ()


class Change(StrEnum):
    """What provisioning did, or with a dry run would do, to one thing in the helpdesk."""

    CREATE = "create"
    REPAIR = "repair"
    KEEP = "keep"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class ProvisionStep:
    """One thing in the helpdesk: what it is, what happens to it, and why."""

    change: Change
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProvisionReport:
    """What was provisioned. ``facts`` and ``secrets`` are kept with the connection (merged; an empty value removes)."""

    steps: tuple[ProvisionStep, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    manual_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProvisionPlan:
    """What provisioning shall do.

    ``helpdesk_invites`` asks for a rule in the helpdesk that writes to the customer, and never of a kind that sends
    invites itself.
    """

    inlet_url: str
    dry_run: bool = False
    remove: bool = False
    helpdesk_invites: bool = False
    invite_link: Callable[[Mapping[str, str]], str] | None = field(default=None, repr=False)
    """Builds a survey link from placeholders, e.g. ``{"tid": "{{ticket.id}}"}``: the plug-in knows the placeholders."""
    link_key: str = field(default="", repr=False)
    """The secret by which a helpdesk that can compute signs such links; empty where they are not to be signed."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The vendor-side app, ready to install: a file and what to enter in the helpdesk when installing it."""

    filename: str
    content: bytes = field(repr=False)
    settings: Mapping[str, str] = field(default_factory=dict, repr=False)
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PastInvite:
    """An earlier invite to the same person, or about the same ticket: when it went or is to go out, how it ended."""

    ticket: TicketRef
    same_ticket: bool
    at: datetime
    state: str
    same_person: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """What the rules may look at besides the ticket itself.

    ``invites`` are those to this person, and those about this ticket to others it was solved for before, newest first.
    Cancelled invites that were never sent are left out. ``preferences`` are the organisation's rules by name.
    """

    ticket: Ticket
    now: datetime
    person: str | None
    invites: Sequence[PastInvite]
    suppressed: bool
    resolver_is_customer: bool
    preferences: Mapping[str, int | str | bool]
    channel: str | None = "email"
    """How the person would be asked: ``email``, ``helpdesk``, or ``None`` where nothing reaches them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to ask, and the reason as a stable word from :mod:`deskpulse.surveys.rules`, or a plug-in's own."""

    ask: bool
    reason: str
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invite to be handed over: everything a channel needs to ask one person about one resolution."""

    key: str
    ticket: TicketRef
    subject: str
    recipient_name: str
    recipient_email: str | None
    customer_id: str | None
    link: str
    opt_out_link: str
    organisation_name: str
    expires_at: datetime
    message_id: str
    channel: str = "email"
    """``email``, or ``helpdesk`` where the helpdesk's own message is to carry the link."""


@dataclass(frozen=True, slots=True)
class ResponseFacts:
    """A confirmed answer, for listeners: who, about which ticket, what; never more than the organisation may know."""

    organisation_code: str
    response_id: int
    revision: int
    ticket: TicketRef | None
    connection_key: str | None
    score: Score
    comment: str
    contact_wanted: bool
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """A finished synchronisation of support groups."""

    organisation_code: str
    connection_key: str
    groups: int
    agents: int
    changed: int


Groups = Iterator[Group]
EventsAndCursor = Iterator[tuple[Sequence[TicketEvent], str]]
"""Pages of events, each with the cursor that continues after it: core commits page by page and can resume."""
