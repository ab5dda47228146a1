"""The Fake helpdesk passes the conformance suite. Override the steps that its simulator spells differently."""

from __future__ import annotations

from deskpulse.testing.conformance import HelpdeskConformance
from deskpulse.testing.fake_helpdesk import plugin


class TestFake(HelpdeskConformance):
    """Against its simulator, on loopback."""

    plugin = plugin
    page_size = 50
