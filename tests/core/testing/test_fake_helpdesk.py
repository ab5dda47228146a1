"""The worked example conforms, without a single deviation from its defaults."""

from __future__ import annotations

from deskpulse.testing import fake_helpdesk
from deskpulse.testing.conformance import HelpdeskConformance


class TestFake(HelpdeskConformance):
    plugin = fake_helpdesk.plugin
    page_size = 50
