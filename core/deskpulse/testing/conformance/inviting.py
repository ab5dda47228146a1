"""Asking through the helpdesk's own message, and leaving the choice to core otherwise."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from deskpulse.capabilities import Capability
from deskpulse.records import Receipt, TicketRef, Verdict
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench
from deskpulse.testing.conformance.samples import PRINTER
from deskpulse.testing.factories import make_history, make_invitation


class Inviting(Conformance):
    """The helpdesk asks only where it was told to."""

    def test_leaves_invitations_to_core_unless_told(self, bench: Bench) -> None:
        assert bench.ask("send_invite", invitation=self._invitation(bench)) is None
        assert not bench.wire.writes

    def test_invites_where_it_was_told(self, bench: Bench) -> None:
        if not bench.kind.can(Capability.HELPDESK_INVITE):
            return
        usual = bench.provision(dry_run=True)
        report = bench.provision(helpdesk_invites=True)
        receipt = bench.ask("send_invite", invitation=self._invitation(bench))
        assert receipt is None or isinstance(receipt, Receipt)
        assert receipt is not None or len(report.steps) > len(usual.steps), "nothing in the helpdesk would ask"

    def test_an_invitation_may_be_handed_over_twice(self, bench: Bench) -> None:
        if not bench.kind.can(Capability.HELPDESK_INVITE):
            return
        bench.provision(helpdesk_invites=True)
        first, second = (bench.ask("send_invite", invitation=self._invitation(bench)) for _ in range(2))
        assert (first is None) == (second is None)
        assert first is None or first.reference == second.reference

    def test_has_no_say_about_ordinary_tickets_or_a_reason(self, bench: Bench) -> None:
        self.solved(bench)
        verdict = bench.ask("should_invite", history=make_history(bench.ticket(PRINTER)))
        assert verdict is None or (isinstance(verdict, Verdict) and verdict.reason)

    def _invitation(self, bench: Bench) -> object:
        ticket = bench.ticket(PRINTER)
        assert ticket.customer is not None
        ref = TicketRef(ticket.ref.id, ticket.ref.number)
        return make_invitation(ticket=ref, customer_id=ticket.customer.id, recipient_email=ticket.customer.email)
