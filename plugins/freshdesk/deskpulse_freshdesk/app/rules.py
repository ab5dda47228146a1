"""Freshworks' documented rules for an app of platform 3.0, checked without Freshworks' tool.

The FDK is no package of any registry, so it cannot be run where DeskPulse is built. These rules are those of its
documentation, and of messages quoted elsewhere. Platform 2.3 is closed, and what only it allowed is refused.
https://developers.freshworks.com/docs/app-sdk/v3.0/ (read 2026-08)
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

PLATFORM = "3.0"
TOP_LEVEL = frozenset(("platform-version", "modules", "engines"))
LOCATIONS: Mapping[str, frozenset[str]] = {
    "common": frozenset(("full_page_app", "cti_global_sidebar")),
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
"""Where an app may show, by module."""
BLOCKS = ("requests", "functions", "events")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NEEDED = ("method", "host", "path")
PARTS = ("host", "path", "query", "headers")
SECURE_PARTS = ("headers",)
"""Where a template may use what the browser never sees."""
MOST_TEMPLATES = 100
CLIENT = b"{{{appclient}}}"
NAME = re.compile(r"[A-Za-z0-9_-]+")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
MARK = re.compile(r"<%=\s*(.*?)\s*%>")
IPARAM = re.compile(r"\biparam\.(\w+)")
CONTEXT = re.compile(r"\bcontext\.(\w+)")
SCRIPT = re.compile(rb"""<script[^>]*\ssrc=["']([^"']+)["']""", re.IGNORECASE)

Files = Mapping[str, bytes]


def check(package: bytes) -> list[str]:
    """Everything that is wrong with an app, as sentences; nothing where it keeps the rules."""
    try:
        with zipfile.ZipFile(BytesIO(package)) as archive:
            named = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except zipfile.BadZipFile:
        return ["The package is not a zip file."]
    try:
        manifest = _read(named, "manifest.json")
        templates, iparams = (_read(named, f"config/{name}.json", optional=True) for name in ("requests", "iparams"))
    except ValueError as problem:
        return [str(problem)]
    modules = _object(manifest.get("modules"))
    return [
        *_top_level(manifest),
        *_modules(modules, named),
        *_declarations(modules, templates),
        *_templates(templates, iparams),
        *_iparams(iparams, named),
        *_pages(modules, named),
    ]


def _read(named: Files, path: str, *, optional: bool = False) -> dict[str, Any]:
    if path not in named:
        if optional:
            return {}
        raise ValueError(f"{path} is missing in the root of the package.")
    try:
        found = json.loads(named[path])
    except ValueError:
        raise ValueError(f"{path} is not proper JSON.") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path} is no JSON object.")  # noqa: TRY004 - of what was uploaded, not of a caller
    return found


def _object(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _top_level(manifest: Mapping[str, Any]) -> Iterator[str]:
    for name in manifest.keys() - TOP_LEVEL:
        yield f"manifest.json must NOT have additional properties '{name}'."
    if manifest.get("platform-version") != PLATFORM:
        yield f"The platform version must be {PLATFORM}, not {manifest.get('platform-version')}."
    engines = _object(manifest.get("engines"))
    for name in ("node", "fdk"):
        if not re.fullmatch(r"\d+\.\d+\.\d+", str(engines.get(name))):
            yield f"engines must name a version of {name}."


def _modules(modules: Mapping[str, Any], named: Files) -> Iterator[str]:
    if not modules.keys() - {"common"}:
        yield "modules must name a product's module besides common."
    for name, module in modules.items():
        if name not in LOCATIONS:
            yield f"Unknown module: {name}."
            continue
        declared = _object(module)
        yield from (f"{name}.{one} is empty: leave it out." for one in BLOCKS if one in declared and not declared[one])
        for location, place in _object(declared.get("location")).items():
            if location not in LOCATIONS[name]:
                yield f"Invalid location(s) in {name}: {location}."
            yield from (f"The {problem} of {location} is no file of the app." for problem in _absent(place, named))
    serverless = any(_object(module).get(block) for module in modules.values() for block in ("functions", "events"))
    if serverless and "server/server.js" not in named:
        yield "server/server.js is missing, which functions and events need."


def _absent(place: object, named: Files) -> Iterator[str]:
    for key in ("url", "icon"):
        if f"app/{_object(place).get(key)}" not in named:
            yield key


def _declarations(modules: Mapping[str, Any], templates: Mapping[str, Any]) -> Iterator[str]:
    declared = _object(_object(modules.get("common")).get("requests")).keys()
    for name in sorted(declared - templates.keys()):
        yield f"The request {name} is declared in manifest.json and not in config/requests.json."
    for name in sorted(templates.keys() - declared):
        yield f"The request {name} is in config/requests.json and not declared in modules.common.requests."


def _templates(templates: Mapping[str, Any], iparams: Mapping[str, Any]) -> Iterator[str]:
    if len(templates) > MOST_TEMPLATES:
        yield f"There may be {MOST_TEMPLATES} request templates at most."
    for name, template in templates.items():
        if not NAME.fullmatch(name):
            yield f"A request's name takes letters, digits, _ and - only: {name}."
        schema = _object(_object(template).get("schema"))
        yield from (f"{name}: {problem}" for problem in _schema(schema))
        yield from (f"{name}: {problem}" for problem in _parameters(schema, iparams))


def _schema(schema: Mapping[str, Any]) -> Iterator[str]:
    for key in NEEDED:
        if not isinstance(schema.get(key), str):
            yield f"the schema has no {key}."
    if schema.get("method") not in METHODS:
        yield f"{schema.get('method')} is no method."
    if schema.get("protocol", "https") != "https":
        yield "the protocol must be https."
    if not HOST.fullmatch(MARK.sub("x", str(schema.get("host")))):
        yield "the host must be a bare name, without path, port or encoded characters."
    if not str(schema.get("path")).startswith("/"):
        yield "the path must begin with /."


def _parameters(schema: Mapping[str, Any], iparams: Mapping[str, Any]) -> Iterator[str]:
    for part in PARTS:
        marks = " ".join(MARK.findall(json.dumps(schema.get(part))))
        for name in sorted(set(IPARAM.findall(marks))):
            if name not in iparams:
                yield f"iparam.{name} is not defined in config/iparams.json."
            elif _object(iparams[name]).get("secure") and part not in SECURE_PARTS:
                yield f"iparam.{name} is secure, and may stand in headers only, not in {part}."
        if part == "host" and CONTEXT.search(marks):
            yield "the host may not come from the app's front end."


def _iparams(iparams: Mapping[str, Any], named: Files) -> Iterator[str]:
    if "config/iparams.json" in named and "config/iparams.html" in named:
        yield "There may be either config/iparams.json or config/iparams.html."
    for name, spec in iparams.items():
        if not NAME.fullmatch(name) or not _object(spec).get("display_name"):
            yield f"The parameter {name} needs a plain name and a display_name."
        if not isinstance(_object(spec).get("type"), str):
            yield f"The parameter {name} needs a type."


def _pages(modules: Mapping[str, Any], named: Files) -> Iterator[str]:
    """Pages load Freshworks' client by its placeholder, and scripts that are there."""
    places = [place for module in modules.values() for place in _object(_object(module).get("location")).values()]
    for path in sorted({f"app/{_object(place).get('url')}" for place in places} & named.keys()):
        scripts = SCRIPT.findall(named[path])
        if CLIENT not in scripts:
            yield f"{path} does not load the client from {CLIENT.decode()}."
        folder = path.rpartition("/")[0]
        for script in scripts:
            if script != CLIENT and b"://" not in script and f"{folder}/{script.decode()}" not in named:
                yield f"{path} loads a script that is not there: {script.decode()}."
