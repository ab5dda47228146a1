"""A complete plug-in for an invented vendor: the worked example, and the helpdesk of DeskPulse's own tests.

Read ``plugin`` first, then ``kind``; the other modules each hold one idea, under the names that real plug-ins use.
"""

from deskpulse.testing.fake_helpdesk import plugin

__all__ = ["plugin"]
