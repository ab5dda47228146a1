"""The sidebar app: a manifest and one page, which frames DeskPulse's panel."""

from __future__ import annotations

import io
import json
import zipfile

from deskpulse.plugin_api import Bundle, Connection

MADE_AT = (2026, 1, 1, 0, 0, 0)
"""Entries carry a fixed time, so that the same app is always the same bytes."""


def panel_bundle(connection: Connection) -> Bundle:
    """The same package for everybody: the panel's address is entered when it is installed."""
    entries = {
        "manifest.json": json.dumps({"name": "DeskPulse", "location": "ticket_sidebar", "settings": ["panel_url"]}),
        "panel.html": '<!doctype html><title>DeskPulse</title><iframe src="{{settings.panel_url}}"></iframe>',
    }
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, content in entries.items():
            archive.writestr(zipfile.ZipInfo(name, MADE_AT), content)
    return Bundle(
        "deskpulse-fake.zip",
        package.getvalue(),
        {"panel_url": connection.panel_url},
        ("Open Settings, Apps, and upload the file.", "Enter the panel's address when asked."),
    )
