"""A public client library, made for the real thing, works against the simulator.

It insists on a host below freshdesk.com and on https, so its base address is replaced here after it is made; nothing
else of it is touched.
"""

from __future__ import annotations

from typing import Any

import pytest
from freshdesk.v2.api import API
from freshdesk.v2.errors import FreshdeskBadRequest, FreshdeskNotFound, FreshdeskRateLimited, FreshdeskUnauthorized


@pytest.fixture
def client(account: Any) -> Any:
    found = API("acme.freshdesk.com", account.sim.access().secrets["api_key"])
    found._api_prefix = f"{account.base}/api/v2/"
    found._session.trust_env = False
    yield found
    found._session.close()


def test_tickets_are_created_updated_and_found(client: Any) -> None:
    made = client.tickets.create_ticket(
        "From the library", description="hello", email="zed@customer.example", tags=["a"]
    )
    read = client.tickets.get_ticket(made.id, "stats", "requester")
    assert (read.subject, read.status, read.requester["email"]) == ("From the library", "open", "zed@customer.example")
    changed = client.tickets.update_ticket(made.id, status=4, tags=["a", "b"])
    assert (changed.status, changed.tags) == ("resolved", ["a", "b"])
    assert [one.id for one in client.tickets.filter_tickets("tag:'b'")] == [made.id]
    client.tickets.delete_ticket(made.id)
    assert [one.id for one in client.tickets.list_deleted_tickets()] == [made.id]


def test_notes_and_replies(client: Any) -> None:
    note = client.comments.create_note(3, "psst", private=True)
    reply = client.comments.create_reply(3, "hello")
    assert [one.id for one in client.comments.list_comments(3)] == [note.id, reply.id]


def test_lists_are_paged(account: Any, client: Any) -> None:
    account.control("/populate", {"groups": 130, "agents": 120})
    assert len(client.groups.list_groups()) == 132
    assert len({agent.id for agent in client.agents.list_agents()}) == 123
    assert {one.id for one in client.tickets.list_tickets(filter_name=None)} == {2, 3}
    old = client.tickets.list_tickets(filter_name=None, updated_since="2000-01-01T00:00:00Z")
    assert {one.id for one in old} == {1, 2, 3}


def test_contacts_companies_agents_and_fields(client: Any) -> None:
    company = client.companies.create_company(name="Umbrella")
    made = client.contacts.create_contact(name="Zed", email="zed@customer.example", company_id=company.id)
    assert client.contacts.update_contact(made.id, phone="123").phone == "123"
    assert [one.id for one in client.contacts.list_contacts(email="zed@customer.example")] == [made.id]
    assert client.agents.currently_authenticated_agent().contact["name"] == "DeskPulse"
    assert "status" in {one.name for one in client.ticket_fields.list_ticket_fields()}


def test_refusals_are_understood(account: Any, client: Any) -> None:
    with pytest.raises(FreshdeskBadRequest, match="invalid_field"):
        client.tickets.update_ticket(3, bogus=1)
    with pytest.raises(FreshdeskNotFound):
        client.tickets.get_ticket(999)
    account.control("/faults", {"status": 401})
    with pytest.raises(FreshdeskUnauthorized):
        client.tickets.get_ticket(3)
    account.control("/limits", {"account_per_minute": 0})
    with pytest.raises(FreshdeskRateLimited):
        client.tickets.get_ticket(3)
