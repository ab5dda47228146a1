"""A ServiceNow connection without core: secrets in memory, renewed under a lock as core does it in the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import responses

from deskpulse.plugin_api import (
    Connection,
    Delivery,
    HttpClient,
    ProvisionPlan,
    ProvisionReport,
    Result,
    SampleAgent,
    SampleCustomer,
    SampleGroup,
    SampleTicket,
    SampleWorld,
    Score,
    TicketEvent,
)
from deskpulse.testing.clocks import SteppedTime
from deskpulse.testing.conformance.inlet import Inlet
from deskpulse.testing.factories import Renewal, make_connection
from deskpulse.testing.serving import serve
from deskpulse_servicenow import plugin
from deskpulse_servicenow.simulator import ServiceNowSimulator

INCIDENT_ID = "1c741bd70b2322007518478d83673af3"
CALLER_ID = "46c6f9efa9fe198101ddf5eed9adf6e7"
USER_NAME = "deskpulse.integration"

LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
RITA, ANTON, INLET = "rita@example.com", "anton@acme.example", "/in/k1"
WORLD = SampleWorld(
    groups=[SampleGroup("Service Desk"), SampleGroup("Field")],
    agents=[SampleAgent("Anton", ANTON, ("Service Desk", "Field")), SampleAgent("Bea", "bea@acme.example", ("Field",))],
    customers=[SampleCustomer("Rita", RITA, location="Berlin", function="Sales"), SampleCustomer("Phone Fred", None)],
    tickets=[
        SampleTicket("Printer", RITA, ANTON, "Service Desk", LONG_AGO, category="hardware"),
        SampleTicket("Mouse", RITA, ANTON, "Field", LONG_AGO),
    ],
)
UPDATE_SET = plugin.deskpulse_panel_bundle(make_connection("servicenow")).content
MakeConnection = Callable[..., Connection]


@dataclass
class Desk:
    """A served simulator with our update set in it, and an inlet that it calls."""

    simulator: ServiceNowSimulator
    url: str
    inlet_url: str
    inlet: Inlet
    make: MakeConnection
    secrets: dict[str, str] = field(default_factory=dict)

    def connection(self, **changes: Any) -> Connection:
        access = self.simulator.access()
        settings = {**access.settings, **changes.pop("settings", {})}
        return self.make(settings=settings, secrets={**access.secrets, **self.secrets}, **changes)

    def provision(self, **more: Any) -> ProvisionReport:
        plan = ProvisionPlan(self.inlet_url + INLET, **more)
        report = plugin.deskpulse_provision(self.connection(), plan)
        self.secrets.update(report.secrets)
        return report

    def program(self, method: str, path: str, /, **body: Any) -> Any:
        answer = requests.request(method, f"{self.url}/_sim{path}", json=body or None, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """The Table API as an administrator."""
        url = f"{self.url}/api/now/table/{path}"
        answer = requests.request(method, url, json=body, auth=self.simulator.admin(), timeout=10)
        assert answer.ok, answer.text
        return answer.json()["result"] if answer.content else None

    def rows(self, table: str, query: str = "") -> Any:
        return self.api("GET", f"{table}?sysparm_query={query}^ORDERBYsys_created_on^ORDERBYsys_id")

    def ticket(self, subject: str) -> str:
        return next(str(one["id"]) for one in self.program("GET", "/tickets") if one["subject"] == subject)

    def item(self) -> str:
        """A new requested item for Rita."""
        rita = self.rows("sys_user", f"email={RITA}")[0]["sys_id"]
        body = {"short_description": "A chair", "requested_for": rita, "state": "1"}
        return str(self.api("POST", "sc_req_item", body)["sys_id"])

    def find(self, key: str, **settings: str) -> Any:
        """The ticket as the plug-in reads it."""
        return plugin.deskpulse_find_ticket(self.connection(settings=settings), key)

    def arrived(self) -> list[Delivery]:
        """The calls so far, once the instance has nothing more to do."""
        assert self.simulator.wait_idle(10)
        return self.inlet.at(INLET)

    def events(self) -> list[TicketEvent]:
        return [event for one in self.arrived() for event in plugin.deskpulse_read_delivery(one)]


@pytest.fixture
def desk(connection: MakeConnection) -> Iterator[Desk]:
    """Imported, but not yet provisioned."""
    simulator, inlet = ServiceNowSimulator(), Inlet()
    with serve(inlet) as inlet_url, serve(simulator.wsgi_app) as url:
        simulator.start(url)
        simulator.load(WORLD)
        simulator.install_app(UPDATE_SET, {})
        yield Desk(simulator, url, inlet_url, inlet, connection)
        simulator.close()


@pytest.fixture
def connection() -> MakeConnection:
    """``connection(settings=..., secrets=..., renewal=...)``; by default a user with a password."""

    def make(
        *,
        settings: Mapping[str, str] | None = None,
        secrets: Mapping[str, str] | None = None,
        renewal: Renewal | None = None,
    ) -> Connection:
        time = SteppedTime()
        renewal = renewal or Renewal({"password": "pass-word-1"} if secrets is None else secrets)
        return Connection(
            key="k1",
            kind="servicenow",
            organisation_code="acme",
            settings={"instance": "acme", "user_name": USER_NAME, **(settings or {})},
            secrets=dict(renewal.secrets),
            facts={},
            http=HttpClient(secrets=renewal.secrets.values(), sleep=time.sleep, monotonic=time.monotonic),
            renew=renewal,
            survey_base_url="https://nps.example.com",
            panel_url="https://nps.example.com/panel/k1",
        )

    return make


@pytest.fixture
def servicenow() -> Iterator[responses.RequestsMock]:
    """ServiceNow as single canned answers; every other call fails."""
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
            "customer_id": CALLER_ID,
        }
        return Result(**{**facts, **more})

    return make
