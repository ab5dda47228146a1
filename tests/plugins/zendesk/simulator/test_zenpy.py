"""A public client library, made for the real thing, works against the simulator unchanged."""

from __future__ import annotations

from typing import Any

import pytest
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, User, Webhook


@pytest.fixture
def client(account: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Zenpy pointed at the simulator by its own two environment variables."""
    access = account.sim.access()
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", account.base.removeprefix("http://"))
    return Zenpy(
        subdomain=access.settings["subdomain"], email=access.settings["email"], token=access.secrets["api_token"]
    )


def test_tickets_are_created_updated_and_found(client: Any) -> None:
    requester = User(name="Zed", email="zed@customer.example")
    audit = client.tickets.create(Ticket(subject="From zenpy", comment=Comment(body="hello"), requester=requester))
    ticket = client.tickets(id=audit.ticket.id)
    assert (ticket.subject, ticket.requester.email) == ("From zenpy", "zed@customer.example")

    ticket.status = "solved"
    ticket.comment = Comment(body="done", public=False)
    client.tickets.update(ticket)
    assert client.tickets(id=ticket.id).status == "solved"
    assert [comment.public for comment in client.tickets.comments(ticket.id)] == [True, False]
    assert [found.id for found in client.search("zenpy", type="ticket")] == [ticket.id]


def test_lists_are_paged(account: Any, client: Any) -> None:
    account.control("/populate", {"groups": 130, "agents": 120})
    assert len(list(client.groups())) == 132
    assert len(list(client.users(cursor_pagination=50))) == 126
    assert len({ticket.id for ticket in client.tickets()}) == 3


def test_incremental_triggers_and_webhooks(client: Any) -> None:
    assert {ticket.subject for ticket in client.tickets.incremental(start_time=1)} >= {"Just solved"}
    assert [trigger.title for trigger in client.triggers()] == ["Notify assignee of comment update"]
    webhook = client.webhooks.create(
        Webhook(
            name="NPS",
            endpoint="https://nps.example.com",
            http_method="POST",
            request_format="json",
            status="active",
            subscriptions=["conditional_ticket_events"],
        )
    )
    assert client.webhooks.show_secret(webhook).algorithm == "SHA256"
    assert [listed.name for listed in client.webhooks.list()] == ["NPS"]
