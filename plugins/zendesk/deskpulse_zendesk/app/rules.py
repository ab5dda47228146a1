"""Zendesk's rules for an app package, as its own validator (zendesk_apps_support, 2026-08-05) applies them.

Zendesk checks a package only when it is uploaded; these rules say the same without a network. They cover framework 2.0:
manifest, parameters, locations, translations, requirements, and the warnings about plain http and secrets in files.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

FRAMEWORK_VERSION = "2.0"
REQUIRED = ("author", "defaultLocale", "location", "frameworkVersion")
LOCATIONS: Mapping[str, frozenset[str]] = {
    "support": frozenset(
        {
            "top_bar",
            "nav_bar",
            "ticket_sidebar",
            "new_ticket_sidebar",
            "user_sidebar",
            "organization_sidebar",
            "background",
            "modal",
            "ticket_editor",
            "system_top_bar",
        }
    ),
    "chat": frozenset({"chat_sidebar", "background"}),
    "sell": frozenset(
        {
            "deal_card",
            "person_card",
            "company_card",
            "lead_card",
            "background",
            "modal",
            "dashboard",
            "note_editor",
            "call_log_editor",
            "email_editor",
            "top_bar",
            "visit_editor",
        }
    ),
}
PARAMETER_TYPES = ("text", "checkbox", "url", "number", "multiline", "hidden", "oauth", "mtls")
SCOPES = ("header", "body", "url", "jwt_secret_key", "jwt_claim", "basic_auth_username", "basic_auth_password")
BOOLEANS = ("requirementsOnly", "marketingOnly", "singleInstall", "signedUrls", "private")
STRINGS = ("defaultLocale", "version", "frameworkVersion", "remoteInstallationURL", "termsConditionsURL")
AUTHOR_STRINGS = ("name", "email", "url")
PUBLIC_TEXTS = ("name", "short_description", "installation_instructions", "long_description")
REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "automations": ("title",),
    "channel_integrations": ("manifest_url",),
    "custom_objects": (),
    "macros": ("title",),
    "targets": ("title",),
    "views": ("title",),
    "ticket_fields": ("title",),
    "triggers": ("title",),
    "user_fields": ("key", "title"),
    "organization_fields": ("key", "title"),
    "webhooks": ("name", "status", "endpoint", "http_method", "request_format"),
    "custom_objects_v2": (),
}
"""What requirements.json may ask for, and the keys that each entry needs."""

LOCALE = re.compile(r"[a-z]{2,3}(-\w{2,3})?")
TRANSLATION = re.compile(r"translations/(.*)\.json")
SETTING_PLACEHOLDER = "{{setting."
LOOKS_SECRET = re.compile(r"token|key|pwd|password", re.IGNORECASE)
PLAIN_HTTP = re.compile(r"""http://[^\s"'<>)`]+""", re.IGNORECASE)
SECRET_WORD = re.compile(r"password|secret|auth_?key|auth_?pass|auth_?user|api_key", re.IGNORECASE)
SECRET_VALUE = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{8,24}|xox[pboa]-\w|"
    r"(?:token|app[-_]key|consumer[-_]key|master[-_]key|private[-_]key) ?[:\"=-].*[\w+.-]{4}",
    re.IGNORECASE,
)


class Severity(StrEnum):
    """An error refuses the package; a warning is shown to whoever uploads it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that the package breaks."""

    severity: Severity
    message: str


class DuplicateKeyError(ValueError):
    """A JSON object names one key twice."""


