"""The sidebar app as a package; its sources and their packing are in ``app``."""

from __future__ import annotations

from deskpulse.plugin_api import Bundle, Connection
from deskpulse_freshdesk.app import package


def panel_bundle(connection: Connection) -> Bundle:
    """The app of one connection, ready to install."""
    return package.build(connection)
