"""Structural checks of a Forge app: what the vendor's validator would refuse, as far as the fact sheet tells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import yaml

from deskpulse_simulation.records import Json

Files = dict[str, bytes]
MANIFEST = "manifest.yml"
RUNTIMES = ("nodejs20.x", "nodejs22.x", "nodejs24.x")
LOZENGES = ("default", "inprogress", "moved", "new", "removed", "success")
CONTEXT, PROPERTY = "jira:issueContext", "jira:entityProperty"
MODULES = frozenset(
    (CONTEXT, PROPERTY, "jira:issuePanel", "jira:issueAction", "jira:adminPage", "jira:projectPage", "function",
     "trigger", "scheduledTrigger", "webtrigger", "endpoint", "consumer", "jiraServiceManagement:portalFooter")
)  # fmt: skip
CONDITIONS = {
    "entityPropertyExists": False,
    "entityPropertyEqualTo": True,
    "entityPropertyContainsAny": True,
    "entityPropertyContainsAll": True,
}
"""Display conditions by name, and whether each takes a ``value``."""
_APP_ID = re.compile(r"ari:cloud:ecosystem::app/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,50}")
_SCOPE = re.compile(r"(?:read|write|manage|delete|storage|report):[a-z:-]+")
_SOURCES = (".js", ".jsx", ".ts", ".tsx")


def unpack(package: bytes) -> Files:
    """The files of a zip. Raises ValueError for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    except zipfile.BadZipFile:
        raise ValueError("the package is no zip file") from None


def read(files: Files) -> Json:
    """The manifest. Raises ValueError where there is none that can be read."""
    if MANIFEST not in files:
        raise ValueError(f"the package has no {MANIFEST}")
    try:
        manifest = yaml.safe_load(files[MANIFEST])
    except yaml.YAMLError as error:
        raise ValueError(f"{MANIFEST} is no YAML: {error}") from None
    if not isinstance(manifest, dict):
        raise ValueError(f"{MANIFEST} must be a mapping")  # noqa: TRY004 - a bad package
    return manifest


def problems(manifest: Json, files: Files) -> list[str]:
    """All that is wrong, in words."""
    return [
        *_app(manifest),
        *_modules(manifest),
        *_functions(manifest, files),
        *_resources(manifest, files),
        *_rights(manifest),
    ]


def _app(manifest: Json) -> Iterator[str]:
    app = manifest.get("app") or {}
    if not _APP_ID.fullmatch(str(app.get("id", ""))):
        yield "app.id must be an ARI as forge register gives it"
    if (app.get("runtime") or {}).get("name") not in RUNTIMES:
        yield f"app.runtime.name must be one of {', '.join(RUNTIMES)}"


def modules(manifest: Json, kind: str) -> list[Json]:
    """The modules of a kind."""
    return [one for one in (manifest.get("modules") or {}).get(kind) or () if isinstance(one, dict)]


def _modules(manifest: Json) -> Iterator[str]:
    kinds = manifest.get("modules")
    if not isinstance(kinds, dict) or not kinds:
        yield "modules are missing"
        return
    yield from (f"invalid module {kind}" for kind in kinds if kind not in MODULES)
    keys = [str(one.get("key")) for kind in kinds for one in modules(manifest, kind)]
    yield from (f"invalid module key {key}" for key in keys if not _KEY.fullmatch(key))
    yield from (f"module key {key} is used twice" for key in sorted({key for key in keys if keys.count(key) > 1}))
    functions = {one.get("key") for one in modules(manifest, "function")}
    for one in modules(manifest, CONTEXT):
        yield from _context(one, functions)
    for one in modules(manifest, PROPERTY):
        yield from (
            f"{PROPERTY}: {name} is required" for name in ("entityType", "propertyKey", "values") if not one.get(name)
        )


def _context(module: Json, functions: set[Any]) -> Iterator[str]:
    yield from (f"{CONTEXT}: {name} is required" for name in ("title", "label", "resource") if not module.get(name))
    named = [(module.get(part) or {}).get("function") for part in ("resolver", "dynamicProperties")]
    yield from (f"there is no function {name}" for name in named if name is not None and name not in functions)
    status = module.get("status") or {}
    lozenge = (status.get("value") or {}).get("type") if status.get("type") == "lozenge" else None
    if lozenge is not None and lozenge not in LOZENGES:
        yield f"the lozenge's type must be one of {', '.join(LOZENGES)}"
    for name, condition in (module.get("displayConditions") or {}).items():
        if name in CONDITIONS and ("value" in condition) != CONDITIONS[name]:
            yield f"{name} {'needs' if CONDITIONS[name] else 'takes no'} value"


def handler(manifest: Json, files: Files, function: str) -> tuple[str, str] | None:
    """The file and the export that a function's ``handler`` names, such as ``src/index.js`` and ``run``."""
    found = next((one for one in modules(manifest, "function") if one.get("key") == function), {})
    path, _, export = str(found.get("handler", "")).rpartition(".")
    file = next((f"src/{path}{end}" for end in _SOURCES if f"src/{path}{end}" in files), None)
    return None if file is None or not export else (file, export)


def _functions(manifest: Json, files: Files) -> Iterator[str]:
    for one in modules(manifest, "function"):
        if handler(manifest, files, str(one.get("key"))) is None:
            yield f"function {one.get('key')}: no source for the handler {one.get('handler')}"


def _resources(manifest: Json, files: Files) -> Iterator[str]:
    resources = {str(one.get("key")): str(one.get("path")) for one in manifest.get("resources") or ()}
    used = [str(one["resource"]) for one in modules(manifest, CONTEXT) if one.get("resource")]
    yield from (f"there is no resource {name}" for name in used if name not in resources)
    for name, path in resources.items():
        if path not in files and f"{path}/index.html" not in files:
            yield f"resource {name}: {path} is not in the package"


def _rights(manifest: Json) -> Iterator[str]:
    rights = manifest.get("permissions") or {}
    yield from (f"invalid scope {scope}" for scope in rights.get("scopes") or () if not _SCOPE.fullmatch(str(scope)))
    for entry in egress(manifest):
        if entry.startswith("http://") or not entry:
            yield f"the egress address {entry or '(empty)'} must be https"


def egress(manifest: Json) -> list[str]:
    """The addresses that the app's backend may call."""
    fetch = ((manifest.get("permissions") or {}).get("external") or {}).get("fetch") or {}
    rows = fetch.get("backend") or ()
    return [str(row.get("address", "")) if isinstance(row, dict) else str(row) for row in rows if "remote" not in row]
