"""A Freshdesk connection without core, Freshdesk as single canned answers, and a desk: a served simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses
from werkzeug import Request, Response

from deskpulse.plugin_api import (
    Connection,
    Delivery,
    HttpClient,
    Invitation,
    ProvisionPlan,
    ProvisionReport,
    Result,
    SampleAgent,
    SampleCustomer,
    SampleGroup,
    SampleTicket,
    SampleWorld,
    Score,
    Ticket,
    TicketRef,
)
from deskpulse.testing.serving import serve
from deskpulse_freshdesk import plugin
from deskpulse_freshdesk.simulator import FreshdeskSimulator

LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
RITA, ANTON = "rita@example.com", "anton@acme.example"
WORLD = SampleWorld(
    groups=[SampleGroup("Service Desk"), SampleGroup("Field")],
    agents=[
        SampleAgent("Anton", ANTON, ("Service Desk", "Field")),
        SampleAgent("Berta", "berta@acme.example", ("Field",)),
    ],
    customers=[SampleCustomer("Rita", RITA, location="Berlin", function="Sales"), SampleCustomer("Phone Fred", None)],
    tickets=[
        SampleTicket("Printer", RITA, ANTON, "Service Desk", LONG_AGO, category="Hardware"),
        SampleTicket("Mouse", RITA, None, None, LONG_AGO),
        SampleTicket("Call", "Phone Fred", ANTON, "Field", LONG_AGO),
        SampleTicket("Laptop", ANTON, "berta@acme.example", "Field", LONG_AGO),
    ],
)
FACTS = {
    "score_field": "cf_nps_score",
    "category_field": "cf_nps_category",
    "resolution_field": "cf_deskpulse_resolution",
    "contact_score_field": "nps_last_score",
    "contact_date_field": "nps_last_date",
    "contact_category_field": "nps_last_category",
}


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def connection() -> Callable[..., Connection]:
    """``connection(settings=..., secrets=..., facts=...)``; by default with a key, before the set-up."""

    def make(
        *,
        settings: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> Connection:
        clock, given = Clock(), dict({"api_key": "the-api-key-1"} if secrets is None else secrets)
        return Connection(
            key="k1",
            kind="freshdesk",
            organisation_code="acme",
            settings={"domain": "acme", **(settings or {})},
            secrets=given,
            facts=dict(facts or {}),
            http=HttpClient(secrets=given.values(), sleep=clock.sleep, monotonic=clock),
            renew=lambda stale, fetch: fetch(stale),
            survey_base_url="https://nps.example.com",
            panel_url="https://nps.example.com/panel/k1",
        )

    return make


@pytest.fixture
def freshdesk() -> Iterator[responses.RequestsMock]:
    """Freshdesk as single canned answers; every other call fails."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def result() -> Callable[..., Result]:
    """A confirmed answer; ``result(score=3, revision=2, ...)``."""

    def make(score: int = 9, revision: int = 1, **more: Any) -> Result:
        facts: dict[str, Any] = {
            "key": f"r7.{revision}",
            "marker": f"[DeskPulse r7.{revision}]",
            "score": Score(score),
            "answered_at": datetime(2026, 3, 5, 23, 30, tzinfo=UTC),
            "factors": ("speed", "friendliness"),
            "comment": "Fast help!",
            "contact_wanted": False,
            "link": "https://nps.example.com/survey-responses?id=7",
            "revision": revision,
            "customer_id": "613",
        }
        return Result(**{**facts, **more})

    return make


@pytest.fixture
def invitation() -> Callable[..., Invitation]:
    """An invitation through the helpdesk; ``invitation(ticket, key=...)``."""

    def make(ticket: str = "205", **more: Any) -> Invitation:
        facts: dict[str, Any] = {
            "key": "invite-12",
            "ticket": TicketRef(ticket, ticket),
            "subject": "Printer",
            "recipient_name": "Rita",
            "recipient_email": RITA,
            "customer_id": "613",
            "link": "https://nps.example.com/s/token",
            "opt_out_link": "https://nps.example.com/s/token/opt-out",
            "organisation_name": "Acme IT",
            "expires_at": datetime(2026, 3, 20, tzinfo=UTC),
            "message_id": "<invite-12@nps.example.com>",
            "channel": "helpdesk",
        }
        return Invitation(**{**facts, **more})

    return make


@dataclass
class Desk:
    """A served simulator with a receiver for its webhooks."""

    simulator: FreshdeskSimulator
    url: str
    inlet_url: str
    deliveries: list[Delivery]
    make: Callable[..., Connection]
    facts: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def connection(self, **settings: str) -> Connection:
        access = self.simulator.access()
        return self.make(
            settings={**access.settings, **settings}, secrets={**access.secrets, **self.secrets}, facts=self.facts
        )

    def provision(self, settings: Mapping[str, str] | None = None, **more: Any) -> ProvisionReport:
        plan = ProvisionPlan(self.inlet_url, **more)
        report = plugin.deskpulse_provision(self.connection(**(settings or {})), plan)
        self.facts.update(report.facts)
        self.secrets.update(report.secrets)
        return report

    def program(self, method: str, path: str, /, **body: Any) -> Any:
        answer = requests.request(method, f"{self.url}/_sim{path}", json=body or None, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def api(self, method: str, path: str, body: Any = None) -> Any:
        sign_in = (self.simulator.access().secrets["api_key"], "X")
        answer = requests.request(method, f"{self.url}/api/v2{path}", json=body, auth=sign_in, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else {}

    def ticket(self, subject: str) -> str:
        return next(str(one["id"]) for one in self.program("GET", "/tickets") if one["subject"] == subject)

    def raw(self, key: str) -> Any:
        return self.program("GET", f"/tickets/{key}")

    def solve(self, key: str) -> None:
        """Solve a ticket some seconds after whatever was before: moments are whole seconds."""
        self.program("POST", "/clock", advance=5)
        self.program("POST", f"/tickets/{key}/solve")

    def reopen(self, key: str) -> None:
        self.program("POST", "/clock", advance=5)
        self.program("POST", f"/tickets/{key}/reopen")

    def writes(self) -> list[str]:
        log = self.program("GET", "/requests")
        return [f"{one['method']} {one['path']}" for one in log if one["method"] != "GET"]

    def find(self, key: str, **settings: str) -> Ticket | None:
        found: Ticket | None = plugin.deskpulse_find_ticket(self.connection(**settings), key)
        return found

    def events(self) -> list[tuple[str, str]]:
        """What all webhook calls so far said."""
        assert self.simulator.wait_idle()
        every = [plugin.deskpulse_read_delivery(self.connection(), one) for one in self.deliveries]
        return [(event.kind.value, event.ticket.id) for events in every for event in events]


@pytest.fixture
def desk(connection: Callable[..., Connection]) -> Iterator[Desk]:
    deliveries: list[Delivery] = []

    @Request.application
    def receive(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        deliveries.append(Delivery(headers, request.get_data(), datetime.now(UTC)))
        return Response(status=202)

    simulator = FreshdeskSimulator()
    with serve(receive) as receiver, serve(simulator.wsgi_app) as url:
        simulator.start(url)
        simulator.load(WORLD)
        yield Desk(simulator, url, f"{receiver}/in/k1", deliveries, connection)
        simulator.close()


@pytest.fixture
def facts() -> dict[str, str]:
    """What a set-up remembers of its fields."""
    return dict(FACTS)
