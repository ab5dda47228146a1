"""Freshdesk without core: connections, records to hand over, single canned answers, and a desk: a served simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import responses

from deskpulse.plugin_api import (
    Invitation,
    Result,
    SampleAgent,
    SampleCustomer,
    SampleGroup,
    SampleTicket,
    SampleWorld,
    TicketRef,
)
from deskpulse.testing.factories import make_invitation
from deskpulse_freshdesk import plugin
from deskpulse_freshdesk.simulator import FreshdeskSimulator
from fixtures.plugins import Helpdesk, MakeConnection, confirmed, connecting, opened

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


@pytest.fixture
def connection() -> MakeConnection:
    """``connection(settings=..., secrets=..., facts=...)``; by default with a key, before the set-up."""
    return connecting("freshdesk", {"domain": "acme"}, {"api_key": "the-api-key-1"})


@pytest.fixture
def freshdesk(canned: responses.RequestsMock) -> responses.RequestsMock:
    """Freshdesk as single canned answers."""
    return canned


@pytest.fixture
def result() -> Callable[..., Result]:
    """A confirmed answer; ``result(score=3, revision=2, ...)``."""
    return confirmed


@pytest.fixture
def invitation() -> Callable[..., Invitation]:
    """An invitation through the helpdesk; ``invitation(ticket, key=...)``."""

    def make(ticket: str = "205", **more: Any) -> Invitation:
        usual = {"key": "invite-12", "ticket": TicketRef(ticket, ticket), "customer_id": "613", "channel": "helpdesk"}
        return make_invitation(**usual | more)

    return make


class Desk(Helpdesk):
    """A Freshdesk account."""

    def api(self, method: str, path: str, body: Any = None) -> Any:
        sign_in = (self.simulator.access().secrets["api_key"], "X")
        return self.call(method, f"/api/v2{path}", body, auth=sign_in)

    def solve(self, key: str) -> None:
        """Solve a ticket some seconds after whatever was before: moments are whole seconds."""
        self.program("POST", "/clock", advance=5)
        self.program("POST", f"/tickets/{key}/solve")

    def reopen(self, key: str) -> None:
        self.program("POST", "/clock", advance=5)
        self.program("POST", f"/tickets/{key}/reopen")

    def events(self) -> list[tuple[str, str]]:
        """What all webhook calls so far said."""
        every = [plugin.deskpulse_read_delivery(self.connection(), one) for one in self.arrived()]
        return [(event.kind.value, event.ticket.id) for events in every for event in events]


@pytest.fixture
def desk(connection: MakeConnection) -> Iterator[Desk]:
    with opened(Desk, plugin, FreshdeskSimulator(), WORLD, connection) as found:
        yield found


@pytest.fixture
def facts() -> dict[str, str]:
    """What a set-up remembers of its fields."""
    return dict(FACTS)
