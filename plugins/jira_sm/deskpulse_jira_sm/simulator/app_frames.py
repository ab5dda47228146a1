"""What the installed Forge app's frames load and call: its sources, the stand-in runtime, and two proxies.

The panel runs in one sandboxed frame of the agent screen, the resolver in a second, hidden one that plays the Forge
backend. Being a stand-in, it hands that frame the app's variables: whoever sees the agent screen could read them.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    jsonify,
    make_response,
    render_template,
    request,
    send_from_directory,
)
from werkzeug.test import Client

from deskpulse_jira_sm.simulator.agent_screen import AgentScreen
from deskpulse_jira_sm.simulator.apps import ForgeApp
from deskpulse_jira_sm.simulator.auth import APP
from deskpulse_jira_sm.simulator.errors import forbidden
from deskpulse_jira_sm.simulator.parts import JiraParts
from deskpulse_jira_sm.simulator.records import Issue
from deskpulse_jira_sm.simulator.workflow import ISSUE_TYPES
from deskpulse_simulation.records import Json
from deskpulse_simulation.screen import same_origin

RUNTIME = Path(__file__).parent / "static" / "forge"
PANEL_MODULES = {"react": "react.js", "@forge/react": "ui_kit.js", "@forge/bridge": "bridge.js"}
BACKEND_MODULES = {"@forge/resolver": "resolver.js", "@forge/api": "api.js"}


def blueprint(parts: JiraParts, screen: AgentScreen, flask: Flask) -> Blueprint:
    """The frames' pages."""
    pages = Blueprint("forge", __name__, url_prefix="/_sim/forge")
    room = Frames(parts, screen, flask)
    for rule, view, methods in (
        ("/panel/<key>", room.panel, ["GET"]),
        ("/backend/<key>", room.backend, ["GET"]),
        ("/files/<path:path>", room.source, ["GET"]),
        ("/runtime/<path:name>", room.runtime, ["GET"]),
        ("/fetch", room.fetch, ["POST"]),
        ("/request-jira", room.request_jira, ["POST"]),
    ):
        pages.add_url_rule(rule, view.__name__, view, methods=methods)
    return pages


class Frames:
    """The views."""

    def __init__(self, parts: JiraParts, screen: AgentScreen, flask: Flask) -> None:
        self._parts = parts
        self._screen = screen
        self._client = Client(flask)

    def _app(self) -> ForgeApp:
        return self._parts.apps.installed or abort(404)

    def panel(self, key: str) -> Response:
        """The page that runs the panel's UI Kit module."""
        app = self._app()
        return self._page("panel_boot.js", PANEL_MODULES, {"entry": app.entry(), "context": self._context(key)})

    def backend(self, key: str) -> Response:
        """The page that runs the resolver, with the app's variables as ``process.env``."""
        app = self._app()
        setup = {"handlers": app.handlers(), "env": dict(app.variables), "context": self._context(key)}
        return self._page("backend_boot.js", BACKEND_MODULES, setup)

    def _page(self, boot: str, modules: dict[str, str], setup: Json) -> Response:
        origin, nonce = request.host_url.rstrip("/"), secrets.token_urlsafe(16)
        imports = {"imports": {name: f"{origin}/_sim/forge/runtime/{file}" for name, file in modules.items()}}
        setup["files"] = f"{origin}/_sim/forge/files/"
        values: dict[str, Any] = {"title": boot, "boot": boot, "imports": imports, "setup": setup}
        response = make_response(render_template("forge_frame.html", origin=origin, nonce=nonce, **values))
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src {origin} 'nonce-{nonce}'; style-src {origin}; img-src {origin}; "
            f"base-uri 'none'; form-action 'none'; frame-ancestors {origin}"
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    def _context(self, key: str) -> Json:
        site = self._parts.site
        with self._parts.lock:
            issue = site.issue(key) or abort(404)
            agent = self._screen.agent()
            module = (self._app().panel or {}).get("key", "")
            return {
                "accountId": agent.account_id,
                "cloudId": site.cloud_id,
                "siteUrl": site.base_url,
                "moduleKey": module,
                "localId": f"ari:cloud:ecosystem::extension/{site.cloud_id}/{module}",
                "environmentType": "PRODUCTION",
                "locale": "en-GB",
                "timezone": agent.time_zone,
                "extension": self._extension(issue),
            }

    def _extension(self, issue: Issue) -> Json:
        project = self._parts.site.projects[issue.project_id]
        return {
            "type": "jira:issueContext",
            "issue": {
                "id": str(issue.id),
                "key": issue.key,
                "type": ISSUE_TYPES[issue.type_id],
                "typeId": issue.type_id,
            },
            "project": {"id": str(project.id), "key": project.key, "type": "service_desk"},
            "location": f"{self._parts.site.base_url}/browse/{issue.key}",
        }

    def source(self, path: str) -> Response:
        """A file of the app; scripts are modules whatever their ending."""
        data = self._app().source(path)
        if data is None:
            abort(404)
        kind = (
            "text/css" if path.endswith(".css") else "application/json" if path.endswith(".json") else "text/javascript"
        )
        return _open(Response(data, content_type=f"{kind}; charset=utf-8"))

    def runtime(self, name: str) -> Response:
        """A file of the stand-in runtime."""
        return _open(send_from_directory(RUNTIME, name))

    def fetch(self) -> Response:
        """``api.fetch``, for addresses that the manifest allows."""
        _check_own_page()
        return jsonify(self._parts.apps.fetch(request.get_json(force=True)))

    def request_jira(self) -> Response:
        """``requestJira``: a call of the site's API as the app, within its scopes."""
        _check_own_page()
        asked = request.get_json(force=True)
        path = str(asked.get("path"))
        if not path.startswith("/rest/"):
            raise forbidden("requestJira takes paths below /rest/.")
        body = asked.get("body")
        answer = self._client.open(
            path,
            method=str(asked.get("method") or "GET").upper(),
            headers={str(name): str(value) for name, value in (asked.get("headers") or {}).items()},
            data=body if isinstance(body, str) else json.dumps(body) if body is not None else None,
            environ_overrides={APP: True},
        )
        kept = {name.lower(): value for name, value in answer.headers.items()}
        told = {"status": answer.status_code, "statusText": answer.status, "headers": kept}
        return jsonify(told | {"body": answer.get_data(as_text=True)})


def _open(response: Response) -> Response:
    """Readable for the frames, whose origin is nobody's."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return response


def _check_own_page() -> None:
    if not same_origin() or not request.headers.get("X-Requested-With"):
        raise forbidden()
