"""Reading one ticket, agent or customer, and linking to a ticket."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from deskpulse.capabilities import Capability
from deskpulse.records import Outcome, TicketRef
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench, NoNetwork
from deskpulse.testing.conformance.samples import ADA, BARE, CREATED, CUSTOMER, DESK, PHONE_CUSTOMER, PRINTER

UNKNOWN_KEYS = ("999999999", "no-such-record", "", "0", "../groups", "1/../../me", "a b?c=d#e", "\u00e5")


class Lookups(Conformance):
    """Records are complete, and what is not there is None."""

    def test_ticket_is_read_whole(self, bench: Bench) -> None:
        ticket = bench.ticket(PRINTER)
        assert ticket.ref.id == bench.ticket_id(PRINTER)
        assert ticket.ref.number
        assert ticket.subject == PRINTER
        assert ticket.customer is not None
        assert ticket.customer.email == CUSTOMER
        assert ticket.customer.name
        assert ticket.agent is not None
        assert (ticket.agent.email, ticket.agent.active) == (ADA, True)
        assert ticket.group is not None
        assert ticket.group.name == DESK
        assert ticket.created_at == CREATED
        assert ticket.created_at.utcoffset() == timedelta(0)
        assert ticket.outcome is Outcome.SOLVED
        assert all(isinstance(value, str) for value in ticket.fields.values())

    def test_what_is_empty_is_none(self, bench: Bench) -> None:
        ticket = bench.ticket(BARE)
        assert ticket.agent is None
        assert ticket.customer is not None
        assert (ticket.customer.name, ticket.customer.email) == (PHONE_CUSTOMER, None)
        assert (ticket.group is None) == self.group_may_be_empty

    def test_unknown_ticket_is_none(self, bench: Bench) -> None:
        for key in UNKNOWN_KEYS:
            assert bench.ask("find_ticket", key=key) is None, f"{key!r} is no ticket"

    def test_agent_is_found_by_id(self, bench: Bench) -> None:
        ticket = bench.ticket(PRINTER)
        assert ticket.agent is not None
        if bench.can(Capability.FIND_AGENT, "find_agent", key=ticket.agent.id):
            assert bench.ask("find_agent", key=ticket.agent.id) == ticket.agent
            assert all(bench.ask("find_agent", key=key) is None for key in UNKNOWN_KEYS)

    def test_suspended_agent_is_inactive(self, bench: Bench) -> None:
        ticket = bench.ticket(PRINTER)
        assert ticket.agent is not None
        if bench.can(Capability.FIND_AGENT, "find_agent", key=ticket.agent.id):
            self.suspend_agent(bench, ticket.agent.id)
            assert not bench.ask("find_agent", key=ticket.agent.id).active
        assert bench.ticket(PRINTER).subject == PRINTER

    def test_customer_is_found_by_id(self, bench: Bench) -> None:
        ticket = bench.ticket(PRINTER)
        assert ticket.customer is not None
        if bench.can(Capability.FIND_CUSTOMER, "find_customer", key=ticket.customer.id):
            assert bench.ask("find_customer", key=ticket.customer.id) == ticket.customer
            assert all(bench.ask("find_customer", key=key) is None for key in UNKNOWN_KEYS)

    def test_ticket_url_is_a_pure_link(self, bench: Bench) -> None:
        ref = TicketRef(bench.ticket_id(PRINTER), "7")
        offline = replace(bench.connection, http=NoNetwork())
        if not bench.can(Capability.TICKET_URL, "ticket_url", ticket=ref):
            return
        link = bench.hub.ask(offline, "deskpulse_ticket_url", ticket=ref)
        parts = urlsplit(link)
        assert parts.scheme in ("http", "https")
        assert ref.id in link
        assert not any(secret in link for secret in bench.own_secrets())

    def test_ticket_url_cannot_be_led_elsewhere(self, bench: Bench) -> None:
        odd = TicketRef('1"/><script>', "7")
        if bench.can(Capability.TICKET_URL, "ticket_url", ticket=odd):
            link = bench.ask("ticket_url", ticket=odd)
            assert not set(link) & set('"<> ')
