"""The vendor's validator of app packages: the same rules, by our own hand."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

from deskpulse_simulation.records import Json

FRAMEWORK = "2.0"
REQUIRED = ("author", "defaultLocale", "location", "frameworkVersion")
SUPPORT_LOCATIONS = frozenset(
    [
        "background",
        "modal",
        "nav_bar",
        "top_bar",
        "ticket_sidebar",
        "new_ticket_sidebar",
        "user_sidebar",
        "organization_sidebar",
        "ticket_editor",
    ]
)
PRODUCTS = frozenset(("support", "chat", "sell", "zopim"))
PARAMETER_TYPES = frozenset(["text", "checkbox", "url", "number", "multiline", "hidden", "oauth", "mtls"])
SCOPES = frozenset(
    ["header", "body", "url", "jwt_secret_key", "jwt_claim", "basic_auth_username", "basic_auth_password"]
)
REQUIREMENTS = frozenset(
    [
        "automations",
        "channel_integrations",
        "custom_objects",
        "macros",
        "targets",
        "views",
        "ticket_fields",
        "triggers",
        "user_fields",
        "organization_fields",
        "webhooks",
        "custom_objects_v2",
    ]
)
WEBHOOK_KEYS = ("name", "status", "endpoint", "http_method", "request_format")
STORE_TEXTS = ("short_description", "installation_instructions", "long_description")
LARGEST_PACKAGE = 20_000_000

Files = dict[str, bytes]


def unpack(package: bytes) -> Files:
    """The package's files by path; ValueError when it is not a zip, or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST_PACKAGE:
                raise ValueError("The package is too large")
            return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
    except zipfile.BadZipFile:
        raise ValueError("The app package is not a zip file") from None


def problems(files: Files) -> list[str]:
    """Everything that refuses the package, in the vendor's words where they are known."""
    if "manifest.json" not in files:
        return ["Could not find manifest.json"]
    try:
        manifest = json.loads(files["manifest.json"])
    except ValueError as error:
        return [f"manifest is not proper JSON. {error}"]
    if not isinstance(manifest, dict):
        return ["manifest is not proper JSON. It must be an object"]
    found = [*_missing(manifest), *_types(manifest), *_locations(manifest, files), *_parameters(manifest)]
    return [*found, *_translations(manifest, files), *_requirements(files)]


def _missing(manifest: Json) -> Iterator[str]:
    missing = [key for key in REQUIRED if not manifest.get(key)]
    if missing:
        yield f"Missing required field in manifest: {', '.join(missing)}"


def _types(manifest: Json) -> Iterator[str]:
    version = manifest.get("frameworkVersion")
    if version and version != FRAMEWORK:
        yield f"{version} is not a valid framework version. Available: {FRAMEWORK}"
    if "version" in manifest and not isinstance(manifest["version"], str):
        yield "version must be a string"
    for key in ("signedUrls", "private", "singleInstall"):
        if key in manifest and not isinstance(manifest[key], bool):
            yield f"{key} must be a boolean"
    domains = manifest.get("domainWhitelist", [])
    if not isinstance(domains, list) or not all(isinstance(domain, str) for domain in domains):
        yield "domainWhitelist must be an array of strings"
    author = manifest.get("author")
    if isinstance(author, dict) and author.get("url"):
        parts = urlsplit(str(author["url"]))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            yield f"{author['url']} is not a valid author url"


def _locations(manifest: Json, files: Files) -> Iterator[str]:
    location = manifest.get("location")
    if not location:
        return
    if not isinstance(location, dict):
        yield "location must name products and their locations"
        return
    for product, places in location.items():
        if product not in PRODUCTS:
            yield f"{product} is not a valid product"
        for name, place in places.items() if isinstance(places, dict) else ():
            if product == "support" and name not in SUPPORT_LOCATIONS:
                yield f"{name} is an invalid location in Support."
            url = place.get("url") if isinstance(place, dict) else place
            if not _valid_location(str(url or ""), files):
                yield f"{url} is either an invalid location URI, refers to a missing asset, or does not use HTTPS"


def _valid_location(url: str, files: Files) -> bool:
    if "{{setting." in url:
        return True
    parts = urlsplit(url)
    if parts.scheme:
        return parts.scheme == "https" and bool(parts.hostname)
    return url.startswith("assets/") and parts.path in files


def _parameters(manifest: Json) -> Iterator[str]:
    parameters = manifest.get("parameters") or []
    names = [str(parameter.get("name")) for parameter in parameters]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        yield f"Duplicate app parameters defined: {', '.join(duplicates)}"
    if "name" in names:
        yield "Can't call a parameter 'name'"
    for parameter in parameters:
        name, kind = parameter.get("name"), parameter.get("type", "text")
        if kind not in PARAMETER_TYPES:
            yield f"{kind} is an invalid parameter type."
        if kind == "hidden" and parameter.get("required"):
            yield f"{name} is hidden and required: parameters cannot be both"
        scopes = parameter.get("scopes")
        if scopes is not None:
            if not parameter.get("secure"):
                yield f"{name} has scopes but is not secure"
            wrong = [scope for scope in scopes if scope not in SCOPES]
            if wrong:
                yield f"{name} has invalid scopes: {', '.join(map(str, wrong))}"


def _translations(manifest: Json, files: Files) -> Iterator[str]:
    locale = manifest.get("defaultLocale")
    if not locale:
        return
    path = f"translations/{locale}.json"
    if path not in files:
        yield f"Missing translation file for locale '{locale}'"
        return
    try:
        app = json.loads(files[path]).get("app", {})
    except (ValueError, AttributeError):
        yield f"{path} is not proper JSON"
        return
    if manifest.get("private") is False:
        missing = [key for key in STORE_TEXTS if not app.get(key)]
        if missing:
            yield f"Missing required key from {path}: {', '.join(missing)}"
    for name, text in (app.get("parameters") or {}).items():
        if not isinstance(text, dict) or not text.get("label"):
            yield f"Missing label of parameter {name} in {path}"


def _requirements(files: Files) -> Iterator[str]:
    if "requirements.json" not in files:
        return
    try:
        requirements = json.loads(files["requirements.json"])
    except ValueError as error:
        yield f"requirements.json is not proper JSON. {error}"
        return
    for kind, entries in requirements.items():
        if kind not in REQUIREMENTS:
            yield f"requirements.json contains an invalid type: {kind}"
            continue
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            needed: tuple[str, ...] = ()
            if kind == "webhooks":
                needed = WEBHOOK_KEYS
            elif kind in ("user_fields", "organization_fields"):
                needed = ("key", "title")
            elif kind in ("triggers", "ticket_fields", "automations"):
                needed = ("title",)
            missing = [key for key in needed if not entry.get(key)]
            if missing:
                yield f"Missing required fields in requirements.json for {kind} {name}: {', '.join(missing)}"


SDK_ADDRESS = re.compile(rb"https://static\.zdassets\.com/zendesk_app_framework_sdk/[\d.]+/zaf_sdk(\.min)?\.js")
