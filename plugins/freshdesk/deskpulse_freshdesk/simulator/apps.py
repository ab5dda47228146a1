"""The installed sidebar app: its files, its installation parameters, and the proxy that sends its requests.

A request template's host is a bare name, and the platform calls it by https. A simulator's DeskPulse listens on a
loopback port instead, which no such name can tell. So ``hosts`` says where names lead: filled in by every installation
setting that is a loopback address (``http://127.0.0.1:8000/...`` makes the host ``127.0.0.1`` lead to that port), also
by the setting ``_panel_origin``, which is no parameter of the app, and by ``POST /_sim/hosts``.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.api import LOOPBACK
from deskpulse_freshdesk.simulator.manifest import TEMPLATE, Files, problems, read, unpack
from deskpulse_simulation.limits import Windows
from deskpulse_simulation.records import Json

PROXY_TIMEOUT = 15.0
MOST_A_MINUTE = 50
LARGEST_ANSWER = 6_000_000
ORIGIN_SETTING = "_panel_origin"
PLATFORM, APP = "PLATFORM", "APP"
"""``errorSource``: who a failed request's answer comes from."""
_PART = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)"|(iparam|context)\.(\w+))\s*$""")
_ENCODE = re.compile(r"encode\((.*)\)$")


@dataclass(frozen=True)
class InstalledApp:
    """One installation: what the package holds and what the administrator filled in."""

    name: str
    files: Files
    manifest: Json
    templates: Json
    iparams: Json
    settings: Mapping[str, str]

    def public_settings(self) -> dict[str, str]:
        """What the browser may see: parameters that are not secure."""
        return {name: value for name, value in self.settings.items() if not self.iparams[name].get("secure")}

    def page(self, location: str) -> str | None:
        """The page that the app shows in a place of the agent screen; None where it has none."""
        for module in self.manifest["modules"].values():
            place = (module.get("location") or {}).get(location)
            if place is not None:
                return str(place["url"])
        return None


class RequestFailed(Exception):
    """A template's request that the platform refused or could not make; as the app sees it."""

    def __init__(self, status: int, words: str, attempts: int = 1) -> None:
        super().__init__(words)
        self.outcome = outcome(status, {}, json.dumps({"message": words}), attempts, PLATFORM)


def outcome(status: int, headers: Mapping[str, str], text: str, attempts: int, source: str) -> Json:
    """What ``invokeTemplate`` resolves with, or is rejected with where the status is an error."""
    body: Json = {"status": status, "headers": dict(headers), "response": text, "attempts": attempts}
    return body if status < 400 else body | {"errorSource": source}


class Apps:
    """The account's apps: the stand-in runs one, a second installation takes its place."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._windows = Windows(account.clock)
        self.installed: InstalledApp | None = None
        self.hosts: dict[str, str] = {}

    def install(self, package: bytes, settings: Mapping[str, str]) -> InstalledApp:
        """Check and install a package as an administrator does; ValueError says why it cannot be."""
        files = unpack(package)
        found = problems(files)
        if found:
            raise ValueError("; ".join(found))
        iparams = read(files, "config/iparams.json")
        entered = {name: value for name, value in settings.items() if name != ORIGIN_SETTING}
        _check_settings(iparams, entered)
        self.hosts |= dict(filter(None, map(_loopback, settings.values())))
        manifest, templates = read(files, "manifest.json"), read(files, "config/requests.json")
        self.installed = InstalledApp("DeskPulse", files, manifest, templates, iparams, entered)
        return self.installed

    def asset(self, path: str) -> bytes | None:
        """A file of the package's ``app`` folder, the client's address put in."""
        data = None if self.installed is None else self.installed.files.get(f"app/{path}")
        if data is not None and path.endswith(".html"):
            data = data.replace(b"{{{appclient}}}", b"/_sim/appclient.js")
        return data

    def invoke(self, name: str, context: Json, body: str | None) -> Json:
        """Make a template's request on the app's behalf. Runs without the account's lock: it may come back to it."""
        try:
            with self._account.lock:
                app, template = self._template(name)
                used, _ = self._windows.count(("app",), 60)
                if used > MOST_A_MINUTE:
                    raise RequestFailed(429, f"More than {MOST_A_MINUTE} requests a minute")
                call = self._prepared(app, template["schema"], context, body)
            return _send(call, template.get("options") or {})
        except RequestFailed as failure:
            return failure.outcome

    def _template(self, name: str) -> tuple[InstalledApp, Json]:
        if self.installed is None:
            raise RequestFailed(404, "No app is installed")
        template = self.installed.templates.get(name)
        if template is None:
            raise RequestFailed(400, f"There is no request template '{name}'")
        return self.installed, template

    def _prepared(self, app: InstalledApp, schema: Json, context: Json, body: str | None) -> dict[str, Any]:
        fill = _Filling(app, context)
        host = fill.text(schema["host"])
        path = TEMPLATE.sub(lambda found: quote(fill.value(found[1]), safe=""), schema["path"])
        headers = {str(key): fill.text(str(value)) for key, value in (schema.get("headers") or {}).items()}
        if not re.fullmatch(r"[A-Za-z0-9.-]+", host):
            raise RequestFailed(400, "The host is not a fully qualified domain name")
        if any("\n" in value or "\r" in value for value in headers.values()):
            raise RequestFailed(400, "A header may not hold line breaks")
        own = host == f"{self._account.domain}.freshdesk.com"
        origin = self._account.base_url if own else self.hosts.get(host, f"https://{host}")
        return {
            "method": schema["method"],
            "url": f"{origin}{path}",
            "params": {str(key): fill.text(str(value)) for key, value in (schema.get("query") or {}).items()},
            "headers": headers,
            "data": None if body is None else body.encode(),
        }


