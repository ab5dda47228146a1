"""Asking through the helpdesk: by handing over each invitation, or by a rule in the helpdesk, or not at all."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from typing import Any

import pytest

from deskpulse.capabilities import Capability
from deskpulse.errors import HelpdeskError, NotFound, Retry
from deskpulse.records import Change, EventKind, Receipt, ReceiptState, TicketRef, Verdict
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench
from deskpulse.testing.conformance.samples import BARE, PRINTER, VPN
from deskpulse.testing.conformance.wire import Fault
from deskpulse.testing.factories import make_history, make_invitation

EMAIL, HELPDESK = "email", "helpdesk"
SENT = (ReceiptState.DONE, ReceiptState.ALREADY)
NUMBER_OF_CALLS = 4
"""In so many calls at most, one invitation is handed over."""


class Inviting(Conformance):
    """One invitation is one public message; what goes by e-mail is none of the helpdesk's business."""

    def sends(self, bench: Bench) -> bool:
        """Whether the kind hands invitations over; where it does not, the hook must leave them to core."""
        if bench.kind.sends_invites:
            return True
        assert self.invite(bench) is None, "the kind declares that it sends no invitations"
        assert not bench.wire.writes
        return False

    def invite(self, bench: Bench, subject: str = PRINTER, **fields: Any) -> Receipt | None:
        """Hand over an invitation about a ticket."""
        ticket = bench.ticket(subject)
        assert ticket.customer is not None
        about: dict[str, Any] = {
            "ticket": TicketRef(ticket.ref.id, ticket.ref.number),
            "subject": subject,
            "recipient_name": ticket.customer.name,
            "recipient_email": ticket.customer.email,
            "customer_id": ticket.customer.id,
            "channel": HELPDESK,
        }
        receipt = bench.ask("send_invite", invitation=make_invitation(**about | fields))
        assert receipt is None or isinstance(receipt, Receipt)
        return receipt

    def sent(self, bench: Bench, subject: str = PRINTER, **fields: Any) -> Receipt:
        """Hand one over that must arrive."""
        receipt = self.invite(bench, subject, **fields)
        assert receipt is not None, "the kind declares that it sends invitations"
        assert receipt.state in SENT
        return receipt

    def try_to_invite(self, bench: Bench, **fields: Any) -> None:
        """As :meth:`invite`, where an error may come after which the outbox would ask again."""
        try:
            self.invite(bench, **fields)
        except HelpdeskError as error:
            if error.retry is not Retry.LATER:
                raise

    def invitations(self, bench: Bench, ticket_id: str) -> list[str]:
        """The messages that the ticket's customer can see, with a survey's link in them."""
        return [text for text in self.public_messages(bench, ticket_id) if make_invitation().link in text]

    def test_leaves_what_goes_by_mail_to_core(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        before = self.public_messages(bench, ticket_id)
        assert self.invite(bench, channel=EMAIL) is None
        assert not bench.wire.writes
        assert self.public_messages(bench, ticket_id) == before

    def test_invitation_is_one_public_message(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        if not self.sends(bench):
            return
        before = len(self.public_messages(bench, ticket_id))
        assert self.sent(bench).state is ReceiptState.DONE
        assert len(self.invitations(bench, ticket_id)) == 1
        assert len(self.public_messages(bench, ticket_id)) == before + 1
        (said,) = self.invitations(bench, ticket_id)
        assert make_invitation().opt_out_link in said, "whoever is asked must be able to refuse"

    def test_customer_without_an_address_is_reached_or_refused(self, bench: Bench) -> None:
        ticket_id = self.solved(bench, BARE)
        if not self.sends(bench):
            return
        receipt = self.invite(bench, BARE)
        assert receipt is not None, "no other channel reaches them"
        assert receipt.state in (*SENT, ReceiptState.REFUSED)
        assert len(self.invitations(bench, ticket_id)) == (receipt.state in SENT), "say what really happened"

    def test_asked_twice_sends_one_message(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        if not self.sends(bench):
            return
        first, second = self.sent(bench), self.sent(bench)
        assert len(self.invitations(bench, ticket_id)) == 1
        assert first.reference == second.reference

    def test_another_invitation_is_another_message(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        if not self.sends(bench):
            return
        self.sent(bench)
        self.sent(bench, key="invite-11")
        assert len(self.invitations(bench, ticket_id)) == 2, "the second invitation is taken for the first"

    @pytest.mark.parametrize("done_first", [True, False], ids=["answer lost", "never done"])
    def test_fault_in_between_sends_one_message(self, bench: Bench, done_first: bool) -> None:
        ticket_id = self.solved(bench)
        if not self.sends(bench):
            return
        for skip in range(NUMBER_OF_CALLS):
            invitation = {"key": f"invite-after-{skip}"}
            bench.wire.forget()
            bench.wire.fault = Fault(500, done_first=done_first, writes_only=True, skip=skip, times=1)
            self.try_to_invite(bench, **invitation)
            bench.wire.forget()
            self.sent(bench, **invitation)
            assert len(self.invitations(bench, ticket_id)) == skip + 1

    def test_invitation_leaves_the_resolution_as_it_is(self, bench: Bench) -> None:
        ticket_id = self.solved(bench)
        if not self.sends(bench):
            return
        bench.await_delivery(EventKind.CLOSED, ticket_id)
        before, status = bench.ticket(PRINTER), self.ticket_status(bench, ticket_id)
        self.sent(bench)
        after = bench.ticket(PRINTER)
        assert (after.resolution_key, self.ticket_status(bench, ticket_id)) == (before.resolution_key, status)
        bench.await_delivery(EventKind.CLOSED, self.solved(bench, VPN))
        again = bench.ticket(PRINTER)  # whatever was told meanwhile, this is what decides
        assert again.resolution_key == before.resolution_key, "our own message would ask the customer again"
        assert again.past_resolution_keys == before.past_resolution_keys, "our own message would withdraw itself"

    def test_unknown_ticket_cannot_be_invited_about(self, bench: Bench) -> None:
        self.solved(bench)
        if not self.sends(bench):
            return
        try:
            receipt = self.invite(bench, ticket=TicketRef("999999999", "999999999"))
        except NotFound:
            return
        assert receipt is not None
        assert receipt.state is ReceiptState.REFUSED

    def test_rule_that_asks_is_made_where_declared(self, bench: Bench) -> None:
        if not bench.kind.can(Capability.PROVISION):
            return
        usual = bench.provision(dry_run=True)
        by_rule = bench.kind.can(Capability.HELPDESK_INVITE) and not bench.kind.sends_invites
        made = [step for step in bench.provision(helpdesk_invites=by_rule).steps if step.change is not Change.KEEP]
        assert bool(made) == by_rule, "a rule in the helpdesk asks exactly where the kind says so"
        bench.wire.forget()
        assert {step.change for step in bench.provision(helpdesk_invites=by_rule).steps} == {Change.KEEP}
        assert not bench.wire.writes
        if by_rule:
            removed = [step for step in bench.provision().steps if step.change is Change.REMOVE]
            assert removed, "the rule goes on asking after it was switched off"
            assert len(bench.provision(dry_run=True).steps) == len(usual.steps)

    def test_has_no_say_about_ordinary_tickets_or_a_reason(self, bench: Bench) -> None:
        self.solved(bench)
        verdict = bench.ask("should_invite", history=make_history(bench.ticket(PRINTER)))
        assert verdict is None or (isinstance(verdict, Verdict) and verdict.reason)
