"""Packs the Forge app for one connection. The package holds no secret: the panel key becomes a Forge variable.

Atlassian asks whoever runs an app to register it under their own account, so the package holds sources, and the steps
say what to type. https://developer.atlassian.com/platform/forge/cli-reference/ (read 2026-08)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from deskpulse import __version__
from deskpulse.plugin_api import (
    Bundle,
    ConfigurationError,
    Connection,
    pack_files,
    panel_host,
    panel_key,
    read_folder,
)
from deskpulse_jira_sm.app.rules import check

SOURCES = files("deskpulse_jira_sm.app")
VARIABLE = "DESKPULSE_PANEL_KEY"


def build(connection: Connection) -> Bundle:
    """The app for this connection, ready to deploy. Raises ConfigurationError where it could not work."""
    host = panel_host(connection.panel_url, "Forge")
    key = panel_key(connection)
    contents = contents_for(connection.panel_url, host)
    if problems := check(manifest_for(host), contents):
        raise ConfigurationError("Forge would refuse the app: " + " ".join(problems))
    filename = f"deskpulse-jira-{__version__}.zip"
    return Bundle(filename, pack_files(contents), {VARIABLE: key}, steps(filename, host))


def manifest_for(host: str) -> dict[str, Any]:
    """The manifest for an installation at ``host``, the one place that the app may call."""
    manifest: dict[str, Any] = json.loads(SOURCES.joinpath("manifest.json").read_text(encoding="utf-8"))
    manifest["permissions"]["external"]["fetch"]["backend"] = [{"address": host}]
    return manifest


def contents_for(panel_url: str, host: str) -> dict[str, bytes]:
    """The files of the package by name."""
    raw_package = json.loads(SOURCES.joinpath("package.json").read_text(encoding="utf-8"))
    contents = {
        "manifest.yml": as_yaml(manifest_for(host)).encode(),
        "package.json": json.dumps({**raw_package, "version": __version__}, indent=2).encode() + b"\n",
        **read_folder(SOURCES.joinpath("src"), "src"),
    }
    address = json.dumps(panel_url)
    contents["src/connection.js"] = (
        f"// Where this app asks; written when it was built.\n\nexport const panelAddress = {address};\n".encode()
    )
    return contents


def as_yaml(value: Any) -> str:
    """JSON data as YAML, which ``forge register`` reads and edits; every text is quoted as in JSON."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any, indent: str = "") -> Iterator[str]:
    pairs = value.items() if isinstance(value, dict) else ((None, one) for one in value)
    for key, one in pairs:
        lead = f"{indent}- " if key is None else f"{indent}{json.dumps(key) if ':' in key else key}:"
        if not isinstance(one, dict | list):
            yield f"{lead}{'' if key is None else ' '}{json.dumps(one)}"
        elif key is None:
            first, *rest = _lines(one, f"{indent}  ")
            yield lead + first.lstrip()
            yield from rest
        else:
            yield lead
            yield from _lines(one, f"{indent}  ")


def steps(filename: str, host: str) -> tuple[str, ...]:
    """What somebody with Node.js and a Jira administrator do with the package."""
    register = "forge register DeskPulse"
    variable = f"forge variables set --encrypt --environment production {VARIABLE}"
    return (
        f"Make sure that {host} can be reached over https from the internet.",
        f"Unpack {filename} on a machine with Node.js 22 and open a terminal in its folder.",
        "Run: npm install --global @forge/cli, then forge login, then npm install.",
        f"Run: {register}. It writes the app's own id into manifest.yml; keep the folder for updates.",
        f"Run: {variable}, and enter the panel key shown here.",
        "Run: forge deploy --environment production.",
        "Run: forge install --product jira --environment production, and let a Jira administrator of your site agree.",
        "Open any request: the panel 'Customer feedback' stands among the details on the right.",
        "To update, unpack the newer package over the folder, keep your app id in manifest.yml, and deploy again.",
    )
