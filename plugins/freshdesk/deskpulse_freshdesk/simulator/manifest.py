"""What the vendor's tool refuses in an app of platform 3.0, as far as its rules are published.

https://developers.freshworks.com/docs/app-sdk/v3.0/ and github.com/freshworks-developers/marketplace (read 2026-08).
The tool itself is not on a package registry, so its words are only used where its messages are quoted somewhere.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from deskpulse_simulation.records import Json

PLATFORM = "3.0"
TOP_LEVEL = frozenset(("platform-version", "modules", "engines", "dependencies"))
PRODUCTS: dict[str, frozenset[str]] = {
    "support_ticket": frozenset(
        (
            "ticket_sidebar",
            "ticket_requester_info",
            "ticket_top_navigation",
            "ticket_background",
            "time_entry_background",
            "ticket_attachment",
            "ticket_conversation_editor",
            "new_ticket_requester_info",
            "new_ticket_background",
        )
    ),
    "support_contact": frozenset(("contact_sidebar",)),
}
COMMON_LOCATIONS = frozenset(("full_page_app", "cti_global_sidebar"))
BLOCKS = ("requests", "functions", "events")
METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))
MOST_TEMPLATES = 100
LARGEST_PACKAGE = 20_000_000
"""Bytes."""
_NAME = re.compile(r"[A-Za-z0-9_-]+$")
_FQDN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$")
TEMPLATE = re.compile(r"<%=\s*(.*?)\s*%>")
IPARAM = re.compile(r"\biparam\.(\w+)")

Files = dict[str, bytes]


def unpack(package: bytes) -> Files:
    """The package's files by path; ValueError when it is not a zip, or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_PACKAGE:
                raise ValueError("The app package is too large")
            return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
    except zipfile.BadZipFile:
        raise ValueError("The app package is not a zip file") from None


def read(files: Files, path: str) -> Json:
    """A JSON object of the package, empty where there is none; ValueError when it is no object."""
    if path not in files:
        return {}
    try:
        return dict(json.loads(files[path]))
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} is not a proper JSON object: {error}") from None


def problems(files: Files) -> list[str]:
    """Everything that refuses the package."""
    if "manifest.json" not in files:
        return ["manifest.json is missing"]
    try:
        manifest = read(files, "manifest.json")
        templates, iparams = read(files, "config/requests.json"), read(files, "config/iparams.json")
    except ValueError as error:
        return [str(error)]
    modules = manifest.get("modules")
    if not isinstance(modules, dict):
        return ["manifest.json must have required property 'modules'"]
    return [
        *_top_level(manifest),
        *_modules(modules, files),
        *_declarations(modules, templates),
        *_templates(templates, iparams),
        *_files(modules, files),
    ]


def _top_level(manifest: Json) -> Iterator[str]:
    for key in manifest:
        if key not in TOP_LEVEL:
            yield f"manifest.json must NOT have additional properties '{key}'"
    version = manifest.get("platform-version")
    if version != PLATFORM:
        yield f"Platform version {version} is not supported; it must be {PLATFORM}"
    engines = manifest.get("engines")
    if not isinstance(engines, dict) or not all(isinstance(engines.get(name), str) for name in ("node", "fdk")):
        yield "manifest.json must name node and fdk under 'engines'"


def _modules(modules: Json, files: Files) -> Iterator[str]:
    if not modules.keys() - {"common"}:
        yield "At least one product module is needed besides 'common'"
    for name, module in modules.items():
        if name != "common" and name not in PRODUCTS:
            yield f"Invalid module(s) - {name}"
            continue
        allowed = COMMON_LOCATIONS if name == "common" else PRODUCTS[name]
        for block in BLOCKS:
            if block in module and not module[block]:
                yield f"{name}.{block} must NOT have fewer than 1 properties"
        for location, place in (module.get("location") or {}).items():
            if location not in allowed:
                yield f"Invalid location(s) mentioned in {name}: {location}"
            for key in ("url", "icon"):
                path = place.get(key) if isinstance(place, dict) else None
                if not path or f"app/{path}" not in files:
                    yield f"{key} of {location} is missing in the app folder: {path}"


def _declarations(modules: Json, templates: Json) -> Iterator[str]:
    declared = set((modules.get("common") or {}).get("requests") or {})
    for name in sorted(templates.keys() - declared):
        yield f"Request template '{name}' is not declared in manifest.json"
    for name in sorted(declared - templates.keys()):
        yield f"Request template '{name}' is declared in manifest.json but missing in config/requests.json"


def _templates(templates: Json, iparams: Json) -> Iterator[str]:
    if len(templates) > MOST_TEMPLATES:
        yield f"More than {MOST_TEMPLATES} request templates"
    for name, template in templates.items():
        schema = template.get("schema") if isinstance(template, dict) else None
        if not _NAME.match(name):
            yield f"Request template '{name}': only letters, digits, _ and - may be used"
        if not isinstance(schema, dict):
            yield f"Request template '{name}' must have required property 'schema'"
            continue
        yield from _schema(name, schema, iparams)


def _schema(name: str, schema: Json, iparams: Json) -> Iterator[str]:
    for key in ("method", "host", "path"):
        if not isinstance(schema.get(key), str):
            yield f"Request template '{name}' must have required property '{key}'"
    if schema.get("method") not in METHODS:
        yield f"Request template '{name}': {schema.get('method')} is no method"
    if schema.get("protocol", "https") != "https":
        yield f"Request template '{name}': the protocol must be https"
    if not _FQDN.match(TEMPLATE.sub("x", str(schema.get("host", "")))):
        yield f"Request template '{name}': host must be a fully qualified domain name, without path, port or encoding"
    if not str(schema.get("path", "")).startswith("/"):
        yield f"Request template '{name}': path must begin with /"
    yield from _parameters(name, schema, iparams)


def _parameters(name: str, schema: Json, iparams: Json) -> Iterator[str]:
    for part in ("host", "path", "query", "headers"):
        for parameter in sorted(set(IPARAM.findall(_used(schema.get(part))))):
            if parameter not in iparams:
                yield f"Request template '{name}': iparam '{parameter}' is not defined"
            elif iparams[parameter].get("secure") and part != "headers":
                yield f"Request template '{name}': secure iparam '{parameter}' can only be used in headers"


def _used(part: Any) -> str:
    """What stands within the template marks of a part."""
    return " ".join(TEMPLATE.findall(json.dumps(part, ensure_ascii=False)))


def _files(modules: Json, files: Files) -> Iterator[str]:
    if {"config/iparams.json", "config/iparams.html"} <= files.keys():
        yield "Either config/iparams.json or config/iparams.html, not both"
    serverless = any(module.get(block) for module in modules.values() for block in ("functions", "events"))
    if serverless and "server/server.js" not in files:
        yield "server/server.js is missing, which events and functions need"
