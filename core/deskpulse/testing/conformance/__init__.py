"""What every helpdesk plug-in must do, as a test class to inherit from.

In a plug-in's tests::

    from deskpulse.testing.conformance import HelpdeskConformance

    class TestFake(HelpdeskConformance):
        plugin = fake_helpdesk.plugin

The suite starts the simulator that the kind names, on loopback HTTP, and asks every hook through a real hub. It reads
the kind's capabilities: what a helpdesk can't do is not skipped, its absence is tested. Where a vendor's simulator
needs it, override the small steps of :class:`~deskpulse.testing.conformance.steps.Steps`.
"""

import pkgutil

import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)))

from deskpulse.testing.conformance.bench import Bench  # noqa: E402 - assertions are rewritten first
from deskpulse.testing.conformance.steps import Note  # noqa: E402
from deskpulse.testing.conformance.suite import HelpdeskConformance  # noqa: E402

__all__ = ["Bench", "HelpdeskConformance", "Note"]
