"""ServiceNow without core: connections, answers, single canned answers, and a desk: a served simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import responses

from deskpulse.plugin_api import (
    Result,
    SampleAgent,
    SampleCustomer,
    SampleGroup,
    SampleTicket,
    SampleWorld,
    TicketEvent,
)
from deskpulse.testing.factories import make_connection
from deskpulse_servicenow import plugin
from deskpulse_servicenow.simulator import ServiceNowSimulator
from fixtures.plugins import Helpdesk, MakeConnection, confirmed, connecting, opened

INCIDENT_ID = "1c741bd70b2322007518478d83673af3"
CALLER_ID = "46c6f9efa9fe198101ddf5eed9adf6e7"
USER_NAME = "deskpulse.integration"

LONG_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
RITA, ANTON = "rita@example.com", "anton@acme.example"
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


class Desk(Helpdesk):
    """An instance with our update set in it."""

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """The Table API as an administrator."""
        return self.call(method, f"/api/now/table/{path}", body, auth=self.simulator.admin()).get("result")

    def rows(self, table: str, query: str = "") -> Any:
        return self.api("GET", f"{table}?sysparm_query={query}^ORDERBYsys_created_on^ORDERBYsys_id")

    def item(self) -> str:
        """A new requested item for Rita."""
        rita = self.rows("sys_user", f"email={RITA}")[0]["sys_id"]
        body = {"short_description": "A chair", "requested_for": rita, "state": "1"}
        return str(self.api("POST", "sc_req_item", body)["sys_id"])

    def events(self) -> list[TicketEvent]:
        return [event for one in self.arrived() for event in plugin.deskpulse_read_delivery(one)]


@pytest.fixture
def desk(connection: MakeConnection) -> Iterator[Desk]:
    """Imported, but not yet provisioned."""
    with opened(Desk, plugin, ServiceNowSimulator(), WORLD, connection) as found:
        found.simulator.install_app(UPDATE_SET, {})
        yield found


@pytest.fixture
def connection() -> MakeConnection:
    """``connection(settings=..., secrets=..., renewal=...)``; by default a user with a password."""
    return connecting("servicenow", {"instance": "acme", "user_name": USER_NAME}, {"password": "pass-word-1"})


@pytest.fixture
def servicenow(canned: responses.RequestsMock) -> responses.RequestsMock:
    """ServiceNow as single canned answers."""
    return canned


@pytest.fixture
def result() -> Callable[..., Result]:
    """A confirmed answer of the caller's; ``result(score=3, revision=2, ...)``."""
    return partial(confirmed, customer_id=CALLER_ID)
