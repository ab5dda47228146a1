"""Trying a connection before it is saved."""

# ruff: noqa: D102 - a test's name is its sentence

from __future__ import annotations

import time

from deskpulse.capabilities import Capability
from deskpulse.records import CheckReport
from deskpulse.testing.conformance.base import Conformance
from deskpulse.testing.conformance.bench import Bench
from deskpulse.testing.conformance.wire import Fault

AT_MOST = 4.0
"""Seconds: the bench's hub allows the hook's requests 1.5 together, where core allows 9."""
TRIES = 3
"""How often it is asked at most until it was in time: a busy machine may hold one up, but not each."""


class Checking(Conformance):
    """A report in every case, never an error, and never a change."""

    def checked(self, bench: Bench) -> CheckReport | None:
        """The report, made in time; None where the kind declares that it cannot be checked."""
        if not bench.can(Capability.CHECK, "check_connection"):
            return None
        for _ in range(TRIES):
            begun = time.monotonic()
            report = bench.ask("check_connection")
            took = time.monotonic() - begun
            if took < AT_MOST:
                break
        assert took < AT_MOST, "the check goes on when its time is over"
        assert isinstance(report, CheckReport)
        assert report.lines, "say what was tried"
        assert not any(secret in repr(report) for secret in bench.own_secrets())
        return report

    def test_good_credentials_are_accepted(self, bare: Bench) -> None:
        report = self.checked(bare)
        assert report is None or report.ok, report

    def test_checking_changes_nothing(self, bare: Bench) -> None:
        self.checked(bare)
        assert not bare.wire.writes

    def test_bad_credentials_are_reported(self, bare: Bench) -> None:
        bare.use(secrets={name: f"wrong-{name}" for name in bare.connection.secrets})
        report = self.checked(bare)
        assert report is None or not report.ok

    def test_host_that_is_down_is_reported(self, bare: Bench) -> None:
        bare.stop_serving()
        report = self.checked(bare)
        assert report is None or not report.ok

    def test_host_that_never_answers_is_reported_in_time(self, bare: Bench) -> None:
        bare.wire.fault = Fault(hang=True)
        report = self.checked(bare)
        assert report is None or not report.ok
