"""What every helpdesk plug-in must do, as a test class to inherit from.

In a plug-in's tests::

    from deskpulse.testing.conformance import HelpdeskConformance

    class TestFake(HelpdeskConformance):
        plugin = fake_helpdesk.plugin

The suite starts the simulator that the kind names, on loopback HTTP, and asks every hook through a real hub. It reads
the kind's capabilities: what a helpdesk can't do is not skipped, its absence is tested. Where calls carry no time or no
signature, it tests that a replayed or forged one only makes core read the ticket again, and changes nothing.

Where a vendor's simulator needs it, override the small steps of
:class:`~deskpulse.testing.conformance.steps.Steps`: ``prepare`` for what an administrator must install by hand first,
``access`` for a second way in and ``lacks`` for a version that has not everything (a test class for each),
``sync_pages`` where lists are not three. The tests stay as they are.
"""

import pkgutil

import pytest

pytest.register_assert_rewrite(*(f"{__name__}.{module.name}" for module in pkgutil.iter_modules(__path__)))

from deskpulse.testing.conformance.bench import Bench  # noqa: E402 - assertions are rewritten first
from deskpulse.testing.conformance.steps import Note  # noqa: E402
from deskpulse.testing.conformance.suite import HelpdeskConformance  # noqa: E402

__all__ = ["Bench", "HelpdeskConformance", "Note"]
