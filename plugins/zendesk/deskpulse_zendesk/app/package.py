"""Packs the sidebar app for one connection. The package holds no secret: the panel key is entered when installing.

Zendesk hosts only what lies below ``assets/``: there go our own ``panel.js`` and logos, beside the panel's front end,
which is the same in every helpdesk. ``translations/en.json`` holds what Zendesk itself shows while the app is being
installed.
"""

from __future__ import annotations

import json
import zipfile
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from deskpulse import __version__
from deskpulse.plugin_api import Bundle, ConfigurationError, Connection, panel_assets
from deskpulse_zendesk.app.rules import Severity, check

SOURCES = files("deskpulse_zendesk.app")
SHIPPED = ("assets", "translations")
"""The folders that go into the package as they are."""
PAGE = "assets/iframe.html"
SDK = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name: the same sources always make the same bytes."""


def build(connection: Connection) -> Bundle:
    """The app for this connection, ready to upload. Raises ConfigurationError where it could not work."""
    host = panel_host(connection.panel_url)
    panel_key = connection.secrets.get("panel_key", "")
    if not panel_key:
        raise ConfigurationError(f"panel_key: the connection {connection.key} has none; make one, then build the app.")
    content = pack(manifest_for(host))
    errors = [finding.message for finding in check(content) if finding.severity is Severity.ERROR]
    if errors:
        raise ConfigurationError("Zendesk would refuse the sidebar app: " + " ".join(errors))
    filename = f"deskpulse-zendesk-{__version__}.zip"
    return Bundle(
        filename=filename,
        content=content,
        settings={"server_url": connection.panel_url, "panel_key": panel_key},
        steps=steps(filename, host),
    )


def panel_host(panel_url: str) -> str:
    """The host that Zendesk's proxy has to reach. Raises ConfigurationError where the address names none."""
    parts = urlsplit(panel_url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigurationError(f"base_url: {panel_url!r} is no address that Zendesk could call; set the public one.")
    return parts.hostname


def manifest_for(host: str) -> dict[str, Any]:
    """The manifest for an installation at ``host``, the one domain that the panel key may be sent to."""
    manifest: dict[str, Any] = json.loads(SOURCES.joinpath("manifest.json").read_text(encoding="utf-8"))
    manifest["author"]["email"] = f"deskpulse@{host}"
    manifest["version"] = __version__
    manifest["domainWhitelist"] = [host]
    return manifest


def pack(manifest: dict[str, Any]) -> bytes:
    """The package with this manifest, byte for byte the same for the same sources."""
    contents = {"manifest.json": json.dumps(manifest, indent=2).encode() + b"\n"}
    assets = panel_assets("Zendesk", SDK)
    contents.update({PAGE if name == "panel.html" else f"assets/{name}": data for name, data in assets.items()})
    for folder in SHIPPED:
        contents.update(read_folder(SOURCES.joinpath(folder), folder))
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, date_time=EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            package.writestr(entry, contents[name])
    return buffer.getvalue()


def read_folder(folder: Traversable, path: str) -> dict[str, bytes]:
    """All files of one flat folder of the sources, by their path in the package."""
    return {f"{path}/{entry.name}": entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}


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
