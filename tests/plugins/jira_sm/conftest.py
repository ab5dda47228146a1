"""Jira without core: connections, records to hand over, single canned answers, and sites: served simulators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
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
from deskpulse_jira_sm import plugin
from deskpulse_jira_sm.simulator import JiraSimulator
from fixtures.plugins import Helpdesk, MakeConnection, confirmed, connecting, opened

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
PANEL_KEY = "key-of-the-panel"


@pytest.fixture
def connection() -> MakeConnection:
    """``connection(settings=..., secrets=..., facts=..., renewal=...)``; by default a classic API token."""
    secrets = {"api_token": "token-1", "panel_key": PANEL_KEY}
    return connecting("jira_sm", {"site": "acme", "email": "bot@acme.example"}, secrets)


class Site(Helpdesk):
    """A Jira site."""

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the vendor's API as the integration's own user."""
        access = self.simulator.access()
        if token := access.secrets.get("personal_access_token"):
            return self.call(method, path, body, headers={"Authorization": f"Bearer {token}"})
        return self.call(method, path, body, auth=(access.settings["email"], access.secrets["api_token"]))

    def project(self, name: str) -> str:
        """A project's key."""
        return next(str(one["key"]) for one in self.api("GET", "/rest/api/3/project") if one["name"] == name)

    def writes(self) -> list[str]:
        return [one for one in super().writes() if "/search" not in one]

    def events(self) -> list[Any]:
        """What all deliveries so far say, once nothing is under way."""
        arrived, connection = self.arrived(), self.connection()
        return [one for got in arrived for one in plugin.deskpulse_read_delivery(connection, got)]


@pytest.fixture
def site(connection: MakeConnection) -> Iterator[Site]:
    """A Cloud site."""
    with opened(Site, plugin, JiraSimulator(), WORLD, connection) as found:
        found.secrets["panel_key"] = PANEL_KEY
        yield found


@pytest.fixture
def data_center(connection: MakeConnection) -> Iterator[Site]:
    """A Data Center installation."""
    with opened(Site, plugin, JiraSimulator(deployment="server"), WORLD, connection) as found:
        found.secrets["panel_key"] = PANEL_KEY
        yield found


@pytest.fixture
def invitation() -> Callable[..., Invitation]:
    """An invitation to go out as the helpdesk's own message, to somebody without an address."""

    def make(ticket_id: str, **more: Any) -> Invitation:
        usual = {"key": "invite-7", "ticket": TicketRef(ticket_id, ""), "channel": "helpdesk"}
        return make_invitation(**usual | {"recipient_email": None, "customer_id": None} | more)

    return make


@pytest.fixture
def jira(canned: responses.RequestsMock) -> responses.RequestsMock:
    """Jira as single canned answers."""
    return canned


@pytest.fixture
def result() -> Callable[..., Result]:
    """A confirmed answer; ``result(score=3, revision=2, ...)``."""
    return partial(confirmed, customer_id="qm:a713c8ea:5ad6d358")
