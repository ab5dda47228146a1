"""The update set as a package; its sources and their packing are in ``app``."""

from __future__ import annotations

from deskpulse.plugin_api import Bundle, Connection
from deskpulse_servicenow.app import package


def panel_bundle(connection: Connection) -> Bundle:
    """Our part of the instance, ready to import."""
    return package.build(connection)
