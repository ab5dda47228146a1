"""Packs the sidebar app for one connection. The package holds no secret: the panel key is entered when installing.

The result is the folder that Freshworks' own tool, the FDK, takes: it validates and packs it once more, since only its
packages can be uploaded. Address and path of the panel stand in the request template, for a template's host is a bare
name and cannot carry a port.
https://developers.freshworks.com/docs/app-sdk/v3.0/ (read 2026-08)
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any
from urllib.parse import SplitResult, urlsplit

from deskpulse import __version__
from deskpulse.plugin_api import Bundle, ConfigurationError, Connection, pack_files, panel_assets, panel_key
from deskpulse_freshdesk.app.rules import check

SOURCES = files("deskpulse_freshdesk.app")
SDK = "{{{appclient}}}"
"""Freshworks fills in the address of its client."""
README = """# DeskPulse for Freshdesk

The customer's last feedback, beside the ticket. Made by DeskPulse for one connection; it holds no secret.
"""
LOOPBACK = ("127.0.0.1", "localhost")
LOCAL_ORIGIN = "_panel_origin"
"""Tells a stand-in for Freshworks' proxy, on this machine, the port; no parameter of the app."""


def build(connection: Connection) -> Bundle:
    """The app for this connection. Raises ConfigurationError where it could not work."""
    address = panel_address(connection.panel_url)
    key = panel_key(connection)
    content = pack_files(contents(address))
    if problems := check(content):
        raise ConfigurationError("Freshworks would refuse the sidebar app: " + " ".join(problems))
    filename = f"deskpulse-freshdesk-{__version__}.zip"
    settings = {"panel_key": key}
    if address.hostname in LOOPBACK:
        settings[LOCAL_ORIGIN] = f"{address.scheme}://{address.netloc}"
    return Bundle(filename, content, settings, steps(filename, str(address.hostname)))


def panel_address(panel_url: str) -> SplitResult:
    """The panel's address. Raises ConfigurationError where Freshworks could not call it: https, and no port."""
    parts = urlsplit(panel_url)
    if parts.hostname in LOOPBACK and parts.scheme in ("http", "https"):
        return parts
    if parts.scheme != "https" or not parts.hostname or parts.netloc != parts.hostname:
        raise ConfigurationError(
            f"base_url: Freshworks calls the panel by https and without a port, which {panel_url!r} is not."
        )
    return parts


def contents(address: SplitResult) -> dict[str, bytes]:
    """Every file of the app by its path."""
    templates: dict[str, Any] = json.loads(_source("config/requests.json"))
    templates["getPanel"]["schema"] |= {"host": address.hostname, "path": address.path}
    front_end = {f"app/{name}": data for name, data in panel_assets("Freshdesk", SDK).items()}
    page = front_end.pop("app/panel.html")
    return {
        **front_end,
        "app/index.html": page,
        "app/panel.js": _source("assets/panel.js"),
        "app/styles/images/icon.svg": _source("assets/icon.svg"),
        "config/iparams.json": _source("config/iparams.json"),
        "config/requests.json": json.dumps(templates, indent=2).encode() + b"\n",
        "manifest.json": _source("manifest.json"),
        "README.md": README.encode(),
    }


def steps(filename: str, host: str) -> tuple[str, ...]:
    """What an administrator of the helpdesk does with the package."""
    return (
        f"Make sure that Freshworks can reach {host} over https from the internet.",
        "Install Node.js 18 and Freshworks' FDK 9.7.4 as developers.freshworks.com says; fdk on npm is something else.",
        f"Unpack {filename} into an empty folder, and run there: fdk validate, then fdk pack.",
        "At developers.freshworks.com choose Manage Apps > New App > Custom App, and upload the zip in dist.",
        "In Freshdesk open Admin > Apps > Custom Apps, choose DeskPulse > Install, and enter the panel key shown here.",
        "Open any ticket and show the apps beside it: DeskPulse shows the customer's last feedback.",
        "To update, upload a new version of the same app; the panel key is kept.",
    )


def _source(path: str) -> bytes:
    return SOURCES.joinpath(*path.split("/")).read_bytes()
