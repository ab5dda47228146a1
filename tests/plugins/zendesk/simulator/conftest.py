"""A simulator on real loopback HTTP, and a client that speaks to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from deskpulse_zendesk.simulator import ZendeskSimulator
from fixtures.simulators import Client, filled, world


class Desk(Client):
    """A Zendesk account, as the integration sees it."""

    root = "/api/v2"

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


@pytest.fixture
def account() -> Iterator[Desk]:
    """A filled simulator."""
    sim = ZendeskSimulator(seed=7)
    with filled(sim, world()) as (base, session):
        access = sim.access()
        session.auth = (f"{access.settings['email']}/token", access.secrets["api_token"])
        yield Desk(sim, base, session)
