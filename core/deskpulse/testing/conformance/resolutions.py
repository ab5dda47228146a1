"""Which solving of a ticket is meant: the key that keeps a customer from being asked twice about one."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from deskpulse.capabilities import Capability
from deskpulse.records import EventKind, Outcome, Ticket
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench
from deskpulse.testing.conformance.samples import CREATED, PRINTER


class Resolutions(Conformance):
    """Stable, equal however the ticket is reached, new after a reopen."""

    def test_open_ticket_has_none(self, bench: Bench) -> None:
        ticket = bench.ticket(PRINTER)
        assert ticket.resolution_key is None
        assert ticket.past_resolution_keys == ()
        assert ticket.resolved_at is None

    def test_solved_ticket_has_one(self, bench: Bench) -> None:
        self.solved(bench)
        ticket = bench.ticket(PRINTER)
        assert ticket.resolution_key
        assert ticket.resolution_key not in ticket.past_resolution_keys
        assert ticket.resolved_at is None or ticket.resolved_at.utcoffset() is not None

    def test_key_is_stable(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        keys = {bench.ticket(PRINTER).resolution_key for _ in range(3)}
        self.edit(bench, ticket_id, "a note after the end")
        keys.add(bench.ticket(PRINTER).resolution_key)
        assert len(keys) == 1, "the key must not change while the ticket stays solved"

    def test_key_is_equal_by_webhook(self, bench: Bench) -> None:
        delivery = self.genuine(bench)
        for event in bench.ask("read_delivery", delivery=delivery):
            assert event.resolution_key in (None, bench.ticket(PRINTER).resolution_key)

    def test_key_is_equal_by_reconciliation(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        self.settle(bench)
        if not bench.can(Capability.RECONCILE, "closed_since", cursor=CREATED.isoformat()):
            return
        pages = bench.ask("closed_since", cursor=CREATED.isoformat())
        found = [event for events, _ in pages for event in events if event.ticket.id == ticket_id]
        assert any(event.kind is EventKind.CLOSED for event in found)
        for event in found:
            assert event.resolution_key in (None, bench.ticket(PRINTER).resolution_key)

    def test_key_of_a_reopened_ticket_is_past(self, bench: Bench) -> None:
        _, first = self._solve_and_reopen(bench)
        ticket = bench.ticket(PRINTER)
        assert ticket.resolution_key is None
        assert first.resolution_key in ticket.past_resolution_keys

    def test_key_differs_after_a_reopen(self, bench: Bench) -> None:
        ticket_id, first = self._solve_and_reopen(bench)
        self.solve(bench, ticket_id)
        again = bench.ticket(PRINTER)
        assert again.resolution_key
        assert again.resolution_key != first.resolution_key
        assert first.resolution_key in again.past_resolution_keys
        assert again.resolution_key not in again.past_resolution_keys

    def test_key_outlives_closing(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        before = bench.ticket(PRINTER).resolution_key
        if self.close(bench, ticket_id):
            assert bench.ticket(PRINTER).resolution_key == before

    def test_merged_ticket_says_so(self, bench: Bench) -> None:
        ticket_id = bench.ticket_id(PRINTER)
        if self.merge(bench, ticket_id):
            found = bench.ask("find_ticket", key=ticket_id)
            assert found is None or found.outcome is Outcome.MERGED

    def test_deleted_ticket_says_so(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        if self.delete(bench, ticket_id):
            found = bench.ask("find_ticket", key=ticket_id)
            assert found is None or found.outcome in (Outcome.DELETED, Outcome.SPAM)

    def _solve_and_reopen(self, bench: Bench) -> tuple[str, Ticket]:
        ticket_id = self.solved(bench)
        first = bench.ticket(PRINTER)
        self.reopen(bench, ticket_id)
        return ticket_id, first
