"""What the installed app's frame loads: its files, the stand-in client, and the proxy for its requests."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, jsonify, request, send_from_directory

from deskpulse_freshdesk.simulator.account import Account
from deskpulse_freshdesk.simulator.api import error_response
from deskpulse_freshdesk.simulator.apps import Apps
from deskpulse_freshdesk.simulator.errors import access_denied
from deskpulse_simulation.control import Control, given
from deskpulse_simulation.records import BadInput, Json
from deskpulse_simulation.screen import same_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

STATIC = Path(__file__).parent / "static"
SCRIPT_HEADER = "X-Requested-With"


def add_to(control: Control, apps: Apps) -> None:
    """``/_sim/hosts``, and what is installed, for programs."""

    def hosts() -> Mapping[str, str]:
        """Say where host names lead: ``{"feedback.example.com": "http://127.0.0.1:8000"}``."""
        for host, origin in given().items():
            if not isinstance(origin, str) or not origin.startswith(("http://", "https://")):
                raise BadInput("send host names with the origins they lead to")
            apps.hosts[host] = origin.rstrip("/")
        return apps.hosts

    def installed() -> Json:
        app = apps.installed
        return {"installed": app is not None, "iparams": app.public_settings() if app else {}}

    control.add("POST", "/hosts", hosts)
    control.add("GET", "/app-installation", installed)


def blueprint(account: Account, apps: Apps) -> Blueprint:
    """The frame's files and calls. The frame has an origin of its own, so its files may be read from anywhere."""
    pages = Blueprint("frames", __name__, url_prefix="/_sim")

    @pages.get("/app/<path:asset>")
    def asset(asset: str) -> Response:
        data = apps.asset(asset)
        if data is None:
            abort(404)
        kind = mimetypes.guess_type(asset)[0] or "application/octet-stream"
        response = Response(data, content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "no-store"
        return response

    @pages.get("/appclient.js")
    def client() -> Response:
        response = send_from_directory(STATIC, "appclient.js")
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    @pages.post("/app-request")
    def app_request() -> Response:
        """``{"template": "getNps", "context": {...}, "body": "..."}`` as the host page passes it on."""
        if not same_origin() or not request.headers.get(SCRIPT_HEADER):
            return error_response(access_denied(), account)
        asked = request.get_json(force=True)
        return jsonify(apps.invoke(str(asked.get("template")), asked.get("context") or {}, asked.get("body")))

    return pages
