"""A Jira connection without core: secrets in memory, renewed under a lock as core does it in the database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
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
    TicketRef,
)
from deskpulse.testing.serving import serve
from deskpulse_jira_sm import plugin
from deskpulse_jira_sm.simulator import JiraSimulator

SITE = "acme"
LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
RITA = "rita@example.com"
WORLD = SampleWorld(
    groups=[SampleGroup("Service Desk"), SampleGroup("Field")],
    agents=[
        SampleAgent("Anton", "anton@acme.example", ("Service Desk", "Field")),
        SampleAgent("Sus", "sus@acme.example", ("Field",), suspended=True),
    ],
    customers=[SampleCustomer("Rita", RITA, location="Berlin", function="Sales"), SampleCustomer("Phone Fred", None)],
    tickets=[
        SampleTicket("Printer", RITA, "anton@acme.example", "Service Desk", LONG_AGO, category="Hardware"),
        SampleTicket("Mouse", RITA, None, "Service Desk", LONG_AGO),
        SampleTicket("Call", "Phone Fred", "anton@acme.example", "Field", LONG_AGO),
    ],
)
SECRETS = {"api_token": "token-1", "panel_key": "key-of-the-panel"}


class Vault:
    """Secrets that several connections share; counts how often they were really renewed."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.secrets = dict(secrets)
        self.renewals = 0
        self._lock = threading.Lock()

    def renew(
        self, stale: Mapping[str, str], fetch: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> Mapping[str, str]:
        with self._lock:
            if all(self.secrets.get(name) == value for name, value in stale.items()):
                self.secrets = {**self.secrets, **fetch(dict(self.secrets))}
                self.renewals += 1
            return dict(self.secrets)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += seconds


MakeConnection = Callable[..., Connection]


@pytest.fixture
def connection() -> MakeConnection:
    """``connection(settings=..., secrets=..., facts=..., vault=...)``; by default a classic API token."""

    def make(
        *,
        settings: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        facts: Mapping[str, str] | None = None,
        vault: Vault | None = None,
    ) -> Connection:
        clock = Clock()
        vault = vault or Vault(SECRETS if secrets is None else secrets)
        return Connection(
            key="k1",
            kind="jira_sm",
            organisation_code="acme",
            settings={"site": SITE, "email": "bot@acme.example", **(settings or {})},
            secrets=dict(vault.secrets),
            facts=dict(facts or {}),
            http=HttpClient(secrets=vault.secrets.values(), sleep=clock.sleep, monotonic=clock),
            renew=vault.renew,
            survey_base_url="https://nps.example.com",
            panel_url="https://nps.example.com/panel/k1",
        )

    return make


@dataclass
class Site:
    """A served simulator with a receiver for its webhooks."""

    simulator: JiraSimulator
    url: str
    inlet_url: str
    deliveries: list[Delivery]
    make: MakeConnection
    facts: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def connection(self, vault: Any = None, **settings: str) -> Connection:
        access = self.simulator.access()
        return self.make(
            settings={**access.settings, **settings},
            secrets={**access.secrets, "panel_key": "key-of-the-panel", **self.secrets},
            facts=self.facts,
            vault=vault,
        )

    def provision(self, connection: Connection | None = None, **more: Any) -> ProvisionReport:
        plan = ProvisionPlan(self.inlet_url, **more)
        report = plugin.deskpulse_provision(connection or self.connection(), plan)
        self.facts.update(report.facts)
        self.secrets.update(report.secrets)
        return report

    def program(self, method: str, path: str, /, **body: Any) -> Any:
        answer = requests.request(method, f"{self.url}/_sim{path}", json=body or None, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the vendor's API as the integration's own user."""
        access = self.simulator.access()
        token = access.secrets.get("personal_access_token")
        auth = None if token else (access.settings["email"], access.secrets["api_token"])
        headers = {"Authorization": f"Bearer {token}"} if token else None
        answer = requests.request(method, f"{self.url}{path}", json=body, auth=auth, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else {}

    def ticket(self, subject: str) -> str:
        return next(str(one["id"]) for one in self.program("GET", "/tickets") if one["subject"] == subject)

    def project(self, name: str) -> str:
        """A project's key."""
        return next(str(one["key"]) for one in self.api("GET", "/rest/api/3/project") if one["name"] == name)

    def whole(self, key: str) -> Any:
        return self.program("GET", f"/tickets/{key}")

    def asked(self) -> list[str]:
        return [f"{one['method']} {one['path']}" for one in self.program("GET", "/requests")]

    def writes(self) -> list[str]:
        return [one for one in self.asked() if not one.startswith("GET") and "/search" not in one]

    def find(self, key: str, **settings: str) -> Any:
        return plugin.deskpulse_find_ticket(self.connection(**settings), key)

    def events(self) -> list[Any]:
        """What all deliveries so far say, once nothing is under way."""
        assert self.simulator.wait_idle()
        connection = self.connection()
        return [one for got in self.deliveries for one in plugin.deskpulse_read_delivery(connection, got)]


@contextmanager
def opened(make: MakeConnection, simulator: JiraSimulator) -> Iterator[Site]:
    deliveries: list[Delivery] = []

    @Request.application
    def receive(request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        deliveries.append(Delivery(headers, request.get_data(), datetime.now(UTC)))
        return Response(status=202)

    with ExitStack() as stack:
        inlet, url = (stack.enter_context(serve(app)) for app in (receive, simulator.wsgi_app))
        simulator.start(url)
        simulator.load(WORLD)
        try:
            yield Site(simulator, url, f"{inlet}/in/k1", deliveries, make)
        finally:
            simulator.close()


@pytest.fixture
def site(connection: MakeConnection) -> Iterator[Site]:
    """A Cloud site."""
    with opened(connection, JiraSimulator()) as found:
        yield found


@pytest.fixture
def data_center(connection: MakeConnection) -> Iterator[Site]:
    """A Data Center installation."""
    with opened(connection, JiraSimulator(deployment="server")) as found:
        yield found


@pytest.fixture
def invitation() -> Callable[..., Invitation]:
    """An invitation to go out as the helpdesk's own message."""

    def make(ticket_id: str, **more: Any) -> Invitation:
        facts: dict[str, Any] = {
            "key": "invite-7",
            "ticket": TicketRef(ticket_id, ""),
            "subject": "Printer",
            "recipient_name": "Rita",
            "recipient_email": None,
            "customer_id": None,
            "link": "https://nps.example.com/s/token",
            "opt_out_link": "https://nps.example.com/s/token/opt-out",
            "organisation_name": "Acme",
            "expires_at": LONG_AGO + timedelta(days=30),
            "message_id": "<invite-7@nps.example.com>",
            "channel": "helpdesk",
        }
        return Invitation(**{**facts, **more})

    return make


@pytest.fixture
def vault() -> type[Vault]:
    """The class, for tests that share one vault between connections."""
    return Vault


@pytest.fixture
def jira() -> Iterator[responses.RequestsMock]:
    """Jira as single canned answers; every other call fails."""
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
            "customer_id": "qm:a713c8ea:5ad6d358",
        }
        return Result(**{**facts, **more})

    return make
