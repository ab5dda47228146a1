"""DeskPulse: open, self-hosted Net Promoter feedback for IT support."""

import pluggy

__version__ = "0.1.0"

hookimpl = pluggy.HookimplMarker("deskpulse")
"""Marks a function as an implementation of a hook in :mod:`deskpulse.hookspecs`."""
