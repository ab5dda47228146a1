"""Forge's rules for an app as far as they touch ours: what its validator (``@forge/manifest`` 13.7) would refuse.

The vendor's own JSON schema lets a mis-spelt module through, and the full validator needs Node.js; these rules look at
every package before it is handed out.
https://developer.atlassian.com/platform/forge/manifest-reference/ (read 2026-08)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

MODULES = frozenset({"jira:issueContext", "jira:entityProperty", "function"})
"""The modules that we use; any other name is a slip."""
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "jira:issueContext": ("key", "title", "label", "resource"),
    "jira:entityProperty": ("key", "entityType", "propertyKey", "values"),
    "function": ("key", "handler"),
}
LOZENGES = frozenset({"default", "inprogress", "moved", "new", "removed", "success"})
RUNTIMES = frozenset({"nodejs20.x", "nodejs22.x", "nodejs24.x"})
SCOPES = frozenset({"read:jira-work", "read:jira-user"})
"""The scopes that we may come to need. Another one makes administrators agree anew, so it is added here on purpose."""
APP_ID = re.compile(r"ari:cloud:ecosystem::app/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KEY = re.compile(r"[a-zA-Z0-9_-]{1,50}")
HOST = re.compile(r"[a-z0-9*][a-z0-9.*-]*|\[?[0-9a-f:]+\]?", re.IGNORECASE)


def check(manifest: Mapping[str, Any], files: Collection[str]) -> list[str]:
    """Everything that is wrong with the manifest of a package that holds ``files``, as sentences."""
    return [*_modules(manifest, files), *_resources(manifest, files), *_permissions(manifest), *_app(manifest)]


def _modules(manifest: Mapping[str, Any], files: Collection[str]) -> Iterator[str]:
    raw_modules = _object(manifest.get("modules"))
    for kind, raw_rows in raw_modules.items():
        if kind not in MODULES:
            yield f"The module {kind} is not known."
            continue
        for raw in _rows(raw_rows):
            yield from (f"{kind}: {name} is missing." for name in REQUIRED[kind] if not raw.get(name))
            if not KEY.fullmatch(str(raw.get("key", ""))):
                yield f"{kind}: the key {raw.get('key')!r} is not allowed."
    if not raw_modules.get("jira:issueContext"):
        yield "The module jira:issueContext is missing."
    functions = {raw.get("key"): str(raw.get("handler")) for raw in _rows(raw_modules.get("function"))}
    for raw in _rows(raw_modules.get("jira:issueContext")):
        yield from _context(raw, functions)
    for key, handler in functions.items():
        if f"src/{handler.rpartition('.')[0]}.js" not in files:
            yield f"The function {key} has no source for its handler {handler}."


def _context(raw: Mapping[str, Any], functions: Collection[Any]) -> Iterator[str]:
    for part in ("resolver", "dynamicProperties"):
        named = _object(raw.get(part)).get("function")
        if part in raw and named not in functions:
            yield f"{part}: there is no function {named}."
    raw_status = _object(raw.get("status"))
    kind = _object(raw_status.get("value")).get("type")
    if raw_status.get("type") == "lozenge" and kind not in LOZENGES:
        yield f"A lozenge cannot be of the type {kind}."
    for name, condition in _object(raw.get("displayConditions")).items():
        if name == "entityPropertyExists" and "value" in _object(condition):
            yield "The condition entityPropertyExists takes no value."


def _resources(manifest: Mapping[str, Any], files: Collection[str]) -> Iterator[str]:
    paths = {raw.get("key"): raw.get("path") for raw in _rows(manifest.get("resources"))}
    yield from (
        f"The resource {key} names no file of the package: {path}." for key, path in paths.items() if path not in files
    )
    for raw in _rows(_object(manifest.get("modules")).get("jira:issueContext")):
        if raw.get("resource") not in paths:
            yield f"There is no resource {raw.get('resource')}."


def _permissions(manifest: Mapping[str, Any]) -> Iterator[str]:
    raw = _object(manifest.get("permissions"))
    yield from (f"The scope {scope} is not one of ours." for scope in raw.get("scopes") or () if scope not in SCOPES)
    for row in _object(_object(raw.get("external")).get("fetch")).get("backend") or ():
        address = str(_object(row).get("address", ""))
        if not HOST.fullmatch(address):
            yield f"An address to call is a host, not {address or row!r}."


def _app(manifest: Mapping[str, Any]) -> Iterator[str]:
    raw = _object(manifest.get("app"))
    if not APP_ID.fullmatch(str(raw.get("id", ""))):
        yield "app.id is not the id of an app."
    if _object(raw.get("runtime")).get("name") not in RUNTIMES:
        yield "app.runtime.name is not a runtime that Forge offers."


def _object(raw: Any) -> Mapping[str, Any]:
    return raw if isinstance(raw, Mapping) else {}


def _rows(raw: Any) -> list[Mapping[str, Any]]:
    return [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, list) else []
