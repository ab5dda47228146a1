"""The installed sidebar app: its files, its settings, and the proxy that keeps its secure settings on the server."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import requests

from deskpulse_simulation.records import Json
from deskpulse_zendesk.simulator.account import Account
from deskpulse_zendesk.simulator.api import Api, Call, Reply
from deskpulse_zendesk.simulator.errors import ApiError
from deskpulse_zendesk.simulator.manifest import SDK_ADDRESS, Files, problems, unpack

PROXY_TIMEOUT = 15
SDK_PATH = b"/_sim/zaf_sdk.js"
_SETTING = re.compile(r"\{\{\s*setting\.(\w+)\s*\}\}")
_ZENDESK_HOSTS = ("zendesk.com", "zdassets.com", "zendesk-staging.com")


@dataclass(frozen=True)
class InstalledApp:
    """One installation: what the package holds and what the administrator filled in."""

    app_id: int
    installation_id: int
    guid: str
    manifest: Json
    files: Files
    settings: Mapping[str, str]

    def parameter(self, name: str) -> Json:
        """The manifest's word on a setting."""
        found: Json = next((entry for entry in self.manifest.get("parameters") or () if entry["name"] == name), {})
        return found

    def public_settings(self) -> dict[str, str]:
        """Settings the browser may see: those not secure."""
        return {name: value for name, value in self.settings.items() if not self.parameter(name).get("secure")}

    def place(self, location: str) -> Json | None:
        """Where the app shows at a location of Support: ``url``, and the rest of what the manifest says."""
        place = (self.manifest.get("location", {}).get("support") or {}).get(location)
        return {"url": place} if isinstance(place, str) else place

    def frame_address(self, location: str, origin: str) -> str | None:
        """The frame's address at a location, with the two parameters the SDK insists on; None where it has no place."""
        place = self.place(location)
        if place is None:
            return None
        url = self.fill(str(place["url"]), None)
        if url.startswith("assets/"):
            url = f"{origin}/_sim/app/{url}"
        return f"{url}{'&' if '?' in url else '?'}origin={origin}&app_guid={self.guid}"

    def fill(self, text: str, scope: str | None) -> str:
        """The text with settings put in; a secure one only goes where its scopes let it."""

        def value(found: re.Match[str]) -> str:
            parameter = self.parameter(found[1])
            if parameter.get("secure") and scope not in (parameter.get("scopes") or (scope,)):
                return found[0]
            if parameter.get("secure") and scope is None:
                return found[0]
            return self.settings.get(found[1], "")

        return _SETTING.sub(value, text)


class Apps:
    """The account's apps: the stand-in runs one, a second installation takes its place."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.installed: InstalledApp | None = None

    def install(self, package: bytes, settings: Mapping[str, str]) -> InstalledApp:
        """Check and install a package as an administrator does; ValueError says why it cannot be."""
        files = unpack(package)
        found = problems(files)
        if found:
            raise ValueError("; ".join(found))
        manifest = json.loads(files["manifest.json"])
        if manifest.get("signedUrls"):
            raise ValueError("signedUrls is not supported by this stand-in: it holds no key to sign with")
        names = {entry["name"] for entry in manifest.get("parameters") or ()}
        unknown = settings.keys() - names
        if unknown:
            raise ValueError(f"the app has no settings called {', '.join(sorted(unknown))}")
        required = [entry["name"] for entry in manifest.get("parameters") or () if entry.get("required")]
        missing = [name for name in required if not settings.get(name)]
        if missing:
            raise ValueError(f"settings required: {', '.join(missing)}")
        ids = self._account.ids
        self.installed = InstalledApp(ids.number(), ids.number(), ids.uuid(), manifest, files, dict(settings))
        return self.installed

    def asset(self, path: str) -> bytes | None:
        """A file of the package, the vendor's SDK in it replaced by ours."""
        data = None if self.installed is None else self.installed.files.get(path)
        if data is not None and path.endswith((".html", ".htm")):
            data = SDK_ADDRESS.sub(SDK_PATH, data)
        return data

    def fetch(self, asked: Json) -> Json:
        """A remote call on the app's behalf. Runs without the account's lock, as it may come back to the account."""
        app = self.installed
        if app is None:
            raise ApiError(404, {"error": "no app is installed"})
        secure = bool(asked.get("secure"))
        url = str(asked.get("url"))
        if secure:
            url = app.fill(url, "url")
        self._check_host(app, url)
        headers = {str(key): str(value) for key, value in (asked.get("headers") or {}).items()}
        data = asked.get("data")
        body = data if isinstance(data, str) or data is None else json.dumps(data)
        if secure:
            headers = {key: app.fill(value, "header") for key, value in headers.items()}
            body = body and app.fill(body, "body")
        if asked.get("contentType"):
            headers.setdefault("Content-Type", str(asked["contentType"]))
        method = str(asked.get("type") or asked.get("method") or "GET").upper()
        return _call_out(method, url, headers, body)

    def _check_host(self, app: InstalledApp, url: str) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        own = parts.netloc == urlsplit(self._account.base_url).netloc
        if parts.scheme not in ("http", "https") or own or host.endswith(_ZENDESK_HOSTS):
            raise ApiError(400, {"error": f"{url} is not a proxyable URI"})
        allowed = [str(domain).lower() for domain in app.manifest.get("domainWhitelist") or ()]
        names = [domain.partition(":")[0] for domain in allowed]
        if host not in names and not any(domain.startswith("*.") and host.endswith(domain[1:]) for domain in names):
            raise ApiError(403, {"error": f"{host} is not in the app's domainWhitelist"})


def _call_out(method: str, url: str, headers: Mapping[str, str], body: Any) -> Json:
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method,
                url,
                headers=dict(headers),
                data=body.encode() if isinstance(body, str) else body,
                timeout=PROXY_TIMEOUT,
                allow_redirects=False,
            )
    except requests.RequestException as error:
        return {"status": 502, "statusText": "Bad Gateway", "contentType": "text/plain", "body": type(error).__name__}
    return {
        "status": answer.status_code,
        "statusText": answer.reason,
        "contentType": answer.headers.get("Content-Type", ""),
        "body": answer.text,
    }


def add_routes(api: Api, apps: Apps) -> None:
    """What the vendor's command-line tool uploads a package to."""
    api.add("POST", "/apps/validate", validate)
    api.add("GET", "/apps/installations", partial(installations, apps=apps))


def validate(call: Call) -> Reply:
    """Multipart ``file``: 200 for a sound package, 422 with a ``description`` of all that is wrong."""
    upload = call.request.files.get("file")
    try:
        found = ["Upload the package as the form field file"] if upload is None else problems(unpack(upload.read()))
    except ValueError as error:
        found = [str(error)]
    if found:
        raise ApiError(422, {"error": "invalid", "description": "\n".join(found)})
    return Reply({})


def installations(call: Call, apps: Apps) -> Json:
    """What is installed, settings without their secrets."""
    app = apps.installed
    if app is None:
        return {"installations": []}
    url = f"{call.account.base_url}/api/v2/apps/installations/{app.installation_id}.json"
    row = {"id": app.installation_id, "app_id": app.app_id, "url": url, "settings": app.public_settings()}
    return {"installations": [row]}
