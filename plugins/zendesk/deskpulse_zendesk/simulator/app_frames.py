"""What the installed app's frame loads: package files, the stand-in SDK, and the proxy for its remote calls."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, jsonify, request, send_from_directory

from deskpulse_simulation.screen import same_origin
from deskpulse_zendesk.simulator.api import error_response
from deskpulse_zendesk.simulator.auth import SCRIPT_HEADER
from deskpulse_zendesk.simulator.errors import ApiError, forbidden

if TYPE_CHECKING:
    from deskpulse_zendesk.simulator.parts import Parts

STATIC = Path(__file__).parent / "static"


def blueprint(parts: Parts) -> Blueprint:
    """The frame's files and calls. The frame has an origin of its own, so its files may be read from anywhere."""
    pages = Blueprint("frames", __name__, url_prefix="/_sim")

    @pages.get("/app/<path:asset>")
    def asset(asset: str) -> Response:
        data = parts.apps.asset(asset)
        if data is None:
            abort(404)
        kind = mimetypes.guess_type(asset)[0] or "application/octet-stream"
        response = Response(data, content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "no-store"
        return response

    @pages.get("/zaf_sdk.js")
    def sdk() -> Response:
        response = send_from_directory(STATIC, "zaf_sdk.js")
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    @pages.post("/app-request")
    def app_request() -> Response:
        try:
            if not same_origin() or not request.headers.get(SCRIPT_HEADER):
                raise forbidden()
            return jsonify(parts.apps.fetch(request.get_json(force=True)))
        except ApiError as error:
            return error_response(error)

    return pages
