"""Setting up the helpdesk: shown, done, repaired, undone."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

from deskpulse.capabilities import Capability
from deskpulse.records import Change, EventKind, ProvisionPlan, ProvisionReport
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import INLET, Bench
from deskpulse.testing.conformance.samples import PRINTER

OTHER_INLET = "/in/moved"


def changes(report: ProvisionReport) -> list[Change]:
    """What the report says happened, thing by thing."""
    return [step.change for step in report.steps]


class Provisioning(Conformance):
    """Idempotent, honest about dry runs, and reversible."""

    def provisions(self, bench: Bench) -> bool:
        """Whether the kind provisions; where it does not, the hook must say so."""
        return bench.can(Capability.PROVISION, "provision", plan=ProvisionPlan(bench.inlet_url + INLET))

    def test_dry_run_changes_nothing(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        bare.wire.forget()
        shown = bare.provision(dry_run=True)
        assert not bare.wire.writes, "a dry run must not write"
        assert Change.CREATE in changes(shown)
        done = bare.provision()
        assert changes(done) == changes(shown), "a dry run must say what a real one does"

    def test_sets_up_deliveries(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        bare.provision()
        delivery = self.genuine(bare)
        assert bare.ask("verify_delivery", delivery=delivery)

    def test_can_be_repeated(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        bare.provision()
        bare.wire.forget()
        again = bare.provision()
        assert not bare.wire.writes, "nothing was missing, so nothing may be written"
        assert set(changes(again)) == {Change.KEEP}

    def test_finds_what_it_made_without_its_facts(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        first = bare.provision()
        bare.use(facts={})
        again = bare.provision()
        assert Change.CREATE not in changes(again), "a second set would be made beside the first"
        assert len(again.steps) == len(first.steps)

    def test_repairs_what_was_deleted(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        first = bare.provision()
        bare.provision(remove=True, keep=False)
        self.delete_what_removal_keeps(bare)
        repaired = bare.provision()
        assert set(changes(repaired)) <= {Change.CREATE, Change.REPAIR}
        assert len(repaired.steps) == len(first.steps)
        assert self.genuine(bare)

    def test_follows_a_new_inlet_address(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        bare.provision()
        moved = bare.provision(OTHER_INLET)
        assert Change.REPAIR in changes(moved)
        assert bare.await_delivery(EventKind.CLOSED, self.solved(bare), path=OTHER_INLET)
        assert not bare.inlet.at(INLET), "the old address is still called"

    def test_removal_undoes_it(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        first = changes(bare.provision())
        bare.wire.forget()
        shown = bare.provision(remove=True, dry_run=True)
        assert not bare.wire.writes
        removed = bare.provision(remove=True)
        assert changes(shown) == changes(removed)
        assert Change.REMOVE in changes(removed)
        assert set(changes(removed)) <= {Change.REMOVE, Change.KEEP}
        assert removed.manual_steps or Change.KEEP not in changes(removed), "say what is left to be removed by hand"
        self.delete_what_removal_keeps(bare)
        assert changes(bare.provision(dry_run=True)) == first
        again = bare.provision(remove=True)
        assert Change.REMOVE not in changes(again), "there is nothing left to remove"

    def test_keeps_its_secrets_apart(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        report = bare.provision()
        assert set(report.secrets) <= bare.kind.secret_fields()
        assert not set(report.facts) & bare.kind.secret_fields()
        for secret in filter(None, report.secrets.values()):
            assert secret not in repr(report)
            assert secret not in report.facts.values()

    def test_leaves_tickets_alone(self, bare: Bench) -> None:
        if not self.provisions(bare):
            return
        before = bare.ticket(PRINTER), self.ticket_notes(bare, bare.ticket_id(PRINTER))
        bare.provision()
        assert (bare.ticket(PRINTER), self.ticket_notes(bare, bare.ticket_id(PRINTER))) == before
