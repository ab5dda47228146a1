"""Packs the sidebar app for one connection. The package holds no secret: the panel key is entered when installing.

Zendesk hosts only what lies below ``assets/``: there go our own ``panel.js`` and logos, beside the panel's front end,
which is the same in every helpdesk. ``translations/en.json`` holds what Zendesk itself shows while the app is being
installed.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from deskpulse import __version__
from deskpulse.plugin_api import (
    Bundle,
    ConfigurationError,
    Connection,
    pack_files,
    panel_assets,
    panel_host,
    panel_key,
    read_folder,
)
from deskpulse_zendesk.app.rules import Severity, check

SOURCES = files("deskpulse_zendesk.app")
SHIPPED = ("assets", "translations")
"""The folders that go into the package as they are."""
PAGE = "assets/iframe.html"
SDK = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"


def build(connection: Connection) -> Bundle:
    """The app for this connection, ready to upload. Raises ConfigurationError where it could not work."""
    host = panel_host(connection.panel_url, "Zendesk")
    key = panel_key(connection)
    content = pack_files(contents_for(manifest_for(host)))
    errors = [finding.message for finding in check(content) if finding.severity is Severity.ERROR]
    if errors:
        raise ConfigurationError("Zendesk would refuse the sidebar app: " + " ".join(errors))
    filename = f"deskpulse-zendesk-{__version__}.zip"
    return Bundle(
        filename=filename,
        content=content,
        settings={"server_url": connection.panel_url, "panel_key": key},
        steps=steps(filename, host),
    )


def manifest_for(host: str) -> dict[str, Any]:
    """The manifest for an installation at ``host``, the one domain that the panel key may be sent to."""
    manifest: dict[str, Any] = json.loads(SOURCES.joinpath("manifest.json").read_text(encoding="utf-8"))
    manifest["author"]["email"] = f"deskpulse@{host}"
    manifest["version"] = __version__
    manifest["domainWhitelist"] = [host]
    return manifest


def contents_for(manifest: dict[str, Any]) -> dict[str, bytes]:
    """The files of the package with this manifest, by their path."""
    contents = {"manifest.json": json.dumps(manifest, indent=2).encode() + b"\n"}
    assets = panel_assets("Zendesk", SDK)
    contents.update({PAGE if name == "panel.html" else f"assets/{name}": data for name, data in assets.items()})
    for folder in SHIPPED:
        contents.update(read_folder(SOURCES.joinpath(folder), folder))
    return contents


def steps(filename: str, host: str) -> tuple[str, ...]:
    """What an administrator of the helpdesk does with the package."""
    return (
        f"Make sure that Zendesk can reach {host} over https from the internet.",
        "In Zendesk's Admin Center open Apps and integrations > Apps > Zendesk Support apps, then Upload private app.",
        f"Name it DeskPulse, choose {filename} and select Upload.",
        "Enter the panel address and the panel key shown here, then select Install.",
        "Open any ticket and show the apps beside it: DeskPulse shows the customer's last feedback.",
        "To update, choose Update on the installed app and upload the newer package: the settings are kept.",
    )
