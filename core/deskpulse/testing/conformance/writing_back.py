"""The answer back into the helpdesk: one trace for one answer, whatever happens on the way."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from typing import Any

import pytest

from deskpulse.capabilities import Capability
from deskpulse.errors import HelpdeskError, NotFound, Retry
from deskpulse.records import EventKind, Receipt, ReceiptState, TicketRef
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench
from deskpulse.testing.conformance.samples import PRINTER, VPN
from deskpulse.testing.conformance.steps import Note
from deskpulse.testing.conformance.wire import Fault
from deskpulse.testing.factories import make_result

NOT_DONE = (ReceiptState.PARTLY, ReceiptState.REFUSED)
COMMENT = "Quick and kind."
GREATEST_NUMBER_OF_WRITES = 6


class WritingBack(Conformance):
    """Asked from an outbox, so perhaps twice, perhaps after half of it was done."""

    def writes_back(self, bench: Bench) -> bool:
        """Whether the kind writes back anything; where it does not, the hook must say so."""
        if bench.kind.can(Capability.WRITE_BACK_CUSTOMER):
            return True
        ref = TicketRef(bench.ticket_id(PRINTER))
        return bench.can(Capability.WRITE_BACK_TICKET, "write_back", ticket=ref, result=make_result())

    def write_back(self, bench: Bench, score: int = 9, revision: int = 1, **fields: Any) -> Receipt:
        """Write an answer about the printer ticket back."""
        ticket = bench.ticket(PRINTER)
        assert ticket.customer is not None
        result = make_result(score, revision, **{"customer_id": ticket.customer.id, "comment": COMMENT} | fields)
        receipt = bench.ask("write_back", ticket=ticket.ref, result=result)
        assert isinstance(receipt, Receipt), "a ticket that exists deserves a receipt"
        return receipt

    def try_to_write_back(self, bench: Bench, score: int = 9, revision: int = 1) -> Receipt | None:
        """As :meth:`write_back`. None stands for an error after which the outbox would ask again."""
        try:
            return self.write_back(bench, score, revision)
        except HelpdeskError as error:
            if error.retry is not Retry.LATER:
                raise
            return None

    def our_notes(self, bench: Bench, ticket_id: str) -> list[Note]:
        """Notes that carry our marker."""
        return [note for note in self.ticket_notes(bench, ticket_id) if "[DeskPulse " in note.text]

    def stands(self, bench: Bench, ticket_id: str, score: int, *, notes: int = 1) -> None:
        """The score is where the kind declares that it goes, and there are as many notes as there were revisions."""
        can = bench.kind.can
        assert self.ticket_score(bench, ticket_id) == (score if can(Capability.WRITE_BACK_TICKET) else None)
        on_customer = score if can(Capability.WRITE_BACK_CUSTOMER) else None
        assert self.customer_score(bench, self._customer_id(bench)) == on_customer
        expected = notes if can(Capability.PRIVATE_NOTE) else 0
        assert len(self.our_notes(bench, ticket_id)) == expected, "one note for one revision, where notes are declared"

    def test_score_is_put_in_place(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        assert self.write_back(bench).state is ReceiptState.DONE
        self.stands(bench, ticket_id, 9)

    def test_worst_score_is_a_score_too(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        self.write_back(bench, 0)
        self.stands(bench, ticket_id, 0)

    def test_note_is_private(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        if not self.writes_back(bench):
            assert not self.our_notes(bench, ticket_id)
            return
        self.write_back(bench)
        public = self.public_messages(bench, ticket_id)
        assert not [text for text in public if COMMENT in text], "the customer can see it"
        ours = self.our_notes(bench, ticket_id)
        if bench.kind.can(Capability.PRIVATE_NOTE):
            assert [COMMENT in note.text for note in ours] == [True]
        else:
            assert not ours, "the kind declares that it adds no note"

    def test_asked_twice_leaves_one_trace(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        self.write_back(bench)
        assert self.write_back(bench).state in (ReceiptState.DONE, ReceiptState.ALREADY)
        self.stands(bench, ticket_id, 9)

    def test_remembers_beyond_this_process(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        self.write_back(bench)
        for number in range(3):
            self.edit(bench, ticket_id, f"agent's note {number}")
        self.write_back(bench)
        self.stands(bench, ticket_id, 9)

    @pytest.mark.parametrize("done_first", [True, False], ids=["answer lost", "never done"])
    def test_fault_in_between_leaves_one_trace(self, bench: Bench, done_first: bool) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        for skip in range(GREATEST_NUMBER_OF_WRITES):
            bench.wire.forget()
            bench.wire.fault = Fault(500, done_first=done_first, writes_only=True, skip=skip, times=1)
            revision = skip + 1
            self.try_to_write_back(bench, revision, revision)
            bench.wire.forget()
            self.write_back(bench, revision, revision)
            self.stands(bench, ticket_id, revision, notes=revision)

    def test_changed_answer_adds_one_note(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        self.write_back(bench, 2)
        for _ in range(2):
            self.write_back(bench, 8, 2)
        self.stands(bench, ticket_id, 8, notes=2)

    def test_customer_keeps_a_newer_answer(self, bench: Bench) -> None:
        if not self.writes_back(bench) or not bench.kind.can(Capability.WRITE_BACK_CUSTOMER):
            return
        ticket_id = self.solved(bench)
        self.write_back(bench, 3)
        self.write_back(bench, 8, 2, is_latest_of_customer=False)
        assert self.customer_score(bench, self._customer_id(bench)) == 3
        if bench.kind.can(Capability.WRITE_BACK_TICKET):
            assert self.ticket_score(bench, ticket_id) == 8

    def test_somebody_elses_change_is_kept(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        bench.wire.before_next_write(lambda: self.edit(bench, ticket_id, "meanwhile"))
        self.try_to_write_back(bench) or self.write_back(bench)
        self.stands(bench, ticket_id, 9)
        assert "meanwhile" in [note.text for note in self.ticket_notes(bench, ticket_id)]

    def test_lasting_conflict_ends(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        bench.wire.fault = Fault(409, writes_only=True)
        receipt = self.try_to_write_back(bench)
        assert receipt is None or receipt.state in NOT_DONE
        assert len(bench.wire.writes) <= 2 * GREATEST_NUMBER_OF_WRITES
        assert not self.our_notes(bench, ticket_id)

    def test_closed_ticket_is_no_error(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        if not self.close(bench, ticket_id):
            return
        for _ in range(2):
            assert self.write_back(bench).state in NOT_DONE
        assert not self.our_notes(bench, ticket_id)

    def test_unknown_ticket_is_no_success(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        try:
            receipt = bench.ask("write_back", ticket=TicketRef("999999999"), result=make_result(customer_id=None))
        except NotFound:
            return
        assert receipt.state in NOT_DONE

    def test_status_stays(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = bench.ticket_id(PRINTER)
        open_status = self.ticket_status(bench, ticket_id)
        self.write_back(bench)
        assert self.ticket_status(bench, ticket_id) == open_status
        self.solve(bench, ticket_id)
        key, solved_status = bench.ticket(PRINTER).resolution_key, self.ticket_status(bench, ticket_id)
        self.write_back(bench, 8, 2)
        assert self.ticket_status(bench, ticket_id) == solved_status
        assert bench.ticket(PRINTER).resolution_key == key

    def test_own_write_calls_no_webhook(self, bench: Bench) -> None:
        if not self.writes_back(bench):
            return
        ticket_id = self.solved(bench)
        bench.await_delivery(EventKind.CLOSED, ticket_id)
        self.write_back(bench)
        later = self.solved(bench, VPN)
        bench.await_delivery(EventKind.CLOSED, later)
        ours = [event for delivery in bench.inlet.at("/in/conformance") for event in bench.events(delivery)]
        assert ours.count((EventKind.CLOSED, ticket_id)) == 1, "our own write would ask the customer again"
        assert (EventKind.REOPENED, ticket_id) not in ours

    def _customer_id(self, bench: Bench) -> str:
        ticket = bench.ticket(PRINTER)
        assert ticket.customer is not None
        return ticket.customer.id