def check(package: bytes) -> list[Finding]:
    """Everything that Zendesk would say about the package, errors first."""
    try:
        with zipfile.ZipFile(BytesIO(package)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            contents = {name: archive.read(name) for name in names}
    except zipfile.BadZipFile:
        return [_error("The package is not a zip file.")]
    try:
        manifest = _read_json(contents, "manifest.json")
    except _UnreadableError as problem:
        return [_error(str(problem))]
    findings = [
        *_required(manifest),
        *_types(manifest),
        *_addresses(manifest),
        *_locations(manifest, contents),
        *_default_locale(manifest, contents),
        *_parameters(manifest),
        *_translations(manifest, contents),
        *_requirements(contents),
        *_plain_http(contents),
        *_secrets(contents),
    ]
    return sorted(findings, key=lambda finding: finding.severity is Severity.WARNING)


class _UnreadableError(Exception):
    """A JSON file is missing or is no JSON object; the message says which and why."""


def _error(message: str) -> Finding:
    return Finding(Severity.ERROR, message)


def _warning(message: str) -> Finding:
    return Finding(Severity.WARNING, message)


def _read_json(contents: Mapping[str, bytes], name: str) -> dict[str, Any]:
    if name not in contents:
        nested = next((path for path in contents if path.count("/") == 1 and path.endswith(f"/{name}")), None)
        hint = f" in the root of the zip file, but {nested} was found" if nested else ""
        raise _UnreadableError(f"Could not find {name}{hint}.")
    try:
        found = json.loads(contents[name], object_pairs_hook=_unique)
    except DuplicateKeyError as problem:
        raise _UnreadableError(f"Duplicate keys are specified in {name}: {problem}.") from None
    except ValueError as problem:
        raise _UnreadableError(f"{name} is not proper JSON: {problem}.") from None
    if not isinstance(found, dict):
        raise _UnreadableError(f"{name} is not a JSON object.")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise DuplicateKeyError(name)
    return dict(pairs)


def _object(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _required(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    for name in REQUIRED:
        if not manifest.get(name):
            yield _error(f"Missing required field in manifest: {name}.")
    version = manifest.get("frameworkVersion")
    if version and version != FRAMEWORK_VERSION:
        yield _error(f"{version} is not a valid framework version. Available versions are: {FRAMEWORK_VERSION}.")


def _types(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    for name in BOOLEANS:
        if not isinstance(manifest.get(name, False), bool):
            yield _error(f'{name} must be a boolean value, got "{manifest[name]}".')
    for name in STRINGS:
        if not isinstance(manifest.get(name, ""), str):
            yield _error(f'{name} must be a string, got "{manifest[name]}".')
    author = _object(manifest.get("author"))
    for name in AUTHOR_STRINGS:
        if not isinstance(author.get(name, ""), str):
            yield _error(f'author {name} must be a string, got "{author[name]}".')
    domains = manifest.get("domainWhitelist", [])
    if not isinstance(domains, list) or not all(isinstance(domain, str) for domain in domains):
        yield _error("The manifest field domainWhitelist need to be an array containing strings.")


def _addresses(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    found = {
        "terms_conditions_url": manifest.get("termsConditionsURL"),
        "author url": _object(manifest.get("author")).get("url"),
    }
    for name, value in found.items():
        if value and not _is_web_address(value):
            yield _error(f'{name} must be a valid URL, got "{value}".')


def _is_web_address(value: object) -> bool:
    if not isinstance(value, str) or re.search(r"\s", value):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _locations(manifest: Mapping[str, Any], contents: Mapping[str, bytes]) -> Iterator[Finding]:
    hosts = manifest.get("location")
    if not hosts:
        return
    if not isinstance(hosts, dict):
        yield _error("The manifest field location needs to be key-value pairs.")
        return
    for host, locations in hosts.items():
        if host not in LOCATIONS:
            yield _error(f"{host} is an invalid host for apps.")
            continue
        for location, options in _object(locations).items():
            if location not in LOCATIONS[host]:
                yield _error(f"{location} is an invalid location in {host.capitalize()}.")
            yield from _location(location, options if isinstance(options, dict) else {"url": options}, contents)


def _location(location: str, options: Mapping[str, Any], contents: Mapping[str, bytes]) -> Iterator[Finding]:
    url = options.get("url")
    if not isinstance(url, str) or not url:
        if options.get("autoLoad", True):
            yield _error(f"{location} location does not specify a URI.")
    elif SETTING_PLACEHOLDER not in url and not _is_location_url(url, contents):
        yield _error(f"{url} is either an invalid location URI, refers to a missing asset, or does not use HTTPS.")
    flexible = options.get("flexible")
    if flexible is not None and not isinstance(flexible, bool):
        yield _error(f"{flexible} is an invalid type for the flexible location parameter.")


def _is_location_url(url: str, contents: Mapping[str, bytes]) -> bool:
    parts = urlsplit(url)
    if parts.scheme:
        return parts.scheme == "https" or parts.hostname == "localhost"
    return parts.path.startswith("assets/") and parts.path in contents


def _default_locale(manifest: Mapping[str, Any], contents: Mapping[str, bytes]) -> Iterator[Finding]:
    locale = manifest.get("defaultLocale")
    if not isinstance(locale, str) or not locale:
        return
    if not LOCALE.fullmatch(locale):
        yield _error(f"{locale} is not a valid default locale.")
    elif f"translations/{locale}.json" not in contents:
        yield _error(f"Missing translation file for locale '{locale}'.")


def _parameters(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    parameters = manifest.get("parameters", [])
    if not isinstance(parameters, list) or not all(isinstance(parameter, dict) for parameter in parameters):
        yield _error("App parameters must be an array.")
        return
    names = Counter(str(parameter.get("name")) for parameter in parameters)
    duplicates = [name for name, times in names.items() if times > 1]
    if duplicates:
        yield _error(f"Duplicate app parameters defined: {', '.join(duplicates)}.")
    if names["name"]:
        yield _error("Can't call a parameter 'name'.")
    if sum(parameter.get("type") == "oauth" for parameter in parameters) > 1:
        yield _error("Too many parameters with type 'oauth': one permitted.")
    for parameter in parameters:
        yield from _parameter(parameter)
        yield from _scopes(parameter)


def _parameter(parameter: Mapping[str, Any]) -> Iterator[Finding]:
    name, kind = parameter.get("name"), parameter.get("type", "text")
    if kind not in PARAMETER_TYPES:
        yield _error(f"{kind} is an invalid parameter type.")
    for flag in ("required", "secure"):
        if not isinstance(parameter.get(flag, False), bool):
            yield _error(f'parameters[name="{name}"].{flag} must be a boolean value, got "{parameter[flag]}".')
    if kind == "hidden" and parameter.get("required"):
        yield _error(f"{name} is set to hidden and cannot be required.")
    if kind == "oauth" and parameter.get("secure"):
        yield _error("oauth parameter cannot be set to be secure.")
    if kind == "text" and not parameter.get("secure") and LOOKS_SECRET.search(str(name)):
        yield _warning(f"Make sure to set secure to true when using keys in Settings: {name}.")
    if "default" in parameter and (parameter.get("secure") or kind == "hidden"):
        yield _warning(f"Default values for secure or hidden parameters are not stored securely: {name}.")


def _scopes(parameter: Mapping[str, Any]) -> Iterator[Finding]:
    field = f'parameters[name="{parameter.get("name")}"].scopes'
    scopes = parameter.get("scopes")
    if parameter.get("secure") and not scopes:
        yield _warning(f"The scopes property is not configured: {field}.")
    if scopes is None:
        return
    if not parameter.get("secure"):
        yield _error(f"{field} cannot be defined in a non-secure parameter.")
    if not isinstance(scopes, list):
        yield _error(f"The manifest field {field} needs to be an array.")
        return
    if not scopes:
        yield _error(f"{field} cannot be empty.")
    unknown = [str(scope) for scope in scopes if scope not in SCOPES]
    if unknown:
        yield _error(f"{field} contains invalid values: {', '.join(unknown)}.")


def _translations(manifest: Mapping[str, Any], contents: Mapping[str, bytes]) -> Iterator[Finding]:
    for path in sorted(contents):
        match = TRANSLATION.fullmatch(path)
        if not match:
            continue
        if not LOCALE.fullmatch(match[1]):
            yield _error(f"{path} is not a valid locale.")
        try:
            texts = _object(_read_json(contents, path).get("app"))
        except _UnreadableError as problem:
            yield _error(str(problem))
            continue
        for name, text in _object(texts.get("parameters")).items():
            if "label" not in _object(text):
                yield _error(f"Missing required key label on leaf {name} from {path}.")
        if path == "translations/en.json":
            wanted = ("name",) if manifest.get("private", True) else PUBLIC_TEXTS
            missing = [name for name in wanted if name not in _descriptions(texts)]
            if missing:
                yield _error(f"Missing required key from {path}: {', '.join(missing)}.")


def _descriptions(texts: Mapping[str, Any]) -> set[str]:
    """The names of the texts, where ``description`` is the older name of ``short_description``."""
    return {"short_description" if name == "description" else name for name in texts}


def _requirements(contents: Mapping[str, bytes]) -> Iterator[Finding]:
    if "requirements.json" not in contents:
        return
    try:
        requirements = _read_json(contents, "requirements.json")
    except _UnreadableError as problem:
        yield _error(str(problem))
        return
    unknown = [kind for kind in requirements if kind not in REQUIREMENTS]
    if unknown:
        yield _error(f"requirements.json contains an invalid type: {', '.join(unknown)}.")
    for kind, needed in REQUIREMENTS.items():
        for identifier, entry in _object(requirements.get(kind)).items():
            missing = [name for name in needed if name not in _object(entry)]
            for name in missing:
                yield _error(f'Missing required fields in requirements.json: "{name}" is required in "{identifier}".')


def _plain_http(contents: Mapping[str, bytes]) -> Iterator[Finding]:
    for path, content in sorted(contents.items()):
        if re.search(r"\.(jsx?|html?)$", path):
            for url in PLAIN_HTTP.findall(content.decode("utf-8", "replace")):
                yield _warning(f"Possible insecure HTTP request to {url} in {path}.")


def _secrets(contents: Mapping[str, bytes]) -> Iterator[Finding]:
    for path, content in sorted(contents.items()):
        text = content.decode("utf-8", "replace") if re.search(r"\.(html?|xml|jsx?|json)$", path) else ""
        match = SECRET_VALUE.search(text) or SECRET_WORD.search(text)
        if match:
            yield _warning(f"Possible secrets found in {path} ('{match[0][:20]}').")
