"""What all parts of the suite share: the bench as a fixture, and the words in which hooks are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from deskpulse.capabilities import Capability
from deskpulse.records import Delivery, EventKind
from deskpulse.simulation import Simulator
from deskpulse.testing.conformance.bench import Bench, open_bench
from deskpulse.testing.conformance.samples import PRINTER, SMALL
from deskpulse.testing.conformance.steps import Steps

HOOKS: Mapping[Capability, Sequence[str]] = {
    Capability.CHECK: ("check_connection",),
    Capability.PROVISION: ("provision",),
    Capability.FIND_TICKET: ("find_ticket",),
    Capability.FIND_AGENT: ("find_agent",),
    Capability.FIND_CUSTOMER: ("find_customer",),
    Capability.TICKET_URL: ("ticket_url",),
    Capability.SYNC_GROUPS: ("sync_groups",),
    Capability.RECONCILE: ("closed_since",),
    Capability.WRITE_BACK_TICKET: ("write_back",),
    Capability.WRITE_BACK_CUSTOMER: ("write_back",),
    Capability.HELPDESK_INVITE: ("send_invite", "provision"),
    Capability.PANEL: ("panel_bundle",),
}
"""The hooks that bring an ability; one of them is enough."""


class Conformance(Steps):
    """Every test gets a bench of its own, so no test can lean on another."""

    def simulator(self) -> Simulator | None:
        """The simulator to test against. None means the one that the kind names."""
        return None

    @pytest.fixture
    def bare(self) -> Iterator[Bench]:
        """A helpdesk that DeskPulse has never touched, prepared as its kind's notes say."""
        with open_bench(self.plugin, self.simulator(), self.is_write, self.access, self.lacks) as bench:
            bench.simulator.load(SMALL)
            self.prepare(bench)
            yield bench

    @pytest.fixture
    def bench(self, bare: Bench) -> Bench:
        """A helpdesk that is set up, with nothing on record yet."""
        self.connect(bare)
        bare.wire.forget()
        return bare

    def solved(self, bench: Bench, subject: str = PRINTER) -> str:
        """Solve a ticket; gives its id."""
        ticket_id = bench.ticket_id(subject)
        self.solve(bench, ticket_id)
        return ticket_id

    def genuine(self, bench: Bench, subject: str = PRINTER) -> Delivery:
        """A delivery that the helpdesk made itself, of a ticket solved just now."""
        return bench.await_delivery(EventKind.CLOSED, self.solved(bench, subject))[0]