class _Filling:
    """Values for the marks of a template."""

    def __init__(self, app: InstalledApp, context: Json) -> None:
        self._values = {"iparam": app.settings, "context": context}

    def text(self, template: str) -> str:
        """The template with its marks filled in."""
        return TEMPLATE.sub(lambda found: self.value(found[1]), template)

    def value(self, expression: str) -> str:
        """What stands for one mark: texts and values put together, base64 where it says ``encode``."""
        encoded = _ENCODE.match(expression)
        joined = "".join(self._one(part) for part in (encoded[1] if encoded else expression).split("+"))
        return base64.b64encode(joined.encode()).decode() if encoded else joined

    def _one(self, part: str) -> str:
        found = _PART.match(part)
        if found is None:
            raise RequestFailed(400, f"The template holds an expression that is not supported: {part.strip()}")
        if found[3] is None:
            return found[1] if found[1] is not None else found[2]
        values: Mapping[str, Any] = self._values[found[3]]
        if found[4] not in values:
            raise RequestFailed(400, f"{found[3]}.{found[4]} has no value")
        return str(values[found[4]])


def _send(call: dict[str, Any], options: Json) -> Json:
    """Try as often as the template's options allow, again on 429, server errors and timeouts."""
    most, pause = int(options.get("maxAttempts", 1)), float(options.get("retryDelay", 0)) / 1000
    attempt = 0
    while True:
        attempt += 1
        result = _send_once(call, attempt)
        if attempt >= most or not (result["status"] == 429 or result["status"] >= 500):
            return result
        time.sleep(pause)


def _send_once(call: dict[str, Any], attempt: int) -> Json:
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(**call, timeout=PROXY_TIMEOUT, allow_redirects=False)
    except requests.Timeout:
        return RequestFailed(504, "Timeout while making the request", attempt).outcome
    except requests.RequestException:
        return RequestFailed(502, "The host could not be reached", attempt).outcome
    if len(answer.content) > LARGEST_ANSWER:
        return RequestFailed(413, "The answer is too large", attempt).outcome
    return outcome(answer.status_code, answer.headers, answer.text, attempt, APP)


def _check_settings(iparams: Json, settings: Mapping[str, str]) -> None:
    unknown = settings.keys() - iparams.keys()
    if unknown:
        raise ValueError(f"the app has no parameters called {', '.join(sorted(unknown))}")
    for name, parameter in iparams.items():
        value = settings.get(name, "")
        if parameter.get("required") and not value:
            raise ValueError(f"{name} is required")
        rule = ((parameter.get("type_attributes") or {}).get("regex") or {}) if value else {}
        if rule and not re.search(rule["pattern"], value):
            raise ValueError(f"{name}: {rule.get('message', 'not accepted')}")


def _loopback(value: str) -> tuple[str, str] | None:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or parts.hostname not in LOOPBACK:
        return None
    return parts.hostname, f"{parts.scheme}://{parts.netloc}"
