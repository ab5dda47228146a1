"""Finding the resolutions whose webhooks were lost."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from collections.abc import Iterable, Sequence

from deskpulse.capabilities import Capability
from deskpulse.records import EventKind, TicketEvent
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench
from deskpulse.testing.conformance.samples import CREATED, PRINTER, VPN, many_solved

START = CREATED.isoformat()


class Reconciling(Conformance):
    """Page by page, each with a cursor that continues where it ended."""

    def reconciles(self, bench: Bench) -> bool:
        """Whether the kind has such an export; where it has none, the hook must say so."""
        return bench.can(Capability.RECONCILE, "closed_since", cursor=START)

    def drained(self, bench: Bench, cursor: str) -> tuple[list[TicketEvent], str]:
        """All events since a cursor, and where to continue."""
        found: list[TicketEvent] = []
        for events, after in bench.ask("closed_since", cursor=cursor):
            assert isinstance(after, str)
            assert after, "every page needs a cursor to continue from"
            found += events
            cursor = after
        return found, cursor

    def test_finds_what_webhooks_missed(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        self.settle(bench)
        if self.reconciles(bench):
            found, _ = self.drained(bench, START)
            assert (EventKind.CLOSED, ticket_id) in kinds_and_ids(found)

    def test_every_page_is_read(self, bench: Bench) -> None:
        if not self.reconciles(bench):
            return
        number = 2 * self.page_size + 1
        bench.simulator.load(many_solved(number))
        bench.wire.forget()
        found, _ = self.drained(bench, START)
        assert self._solved(bench, "Solved ") <= {event.ticket.id for event in found}
        assert not bench.wire.writes

    def test_resumes_after_any_page(self, bench: Bench) -> None:
        if not self.reconciles(bench):
            return
        bench.simulator.load(many_solved(self.page_size + 1))
        pages: Sequence[tuple[Sequence[TicketEvent], str]] = list(bench.ask("closed_since", cursor=START))
        for place, (_, cursor) in enumerate(pages):
            rest, _ = self.drained(bench, cursor)
            missing = kinds_and_ids(event for events, _ in pages[place + 1 :] for event in events) - kinds_and_ids(rest)
            assert not missing, f"continuing after page {place + 1} leaves some out"

    def test_continues_with_what_is_new(self, bench: Bench) -> None:
        if not self.reconciles(bench):
            return
        first = self.solved(bench, PRINTER)
        self.settle(bench)
        _, cursor = self.drained(bench, START)
        second = self.solved(bench, VPN)
        self.settle(bench)
        found, _ = self.drained(bench, cursor)
        assert (EventKind.CLOSED, second) in kinds_and_ids(found)
        assert first not in {event.ticket.id for event in found}, "what was seen comes again"

    def test_a_quiet_time_gives_a_cursor_too(self, bench: Bench) -> None:
        if not self.reconciles(bench):
            return
        _, cursor = self.drained(bench, START)
        found, after = self.drained(bench, cursor)
        assert not [event for event in found if event.kind is EventKind.CLOSED]
        assert after

    def test_reopened_again_is_not_closed(self, bench: Bench) -> None:
        if not self.reconciles(bench):
            return
        ticket_id = self.solved(bench)
        self.reopen(bench, ticket_id)
        self.settle(bench)
        found, _ = self.drained(bench, START)
        assert bench.ask("find_ticket", key=ticket_id).resolution_key is None
        last = [event.kind for event in found if event.ticket.id == ticket_id]
        assert not last or last[-1] is EventKind.REOPENED

    def test_merged_and_deleted_tickets_are_told(self, bench: Bench) -> None:
        if not self.reconciles(bench):
            return
        merged, deleted = bench.ticket_id(PRINTER), bench.ticket_id(VPN)
        ended = {merged} if self.merge(bench, merged) else set()
        ended |= {deleted} if self.delete(bench, deleted) else set()
        self.settle(bench)
        found, _ = self.drained(bench, START)
        assert ended <= {event.ticket.id for event in found}

    def _solved(self, bench: Bench, prefix: str) -> set[str]:
        return {str(one["id"]) for one in bench.sim("GET", "tickets") if one["subject"].startswith(prefix)}


def kinds_and_ids(events: Iterable[TicketEvent]) -> set[tuple[EventKind, str]]:
    """What some events say."""
    return {(event.kind, event.ticket.id) for event in events}
