"""A plug-in for the Fake helpdesk, an invented vendor whose simulator is part of it.

Read ``plugin`` first, then ``kind``; the other modules each hold one idea, under the names that real plug-ins use.
"""

from deskpulse.testing.fake_helpdesk import plugin

__all__ = ["plugin"]
