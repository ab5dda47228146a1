"""Records as tests need them: every argument has a plausible value, so a test names only what it is about."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from deskpulse.http import HttpClient
from deskpulse.records import (
    Agent,
    Connection,
    Customer,
    Delivery,
    Group,
    History,
    Invitation,
    Outcome,
    PastInvite,
    Renew,
    Result,
    Score,
    Ticket,
    TicketRef,
)

MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Renewal:
    """``Connection.renew`` in memory: one caller at a time, and nobody renews what somebody else has renewed."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
        self.times = 0
        self._lock = threading.Lock()

    def __call__(
        self, stale: Mapping[str, str], fetch: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> Mapping[str, str]:
        """See :class:`~deskpulse.records.Connection`."""
        with self._lock:
            if all(self.secrets.get(name) == value for name, value in stale.items()):
                self.secrets |= fetch(dict(self.secrets))
                self.times += 1
            return dict(self.secrets)


def make_connection(
    kind: str = "fake",
    *,
    key: str = "conn-1",
    organisation_code: str = "northwind",
    settings: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
    http: HttpClient | None = None,
    renew: Renew | None = None,
) -> Connection:
    """A connection; its client knows its secrets."""
    secrets = secrets or {}
    http = http or HttpClient()
    http.redact_also(secrets.values())
    return Connection(
        key=key,
        kind=kind,
        organisation_code=organisation_code,
        settings=settings or {},
        secrets=secrets,
        facts=facts or {},
        http=http,
        renew=renew or Renewal(secrets),
        survey_base_url="https://feedback.example.com",
        panel_url=f"https://feedback.example.com/panel/{key}",
    )


def make_delivery(
    body: bytes = b"{}", *, headers: Mapping[str, str] | None = None, received_at: datetime = MOMENT
) -> Delivery:
    """A webhook call."""
    return Delivery({name.lower(): value for name, value in (headers or {}).items()}, body, received_at)


def make_agent(id: str = "a-1", **fields: Any) -> Agent:  # noqa: A002 - the record's own field name
    """An agent with an address."""
    return Agent(**{"id": id, "name": "Ada Agent", "email": f"{id}@northwind.example"} | fields)


def make_customer(id: str = "c-1", **fields: Any) -> Customer:  # noqa: A002 - the record's own field name
    """A customer with an address."""
    return Customer(**{"id": id, "name": "Cy Customer", "email": f"{id}@northwind.example"} | fields)


def make_group(id: str = "g-1", **fields: Any) -> Group:  # noqa: A002 - the record's own field name
    """An active group without members."""
    return Group(**{"id": id, "name": "Service Desk"} | fields)


def make_ticket(id: str = "t-1", **fields: Any) -> Ticket:  # noqa: A002 - the reference's own field name
    """A ticket solved once, with customer, agent and group."""
    usual: dict[str, Any] = {
        "ref": TicketRef(id, f"No{id}"),
        "subject": "Printer on fire",
        "customer": make_customer(),
        "agent": make_agent(),
        "group": make_group(),
        "resolution_key": "r-1",
        "outcome": Outcome.SOLVED,
        "created_at": MOMENT,
        "resolved_at": MOMENT,
        "reopens": 0,
    }
    return Ticket(**usual | fields)


def make_result(score: int = 9, revision: int = 1, **fields: Any) -> Result:
    """A confirmed answer; key and marker are those of its revision."""
    usual: dict[str, Any] = {
        "key": f"response-1-{revision}",
        "marker": f"[DeskPulse 1/{revision}]",
        "score": Score(score),
        "answered_at": MOMENT,
        "factors": ("Speed",),
        "comment": "Quick and kind.",
        "contact_wanted": False,
        "link": "https://feedback.example.com/portal/responses/1",
        "revision": revision,
        "customer_id": "c-1",
    }
    return Result(**usual | fields)


def make_history(ticket: Ticket | None = None, *invites: PastInvite, **fields: Any) -> History:
    """What the rules look at: nobody was asked before, nobody opted out."""
    usual: dict[str, Any] = {
        "ticket": ticket or make_ticket(),
        "now": MOMENT,
        "person": "c-1@northwind.example",
        "invites": invites,
        "suppressed": False,
        "resolver_is_customer": False,
        "preferences": {},
    }
    return History(**usual | fields)


def make_invitation(**fields: Any) -> Invitation:
    """An invitation to a customer with an address."""
    usual: dict[str, Any] = {
        "key": "invite-1",
        "ticket": TicketRef("t-1", "Not-1"),
        "subject": "Printer on fire",
        "recipient_name": "Cy Customer",
        "recipient_email": "c-1@northwind.example",
        "customer_id": "c-1",
        "link": "https://feedback.example.com/s/token",
        "opt_out_link": "https://feedback.example.com/s/token/opt-out",
        "organisation_name": "Northwind IT",
        "expires_at": MOMENT,
        "message_id": "<invite-1@feedback.example.com>",
    }
    return Invitation(**usual | fields)
