"""The sidebar app: a manifest and one page, which frames DeskPulse's panel."""

from __future__ import annotations

import json

from deskpulse.plugin_api import Bundle, Connection, pack_files

MANIFEST = {"name": "DeskPulse", "location": "ticket_sidebar", "settings": ["panel_url"]}
PAGE = '<!doctype html><title>DeskPulse</title><iframe src="{{settings.panel_url}}"></iframe>'


def panel_bundle(connection: Connection) -> Bundle:
    """The same package for everybody: the panel's address is entered when it is installed."""
    return Bundle(
        "deskpulse-fake.zip",
        pack_files({"manifest.json": json.dumps(MANIFEST).encode(), "panel.html": PAGE.encode()}),
        {"panel_url": connection.panel_url},
        ("Open Settings, Apps, and upload the file.", "Enter the panel's address when asked."),
    )
