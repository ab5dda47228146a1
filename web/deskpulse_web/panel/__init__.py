"""``/panel/<connection key>``: JSON for the helpdesk's app, asked for with the panel's own key or signed with it."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Blueprint, Response, request

from deskpulse.connections import connections, panel_key
from deskpulse.reports import panel
from deskpulse_web.context import desk

blueprint = Blueprint("panel", __name__)
LONGEST = 320
"""Characters of any parameter; an address may have 254."""


@blueprint.get("/panel/<key>")
def show(key: str) -> Response | tuple[dict[str, str], int]:
    """The panel of one ticket and customer. 401 without key or signature, 404 for an unknown connection."""
    connection = panel.find_connection(desk, key)
    if connection is None:
        return {"error": "unknown", "message": "This panel address is not known."}, 404
    if not panel_key.admits(
        desk.vault.open_all(connection.secrets_sealed),
        dict(request.headers),
        method=request.method,
        target=_target(key),
        received_at=desk.now(),
    ):
        return {"error": "refused", "message": "The panel key or signature is wrong; install the app again."}, 401
    asked = {name: request.args.get(name, "").strip() or None for name in ("ticket", "customer", "email")}
    if any(value is not None and (len(value) > LONGEST or "\0" in value) for value in asked.values()):
        return {"error": "bad request", "message": "A parameter is too long."}, 400
    view: dict[str, Any] = panel.view(desk, connection, **asked)
    response = Response(orjson.dumps(view), content_type="application/json")
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(_stamp(view))
    response.make_conditional(request.environ)
    return response


def _target(key: str) -> str:
    """The address as the helpdesk knows it: a proxy before us may have cut off a part of the path."""
    path, query = urlsplit(connections.panel_url(desk, key)).path, request.query_string.decode("ascii", "replace")
    return f"{path}?{query}" if query else path


def _stamp(view: dict[str, Any]) -> str:
    """What the panel shows, without the time of asking: equal stamps need no new download."""
    shown = {name: value for name, value in view.items() if name != "as_of"}
    return hmac.new(b"panel", repr(shown).encode(), "sha256").hexdigest()[:32]
