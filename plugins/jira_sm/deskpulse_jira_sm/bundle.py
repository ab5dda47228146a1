"""The Forge app as a package; its sources and their packing are in ``app``."""

from __future__ import annotations

from deskpulse.plugin_api import Bundle, Connection
from deskpulse_jira_sm.app import package
from deskpulse_jira_sm.links import is_data_center


def panel_bundle(connection: Connection) -> Bundle | None:
    """The app of one connection, ready to deploy; None for Data Center, which knows no Forge apps."""
    return None if is_data_center(connection.settings) else package.build(connection)
