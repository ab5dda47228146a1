"""A simulator on real loopback HTTP, and a client that speaks to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from deskpulse.simulation import SampleAgent, SampleCustomer, SampleGroup, SampleTicket, SampleWorld
from deskpulse_zendesk.simulator import ZendeskSimulator
from fixtures.receiver import served


@dataclass
class Desk:
    """The simulator under test and a session with its credentials."""

    sim: ZendeskSimulator
    base: str
    session: requests.Session

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(method, f"{self.base}/api/v2{path}", json=body, timeout=20, **more)

    def get(self, path: str, **more: Any) -> Any:
        answer = self.call("GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any, status: int = 201, **more: Any) -> Any:
        answer = self.call("POST", path, body, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        answer = self.call("PUT", path, body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        answer = requests.request(method, f"{self.base}/_sim{path}", json=body, timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ticket(self, **values: Any) -> Any:
        """A new ticket of Ann's, made by the integration."""
        raw = {"subject": "Printer", "comment": {"body": "It burns"}, "requester_id": self.user("ann@customer.example")}
        return self.post("/tickets", {"ticket": raw | values})["ticket"]

    def user(self, email: str) -> int:
        return int(self.get("/users/search", params={"query": email})["users"][0]["id"])

    def webhook(self, endpoint: str, **values: Any) -> str:
        raw = {
            "name": "NPS",
            "status": "active",
            "endpoint": endpoint,
            "http_method": "POST",
            "request_format": "json",
            "subscriptions": ["conditional_ticket_events"],
        }
        return str(self.post("/webhooks", {"webhook": raw | values})["webhook"]["id"])

    def trigger(self, webhook: str, template: str, **values: Any) -> int:
        raw = {
            "title": "NPS: survey after solve",
            "all": [{"field": "status", "operator": "value", "value": "solved"}],
            "actions": [{"field": "notification_webhook", "value": [webhook, template]}],
        }
        return int(self.post("/triggers", {"trigger": raw | values})["trigger"]["id"])

    def solving_webhook(self, endpoint: str, template: str = '{"id":"{{ticket.id}}"}') -> str:
        number = self.webhook(endpoint)
        self.trigger(number, template)
        return number


def world() -> SampleWorld:
    now = datetime.now(UTC)
    return SampleWorld(
        groups=(SampleGroup("Service Desk"), SampleGroup("Network")),
        agents=(
            SampleAgent("Sam Agent", "sam@desk.example", ("Service Desk", "Network")),
            SampleAgent("Nora Net", "nora@desk.example", ("Network",)),
            SampleAgent("Gone Guy", "gone@desk.example", ("Network",), suspended=True),
        ),
        customers=(
            SampleCustomer("Ann Customer", "ann@customer.example", "Berlin", "Finance"),
            SampleCustomer("Phone Phil", None),
        ),
        tickets=(
            SampleTicket(
                "Old and closed",
                "ann@customer.example",
                "sam@desk.example",
                "Service Desk",
                now - timedelta(days=30),
                now - timedelta(days=29),
                category="Hardware",
            ),
            SampleTicket(
                "Just solved",
                "Phone Phil",
                "nora@desk.example",
                "Network",
                now - timedelta(hours=5),
                now - timedelta(hours=1),
                channel="phone",
            ),
            SampleTicket("Still open", "ann@customer.example", None, None, now - timedelta(hours=3)),
        ),
    )


@pytest.fixture
def account() -> Iterator[Desk]:
    """A filled simulator."""
    sim = ZendeskSimulator(seed=7)
    with served(sim.wsgi_app) as base, requests.Session() as session:
        sim.start(base)
        sim.load(world())
        access = sim.access()
        session.auth = (f"{access.settings['email']}/token", access.secrets["api_token"])
        session.trust_env = False
        yield Desk(sim, base, session)
        sim.close()
