"""The installed Forge app: its files, its variables, where its panel shows, and the calls it makes to the outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from deskpulse_jira_sm.simulator.auth import Gate
from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.forge_manifest import (
    CONTEXT,
    Files,
    egress,
    handler,
    modules,
    problems,
    read,
    unpack,
)
from deskpulse_jira_sm.simulator.people import create_user
from deskpulse_jira_sm.simulator.records import APP, Issue
from deskpulse_jira_sm.simulator.site import Site
from deskpulse_simulation.records import Json

FETCH_TIMEOUT = 15
LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


@dataclass(frozen=True)
class ForgeApp:
    """One installation."""

    manifest: Json
    files: Files
    variables: Mapping[str, str]

    @property
    def panel(self) -> Json | None:
        """The ``jira:issueContext`` module."""
        return next(iter(modules(self.manifest, CONTEXT)), None)

    @property
    def scopes(self) -> frozenset[str]:
        """What the app may do with the site's API."""
        return frozenset((self.manifest.get("permissions") or {}).get("scopes") or ())

    def entry(self) -> str:
        """The panel's UI Kit source."""
        name = (self.panel or {}).get("resource")
        return next(str(one["path"]) for one in self.manifest["resources"] if one["key"] == name)

    def handlers(self) -> Json:
        """The sources and exports behind the panel's resolver and its dynamic properties."""
        panel = self.panel or {}
        named = {part: (panel.get(part) or {}).get("function") for part in ("resolver", "dynamicProperties")}
        found = {part: handler(self.manifest, self.files, name) for part, name in named.items() if name}
        return {part: {"file": where[0], "export": where[1]} for part, where in found.items() if where}

    def source(self, path: str) -> bytes | None:
        """A file of the package; an import without an ending finds its script."""
        ends = ("", ".js", ".jsx", "/index.js")
        return next((self.files[path + end] for end in ends if path + end in self.files), None)

    def shows(self, issue: Issue) -> bool:
        """Whether the panel's display conditions hold. Unknown properties, and other entities than issues, do not."""
        conditions = (self.panel or {}).get("displayConditions") or {}
        return all(_holds(name, condition, issue) for name, condition in conditions.items())


def _holds(name: str, condition: Any, issue: Issue) -> bool:
    if not isinstance(condition, dict) or condition.get("entity") != "issue":
        return False
    value = issue.properties.get(str(condition.get("propertyKey")))
    for part in str(condition.get("objectName") or "").split("."):
        if part:
            value = value.get(part) if isinstance(value, dict) else None
    if name == "entityPropertyExists":
        return value is not None
    found = {str(one) for one in (value if isinstance(value, list) else [value]) if one is not None}
    given = condition.get("value")
    wanted = {str(one) for one in (given if isinstance(given, list) else [given])}
    if name == "entityPropertyContainsAny":
        return not found.isdisjoint(wanted)
    return wanted <= found if name == "entityPropertyContainsAll" else wanted == found


class Apps:
    """The site's apps: the stand-in runs one, a second installation takes its place."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate
        self.installed: ForgeApp | None = None

    def install(self, package: bytes, settings: Mapping[str, str]) -> None:
        """Check and install; ``settings`` are the app's Forge variables. ValueError says why it cannot be."""
        if self._site.server:
            raise ValueError("Data Center knows no Forge apps")
        files = unpack(package)
        manifest = read(files)
        found = problems(manifest, files)
        if found:
            raise ValueError("; ".join(found))
        self.installed = ForgeApp(manifest, files, dict(settings))
        if not self._gate.app_id:
            title = str((self.installed.panel or {}).get("title") or "Forge app")
            self._gate.app_id = create_user(self._site, title, None, APP, admin=True).account_id
        self._gate.app_scopes = self.installed.scopes

    def fetch(self, asked: Json) -> Json:
        """A call of the app's backend to an address its manifest allows. Hold no lock: it may come back to us.

        Forge calls https alone. An address of this machine is called over plain HTTP, being its own stand-in.
        """
        app = self.installed
        if app is None:
            raise ApiError(404, "No app is installed.")
        url = str(asked.get("url"))
        parts = urlsplit(url)
        if not any(_allows(entry, parts.scheme, parts.hostname or "") for entry in egress(app.manifest)):
            raise ApiError(403, f"{parts.hostname} is not among the app's egress permissions.")
        if parts.hostname in LOOPBACK:
            url = parts._replace(scheme="http").geturl()
        return _call_out(str(asked.get("method") or "GET"), url, asked.get("headers") or {}, asked.get("body"))


def _allows(entry: str, scheme: str, host: str) -> bool:
    allowed = urlsplit(entry if "://" in entry else f"https://{entry}").hostname or ""
    secure = scheme == "https" or host in LOOPBACK
    return secure and (host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:])))


def _call_out(method: str, url: str, headers: Mapping[str, Any], body: Any) -> Json:
    data = body.encode() if isinstance(body, str) else None
    try:
        with requests.Session() as session:
            session.trust_env = False
            given = {str(name): str(value) for name, value in headers.items()}
            answer = session.request(
                method, url, headers=given, data=data, timeout=FETCH_TIMEOUT, allow_redirects=False
            )
    except requests.RequestException as error:
        raise ApiError(502, f"The address cannot be reached: {type(error).__name__}") from None
    kept = {name.lower(): value for name, value in answer.headers.items()}
    return {"status": answer.status_code, "statusText": answer.reason, "headers": kept, "body": answer.text}
