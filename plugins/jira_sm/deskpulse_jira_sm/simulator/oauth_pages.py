"""``/authorize`` and ``/oauth/token`` of auth.atlassian.com, and the gateway's list of accessible resources."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, request

from deskpulse_jira_sm.simulator.api import error_response, json_response
from deskpulse_jira_sm.simulator.errors import ApiError
from deskpulse_jira_sm.simulator.oauth import CODE_LIFE, OFFLINE
from deskpulse_jira_sm.simulator.parts import JiraParts
from deskpulse_simulation.consent import Consent, add_routes


def blueprint(parts: JiraParts) -> Blueprint:
    """Consent, tokens, and which sites a token reaches."""
    pages = Blueprint("oauth", __name__)

    def agent() -> str:
        return f"{parts.gate.integration.name} ({parts.gate.integration.email})"

    def code(asked: Mapping[str, str]) -> str:
        # 3LO knows no PKCE: a challenge is not looked at.
        with parts.lock:
            who = parts.gate.integration_id
            return parts.oauth.tokens.authorise(who, asked["redirect_uri"], asked["scope"], CODE_LIFE)

    denied = "User did not authorize the request"
    consent = Consent(parts.oauth.client, parts.site.name, agent, code, denied=denied, yes="Accept")
    add_routes(pages, "/authorize", "/authorize", consent)

    @pages.post("/oauth/token")
    def tokens() -> Response:
        asked = request.get_json(silent=True) or request.form.to_dict()
        with parts.lock:
            return json_response(parts.oauth.grant(asked if isinstance(asked, dict) else {}), 200, {})

    @pages.get("/oauth/token/accessible-resources")
    def resources() -> Response:
        scheme, _, access = request.headers.get("Authorization", "").partition(" ")
        with parts.lock:
            token = parts.oauth.tokens.token(access.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            return error_response(ApiError(401, body={"code": 401, "message": "Unauthorized"}))
        scopes = [scope for scope in token.scope.split() if scope != OFFLINE]
        site = {"id": parts.site.cloud_id, "url": parts.site.base_url, "name": parts.site.name}
        return json_response([site | {"scopes": scopes, "avatarUrl": ""}], 200, {})

    return pages
